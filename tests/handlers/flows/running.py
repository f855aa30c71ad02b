"""Jobs that run, and what is claimed of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestEvent, RequestState
from bot.settings import Settings, load
from bot.settings.apps import TemplateSettings
from bot.tencent.wire import Answered, NumberAnswer, SendOutcome
from handlers.flows import claims, delivery, jobs
from handlers.flows.claims import Call, Claimed, Room
from handlers.flows.job_drafts import Pasted
from storage import messages, requests
from storage.db import Tx
from storage.ids import RequestId
from storage.messages import Message
from tests.handlers.flows import job_lists
from tests.handlers.flows.conftest import ENVIRON, OVERRIDES, ROOT
from tests.storage.rows import NOW

ROOM = Room(
    calls=32, numbers=200, job_calls=30, job_numbers=180, most_numbers=180, tokens={"demo": 1000}
)


@cache
def settings_with(**changes: Any) -> Settings:
    """Those of the flows, with no undo window; `changes` are keys of `sending`."""
    given = {f"sending.{key}": value for key, value in changes.items()}
    loaded = load(ROOT / "app.yaml", ENVIRON, {**OVERRIDES, "sending.undo_s": 0, **given})
    assert isinstance(loaded, Settings), loaded
    return loaded


def edited(settings: Settings, **app: Any) -> Settings:
    """The same with `app` of the one application changed, as after an edit of app.yaml."""
    return settings.model_copy(update={"apps": (settings.apps[0].model_copy(update=app),)})


#: What an edit of app.yaml may change of what somebody said yes to.
EDITS: tuple[Mapping[str, Any], ...] = (
    {"sdk_app_id": "1400000099"},
    {"international": ("US",)},
    {"international": False},
    {"templates": {"2220": TemplateSettings.model_validate({"class": TemplateClass.ALERT})}},
    {"name": "renamed"},
)


def approve_job(
    tx: Tx,
    numbers: Sequence[str],
    *,
    template: str = "2220",
    is_equal: bool = True,
    valid_for_s: int = 14_400,
    at: datetime | None = None,
    now: datetime = NOW,
    settings: Settings | None = None,
) -> RequestId:
    """A job that nobody needs to approve, scheduled and not started."""
    using = settings or settings_with()
    job_lists.list_content(tx)
    if is_equal:
        values = ["1"] if template != "2221" else []
        asked = job_lists.draft_of(
            using, Pasted(tuple(numbers)), template, *values, at=at, valid_for_s=valid_for_s
        )
        request = job_lists.checked(tx, asked, using, now=now)
    else:
        asked = job_lists.draft_of(using, job_lists.FILE, template, at=at, valid_for_s=valid_for_s)
        rows = [["phone", "1"], *([number, f"{nth:06d}"] for nth, number in enumerate(numbers))]
        request = job_lists.checked(tx, asked, using, rows, now)
    state = requests.advance(tx, request, RequestEvent.WAIVE, now)
    assert state is RequestState.APPROVED
    jobs.schedule(tx, replace(request, state=state), using, now)
    return request.id


def start_job(
    tx: Tx,
    numbers: Sequence[str],
    *,
    now: datetime = NOW,
    settings: Settings | None = None,
    **asked: Any,
) -> RequestId:
    """A job that runs."""
    request_id = approve_job(tx, numbers, now=now, settings=settings, **asked)
    assert jobs.start_due(tx, settings or settings_with(), now) == 1
    return request_id


def look(
    tx: Tx, now: datetime = NOW, room: Room = ROOM, settings: Settings | None = None
) -> Claimed:
    """One turn of the sender."""
    return claims.claim(tx, room, settings or settings_with(), now)


def claim(
    tx: Tx, now: datetime = NOW, room: Room = ROOM, settings: Settings | None = None
) -> tuple[Call, ...]:
    """The calls of one turn."""
    return look(tx, now, room, settings).calls


def accepted(call: Call, first: int = 0) -> Answered:
    """Tencent takes every number of a call."""
    return Answered(
        tuple(
            NumberAnswer(number, f"5000:{first + nth}", 1, "Ok", "", "CN", "")
            for nth, number in enumerate(call.numbers)
        ),
        "r",
    )


def finish(tx: Tx, call: Call, outcome: SendOutcome, now: datetime = NOW) -> None:
    """What a call came to."""
    delivery.settle(tx, delivery.read_outcome(call.attempts, outcome, now), now)


def of_job(tx: Tx, request_id: RequestId) -> list[Message]:
    return messages.of_request(tx, request_id)


def state_of(tx: Tx, request_id: str) -> RequestState:
    return job_lists.request_of(tx, request_id).state


def later(s: float) -> datetime:
    return NOW + timedelta(seconds=s)
