"""Asks Tencent what only an answer tells: whether the key holds, what it may do, what there is."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from bot.errors import StorageError, TencentBadAnswer, TencentError, TencentRefusal
from bot.rules import doctor, onboarding
from bot.rules.content import Signature, Template
from bot.rules.doctor import Finding, Found
from bot.rules.onboarding import NOT_ENTERPRISE, NOT_OURS
from bot.rules.probes import Probe, Silence, judge
from bot.settings import App, Provider, Settings
from bot.tencent import wire
from bot.tencent.client import TencentClient
from handlers.examining.patient import Patient
from handlers.flows import config_faults
from handlers.flows.content import signature_of, template_of
from handlers.flows.packages import package_of
from storage import checkups
from storage.checkups import Reported

T = TypeVar("T")
#: Of all questions together; who does not answer by then is told of as silent.
ASKED_WITHIN_S = 40.0
#: DescribeSendRecordList looks 72 hours back, PullSmsSendStatusByPhoneNumber seven days.
REPORTED_WITHIN = timedelta(days=3)
TAKING = "PullSmsSendStatus"


@dataclass(slots=True)
class Answers:
    """What came back; None where nothing did."""

    probes: list[Probe] = field(default_factory=list)
    signatures: list[Signature] | None = None
    templates: list[Template] | None = None
    packages: Sequence[wire.Package] | None = None
    apps: dict[str, Probe] = field(default_factory=dict)
    """By name, what became of a question about each."""
    contexts: list[str] | None = None
    """SessionContext of each report on one number, "" where Tencent leaves it out."""

    async def ask(self, action: str, question: Awaitable[T]) -> T | None:
        """The answer to one question, or why there is none."""
        try:
            found = await question
        except TencentRefusal as refusal:
            self.probes.append(Probe(action, refusal.code))
        except TencentBadAnswer as error:
            silence = Silence.TROUBLE if error.is_trouble else Silence.BAD_ANSWER
            self.probes.append(Probe(action, silence=silence))
        except TencentError:
            self.probes.append(Probe(action, silence=Silence.UNREACHABLE))
        else:
            self.probes.append(Probe(action))
            return found
        return None

    @property
    def is_silent(self) -> bool:
        """Whether the first question already came to nothing: the others would fare no better."""
        return bool(self.probes) and all(each.silence for each in self.probes)


async def look(patient: Patient, now: datetime) -> list[Finding]:
    """Everything the check asks Tencent."""
    reported = await _reported(patient, now)
    answers = Answers()
    try:
        async with asyncio.timeout(ASKED_WITHIN_S):
            await _ask_all(answers, patient, reported, now)
    except TimeoutError:
        answers.probes.append(Probe("…", silence=Silence.UNREACHABLE))
    found = judge(answers.probes, patient.settings.tencent.endpoint)
    if not any(each.found is Found.KEY_WORKS for each in found):
        return found
    return [*found, *_judged(answers, patient.settings, now), *_beside(answers, patient)]


async def _reported(patient: Patient, now: datetime) -> Reported | None:
    try:
        return await patient.reader.read(checkups.last_reported, now - REPORTED_WITHIN)
    except StorageError:
        # What is wrong with the database is found where it is looked at.
        return None


async def _ask_all(
    answers: Answers, patient: Patient, reported: Reported | None, now: datetime
) -> None:
    tencent, settings = patient.tencent, patient.settings
    signatures = await answers.ask(
        "DescribeSmsSignList", tencent.list_signatures(international=False)
    )
    if answers.is_silent:
        return
    answers.signatures = None if signatures is None else [signature_of(each) for each in signatures]
    await _ask_templates(answers, patient)
    first = settings.apps[0].sdk_app_id
    answers.packages = await answers.ask("SmsPackagesStatistics", tencent.list_packages(first))
    for app in settings.apps:
        question = tencent.count_sends(app.sdk_app_id, now - timedelta(hours=1), now)
        await answers.ask("SendStatusStatistics", question)
        answers.apps[app.name] = answers.probes[-1]
    if isinstance(tencent, TencentClient):
        await answers.ask("SendSms", tencent.try_to_send(first))
    if reported is not None:
        await _ask_reports(answers, patient, reported, now)


async def _ask_templates(answers: Answers, patient: Patient) -> None:
    sides = {False, *(bool(app.international) for app in patient.settings.apps)}
    found: list[wire.Template] = []
    for side in sorted(sides):
        question = patient.tencent.list_templates(international=side)
        listed = await answers.ask("DescribeSmsTemplateList", question)
        if listed is None:
            return
        found += listed
    # One template may stand in both lists.
    answers.templates = list({each.template_id: template_of(each) for each in found}.values())


async def _ask_reports(
    answers: Answers, patient: Patient, reported: Reported, now: datetime
) -> None:
    app = patient.settings.app(reported.app)
    if app is None:
        return
    question = patient.tencent.pull_status_by_number(
        reported.number, sdk_app_id=app.sdk_app_id, since=now - REPORTED_WITHIN
    )
    reports = await answers.ask("PullSmsSendStatusByPhoneNumber", question)
    answers.contexts = None if reports is None else [each.session_context for each in reports]


def _judged(answers: Answers, settings: Settings, now: datetime) -> Iterator[Finding]:
    """The steps of the set-up as Tencent sees them now."""
    codes = {each.action: each.code for each in answers.probes}
    signing, templating = codes["DescribeSmsSignList"], codes.get("DescribeSmsTemplateList", "")
    account = onboarding.account(
        is_individual=settings.content.is_individual is True,
        is_legacy=settings.tencent.provider is Provider.V5,
        is_listed=answers.signatures is not None,
        # Another refusal is told of with the permissions.
        barred=signing if signing == NOT_ENTERPRISE else "",
    )
    yield doctor.step(account)
    for app in settings.apps:
        yield from _of_app(app, answers.apps.get(app.name))
        signature = onboarding.signature(
            app.signature,
            answers.signatures or (),
            is_read=answers.signatures is not None,
            barred=signing,
        )
        yield doctor.step(signature, app.name)
        template = onboarding.template(
            answers.templates or (),
            is_international=bool(app.international),
            is_read=answers.templates is not None,
            barred=templating,
        )
        yield doctor.step(template, app.name)
    yield from _names(answers, settings)
    left = None
    if answers.packages is not None:
        left = sum(package_of(each, now).left_segments(now) for each in answers.packages)
    yield doctor.step(onboarding.package(left))


def _of_app(app: App, probe: Probe | None) -> Iterator[Finding]:
    if probe is not None and probe.code in NOT_OURS:
        yield doctor.step(
            onboarding.application(accepted=0, refused_by={probe.code: 1}, is_answered=False),
            app.name,
        )
        return
    is_answered = probe is not None and probe.is_answered
    found = onboarding.application(accepted=0, refused_by={}, is_answered=is_answered)
    yield doctor.step(found, app.name)


def _names(answers: Answers, settings: Settings) -> list[Finding]:
    """Templates app.yaml names and Tencent does not list."""
    if answers.templates is None:
        return []
    listed = {each.template_id for each in answers.templates}
    named = config_faults.templates_of(settings)
    missing = {key: each for key, each in named.items() if each not in listed}
    return [
        Finding(Found.NAMES_NO_TEMPLATE, {"key": key, "template": each})
        for key, each in missing.items()
    ] or [Finding(Found.NAMES_LEAD, {"count": len(set(named.values()))})]


def _beside(answers: Answers, patient: Patient) -> list[Finding]:
    """What support switches on where it is asked to."""
    contexts = answers.contexts
    if not contexts:
        context = Found.CONTEXT_UNSEEN
    else:
        context = Found.CONTEXT_ON if any(contexts) else Found.CONTEXT_OFF
    return [Finding(context), Finding(_queue(patient))]


def _queue(patient: Patient) -> Found:
    """By how the bot's own pulls ended: to ask is to take, so nothing is asked here."""
    if not patient.settings.callbacks.pull:
        return Found.QUEUE_UNUSED
    ends = patient.tencent.wire.calls.ends.by
    if ends.get((TAKING, "ok")):
        return Found.QUEUE_OPEN
    return Found.QUEUE_CLOSED if ends.get((TAKING, "refused")) else Found.QUEUE_UNSEEN
