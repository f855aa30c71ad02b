"""What a timeline is put together from: every trace a message, a request and a number leave."""

from datetime import datetime, timedelta

import pytest

from bot.errors import WrongDataKey
from bot.rules.approvals import Verdict
from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.limits import Rule, Wanted
from bot.rules.numbers import mask
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.policies import policy_of
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import EVERY_APP
from bot.rules.timeline import Id, Person, Step, StepKind, Words
from bot.rules.why_words import read
from bot.settings import Settings
from bot.slack.messages.timelines import NumberPage, Story
from handlers.flows import delivery, limit_past, threads, whys
from handlers.flows.doubts import DoubtChoice, Evidence, decide, gather, settle_by_evidence
from storage import (
    approvals,
    limit_counts,
    limit_exemptions,
    limits,
    message_queue,
    messages,
    optouts,
    replies,
    requests,
    voice_events,
)
from storage.db import Tx
from storage.ids import RequestId
from storage.limit_counts import LimitRefusal
from storage.limit_exemptions import Exemption
from storage.replies import Reply
from storage.vault import SealedNumber
from storage.voice_events import VoiceEvent, VoiceEventKind
from tests.handlers.flows.asks import ask, say
from tests.handlers.flows.sends import (
    LIMITED,
    SERIAL,
    answered,
    begin,
    doubt,
    end,
    queue,
    record,
    report,
)
from tests.storage.rows import (
    LIN,
    MAYA,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    add_message,
    add_request,
    later,
)
from tests.storage.rows import begin as start_row

CALL = "call-1"
#: As Tencent writes one.
LONG = "5000:1045710669157053657849499619"


def story_of(tx: Tx, message_id: str, now: datetime = NOW) -> Story:
    found = whys.of_message(tx, message_id, now)
    assert found is not None
    return found


def kinds(steps: Story | NumberPage) -> list[StepKind]:
    return [step.kind for step in steps.steps]


def step_of(story: Story, kind: StepKind) -> Step:
    return next(step for step in story.steps if step.kind is kind)


def page_of(tx: Tx, settings: Settings, page: int = 0, until: datetime = NOW) -> NumberPage:
    key = tx.vault.seal_number(NUMBER)
    return whys.of_number(tx, key, until, page, EVERY_APP, settings, until)


def take(tx: Tx, now: datetime, *, success: bool, serial: str = SERIAL) -> None:
    delivery.take_receipts(tx, "demo", [report(serial, success=success)], now)


def reply(at: datetime, text: str = "退订", *, is_optout: bool = True) -> Reply:
    return Reply(NUMBER, text, "腾讯云", "", "", at, is_optout, at)


def event(kind: VoiceEventKind, said: str, at: datetime) -> VoiceEvent:
    return VoiceEvent(CALL, NUMBER, kind, said, "", at, reason="<!here>")


def test_a_delivered_message_tells_every_step_with_its_time(tx: Tx) -> None:
    limits.seed(tx, "demo", policy_of({"number.day": 5}), NOW)
    message = end(tx, begin(tx, now=NOW), answered(), later(s=1))
    take(tx, later(s=4), success=True)
    story = story_of(tx, message.id, later(s=5))
    assert kinds(story) == [
        StepKind.ASKED,
        StepKind.CONFIRMED,
        StepKind.LIMITS,
        StepKind.ATTEMPT,
        StepKind.ACCEPTED,
        StepKind.DELIVERED,
    ]
    assert [step.at for step in story.steps] == [NOW] * 4 + [later(s=1), later(s=4)]
    (counted, *_) = step_of(story, StepKind.LIMITS).uses
    assert (counted.rule, counted.used, counted.allowed) == (Rule.PER_DAY, 0, 5)
    assert step_of(story, StepKind.ACCEPTED).facts["serial"] == Id(SERIAL)


