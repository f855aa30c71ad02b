"""Names in app.yaml that lead nowhere: content Tencent does not know, groups, channels."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from bot.rules.alerts.health import ConfigFault, Misnamed
from bot.rules.codes import Kind, code_of
from bot.rules.packages import IN_ARREARS
from bot.rules.roles import Holder, holder, is_person
from bot.settings import Settings
from storage import content, voice_calls
from storage.db import Tx

#: A handle; ids begin with S.
HANDLE = "@"
CALLED_WITHIN = timedelta(days=1)
#: What a code is about, where it meets every call.
EVERY_CALL = frozenset({Kind.OPERATOR, Kind.CONTENT})


def of_content(tx: Tx, settings: Settings) -> list[ConfigFault]:
    """Templates and signatures that are not in Tencent's lists; nothing where those were not read
    yet."""
    return [*_templates(tx, settings), *_signatures(tx, settings)]


def templates_of(settings: Settings) -> dict[str, str]:
    """Every template of SMS, by its key."""
    named = {
        f"apps.{app.name}.templates.{each}": each for app in settings.apps for each in app.templates
    }
    if settings.oncall.sms is not None:
        named["oncall.sms.template"] = settings.oncall.sms.template
    return named


def _templates(tx: Tx, settings: Settings) -> Iterator[ConfigFault]:
    if content.templates_seen_at(tx) is None:
        return
    for key, template_id in templates_of(settings).items():
        if content.get_template(tx, template_id) is None:
            yield ConfigFault(Misnamed.TEMPLATE, key, template_id)


def _signatures(tx: Tx, settings: Settings) -> Iterator[ConfigFault]:
    if content.signatures_seen_at(tx) is None:
        return
    for app in settings.apps:
        if not any(each.mainland for each in content.find_signatures(tx, app.signature)):
            yield ConfigFault(Misnamed.SIGNATURE, f"apps.{app.name}.signature", app.signature)


def of_calls(tx: Tx, now: datetime) -> list[ConfigFault]:
    """What Tencent refuses calls to people on call for, until it takes one; where nobody was called
    for a day, nothing is known."""
    code = voice_calls.last_refused(tx, now - CALLED_WITHIN)
    return [of_call(code)] if is_of_calls(code) else []


def of_call(code: str) -> ConfigFault:
    """As it is told."""
    return ConfigFault(Misnamed.VOICE, "oncall.voice", code)


def is_of_calls(code: str) -> bool:
    """Whether a call refused with `code` says that every call will be."""
    return bool(code) and code_of(code).kind in EVERY_CALL and code != IN_ARREARS


def groups_of(settings: Settings) -> dict[str, Collection[str]]:
    """Every user group, by the key it stands under."""
    return {key: [who for who in named if not is_person(who)] for key, named in _who_of(settings)}


def people_of(settings: Settings) -> dict[str, str]:
    """Everybody who is named by their id, and the first key they stand under."""
    found: dict[str, str] = {}
    for key, named in _who_of(settings):
        for who in filter(is_person, named):
            found.setdefault(who, key)
    return found


def places_of(settings: Settings) -> dict[str, str]:
    """Every channel in which alone a role counts, by its key."""
    return {
        f"{key}.{each.who.removeprefix(HANDLE)}": each.channel
        for key, holders in _holders_of(settings)
        for each in holders
        if each.channel
    }


def _who_of(settings: Settings) -> Iterator[tuple[str, Collection[str]]]:
    """Every group and person, by the key they stand under."""
    for key, holders in _holders_of(settings):
        yield key, list(dict.fromkeys(each.who for each in holders))
    yield "oncall", sorted(settings.oncall.groups())
    yield "alerts.receivers", sorted(settings.alerts.groups())


def _holders_of(settings: Settings) -> Iterator[tuple[str, Collection[Holder]]]:
    for role, holders in settings.roles.holders().items():
        yield f"roles.{role.value}", holders
    for app in settings.apps:
        for role, holders in app.roles.holders().items():
            yield f"apps.{app.name}.roles.{role.value}", holders
    yield "approvals", [holder(each) for each in sorted(settings.approvals.groups())]


def of_groups(settings: Settings, known: Collection[str]) -> list[ConfigFault]:
    """User groups that are not among `known`: handles (``@oncall``) and ids."""
    return [
        ConfigFault(Misnamed.GROUP, f"{key}.{group.removeprefix(HANDLE)}", group)
        for key, groups in groups_of(settings).items()
        for group in groups
        if group not in known
    ]


def channels_of(settings: Settings) -> dict[str, str]:
    """Every channel the bot posts to, by its key. Where an app is only meant, it need not be."""
    places = type(settings.channels).model_fields
    named = {f"channels.{place}": getattr(settings.channels, place) for place in places}
    named |= {f"summaries.{at}.channel": each.channel for at, each in enumerate(settings.summaries)}
    named |= {f"alerts.receivers.{each.name}": each.channel for each in settings.alerts.receivers}
    return {key: channel for key, channel in named.items() if channel}
