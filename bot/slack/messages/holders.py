"""Who holds a role or decides, by the entries of app.yaml, as one names them to people."""

from collections.abc import Iterable

from bot.locales import Locale, enumerated, text
from bot.rules.roles import Holder, holder, is_person
from bot.slack.blocks import code


def holders(entries: Iterable[str], locale: Locale) -> str:
    """Groups by their handles, people by name, and where it counts; "" for none. A person is a
    mention, and hears of it where it is posted."""
    return enumerated(locale, (_holder(holder(entry), locale) for entry in dict.fromkeys(entries)))


def quiet_holders(entries: Iterable[str], locale: Locale) -> str:
    """As `holders`, where it stands beside something that names them already: nobody hears of
    it."""
    named = [holder(entry) for entry in dict.fromkeys(entries)]
    groups = [_holder(each, locale) for each in named if not is_person(each.who)]
    is_anybody = len(groups) < len(named)
    people = [text(locale, "requests.people")] if is_anybody else []
    return enumerated(locale, [*groups, *people])


def _holder(found: Holder, locale: Locale) -> str:
    who = f"<@{found.who}>" if is_person(found.who) else code(found.who)
    if not found.channel:
        return who
    return text(locale, "requests.only_in", who=who, channel=f"<#{found.channel}>")
