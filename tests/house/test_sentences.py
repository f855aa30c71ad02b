"""Everything that can be answered has a sentence, in both languages; no sentence is left over."""

import re
from pathlib import Path

import pytest

from bot.charts import Part
from bot.errors import SmsopsError
from bot.locales import Locale, areas, find, sentences, text
from bot.rules import carriers, coverage, lint, policies
from bot.rules.alert_life import BY_PEOPLE, GroupState, Move
from bot.rules.alerts import AlertKind, Severity
from bot.rules.alerts.health import Misnamed
from bot.rules.approval_table import KIND_NAMES
from bot.rules.approvals import Verdict, Via, VoteRefusal
from bot.rules.brake import Kind as BrakeKind
from bot.rules.brake import Measure
from bot.rules.classes import TemplateClass
from bot.rules.codes import CODES, FAMILIES, Kind, Retry, Wait, code_of
from bot.rules.content import QualificationState, ReviewState
from bot.rules.delivery import MessageState
from bot.rules.doctor import SEVERITIES, Found
from bot.rules.doctor import Severity as DoctorSeverity
from bot.rules.drift import Direction
from bot.rules.erasures import EraseRefusal, EraseWait
from bot.rules.images import ImageFault
from bot.rules.job_plans import JobReason
from bot.rules.limit_accounts import MayNot
from bot.rules.limit_words import CapReason, CautionReason
from bot.rules.limits import Rule
from bot.rules.matchers import MatcherFault
from bot.rules.numbers import NumberFault
from bot.rules.onboarding import ROLES, Finding, Standing
from bot.rules.optouts import Scope, Source
from bot.rules.provenance import Origin
from bot.rules.receipts import Carrier, Category
from bot.rules.recipients import CheckFault, row_reasons
from bot.rules.requests import RequestKind, RequestState
from bot.rules.reveals import RevealRefusal
from bot.rules.review_hours import ReviewKind
from bot.rules.review_replies import Cause
from bot.rules.reviews import DECIDED
from bot.rules.roles import Role
from bot.rules.schedule import Day, ScheduleReason
from bot.rules.sending import Area, SendReason
from bot.rules.summaries import SummaryKind, TroubleKind
from bot.rules.templates import BindReason, ValueReason
from bot.rules.timeline import StepKind
from bot.rules.validity import ValidityFault
from bot.rules.words import TextFault
from bot.sandbox.tencent.config import AccountKind
from bot.sandbox.tencent.faults import CallbackFaultKind, FaultKind
from bot.sandbox.workspace.faults import FaultKind as SlackFaultKind
from bot.settings.approvals import By
from bot.slack.files import FileFault
from bot.slack.messages import (
    approval_table,
    figure_files,
    figure_lines,
    sign_forms,
    summary_charts,
    template_forms,
)
from bot.slack.messages import optouts as optout_messages
from bot.slack.messages import packages as package_messages
from bot.slack.messages.alerts import SAID_HOW
from bot.slack.messages.approvals import group_name
from bot.slack.messages.ballots import ERASING
from bot.slack.messages.cards import FOUND
from bot.slack.messages.change_forms import ABROAD, MAINLAND
from bot.slack.messages.homes import AlertKind as HomeAlert
from bot.slack.messages.job_files import ERROR_COLUMNS, RESULT_COLUMNS
from bot.slack.messages.jobs import (
    ERRORS,
    HEADLINES,
    MOVE,
    REPLACING,
    RESULTS,
    SELF_EVIDENT,
    STYLES,
    JobPhase,
)
from bot.slack.messages.limit_changes import LimitsPhase
from bot.slack.messages.limits import Fate, Pace
from bot.slack.messages.listings import COLUMNS
from bot.tencent.drafts import DocumentType, SignType
from bot.tencent.wire import UnknownReason, UnsentReason
from handlers import registry
from handlers.commands.job import FITTING
from handlers.flows.alerts import Late
from handlers.flows.approvals import WithdrawRefusal
from handlers.flows.change_doubts import SayRefusal
from handlers.flows.changes import Failure
from handlers.flows.declarations import ConfirmReason
from handlers.flows.doubts import DoubtChoice, DoubtRefusal
from handlers.flows.drafts import ConfirmRefusal
from handlers.flows.erasures import LEFT_OUT as ERASED
from handlers.flows.grounds import Upstream
from handlers.flows.jobs import JobRefusal, StopReason
from handlers.flows.limit_drafts import LimitRefusal
from handlers.flows.message_stories import OF_SINGLES, RULES
from handlers.flows.singles import OPTED_OUT, OUT_OF_HOURS, RESTORED, TOO_LATE, UNREADABLE
from handlers.flows.upstream import WORDS
from handlers.flows.voting import TakenBack
from storage import erasures
from storage.brakes import Ended

