"""What Tencent's console is believed to hold: the declaration, what to type there, and what speaks
against it. Nothing here was read from the console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import Json, SlackMessage
from bot.rules.drift import ANY, NUMBER_KEYS, SAME_30S, Difference, Direction
from bot.rules.numbers import cover, cover_typed
from bot.rules.policies import read_key
from bot.rules.words import decode
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc
from bot.slack.messages import limit_keys
from bot.slack.messages.faults import moment, note

Facts = Mapping[str, Any]
DECLARE, CONFIRM, DIFFERS = "limit.declare", "limit.declare_confirm", "limit.declare_differs"
DECLARE_FORM = "limit.declare_form"
#: The fields of the form: one a rule for one number, one for all totals, one for the evidence.
FIELDS: Mapping[str, str] = {key: f"limit.declare.{key}" for key in NUMBER_KEYS}
TOTALS, EVIDENCE = "limit.declare.totals", "limit.declare.evidence"
TOTALS_BLOCK, EVIDENCE_BLOCK = "totals", "evidence"
EVIDENCE_MAX, FIGURE_MAX, TOTALS_MAX = 300, 12, 3000
SHOWN_MAX, TYPED_MAX = 15, 300


@dataclass(frozen=True, slots=True)
class Carried:
    """What a button and the form carry: where it was asked, the change it follows, whether the form
    begins with what was to be typed, and the app."""

    channel: str = ""
    request_id: str = ""
    is_step: bool = False
    app: str = ""


@dataclass(frozen=True, slots=True)
class DriftView:
    """One answer of Tencent's that contradicts what is declared."""

    key: str
    direction: Direction
    at: datetime
    code: str
    declared: int | None
    counted: int
    is_proof: bool


@dataclass(frozen=True, slots=True)
class ConsoleView:
    """What is known of an app's page in the console.

    `nth` is 0 and `declared_at` None where nothing is declared; `url` is the page itself.
    `differences` are those between our policy and the copy, `drifts` what speaks against the copy.
    `ends_at`: some of what is to be typed holds until then alone.
    """

    app: str
    sdk_app_id: str
    url: str
    nth: int
    caps: Mapping[str, int | None]
    evidence: str
    declared_by: str
    declared_at: datetime | None
    confirmed_by: str
    confirmed_at: datetime | None
    differences: tuple[Difference, ...]
    drifts: tuple[DriftView, ...]
    ends_at: datetime | None = None


def shown(view: ConsoleView, locale: Locale, *, may_declare: bool) -> tuple[Block, ...]:
    """The copy, who vouches for it, where it differs from our policy, and what speaks against it;
    a button to declare anew where the person may."""
    label = text(locale, "limit_declare.button.declare")
    button = (
        blocks.button(DECLARE, label, value=carry(Carried(app=view.app))) if may_declare else None
    )
    title = f"*{text(locale, 'limit_declare.title')}*"
    if view.declared_at is None:
        said = join(
            locale,
            text(locale, "limit_declare.nothing"),
            text(locale, "limit_declare.believed", link=_link(view.url, view.sdk_app_id, locale)),
        )
        return (blocks.section(f"{title}\n{said}", accessory=button),)
    link = _link(view.url, view.sdk_app_id, locale)
    lines = [title, _caps(view.caps, locale), _vouched(view, locale)]
    return (
        blocks.section("\n".join(lines), accessory=button),
        *_against(view, locale),
        *_differing(view.differences, locale),
        blocks.context(text(locale, "limit_declare.believed", link=link)),
    )