def test_a_report_that_came_second_and_one_that_said_otherwise_are_told_as_unused(tx: Tx) -> None:
    message = end(tx, begin(tx), answered(), NOW)
    take(tx, later(s=2), success=False)
    take(tx, later(s=3), success=True)
    story = story_of(tx, message.id, later(s=9))
    assert kinds(story)[-2:] == [StepKind.UNDELIVERED, StepKind.REPORT_UNUSED]
    assert step_of(story, StepKind.UNDELIVERED).carrier_code == "MK:0001"


def test_a_refusal_has_tencents_code_and_what_waits_has_its_next_try(tx: Tx) -> None:
    refused = end(tx, begin(tx), answered(code="FailedOperation.PhoneNumberInBlacklist"))
    step = step_of(story_of(tx, refused.id), StepKind.REFUSED)
    assert step.code == "FailedOperation.PhoneNumberInBlacklist"
    waiting = end(tx, begin(tx, OTHER_NUMBER), answered(OTHER_NUMBER, LIMITED))
    put_off = step_of(story_of(tx, waiting.id), StepKind.PUT_OFF)
    assert put_off.code == LIMITED
    assert put_off.facts["time"] == waiting.due_at


def test_a_doubt_keeps_the_lost_call_the_persons_word_and_the_next_one(tx: Tx) -> None:
    message = doubt(tx)
    gather(tx, NOW, NOW)
    assert messages.note_asked(tx, message.id, later(minutes=16))
    assert StepKind.PERSON_ASKED in kinds(story_of(tx, message.id))
    again = decide(
        tx, message.id, message.attempt or "", DoubtChoice.SEND_AGAIN, MAYA, later(minutes=17)
    )
    assert isinstance(again, messages.Message)
    waiting = story_of(tx, message.id)
    assert step_of(waiting, StepKind.ATTEMPT_LOST).at == NOW
    assert step_of(waiting, StepKind.SENT_AGAIN).facts["person"] == Person(MAYA)


def test_a_doubt_settled_by_tencents_books_says_by_which(tx: Tx) -> None:
    message = doubt(tx)
    gather(tx, NOW, NOW)
    evidence = Evidence(records=[record()], may_eliminate=True)
    assert settle_by_evidence(tx, message, evidence, later(minutes=1))
    told = kinds(story_of(tx, message.id))
    assert told[-3:] == [StepKind.DOUBT, StepKind.ACCEPTED_RECORD, StepKind.AWAITS_REPORT]


def test_a_doubt_left_alone_says_by_whom(tx: Tx) -> None:
    message = doubt(tx)
    gather(tx, NOW, NOW)
    decide(tx, message.id, message.attempt or "", DoubtChoice.TREAT_AS_SENT, LIN, later(minutes=17))
    dropped = step_of(story_of(tx, message.id), StepKind.DROPPED_PERSON)
    assert (dropped.facts["person"], dropped.at) == (Person(LIN), later(minutes=17))


def test_a_report_about_a_doubt_leads_from_its_serial_number_to_the_message(tx: Tx) -> None:
    message = doubt(tx)
    take(tx, later(s=2), success=True, serial="5000:99999999")
    found = whys.find(tx, read(["5000:99999999"]), EVERY_APP)
    assert found.stray is not None
    assert (found.stray.number, found.stray.message_id) == (NUMBER, message.id)
    hint = step_of(story_of(tx, message.id), StepKind.HINT)
    assert hint.at == later(s=2)


def test_what_was_left_out_or_waits_says_for_what(tx: Tx) -> None:
    message = queue(tx)
    message_queue.skip(tx, [(message.id, "too_late")], by="rule", now=later(minutes=11))
    skipped = step_of(story_of(tx, message.id), StepKind.SKIPPED)
    assert skipped.facts["reason"] == Words("timeline.skipped.too_late", "job.skipped.expired")
    waiting = queue(tx, OTHER_NUMBER)
    assert kinds(story_of(tx, waiting.id))[-1] is StepKind.WAITS
    message_queue.put_off(tx, [(waiting.id, "per_hour", later(minutes=40))], NOW)
    rule = step_of(story_of(tx, waiting.id), StepKind.WAITS_RULE)
    assert rule.facts == {"rule": Words("timeline.rule.per_hour"), "time": later(minutes=40)}