REVIEWED = (
    SendReason.UNKNOWN,
    SendReason.NOT_LISTED_YET,
    SendReason.UNDER_REVIEW,
    SendReason.APPROVED_NOT_USABLE,
    SendReason.REJECTED,
)
SWITCHES = ("arrears", "pulls_enabled", "conversion_enabled", "sub_account")
OF_TIME = (JobReason.OTP_LATER, JobReason.OVER, JobReason.MARKETING_NEVER)
#: Why a message is left out while it waits: one by itself, and one of a job.
WAITED = (OPTED_OUT, TOO_LATE, OUT_OF_HOURS, UNREADABLE, RESTORED, ERASED)
LEFT_OUT = (OPTED_OUT, UNREADABLE, ERASED)
ONLY_TEMPLATES = (SendReason.MAINLAND_ONLY, SendReason.INTERNATIONAL_ONLY)


def needed() -> set[str]:
    faults = {f"faults.number.{each.value}" for each in NumberFault}
    faults |= {"faults.number.international_off", "faults.values.text_too_long"}
    faults |= {"faults.app.app_stopped"}
    faults |= {f"reveal.{each.value}" for each in RevealRefusal}
    faults |= {"faults.number.country_not_allowed", "faults.number.opted_out"}
    faults |= {f"optout.{word}.{each.value}" for word in ("source", "learned") for each in Source}
    faults |= {f"optout.scope.{each.value}" for each in Scope}
    faults |= {f"optout.column_{each}" for each in optout_messages.COLUMNS}
    faults |= {f"faults.template.{each.value}" for each in (*REVIEWED, *ONLY_TEMPLATES)}
    faults |= {f"faults.signature.{each.value}" for each in REVIEWED}
    faults |= {f"faults.values.{each.value}" for each in ValueReason}
    faults |= {f"faults.values.bind_{each.value}" for each in BindReason}
    faults |= {f"faults.{Area.TIME.value}.marketing_hours", "faults.package.package_empty"}
    faults |= {f"faults.limit.{each.value}" for each in Rule if each is not Rule.CARRIER_DAY}
    scopes = (*TemplateClass, policies.MAINLAND, policies.INTERNATIONAL)
    faults |= {f"faults.limit_scope.{each}" for each in scopes}
    faults |= {f"faults.text.{each.value}" for each in TextFault}
    faults |= {f"faults.confirm.{each.value}" for each in ConfirmRefusal}
    faults |= {f"faults.time.{each.value}" for each in JobReason if each in OF_TIME}
    faults |= {f"faults.recipients.{each.value}" for each in JobReason if each not in OF_TIME}
    faults |= {f"form.valid_fault.{each.value}" for each in ValidityFault}
    faults |= {f"doubt.refused.{each.value}" for each in DoubtRefusal}
    of_job = ("title", "hinted", "until", "asked", *(f"decided_{each}" for each in DoubtChoice))
    faults |= {f"doubt.job.{each}{one}" for each in of_job for one in ("", "_one")}
    faults |= {f"card.settled_by_{each}" for each in FOUND}
    cards = {f"card.state.{each.name.lower()}" for each in MessageState}
    cards |= {f"card.detail.{each.value}" for each in (*UnsentReason, *UnknownReason)}
    cards |= {f"card.skipped.{each}" for each in (*WAITED, "code_too_late")}
    cards |= {f"preview.classes.{each.value}" for each in TemplateClass}
    cards |= {f"preview.use.{each.value}" for each in Rule}
    helps = {f"help.role.{each.value}" for each in Role}
    for command in registry().commands:
        helps |= {f"help.command.{command.key}.{part}" for part in ("usage", "does", "example")}
    inputs = {f"workspace.input.not_{kind}" for kind in ("email", "url")}
    choices = {"limits": ("classic", "2025"), "account": (*AccountKind, *SWITCHES)}
    inputs |= {
        f"page.console.{page}.{choice}_hint"
        for page, offered in choices.items()
        for choice in offered
    }
    inputs |= {f"page.console.slack_faults.kinds.{each.name.lower()}" for each in SlackFaultKind}
    inputs |= {
        f"page.console.faults_to_come.kinds.{each.value}"
        for each in (*FaultKind, *CallbackFaultKind)
    }
    lints = {f"lint.rule.{each.value}.{part}" for each in lint.Rule for part in ("says", "cure")}
    lints |= {f"lint.severity.{each.value}" for each in lint.Severity}
    lints |= {f"lint.trade.{each.value}" for each in lint.Trade}
    lints |= {f"lint.table.{each.value}" for each in lint.TableReason}
    lints |= {
        f"review_replies.{each.value}.{part}" for each in Cause for part in ("meaning", "cure")
    }
    lists = {f"recipients.file.{each.value}" for each in CheckFault}
    lists |= {f"recipients.{reason}" for reason in row_reasons()}
    errors = {error.key for error in _errors(SmsopsError)}
    changes = of_reviews() | of_forms() | of_approvals() | of_jobs() | of_limits() | of_figures()
    changes |= of_coverage() | of_delivery_alerts() | of_health() | of_packages()
    changes |= of_declarations() | of_brakes() | of_timelines() | of_limit_cards() | of_homes()
    changes |= of_alerts() | of_doctor() | of_policies() | of_erasures()
    return faults | cards | helps | of_codes() | inputs | lints | lists | errors | changes