def step(view: ConsoleView, locale: Locale, request_id: str = "") -> tuple[Block, ...]:
    """What is left to do by hand in the console, with the exact values; nothing where policy and
    copy agree. `request_id` is the change it follows."""
    if not view.differences:
        return ()
    title = text(locale, "limit_declare.step.title")
    parts: list[Block] = [
        blocks.section(f"*{title}*\n{text(locale, 'limit_declare.step.what')}"),
        *_left(view, "needed", locale),
        *_left(view, "optional", locale),
    ]
    link = _link(view.url, view.sdk_app_id, locale)
    back = ""
    if view.ends_at is not None:
        back = text(locale, "limit_declare.step.back", time=moment(view.ends_at))
    label = text(locale, "limit_declare.button.done")
    button = blocks.button(
        DECLARE,
        label,
        value=carry(Carried(request_id=request_id, is_step=True, app=view.app)),
        says=f"{label}: {view.app}",
    )
    return (
        *parts,
        blocks.section(join(locale, text(locale, "limit_declare.step.how", link=link), back)),
        blocks.actions("limit.step", button),
    )


def declared(facts: Facts, locale: Locale) -> SlackMessage:
    """Somebody said what the console holds, for somebody else to look too: until somebody has, or
    declared anew."""
    said = text(
        locale,
        "limit_declare.declared",
        person=f"<@{facts['by']}>",
        app=code(facts["app"]),
        link=_link(facts["url"], facts["sdk_app_id"], locale),
    )
    parts: list[Block] = [blocks.section(f":memo: {said}\n{_caps(facts['caps'], locale)}")]
    parts.append(blocks.section(blocks.quote(blocks.cut(cover(facts["evidence"]), EVIDENCE_MAX))))
    parts += _differing([Difference(**each) for each in facts["differences"]], locale)
    parts += [_anew(facts, locale)] if "anew_by" in facts else _confirmation(facts, locale)
    follows = [esc(facts["request_id"])] if facts["request_id"] else []
    parts.append(blocks.context(" · ".join([*follows, text(locale, "limit_declare.unread")])))
    plain = text(
        locale,
        "limit_declare.declared",
        person=f"<@{facts['by']}>",
        app=facts["app"],
        link=text(locale, "limit_declare.console"),
    )
    return SlackMessage(plain, tuple(parts))


def confirmed(facts: Facts, locale: Locale) -> SlackMessage:
    """A second person saw the same."""
    said = text(
        locale,
        "limit_declare.confirmed",
        person=f"<@{facts['confirmed_by']}>",
        app=code(facts["app"]),
        other=f"<@{facts['by']}>",
    )
    return note(f":white_check_mark: {said}")


def drifted(facts: Facts, locale: Locale) -> SlackMessage:
    """The message an earlier program posted about one answer of Tencent's that contradicts what is
    declared."""
    title = drift_title(facts, locale)
    lines = [
        *drift_facts(facts, locale),
        f"*{text(locale, 'limit_declare.drift.do')}* {drift_cure(facts, locale)}",
    ]
    is_over = "anew_by" in facts
    head = blocks.section(f"{':white_check_mark:' if is_over else ':warning:'} *{title}*")
    if is_over:
        return SlackMessage(title, (head, blocks.section("\n".join(lines)), _anew(facts, locale)))
    button = drift_button(facts, locale)
    once = blocks.context(text(locale, "limit_declare.drift.once"))
    return SlackMessage(
        title,
        (head, blocks.section("\n".join(lines)), blocks.actions("limit.drift", button), once),
    )


def drift_title(facts: Facts, locale: Locale) -> str:
    """Which way an answer of Tencent's and the declaration part."""
    name = "undeclared" if _is_undeclared(facts) else facts["direction"]
    return text(locale, f"limit_declare.drift.{name}", app=esc(facts["app"]))


def drift_facts(facts: Facts, locale: Locale) -> list[str]:
    """What happened, what was declared, and what that proves and what not."""
    return [
        _happened(facts, locale),
        _said_before(facts, locale),
        f"*{text(locale, 'limit_declare.drift.proves')}* {proof(facts, locale)}",
    ]


def drift_cure(facts: Facts, locale: Locale) -> str:
    """Where to look, and what to do then."""
    link = _link(facts["url"], facts["sdk_app_id"], locale)
    return text(locale, "limit_declare.drift.how", link=link)


def drift_button(facts: Facts, locale: Locale) -> Block:
    """Opens the form of a declaration."""
    label = text(locale, "limit_declare.button.declare")
    return blocks.button(DECLARE, label, value=carry(Carried(app=facts["app"])))