def test_replies_and_opt_outs_behind_a_message_belong_to_its_story(tx: Tx) -> None:
    message = end(tx, begin(tx), answered(), NOW)
    replies.add(tx, reply(later(minutes=1)))
    replies.add(tx, reply(later(minutes=60 * 73)))
    said = Optout(NUMBER, "腾讯云", Scope.ALL, Source.REPLY, "", "", later(minutes=1))
    optouts.add(tx, said)
    told = kinds(story_of(tx, message.id, later(minutes=60 * 80)))
    assert told.count(StepKind.REPLIED_NO) == 1
    assert told.count(StepKind.OPTED_OUT) == 1


def test_limits_are_told_as_they_stood_then(tx: Tx) -> None:
    limits.seed(tx, "demo", policy_of({"number.day": 5}), NOW - timedelta(days=9))
    change = changed(tx, {"number.day": 2}, starts_at=later(minutes=10))
    sealed, wanted = tx.vault.seal_number(NUMBER), Wanted(TemplateClass.NOTICE, "", "CN")
    first = end(tx, begin(tx, now=NOW), answered(), NOW)

    def allowed(at: datetime) -> tuple[int, int]:
        uses = limit_past.uses_at(tx, "demo", sealed, wanted, at)
        found = next(use for use in uses if use.rule is Rule.PER_DAY)
        return found.used, found.allowed

    assert first.state is MessageState.ACCEPTED
    assert [allowed(NOW), allowed(later(minutes=5)), allowed(later(minutes=20))] == [
        (0, 5),
        (1, 5),
        (1, 2),
    ]
    limits.fold(tx, "demo", later(minutes=11))
    limits.undo_change(tx, change, LIN, later(minutes=30))
    assert allowed(later(minutes=20)) == (1, 2)
    assert allowed(later(minutes=40)) == (1, 5)


def changed(tx: Tx, caps: dict[str, int | None], starts_at: datetime) -> RequestId:
    request_id = add_request(tx)
    before: dict[str, int | None] = {"number.day": 5}
    assert limits.add_change(
        tx, request_id, "demo", caps, before, starts_at=starts_at, ends_at=None
    )
    return request_id


def test_an_exempt_number_has_no_counts_told(tx: Tx) -> None:
    exempt = Exemption("demo", NUMBER, None, "test phone", LIN, "R-AAAA", NOW)
    limit_exemptions.put(tx, exempt, NOW)
    message = end(tx, begin(tx, now=later(s=1)), answered(), later(s=1))
    assert StepKind.EXEMPT in kinds(story_of(tx, message.id, later(s=2)))


def test_a_number_has_its_messages_refusals_replies_calls_and_opt_outs_latest_first(
    tx: Tx, settings: Settings
) -> None:
    sent = end(tx, begin(tx, now=NOW), answered(), NOW)
    sealed, refused_at = tx.vault.seal_number(NUMBER), later(minutes=1)
    limit_counts.add_refusals(tx, [refusal(sealed, refused_at)])
    replies.add(tx, reply(later(minutes=2), "好的", is_optout=False))
    voice_events.add(tx, event(VoiceEventKind.KEY, "1", later(minutes=3)))
    voice_events.add(tx, event(VoiceEventKind.TEXT_ENDED, "0", later(minutes=4)))
    voice_events.add(tx, event(VoiceEventKind.FAILED, "9", later(minutes=5)))
    said = Optout(NUMBER, "", Scope.ALL, Source.PERSON, "", LIN, later(minutes=6))
    optouts.add(tx, said)
    begin(tx, OTHER_NUMBER)
    page = page_of(tx, settings, until=later(minutes=9))
    assert kinds(page) == [
        StepKind.OPTED_OUT,
        StepKind.CALL_FAILED,
        StepKind.CALL_ENDED,
        StepKind.CALL_KEY,
        StepKind.REPLIED,
        StepKind.DRAFT_REFUSED,
        StepKind.MESSAGE,
    ]
    assert page.steps[-1].message_id == sent.id
    assert page.steps[-2].request_id == "R-AAAA"
    assert not page.is_more


