"""`smsops doctor`: looks at the whole set-up, beside a bot that runs or before its first start."""

import asyncio
import json
import os
from argparse import Namespace
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.faults import listed
from bot.cli.terminal import complain, say
from bot.locales import Locale, text
from bot.settings import Faults, Settings, load

if TYPE_CHECKING:
    from bot.rules.doctor import Finding
    from bot.slack.messages.doctor import Report
    from handlers.services import Services

LISTED_WITHIN_S, LOOK_EVERY_S = 15.0, 0.1
#: Who asked for a test: nobody of Slack's.
TERMINAL = "terminal"


def run(args: Namespace) -> int:
    """Prints what is found, the gravest first; 1 where something is broken."""
    settings = load(Path(args.config), os.environ)
    if isinstance(settings, Faults):
        complain(listed(settings, args.config, args.locale))
        return 1
    if (key := _misfit(args)) is not None:
        complain(text(args.locale, key))
        return 1
    from bot.rules.doctor import is_well
    from bot.slack.messages.doctor import lines

    work: Coroutine[Any, Any, Report | str]
    if args.send_test is None:
        said, work = "cli.doctor.looking", look(settings)
    else:
        said, work = "cli.doctor.sending", try_out(settings, args)
    if not args.json:
        complain(text(args.locale, said))
    report = asyncio.run(work)
    if isinstance(report, str):
        complain(report)
        return 1
    is_fine = is_well(report.findings)
    if args.json:
        found = [as_json(each, report, args.locale) for each in report.findings]
        say(json.dumps({"ok": is_fine, "findings": found}, ensure_ascii=False))
    else:
        say("\n".join(lines(report, args.locale)))
    return 0 if is_fine else 1


def _misfit(args: Namespace) -> str | None:
    """What is wrong with the words about a test; it is not begun for that."""
    if args.send_test is not None and not args.template:
        return "cli.doctor.no_template"
    if args.send_test is None and (args.template or args.value or args.app):
        return "cli.doctor.no_test"
    return None


async def try_out(settings: Settings, args: Namespace) -> "Report | str":
    """Starts the bot, sends one SMS and waits for its report, then looks at everything; or why it
    is not sent. Raises DatabaseInUse where the bot runs already."""
    from bot.app import running
    from bot.rules.doctor import in_order
    from bot.slack.messages.faults import plain_sentence
    from handlers import examining
    from handlers.examining import trial
    from handlers.flows.drafts import Queued, SendAsk

    app = settings.app(args.app) if args.app else settings.app_in()
    if app is None:
        known = ", ".join(each.name for each in settings.apps)
        return text(args.locale, "cli.doctor.no_app", app=args.app, known=known)
    ask = SendAsk(
        number=args.send_test,
        template=args.template,
        pairs=[_pair(each) for each in args.value],
        app=app,
        signature=None,
        requester=TERMINAL,
        channel="",
    )
    async with running(settings) as bot:
        services = bot.services
        await _until_listed(services)
        now = services.clock()
        queued = await services.db.write(trial.queue, ask, settings, now, has_card=False)
        if not isinstance(queued, Queued):
            reasons = " ".join(plain_sentence(each, args.locale) for each in queued)
            return text(args.locale, "cli.doctor.not_sent", reasons=reasons)
        tried = await trial.follow(services, queued.request_id)
        patient = examining.patient_of(services)
        findings = in_order([*tried, *await examining.examine(patient, now)])
        return examining.report_of(patient, findings, now)


async def _until_listed(services: "Services") -> None:
    """A template is known once Tencent has listed it; without, the send says what is wrong."""
    from storage import content

    with suppress(TimeoutError):
        async with asyncio.timeout(LISTED_WITHIN_S):
            while await services.db.read(content.templates_seen_at) is None:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_EVERY_S)


def _pair(written: str) -> tuple[str | None, str]:
    """``name=value``, or a value alone."""
    name, is_named, value = written.partition("=")
    return (name, value) if is_named else (None, written)


async def look(settings: Settings) -> "Report":
    """Everything that is found from here."""
    from bot.app import make_tencent, utc_now
    from bot.slack.client import SlackClient
    from bot.slack.fence import open_session
    from handlers import examining, registry
    from storage.checkups import FileReader
    from storage.vault import Vault

    secrets, now = settings.secrets, utc_now()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(settings.slack.api_url))
        tencent = make_tencent(settings, utc_now)
        stack.push_async_callback(tencent.close)
        token = secrets.slack_bot_token.get_secret_value()
        patient = examining.Patient(
            settings,
            registry(),
            SlackClient(token, settings.slack.api_url, session),
            tencent,
            FileReader(settings.database, Vault(secrets.data_key.get_secret_value())),
            since=datetime.fromtimestamp(0, now.tzinfo),
        )
        findings = await examining.examine(patient, now)
        return examining.report_of(patient, findings, now)


def as_json(finding: "Finding", report: "Report", locale: Locale) -> dict[str, object]:
    """One finding for programs: `found` never changes its meaning, the sentences may."""
    from bot.slack.messages.doctor import in_terminal, said

    told = said(finding, report, locale, in_terminal(locale))
    facts = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in finding.facts.items()
    }
    return {
        "found": finding.found.value,
        "severity": finding.severity.value,
        "app": finding.app,
        "facts": facts,
        "says": told.says,
        "cure": told.cure,
    }