def of_policies() -> set[str]:
    """The table of approvals in words."""
    found = {f"kind_{each.replace('.', '_')}" for each in KIND_NAMES}
    found |= {f"type_{each.value}" for each in TemplateClass}
    found |= {f"{many}_{by.value}" for many in ("one", "many") for by in By}
    found |= {f"{unit}{many}" for unit, _ in approval_table.UNITS for many in ("", "s")}
    return {f"requests.policy.{each}" for each in found}


def of_erasures() -> set[str]:
    """What is said of numbers that are erased."""
    found = {f"erase.refused.{each.value}" for each in EraseRefusal}
    found |= {f"erase.waits.{each.value}" for each in EraseWait}
    found |= {f"requests.card.erase_{each.name.lower()}" for each in ERASING}
    erased = (*erasures.DELETED, erasures.MESSAGES, erasures.OPTOUTS, erasures.IN_TEXTS)
    return found | {f"{area}.{each}" for area in ("erase.found", "audit.fact") for each in erased}


def of_codes() -> set[str]:
    """What Tencent's and the carriers' codes mean."""
    found = {key for name in CODES for key in (code_of(name).cause_key, code_of(name).cure_key)}
    found |= {
        f"tencent_codes.family.{name}.{part}" for name in FAMILIES for part in ("cause", "cure")
    }
    found |= {
        f"carrier_codes.{each.value}.{part}" for each in Category for part in ("cause", "cure")
    }
    fates = {each.value for each in (*Retry, *Wait) if each is not Retry.LATER}
    found |= {f"why.fate.{each}" for each in fates}
    found |= {f"why.kind.{each.value}" for each in Kind}
    found |= {f"why.category.{each.value}" for each in Category}
    return found | {f"why.carrier.{each.value}" for each in Carrier}


