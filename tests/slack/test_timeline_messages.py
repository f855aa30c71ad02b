"""A timeline as Slack shows it: every step in both languages, masked, inert, within the limits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.limits import Rule, Use
from bot.rules.requests import RequestKind, RequestState
from bot.rules.timeline import Fact, Groups, Id, Person, Place, Step, StepKind, Words
from bot.slack.messages import timelines
from bot.slack.messages.job_progress import Tally
from bot.slack.messages.timelines import Also, JobHead, MessageHead, NumberPage, Story
from tests.journeys.people import buttons_of, words_of

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NUMBER, DIGITS = "+8613800005678", "13800005678"
HOSTILE = f"<!channel> *bold* {DIGITS}"
#: More than any step's sentence needs.
FACTS: dict[str, Fact] = {
    "person": Person("U0LIN"),
    "place": Place("C0SMS"),
    "needed": 2,
    "groups": Groups(("@sms-approvers",)),
    "time": NOW,
    "via": Words("timeline.via.button"),
    "said": HOSTILE,
    "total": 3,
    "bad_rows": 1,
    "duplicates": 0,
    "nth": 1,
    "numbers": 3,
    "id": Id("1110"),
    "state": Words("card.state.refused"),
    "rule": Words("timeline.rule.per_day"),
    "serial": Id("5000:1045710669157053657849499619"),
    "segments": 2,
    "code": Id("MK:0001"),
    "reason": Words("card.detail.deadline"),
    "scope": Words("optout.scope.all"),
    "signature": HOSTILE,
    "source": Words("optout.source.reply"),
    "call": Id("call-1"),
    "end": Words("timeline.call_end.0"),
    "template": HOSTILE,
    "class": Words("preview.classes.otp"),
    "app": "demo",
    "request": Id("R-7K3Q"),
}
USES = tuple(Use(rule, "otp", 1, 5, None) for rule in Rule)
HEAD = MessageHead(
    state=MessageState.UNDELIVERED,
    class_=TemplateClass.NOTICE,
    template_id="1111",
    template_name=HOSTILE,
    serial="5000:1045710669157053657849499619",
    tencent_request_id="r",
)
STORY = Story(
    request_id="R-7K3Q",
    kind=RequestKind.SEND,
    name="",
    recipients=0,
    number=NUMBER,
    app="demo",
    requester="U0MAYA",
    state=RequestState.DONE,
    version="0123456789abcdef",
    steps=(),
    message=HEAD,
    job=None,
)
PAGE = NumberPage(NUMBER, "k1:AAAA", 1, 1, (), True, ("demo",))


def step(kind: StepKind) -> Step:
    if kind is StepKind.SAID:
        facts = {"request_id": "R-7K3Q", "user": "U0LIN", "requester": "U0MAYA"}
        return Step(kind, NOW, post=("approval.taken_back", facts))
    uses = USES if kind is StepKind.LIMITS else ()
    return Step(kind, NOW, FACTS, uses=uses, code="LimitExceeded.PhoneNumberDailyLimit")


def shown(message: SlackMessage) -> str:
    return words_of({"text": message.text, "blocks": list(message.blocks)})


def buttons(message: SlackMessage) -> list[str]:
    return buttons_of({"blocks": list(message.blocks)})


def check(message: SlackMessage) -> None:
    """What Slack takes, and no number in full."""
    assert len(message.blocks) <= 50
    for block in message.blocks:
        parsed = Block.parse(dict(block))
        assert parsed is not None
        parsed.validate_json()
    assert DIGITS not in shown(message)
    assert "<!channel>" not in shown(message)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", StepKind)
def test_every_step_is_told_with_its_time_in_the_readers_zone(
    kind: StepKind, locale: Locale
) -> None:
    message = timelines.of_story(replace(STORY, steps=(step(kind),)), locale)
    check(message)
    assert f"<!date^{int(NOW.timestamp())}^" in shown(message)


@pytest.mark.parametrize("locale", Locale)
def test_a_story_as_long_as_any_is_within_slacks_limits(locale: Locale) -> None:
    steps = tuple(step(kind) for kind in StepKind) * 2
    check(timelines.of_story(replace(STORY, steps=steps), locale, "serial", Also(code="MK:0001")))


@pytest.mark.parametrize("locale", Locale)
def test_a_page_has_a_button_for_each_message_and_the_ways_on(locale: Locale) -> None:
    steps = [
        replace(step(StepKind.MESSAGE), message_id=f"m{nth}", state=MessageState.DELIVERED)
        for nth in range(20)
    ]
    message = timelines.of_number(
        replace(PAGE, steps=steps), locale, Also("R-7K3Q", NUMBER, "k1:AAAA", "MK:0001")
    )
    check(message)
    accessories = [block["accessory"]["value"] for block in message.blocks if "accessory" in block]
    assert accessories == [f"m{nth}" for nth in range(20)]
    assert buttons(message) == [
        "why.turn_back",
        "why.turn_on",
        "why.request",
        "why.number",
        "why.explain",
    ]


@pytest.mark.parametrize("locale", Locale)
def test_a_job_tells_counts_causes_and_cures(locale: Locale) -> None:
    job = JobHead(
        {MessageState.DELIVERED: 2, MessageState.UNDELIVERED: 7_000},
        (Tally("LimitExceeded.PhoneNumberDailyLimit", 3), Tally("deadline", 1)),
        (Tally("per_day", 1),),
        (Tally("MK:0001", None), Tally("", 1)),
    )
    story = replace(STORY, message=None, number="", name="发货", recipients=7_006, job=job)
    message = timelines.of_story(story, locale)
    check(message)
    for told in ("7,000", "`MK:0001`", "`LimitExceeded.PhoneNumberDailyLimit`"):
        assert told in shown(message)


def test_a_person_who_gave_a_reason_is_quoted_without_its_markup() -> None:
    said = shown(timelines.of_story(replace(STORY, steps=(step(StepKind.REJECTED),)), Locale.EN))
    assert "> &lt;!channel&gt; ∗bold∗ +86 138∗∗∗∗5678" in said


@given(
    st.text(alphabet=st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=90),
    st.integers(0, 9_999_999_999_999),
    st.integers(0, 9_999),
)
def test_a_turned_page_is_the_one_its_button_carried(key: str, until_ms: int, page: int) -> None:
    written = timelines.turn_value(f"k1:{key}", until_ms, page)
    assert timelines.read_turn(written) == (f"k1:{key}", until_ms, page)


@pytest.mark.parametrize(
    "value", ["", "k1:A", "k1:A:1", "k1:A:1:", "k1:A:1:99999", "k1:A:x:1", "'"]
)
def test_what_no_button_of_ours_carries_is_no_page(value: str) -> None:
    assert timelines.read_turn(value) is None


def test_a_draft_to_one_number_and_one_to_many_have_their_own_titles() -> None:
    draft = replace(STORY, message=None, name="发货", state=RequestState.DRAFT)
    assert (
        timelines.of_story(draft, Locale.EN).text == "Not confirmed yet · “发货” to +86 138****5678"
    )
    held = replace(draft, steps=(Step(StepKind.LIMIT_REFUSED, None, {"rule": "x"}),))
    assert timelines.of_story(held, Locale.EN).text == "Not sent · “发货” to +86 138****5678"
    many = replace(draft, number="", recipients=3, state=RequestState.DONE)
    assert timelines.of_story(many, Locale.EN).text == "Sent · Send of “发货” to 3 numbers"


def test_a_time_nobody_wrote_down_is_not_made_up() -> None:
    untimed = Step(StepKind.WAITS_JOB, None)
    said = shown(timelines.of_story(replace(STORY, steps=(untimed,)), Locale.EN))
    assert "then · Waits for the turn of its job." in said
    late = Step(StepKind.DELIVERED, NOW + timedelta(days=1), {"code": Id("DELIVRD")})
    said = shown(timelines.of_story(replace(STORY, steps=(late,)), Locale.EN))
    assert "reported it delivered (`DELIVRD`)." in said


@pytest.mark.parametrize("locale", list(Locale))
def test_what_could_not_be_read_is_named_to_be_quoted(locale: Locale) -> None:
    rows = ("requests R-7K3Q", "votes R-7K3Q U0MAYA")
    stray = timelines.StraySerial("5000:1", NUMBER, (), "", rows)
    found = (
        timelines.of_story(replace(STORY, damaged=rows), locale),
        timelines.of_number(replace(PAGE, damaged=rows), locale),
        timelines.of_stray(stray, locale),
    )
    for message in found:
        assert all(f"`{each}`" in shown(message) for each in rows)
    many = tuple(f"posts R-7K3Q:{nth}" for nth in range(9))
    said = shown(timelines.of_story(replace(STORY, damaged=many), locale))
    assert (said.count("posts R-7K3Q"), "4" in said) == (5, True)
    assert ":warning:" not in shown(timelines.of_story(STORY, locale))
