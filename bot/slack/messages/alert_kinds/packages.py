"""Packages that run out or expire, and an account that owes money, in words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.locales import Locale, enumerated, join, text
from bot.rules.alerts import AlertKind
from bot.rules.packages import HOUR, IN_ARREARS, NO_PACKAGE, End, Outlook
from bot.slack.blocks import esc
from bot.slack.messages import runways
from bot.slack.messages.alert_kinds.described import Describe, Described, Facts
from bot.slack.messages.faults import moment

PACKAGE = "/sms package"
#: Planned sends named one by one.
PLANNED_SHOWN = 3


def low(facts: Facts, locale: Locale) -> Described:
    """Little is left of the packages in use."""
    return Described(
        title=_said("low.title", locale, left=f"{facts['left']:,}", percent=facts["percent"]),
        means=_lasts(facts, locale) if facts["is_known"] else _said("low.means", locale),
        do=_buy(facts, locale),
        evidence=(PACKAGE,),
    )


def empty(facts: Facts, locale: Locale) -> Described:
    """Nothing is left to send from, or Tencent says so."""
    refused = facts["refused"]
    kind = "refused" if refused else "none"
    again = _moment(facts["again_s"])
    means = [_said("empty.means", locale)]
    if again is not None:
        means.append(text(locale, "package.again", time=moment(again)))
    return Described(
        title=_said(f"empty.{kind}", locale, refused=f"{refused:,}"),
        means=join(locale, *means),
        do=join(locale, _buy(facts, locale), _said("empty.do", locale)),
        evidence=(PACKAGE, *((f"/sms why code {NO_PACKAGE}",) if refused else ())),
    )


def runway(facts: Facts, locale: Locale) -> Described:
    """Nothing is left soon, at the usual pace and with what is planned."""
    planned = facts["planned"]
    means = [_said("runway.means", locale, left=f"{facts['left']:,}")]
    if planned:
        means.append(_said("runway.planned", locale, sends=_sends(planned, locale)))
    if facts["short"]:
        means.append(_said("runway.short", locale, sends=_sends(facts["short"], locale)))
    return Described(
        title=_ends(facts, locale),
        means=join(locale, *means),
        do=_buy(facts, locale),
        evidence=(PACKAGE,),
    )


def expiring(facts: Facts, locale: Locale) -> Described:
    """A package expires with something left in it."""
    date = moment(datetime.fromtimestamp(facts["at_s"], UTC), "{date_short}")
    return Described(
        title=_said("expiring.title", locale, count=f"{facts['unused']:,}", date=date),
        means=_said("expiring.means", locale, package=esc(facts["package"])),
        do=_said("expiring.do", locale),
        evidence=(PACKAGE,),
    )


def arrears(facts: Facts, locale: Locale) -> Described:
    """The account is suspended for what it owes."""
    since = datetime.fromtimestamp(facts["since_s"], UTC)
    app = esc(facts["app"])
    return Described(
        title=_said("arrears.title", locale),
        means=_said(
            "arrears.means",
            locale,
            refused=f"{facts['refused']:,}",
            app=app,
            time=moment(since),
        ),
        do=_said("arrears.do", locale, app=app),
        evidence=(f"/sms why code {IN_ARREARS}",),
    )


DESCRIBE: Mapping[str, Describe] = {
    AlertKind.PACKAGE_LOW.value: low,
    AlertKind.PACKAGE_EMPTY.value: empty,
    AlertKind.PACKAGE_EXPIRING.value: expiring,
    AlertKind.PACKAGE_RUNWAY.value: runway,
    AlertKind.ARREARS.value: arrears,
}


def _said(name: str, locale: Locale, **values: str | int) -> str:
    return text(locale, f"alert_package.{name}", **values)


def _lasts(facts: Facts, locale: Locale) -> str:
    return runways.when(_outlook(facts), locale)


def _ends(facts: Facts, locale: Locale) -> str:
    """The same in a line: when nothing is left, which is soon."""
    told, time = _outlook(facts), moment(datetime.fromtimestamp(facts["empty_s"], UTC))
    if told.end is End.EXPIRED:
        return _said("runway.expired", locale, time=time)
    if told.width is None and told.earliest is not None:
        return _said("runway.open", locale, time=time, earliest=moment(told.earliest))
    return _said("runway.used", locale, time=time, width=runways.wide(told.width or HOUR, locale))


def _outlook(facts: Facts) -> Outlook:
    width = facts["width_h"]
    return Outlook(
        _moment(facts["empty_s"]),
        End(facts["end"]) if facts["end"] else None,
        None if width is None else timedelta(hours=width),
        _moment(facts["earliest_s"]),
    )


def _buy(facts: Facts, locale: Locale) -> str:
    page = f"<{facts['page']}|{text(locale, 'package.page')}>"
    return _said("buy", locale, page=page)


def _sends(planned: list[list[str | int]], locale: Locale) -> str:
    """Requests and their segments."""
    shown = [
        _said("send", locale, request=request_id, count=f"{segments:,}")
        for request_id, segments in planned[:PLANNED_SHOWN]
    ]
    more = len(planned) - len(shown)
    if more > 0:
        shown.append(_said("more", locale, count=more))
    return enumerated(locale, shown)


def _moment(at_s: int | None) -> datetime | None:
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC)