def of_forms() -> set[str]:
    """What asks for a change of a template or a signature."""
    found = {f"listing.state.{each.name.lower()}" for each in ReviewState}
    found |= {f"listing.side.{side}" for side in (MAINLAND, ABROAD, "both")}
    found |= {f"draft.side_{side}" for side in (MAINLAND, ABROAD)}
    for area, columns in COLUMNS.items():
        found |= {f"{area}.column_{column}" for column in columns}
        found |= {f"{area}.meaning.{each.name.lower()}" for each in ReviewState}
        found |= {f"{area}.{name}" for name in ("list_title", "none", "show_one", "change_of")}
    found |= {f"template.class_{each.value}" for each in template_forms.CLASSES}
    found |= {f"sign.type.{each.value}" for each in SignType}
    found |= {f"sign.document.{each.value}" for each in DocumentType}
    found |= {f"sign.purpose_{each}" for each in (sign_forms.OWN, sign_forms.ANOTHER)}
    found |= {f"sign.{each}_label" for each in ("type", "document")}
    found |= {f"sign.{each}_hint" for each in ("proof", "commission")}
    found |= {f"sign.qualification.{each.name.lower()}" for each in QualificationState}
    faults = [*ImageFault, *FileFault]
    return found | {f"sign.file.{each.value}" for each in faults}


def of_jobs() -> set[str]:
    """What is said of sends to many."""
    found = {f"job.headline.{each.value}" for each in JobPhase if each not in HEADLINES}
    found |= {f"job.headline.{each}_before" for each in ("cancelled", "expired")}
    found |= {f"job.headline.{each}" for each in ("preflight_one", "running", "app_stopped")}
    found |= {f"job.headline.{each}" for each in ("cancelled", "expired", "paused")}
    found |= {f"job.outcome.{each.name.lower()}" for each in MessageState}
    counted = ("bad_rows", "duplicates", "opted_out", "out_of_hours")
    found |= {f"job.preflight.{each}{one}" for each in counted for one in ("", "_one")}
    found |= {f"job.preflight.over.{each.value}" for each in Rule}
    # What is over a total holds its job, and the carriers' cap holds nothing back.
    limits = {each.value for each in Rule} - {Rule.CARRIER_DAY.value, Rule.TOTAL_STOP.value}
    found |= {f"job.skipped.{each}" for each in {*LEFT_OUT, "expired", "cancelled", *limits}}
    found |= {f"job.stop.{each.value}" for each in StopReason if each not in SELF_EVIDENT}
    found |= {f"job.refusal.{each.value}" for each in JobRefusal}
    found |= {f"job.none_to_{each}" for each in FITTING}
    found |= {f"job.file_{each}" for each in ("results", "errors")}
    found |= {f"job.column.{each}" for each in (*RESULT_COLUMNS, *ERROR_COLUMNS)}
    found |= {f"job.list.{each}" for each in ("running", "scheduled", "mine", "ended")}
    deeds = {each.partition(".")[2] for each in (*STYLES, *REPLACING, MOVE, RESULTS, ERRORS)}
    return found | {f"job.button.{each}" for each in deeds}


def of_limit_cards() -> set[str]:
    """What `/sms limit` shows."""
    found = {f"limit_show.pace.{each.value}" for each in Pace}
    found |= {f"limit_show.fate.{each.value}" for each in Fate}
    found |= {f"limit_show.from.{each.value}" for each in Origin}
    found |= {f"limit_show.{each.value}" for each in MayNot}
    found |= {f"limit_keys.of.{each}" for each in (policies.NUMBER, policies.SAME, *TemplateClass)}
    found |= {f"limit_keys.window.{each}" for each in policies.WINDOWS}
    found |= {f"limit_keys.total.{each}" for each in policies.MEASURES}
    places = (policies.MAINLAND, policies.INTERNATIONAL)
    return found | {f"limit_keys.place.{each}" for each in places}