def proof(facts: Facts, locale: Locale) -> str:
    """What the answer proves, and what it does not."""
    key, is_exclusive = facts["key"], facts["exclusive"]
    known = read_key(key)
    if facts["direction"] == Direction.LOOSER.value:
        name = "passed" if known is not None and known.is_total else "looser"
        return text(locale, f"limit_declare.proof.{name}")
    others = "" if is_exclusive else text(locale, "limit_declare.proof.others")
    if known is not None and known.is_total:
        name = "total_undeclared" if facts["declared"] is None else "total"
        return join(locale, text(locale, f"limit_declare.proof.{name}"), others)
    if key == ANY:
        name = "unnamed" if is_exclusive else "unnamed_shared"
        return text(locale, f"limit_declare.proof.{name}")
    if key == SAME_30S:
        name = (
            "same" if facts["declared"] is not None or not facts["is_proof"] else "same_undeclared"
        )
        return join(locale, text(locale, f"limit_declare.proof.{name}"), others)
    if facts["declared"] is None and facts["is_proof"]:
        name = "undeclared" if is_exclusive else "undeclared_shared"
        return text(locale, f"limit_declare.proof.{name}", counted=f"{facts['counted']:,}")
    name = "stricter" if is_exclusive else "stricter_shared"
    return text(locale, f"limit_declare.proof.{name}", counted=f"{facts['counted']:,}")


def declare_form(
    carried: str,
    view: ConsoleView,
    caps: Mapping[str, int | None],
    locale: Locale,
    *,
    evidence: str = "",
) -> Json:
    """What somebody sees in the console, field by field, with `caps` in it."""
    fields = [
        blocks.field(
            block_of(key),
            limit_keys.label(key, locale),
            blocks.text_input(FIELDS[key], initial=_written(key, caps), max_length=FIGURE_MAX),
            hint=text(locale, "limit_declare.form.figure_hint") if key == NUMBER_KEYS[0] else "",
            optional=True,
        )
        for key in NUMBER_KEYS
    ]
    link = _link(view.url, view.sdk_app_id, locale)
    return blocks.form(
        DECLARE_FORM,
        title=text(locale, "limit_declare.form.title"),
        submit=text(locale, "limit_declare.form.submit"),
        close=text(locale, "form.close"),
        blocks=[
            blocks.section(text(locale, "limit_declare.form.what", app=code(view.app), link=link)),
            *_known(view, locale),
            *fields,
            blocks.field(
                TOTALS_BLOCK,
                text(locale, "limit_declare.form.totals"),
                blocks.text_input(TOTALS, initial=_totals(caps), max_length=TOTALS_MAX),
                hint=text(locale, "limit_declare.form.totals_hint"),
                optional=True,
            ),
            blocks.field(
                EVIDENCE_BLOCK,
                text(locale, "limit_declare.form.evidence"),
                blocks.text_input(
                    EVIDENCE, initial=evidence, multiline=True, max_length=EVIDENCE_MAX
                ),
                hint=text(locale, "limit_declare.form.evidence_hint"),
            ),
        ],
        carried=carried,
    )


def _known(view: ConsoleView, locale: Locale) -> list[Block]:
    """Whose figures some of those are that the form begins with."""
    if view.declared_at is None:
        return []
    person, time = f"<@{view.declared_by}>", moment(view.declared_at)
    return [blocks.context(text(locale, "limit_declare.form.known", person=person, time=time))]


def block_of(key: str) -> str:
    """The block of a rule's field."""
    return key.replace(".", "_")


def carry(carried: Carried) -> str:
    """As one text."""
    step_ = "step" if carried.is_step else ""
    return ":".join((carried.channel, carried.request_id, step_, carried.app))


def uncarry(value: str) -> Carried:
    """Takes any text; what is not there is empty."""
    channel, request_id, step_, app = [*value.split(":", 3), "", "", ""][:4]
    return Carried(channel, request_id, step_ == "step", app)