def refusal(number: SealedNumber, at: datetime) -> LimitRefusal:
    return LimitRefusal(
        "demo", at, "R-AAAA", number, "", TemplateClass.NOTICE, "CN", Rule.PER_DAY.value
    )


def test_pages_hold_everything_once_and_do_not_shift_when_more_is_sent(
    tx: Tx, settings: Settings
) -> None:
    for minute in range(25):
        at = later(minutes=minute)
        end(tx, begin(tx, now=at), answered(serial=f"5000:{minute}"), at)
        replies.add(tx, reply(at + timedelta(seconds=1), is_optout=False))
    until = later(minutes=30)
    before = [page_of(tx, settings, page, until) for page in range(3)]
    assert [len(page.steps) for page in before] == [20, 20, 10]
    assert [page.is_more for page in before] == [True, True, False]
    begin(tx, now=later(minutes=31))
    assert [page_of(tx, settings, page, until) for page in range(3)] == before
    times = [step.at for page in before for step in page.steps if step.at is not None]
    assert times == sorted(times, reverse=True)
    assert len({step.message_id for page in before for step in page.steps}) == 26


def test_a_key_that_is_none_of_ours_opens_nothing(tx: Tx, settings: Settings) -> None:
    for key in ("", "k1:", "k1:AAAA", NUMBER):
        with pytest.raises((WrongDataKey, ValueError)):
            whys.of_number(tx, SealedNumber(key), NOW, 0, EVERY_APP, settings, NOW)


def test_a_draft_that_a_limit_refused_says_which_and_one_that_lapsed_says_so(tx: Tx) -> None:
    request_id, sealed = draft(tx), tx.vault.seal_number(NUMBER)
    limit_counts.add_refusals(
        tx,
        [
            LimitRefusal(
                "demo", NOW, request_id, sealed, "", TemplateClass.NOTICE, "CN", Rule.PER_DAY.value
            )
        ],
    )
    found = whys.of_request(tx, request_id, NOW)
    assert found is not None
    assert kinds(found) == [StepKind.ASKED, StepKind.LIMITS, StepKind.LIMIT_REFUSED]
    assert mask(found.number) == "+86 138****0001"
    request = requests.get(tx, request_id)
    assert request is not None
    assert request.state is RequestState.DRAFT


def test_what_was_counted_before_a_refused_draft_counts_its_text_too(tx: Tx) -> None:
    limits.seed(tx, "demo", policy_of({"same.30s": 1}), NOW - timedelta(days=1))
    content = tx.vault.fingerprint("content", "码 1")
    earlier = NOW - timedelta(seconds=10)
    start_row(tx, add_message(tx, now=earlier, text="码 1"), earlier)
    request_id, sealed = draft(tx), tx.vault.seal_number(NUMBER)
    refusal = LimitRefusal(
        "demo",
        NOW,
        request_id,
        sealed,
        content,
        TemplateClass.NOTICE,
        "CN",
        Rule.SAME_CONTENT_30S.value,
    )
    limit_counts.add_refusals(tx, [refusal])
    found = whys.of_request(tx, request_id, NOW)
    assert found is not None
    step = next(each for each in found.steps if each.kind is StepKind.LIMITS)
    assert [each.used for each in step.uses if each.rule is Rule.SAME_CONTENT_30S] == [1]


def draft(tx: Tx) -> RequestId:
    payload = {
        "number": NUMBER,
        "class": "notice",
        "template_id": "1111",
        "content": "码 {1}",
        "signature": "腾讯云",
    }
    request = requests.add(
        tx,
        kind=RequestKind.SEND,
        app="demo",
        payload=payload,
        requester=MAYA,
        channel="C0SMS",
        now=NOW,
        expires_at=later(minutes=10),
    )
    return request.id


def test_what_nobody_knows_is_not_found(tx: Tx) -> None:
    assert whys.find(tx, read(["R-7K3Q", SERIAL, "MK:0001"]), EVERY_APP) == whys.Found()
    assert whys.of_request(tx, "R-7K3Q", NOW) is None
    assert whys.of_message(tx, "none", NOW) is None