def of_limits() -> set[str]:
    """What is said of changes of limits."""
    found = {f"limit.headline.{each.value}" for each in LimitsPhase}
    found |= {f"limit.fault.{each.value}" for each in CapReason}
    found |= {f"limit.caution.{each.value}" for each in CautionReason}
    found |= {f"limit.card.above_{each}" for each in ("from", "between")} | {
        "limit.card.beneath_from"
    }
    found |= {f"limit.refused.{each.value}" for each in LimitRefusal}
    parts = ("title", "text", "yes")
    found |= {f"limit.dialog.{deed}_{part}" for deed in ("roll_back", "cancel") for part in parts}
    return found | {f"limit.button.{each}" for each in ("ask", "discard", "again")}


def of_doctor() -> set[str]:
    """What the check of the set-up finds, and what to do where it is not in order."""
    found = {f"doctor.found.{each.value}" for each in Found}
    found |= {f"doctor.topic.{each.topic}" for each in (*Found, *Finding)}
    found |= {
        f"doctor.cure.{each.value}" for each in Found if SEVERITIES[each] is not DoctorSeverity.FINE
    }
    found |= {f"doctor.whose.{each}" for each in ("Slack", "Tencent")}
    return found | {f"doctor.severity.{each.value}" for each in DoctorSeverity}


def of_homes() -> set[str]:
    """What the bot's own tab shows."""
    found = {f"home.step.{each.value}" for each in Finding}
    found |= {f"home.topic.{each.topic}" for each in Finding}
    found |= {f"home.mark.{each.value}" for each in Standing}
    found |= {f"home.alert.{each}" for each in ("stopped_by_rule", "doubts_more")}
    return found | {f"home.alert.{each.value}" for each in HomeAlert}


def of_alerts() -> set[str]:
    """What is said of alerts, whatever their kind."""
    found = {f"alerts.kind.{each.value}" for each in AlertKind}
    found |= {f"alerts.severity.{each.word}" for each in Severity}
    found |= {f"alerts.state.{each.name.lower()}" for each in GroupState}
    found |= {f"alerts.line.{each.value}" for each in Move}
    found |= {f"alerts.line.{each}" for each in ("explained", "moved")}
    found |= {f"alerts.done.{each.value}" for each in BY_PEOPLE}
    found |= {f"alerts.late.{each.value}" for each in Late} | {"alerts.late.resolved_by"}
    found |= {f"alerts.fault.{each.value}" for each in MatcherFault}
    found |= {f"alerts.emoji.{each}" for each in ("acknowledge", "resolve")}
    places = ("in_hand", "line.acknowledge")
    return found | {f"alerts.{place}_{each}" for place in places for each in SAID_HOW}


def of_brakes() -> set[str]:
    """What is said of unusual traffic."""
    plain = {each.value for each in BrakeKind} - {BrakeKind.SUCCESS.value}
    measured = {f"{BrakeKind.SUCCESS.value}_{each.value}" for each in Measure}
    found = {
        f"brake.what.{each}" for each in plain | measured | {f"{BrakeKind.VOLUME.value}_never"}
    }
    found |= {
        f"{area}{each.value}"
        for area in ("brake.reason.", "job.stop.brake_", "alert_traffic.unusual.")
        for each in BrakeKind
    }
    return found | {f"brake.ended.{each.value}" for each in Ended}


def of_health() -> set[str]:
    """What is said of the bot itself."""
    places = ("", "means_", "do_")
    found = {
        f"alert_health.config_fault.{place}{each.value}" for place in places for each in Misnamed
    }
    found |= {f"alert_health.clock_wrong.{each}" for each in ("ahead", "behind", "both")}
    found |= {f"alert_health.clock_wrong.{each}" for each in ("slack", "tencent")}
    return found | {
        f"alert_health.job_broken.{each}" for each in ("broke", "late", "do_broke", "do_late")
    }