def not_declared(said: Sequence[str], locale: Locale, typed: str) -> SlackMessage:
    """Everything that stands in the way of a declaration, as mrkdwn, and what was typed, to be
    mended."""
    title = text(locale, "limit_declare.not_declared")
    lines = "\n".join(f"•  {line}" for line in said)
    quoted = code(blocks.cut(f"/sms {cover_typed(decode(typed))}", TYPED_MAX))
    parts = (
        blocks.section(f"*{title}*\n{lines}"),
        blocks.context(text(locale, "faults.you_typed", typed=quoted)),
    )
    return SlackMessage(join(locale, title, *said[:1]), parts)


def not_confirmed(reason: str, other: str, locale: Locale) -> SlackMessage:
    """Why somebody's word does not count as the second one."""
    return note(text(locale, f"limit_declare.confirm.{reason}", person=f"<@{other}>"))


def _confirmation(facts: Facts, locale: Locale) -> list[Block]:
    if facts.get("confirmed_by"):
        said = text(locale, "limit_declare.by_second", person=f"<@{facts['confirmed_by']}>")
        return [blocks.context(f":white_check_mark: {said}")]
    value = f"{facts['nth']}:{facts['app']}"
    dialog = blocks.confirm(
        text(locale, "limit_declare.dialog.title"),
        text(locale, "limit_declare.dialog.text"),
        text(locale, "limit_declare.dialog.yes"),
        text(locale, "limit_declare.dialog.no"),
    )
    confirm = blocks.button(
        CONFIRM,
        text(locale, "limit_declare.button.confirm"),
        value=value,
        style="primary",
        confirm=dialog,
    )
    differs = blocks.button(
        DIFFERS,
        text(locale, "limit_declare.button.differs"),
        value=carry(Carried(app=facts["app"])),
    )
    said = text(locale, "limit_declare.second")
    return [blocks.section(said), blocks.actions("limit.declared", confirm, differs)]


def _anew(facts: Facts, locale: Locale) -> Block:
    said = text(
        locale,
        "limit_declare.anew",
        person=f"<@{facts['anew_by']}>",
        time=moment(_time(facts["anew_ms"])),
    )
    return blocks.context(said)


def _caps(caps: Mapping[str, int | None], locale: Locale) -> str:
    ordered = [*(key for key in NUMBER_KEYS if key in caps), *sorted(set(caps) - {*NUMBER_KEYS})]
    return _listed([_cap(key, caps[key], locale) for key in ordered], locale)


def _listed(lines: Sequence[str], locale: Locale) -> str:
    """As many as a section takes, and how many more there are."""
    more = len(lines) - SHOWN_MAX
    rest = [text(locale, "limit_declare.more", count=more)] if more > 0 else []
    return "\n".join([*lines[:SHOWN_MAX], *rest])


def _against(view: ConsoleView, locale: Locale) -> list[Block]:
    """What Tencent's answers said against the copy."""
    lines = [f":warning: {_drift_line(each, view, locale)}" for each in view.drifts]
    return [blocks.section(_listed(lines, locale))] if lines else []


def _differing(found: Sequence[Difference], locale: Locale) -> list[Block]:
    """Where policy and copy part."""
    lines = [_difference(each, locale) for each in found]
    title = text(locale, "limit_declare.differs")
    return [blocks.section(f"{title}\n{_listed(lines, locale)}")] if lines else []


def _left(view: ConsoleView, name: str, locale: Locale) -> list[Block]:
    """What is to be typed because it is `needed`, or `optional`."""
    found = [each for each in view.differences if each.is_needed == (name == "needed")]
    lines = [_to_type(each, locale) for each in found]
    title = text(locale, f"limit_declare.step.{name}")
    return [blocks.section(f"{title}\n{_listed(lines, locale)}")] if lines else []


def _cap(key: str, cap: int | None, locale: Locale) -> str:
    what, said = limit_keys.label(key, locale), limit_keys.cap(cap, locale)
    return text(locale, "limit_declare.cap", what=what, cap=said)


