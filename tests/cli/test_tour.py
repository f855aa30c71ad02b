"""`smsops tour` plays the whole story, says what it saw, and fails when it did not see it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.local import Plan
from bot.cli.tour import perform
from bot.cli.tour.reading import lines_of, plain, sentence
from bot.cli.tour.story import STEPS, Stage, Step, again, menu, preview, stranger, typo
from bot.cli.tour.transcript import Transcript
from bot.locales import Locale, text

ROOT = Path(__file__).parents[2]
APP_YAML = ROOT / "app.yaml"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk would take this machine's own address to the proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_every_step_is_seen_and_told_as_one_object_in_the_terminals_language(
    smsops: Run, tmp_path: Path
) -> None:
    left = tmp_path / "left"
    left.mkdir()
    done = smsops(
        "tour", "--json", "--config", str(APP_YAML), LC_ALL="zh_CN.UTF-8", TMPDIR=str(left)
    )
    steps = [json.loads(line) for line in done.stdout.splitlines()]

    assert [step["step"] for step in steps if not step["ok"]] == []
    assert [step["step"] for step in steps] == [step.name for step in STEPS]
    assert {frozenset(step) for step in steps} == {frozenset({"step", "did", "saw", "ok"})}
    by_name = {step["step"]: step["saw"] for step in steps}
    assert "【腾讯云】您的验证码是123456" in by_name["delivered"]
    assert text(Locale.ZH_CN, "card.settled_by_record") in by_name["doubt"]
    assert (done.returncode, done.stderr, list(left.iterdir())) == (0, "", [])


async def test_a_step_that_is_not_seen_is_named_and_the_next_one_is_played_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`again` before anything was sent: there is no limit to be seen."""
    transcript = Transcript(Locale.EN, 3, as_json=False)
    steps = (Step("menu", menu), Step("again", again), Step("typo", typo))

    await perform(Plan(APP_YAML, tmp_path), transcript, steps)
    code = transcript.end(tmp_path / "tour.log")

    told = capsys.readouterr().out
    assert code == 1
    assert told.count("✓") == 2
    assert "✗ Not seen: {used} of {allowed} of this text in 30 seconds" in told
    assert f"Not seen: again. The bot's log is {tmp_path / 'tour.log'}" in told


async def test_what_a_step_says_is_looked_for_not_assumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With other roles and another limit than the story's, the steps about them are not seen."""
    plan = Plan(
        APP_YAML,
        tmp_path,
        overrides={"apps.0.limits.per_number_day": 9, "roles.requester": ["@sms-approvers"]},
    )
    transcript = Transcript(Locale.EN, 3, as_json=True)
    steps = (Step("menu", menu), Step("preview", preview), Step("stranger", stranger))

    await perform(plan, transcript, steps)

    ok = [json.loads(line)["ok"] for line in capsys.readouterr().out.splitlines()]
    assert ok == [True, False, False]
    assert transcript.missed == ["preview", "stranger"]


async def test_what_the_bot_refuses_to_say_in_time_is_a_step_not_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def unanswered(stage: Stage) -> list[str]:
        await stage.teller.do("action", channel="C0SMS", message_ts="1.0", action={})
        return []

    transcript = Transcript(Locale.EN, 1, as_json=False)
    await perform(Plan(APP_YAML, tmp_path), transcript, (Step("menu", unanswered),))

    assert transcript.missed == ["menu"]
    assert "✗ Not seen: action" in capsys.readouterr().out


def test_ctrl_c_ends_it_with_130_and_leaves_nothing_behind(
    plain_environ: dict[str, str], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "tour", "--config", str(APP_YAML)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=plain_environ | {"TMPDIR": str(tmp_path)},
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("smsops tour")
        process.send_signal(signal.SIGINT)
        rest, complaint = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, complaint) == (130, "")
    assert f"of {len(STEPS)} steps." in rest.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("locale", Locale)
def test_every_step_has_its_words(locale: Locale) -> None:
    for step in STEPS:
        people = {"teller": "A", "other": "B", "guest": "C"}
        assert "{" not in text(locale, f"tour.{step.name}.did", **people)
        assert "{" not in text(locale, f"tour.{step.name}.shows")


@pytest.mark.parametrize(
    ("mrkdwn", "shown"),
    [
        ("*To*\n+86 138****0001", "To\n+86 138****0001"),
        ("+86 138****0001 and +86 138****0002", "+86 138****0001 and +86 138****0002"),
        (":no_entry: `/sms send` &lt;x&gt; &amp;amp;", "/sms send <x> &amp;"),
        ("需要*发送*角色", "需要发送角色"),
        ("12:30:45 :x: no", "12:30:45 no"),
        ("<@U0EVE> and <@U0LIN|lin>", "@U0EVE and @lin"),
        ("2 \u2217 3\u02cb", "2 * 3`"),
    ],
)
def test_markup_is_shown_as_plain_text(mrkdwn: str, shown: str) -> None:
    assert plain(mrkdwn) == shown


def test_a_form_is_shown_with_its_fields_and_its_buttons() -> None:
    plain_text = {"type": "plain_text"}
    view = {
        "title": {**plain_text, "text": "Send an SMS"},
        "submit": {**plain_text, "text": "Preview"},
        "close": {**plain_text, "text": "Close"},
        "blocks": [
            {
                "type": "input",
                "label": {**plain_text, "text": "Number"},
                "element": {"type": "plain_text_input"},
            },
            {"type": "section", "text": {"type": "mrkdwn", "text": "*Text*\nline"}},
        ],
    }
    assert lines_of(view) == ["Send an SMS", "Number: …", "Text", "line", "[Preview] [Close]"]


def test_a_sentence_is_found_with_the_figures_it_must_hold_and_no_others() -> None:
    wanted = sentence(Locale.EN, "preview.package", before="1,000", after="999")

    assert wanted.fullmatch("package 1,000 → 999 segments")
    assert not wanted.search("package 1,000 → 998 segments")
    assert sentence(Locale.EN, "card.state.delivered").fullmatch("Delivered in 2.1 s")
    with pytest.raises(KeyError):
        sentence(Locale.EN, "card.no_such_sentence")