def of_packages() -> set[str]:
    """What is said of packages."""
    found = {f"package.column.{each}" for each in package_messages.COLUMNS}
    found |= {f"package.kind.{each}" for each in ("gift", "bought")}
    return found | {f"package.planned.{each}" for each in ("line", "line_now")}


def of_declarations() -> set[str]:
    """What is said of Tencent's console."""
    directions = [each.value for each in Direction]
    found = {f"limit_declare.{each}.{way}" for each in ("happened", "drift") for way in directions}
    found |= {f"limit_declare.line.{each}" for each in (*directions, "undeclared")}
    found |= {f"limit_declare.before.{each}" for each in ("cap", "off", "nothing", "unnamed")}
    found |= {f"limit_declare.confirm.{each.value}" for each in ConfirmReason}
    proofs = ("stricter", "undeclared", "unnamed")
    found |= {f"limit_declare.proof.{each}{more}" for each in proofs for more in ("", "_shared")}
    found |= {
        f"limit_declare.proof.{each}" for each in ("total", "total_undeclared", "looser", "passed")
    }
    steps = ("needed", "optional", "to_type", "to_type_unknown")
    return found | {f"limit_declare.step.{each}" for each in steps}


def of_timelines() -> set[str]:
    """What is told of a number, a message or a request, step by step."""
    # A line of a thread has its own words.
    found = {f"timeline.step.{each.value}" for each in StepKind if each is not StepKind.SAID}
    found |= {f"timeline.rule.{each}" for each in RULES}
    found |= {f"timeline.use.{each.value}" for each in Rule}
    found |= {f"timeline.via.{each.value}" for each in Via}
    found |= {f"timeline.skipped.{each}" for each in OF_SINGLES}
    found |= {f"timeline.call_end.{each}" for each in (*"012", "unknown")}
    return found | {f"timeline.taken.{each}" for each in ("number", "request", "serial", "code")}


def of_delivery_alerts() -> set[str]:
    """What is said of receipts, doubts and wires, by how bad it is."""
    found = {f"alert_delivery.receipts_missing.{each}_lost" for each in ("title", "means", "do")}
    found |= {f"alert_delivery.slack_unreachable.{each}_shut_out" for each in ("means", "do")}
    found |= {f"stats.carrier.{each.value or 'none'}" for each in carriers.Carrier}
    return found | {f"alert_delivery.in_doubt.title{each}_one" for each in ("", "_alert")}


def of_coverage() -> set[str]:
    """Where Tencent's figures of a day are not ours, and what that may come from."""
    found = {f"coverage.{each.value}" for each in coverage.Measure}
    return found | {f"coverage.cause.{each.value}" for each in coverage.Cause}


def of_figures() -> set[str]:
    """What was sent in a span, what came of it, and the picture and the file of it."""
    found = {f"figures.column.{each}" for each in figure_files.COLUMNS}
    by = (*figure_files.BY, "total", "hour", "refused", "undelivered")
    found |= {f"figures.by.{each}" for each in by}
    found |= {f"figures.open_{each}" for each in ("unheard", "in_doubt", "in_flight")}
    found |= {f"figures.receipts_{each}" for each in figure_lines.RECEIPTS}
    found |= {f"summary.name.{each.value}" for each in SummaryKind}
    found |= {f"summary.trouble.{each.value}" for each in TroubleKind}
    found |= {f"summary.weekday.{each}" for each in summary_charts.WEEKDAYS}
    found |= {f"summary.month.{each}" for each in summary_charts.MONTHS}
    found |= {f"summary.picture.{each}" for each in ("plain", "none", "refused")}
    found |= {f"summary.chart.{each.value}" for each in Part}
    return found | {
        f"summary.chart.alt_{each.value}" for each in Part if each is not Part.DELIVERED
    }