def _vouched(view: ConsoleView, locale: Locale) -> str:
    by = text(
        locale,
        "limit_declare.by",
        person=f"<@{view.declared_by}>",
        time="" if view.declared_at is None else moment(view.declared_at),
    )
    if view.confirmed_by:
        return join(
            locale, by, text(locale, "limit_declare.by_second", person=f"<@{view.confirmed_by}>")
        )
    return join(locale, by, text(locale, "limit_declare.not_confirmed"))


def _drift_line(drift: DriftView, view: ConsoleView, locale: Locale) -> str:
    is_declared = drift.key in view.caps or drift.declared is not None
    name = drift.direction.value if is_declared else "undeclared"
    name = "unnamed" if drift.key == ANY else name
    return text(
        locale,
        f"limit_declare.line.{name}",
        what=_what(drift.key, locale),
        time=moment(drift.at),
        declared=limit_keys.cap(drift.declared, locale),
        counted=f"{drift.counted:,}",
        code=code(drift.code),
    )


def _difference(difference: Difference, locale: Locale) -> str:
    name = "difference" if difference.is_declared else "difference_unknown"
    return text(
        locale,
        f"limit_declare.{name}",
        what=limit_keys.label(difference.key, locale),
        declared=limit_keys.cap(difference.declared, locale),
        wanted=limit_keys.cap(difference.wanted, locale),
    )


def _to_type(difference: Difference, locale: Locale) -> str:
    key = "to_type" if difference.is_declared else "to_type_unknown"
    return text(
        locale,
        f"limit_declare.step.{key}",
        what=limit_keys.label(difference.key, locale),
        wanted=limit_keys.cap(difference.wanted, locale),
        declared=limit_keys.cap(difference.declared, locale),
    )


def _happened(facts: Facts, locale: Locale) -> str:
    name = "unnamed" if facts["key"] == ANY else facts["direction"]
    return text(
        locale,
        f"limit_declare.happened.{name}",
        time=moment(_time(facts["at_ms"])),
        number=facts["number"],
        request=esc(facts["request_id"]),
        code=code(facts["code"]),
        what=_what(facts["key"], locale),
        counted=f"{facts['counted']:,}",
    )


def _said_before(facts: Facts, locale: Locale) -> str:
    if facts["key"] == ANY:
        name = "unnamed"
    elif not facts["is_declared"]:
        name = "nothing"
    else:
        name = "off" if facts["declared"] is None else "cap"
    said = text(
        locale,
        f"limit_declare.before.{name}",
        what=_what(facts["key"], locale),
        declared=limit_keys.cap(facts["declared"], locale),
    )
    by = text(
        locale,
        "limit_declare.before.by",
        person=f"<@{facts['by']}>",
        time=moment(_time(facts["declared_ms"])),
    )
    second = (
        text(locale, "limit_declare.by_second", person=f"<@{facts['confirmed_by']}>")
        if facts["confirmed_by"]
        else text(locale, "limit_declare.not_confirmed")
    )
    return join(locale, said, by, second)


def _is_undeclared(facts: Facts) -> bool:
    return not facts["is_declared"] and facts["key"] != ANY


def _what(key: str, locale: Locale) -> str:
    if key == ANY:
        return text(locale, "limit_declare.any")
    return limit_keys.label(key, locale)


def _written(key: str, caps: Mapping[str, int | None]) -> str:
    return limit_keys.written(caps[key]) if key in caps else ""


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _totals(caps: Mapping[str, int | None]) -> str:
    """As one types them, as many as go into the field."""
    typed = [limit_keys.assigned(key, caps[key]) for key in sorted(set(caps) - {*NUMBER_KEYS})]
    written = " ".join(typed)
    return written if len(written) <= TOTALS_MAX else written[:TOTALS_MAX].rpartition(" ")[0]


def _link(url: str, sdk_app_id: str, locale: Locale) -> str:
    """The page of the app in the console, as a link; our own words and digits alone are in it."""
    return f"<{url}|{text(locale, 'limit_declare.page', sdk_app_id=sdk_app_id)}>"


NOTICES = {
    "limits.declared": declared,
    "limits.confirmed": confirmed,
    "limits.drift": drifted,
}