def break_(tx: Tx, table: str, column: str) -> None:
    """What was sealed there does not open any more."""
    tx.run(f"UPDATE {table} SET {column} = 'k1:AAAA' WHERE {column} <> ''")


def test_a_story_is_told_without_what_was_asked_for(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings, requester=MAYA)
    whole = whys.of_request(tx, request.id, NOW)
    assert whole is not None
    assert whole.damaged == ()
    break_(tx, "requests", "payload")
    found = whys.of_request(tx, request.id, NOW)
    assert found is not None
    assert (kinds(found), found.name) == (kinds(whole), request.id)
    assert found.damaged == (f"requests {request.id}",)


def test_of_votes_and_lines_each_that_cannot_be_read_is_named(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings, requester=LIN)
    say(tx, request, MAYA, Verdict.APPROVE)
    approvals.explain(tx, request.id, MAYA, Verdict.APPROVE, "good")
    break_(tx, "votes", "reason")
    threads.say(tx, request, "superseded", {"next_id": "R-AAAA"}, NOW)
    break_(tx, "posts", "facts")
    found = whys.of_request(tx, request.id, NOW)
    assert found is not None
    assert StepKind.APPROVED in kinds(found)
    assert f"votes {request.id} {MAYA}" in found.damaged
    assert f"posts {request.id}:superseded" in found.damaged


def test_a_message_is_told_without_its_number_and_its_values(tx: Tx) -> None:
    message = end(tx, begin(tx, now=NOW), answered(serial=LONG), later(s=1))
    take(tx, later(s=4), success=True, serial=LONG)
    whole = kinds(story_of(tx, message.id, later(s=5)))
    break_(tx, "messages", "template_values")
    found = story_of(tx, message.id, later(s=5))
    assert (kinds(found), found.number) == (whole, NUMBER)
    assert found.damaged == (f"messages {message.id}",)
    break_(tx, "messages", "number")
    found = story_of(tx, message.id, later(s=5))
    assert kinds(found) == [kind for kind in whole if kind is not StepKind.LIMITS]
    # What was asked for says it too.
    assert (found.number, found.damaged) == (NUMBER, (f"messages {message.id}",))
    assert whys.find(tx, read([LONG]), EVERY_APP).message_id == message.id


def test_a_report_counts_by_its_serial_number_where_its_number_is_damaged(tx: Tx) -> None:
    message = end(tx, begin(tx, now=NOW), answered(serial=LONG), later(s=1))
    take(tx, later(s=4), success=True, serial=LONG)
    break_(tx, "receipts", "number")
    found = story_of(tx, message.id, later(s=5))
    assert found.steps[-1].kind is StepKind.DELIVERED
    assert found.damaged == (f"receipts {LONG}",)
    tx.run("DELETE FROM messages")
    stray = whys.find(tx, read([LONG]), EVERY_APP).stray
    assert stray is not None
    assert (stray.number, stray.damaged) == ("", (f"receipts {LONG}",))


def test_a_page_of_a_number_names_what_is_damaged_and_shows_the_rest(
    tx: Tx, settings: Settings
) -> None:
    message = end(tx, begin(tx, now=NOW), answered(), later(s=1))
    optouts.add(tx, Optout(NUMBER, "腾讯云", Scope.ALL, Source.PERSON, "asked", MAYA, NOW))
    tester = Exemption("demo", NUMBER, None, "a tester", MAYA, "R-AAAA", NOW)
    limit_exemptions.put(tx, tester, NOW)
    break_(tx, "messages", "template_values")
    break_(tx, "optouts", "detail")
    break_(tx, "limit_exemptions", "reason")
    page = page_of(tx, settings, until=later(s=9))
    assert StepKind.EXEMPT in kinds(story_of(tx, message.id, later(s=9)))
    assert sorted(kinds(page)) == sorted([StepKind.MESSAGE, StepKind.OPTED_OUT])
    assert page.exempt_in == ("demo",)
    assert page.damaged == (f"messages {message.id}", "limit_exemptions demo")