def of_reviews() -> set[str]:
    """What becomes of a change at Tencent."""
    verbs, kinds = ("create", "modify", "delete"), [each.value for each in ReviewKind]
    told = ("done", "failed", "doubted", "repeated", "asked")
    found = {f"review.{each}.{verb}" for each in told for verb in verbs}
    found |= {f"review.failure.{each.value}" for each in Failure}
    found |= {f"review.say.{each.value}" for each in SayRefusal}
    found |= {f"review.result.{each.name.lower()}" for each in DECIDED}
    found |= {f"alert_content.ended.do_{each.name.lower()}" for each in DECIDED}
    found |= {f"review.console.{each}" for each in WORDS.values()}
    per_kind = ("what.", "new.", "barred_", "console_", "helper_", "meaning.approved_not_usable_")
    return found | {f"review.{each}{kind}" for each in per_kind for kind in kinds}


def of_approvals() -> set[str]:
    """Who asked for what, and who said what about it."""
    kinds = set(RequestKind) - {RequestKind.SEND}
    found = {f"requests.kind.{each.value.replace('.', '_')}" for each in kinds}
    found |= {
        f"requests.{place}.{group_name(kind)}"
        for place in ("approved", "approve_text")
        for kind in RequestKind
    }
    found |= {f"requests.approve_text.{each}" for each in ("last", "not_last", "deletion")}
    found |= {f"requests.sending.{each.name.lower()}" for each in RequestState}
    found |= {f"schedule.fault.{each.value}" for each in ScheduleReason}
    found |= {f"schedule.when.{each.value}" for each in Day}
    found |= {f"requests.state.{each.name.lower()}" for each in RequestState}
    found |= {f"requests.card.done_{each.value.partition('.')[2]}" for each in kinds}
    found |= {f"requests.card.said_{each.name.lower()}" for each in Verdict}
    found |= {f"requests.refused.already_{each.name.lower()}" for each in Verdict}
    silent = {VoteRefusal.OUT_OF_DATE, VoteRefusal.ALREADY_VOTED}
    found |= {f"requests.refused.{each.value}" for each in VoteRefusal if each not in silent}
    found |= {f"requests.withdraw.{each.value}" for each in WithdrawRefusal}
    found |= {f"requests.take_back.{each.value}" for each in TakenBack}
    places = ("card.superseded_", "thread.superseded_", "superseded.")
    found |= {f"requests.{place}{each.value}" for place in places for each in Upstream}
    found |= {f"requests.card.{each}" for each in ("for_own", "for_another")}
    words = ("why_title", "why_submit")
    return found | {f"requests.reject.{each}" for each in words}


@pytest.mark.parametrize("locale", Locale)
def test_everything_that_can_be_answered_has_a_sentence(locale: Locale) -> None:
    assert {key for key in needed() if find(locale, key) is None} == set()


@pytest.mark.parametrize("step", Finding)
def test_a_step_of_the_set_up_names_the_role_of_its_command(step: Finding) -> None:
    """Whoever follows it is asked for that role."""
    known, sentence = registry(), text(Locale.EN, f"home.step.{step.value}")
    asked = {
        found.role
        for noun, verb in re.findall(r"`/sms (\w+) ?([a-z]*)", sentence)
        if (found := known.command(noun, verb) or known.command(noun, ""))
    }
    assert {ROLES[step]} == asked if step in ROLES else not asked


def test_no_sentence_is_left_over() -> None:
    """A key nobody names, whole or by its end, is dead."""
    named = needed()
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("bot", "handlers")
        for path in Path(folder).rglob("*")
        if path.suffix in {".py", ".js", ".html"}
    )
    words = set(re.findall(r"[\w-]+", source))
    unused = {
        f"{area}.{key}"
        for area in areas(Locale.EN)
        for key in sentences(Locale.EN, area)
        if f"{area}.{key}" not in named and key.rpartition(".")[2] not in words
    }
    assert unused == set()


def _errors(kind: type[SmsopsError]) -> list[type[SmsopsError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _errors(child))]
