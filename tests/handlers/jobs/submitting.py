"""Approved changes on the stage, and Tencent's own books about them."""

from bot.rules.approvals import Rule
from bot.rules.changes import Change, TemplateBase, TemplateChange, TemplateText
from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestState
from bot.sandbox.tencent.content import Review, Side, SmsType, Template
from handlers.jobs import settle_changes, submit_changes
from storage import changes
from storage.ids import RequestId
from storage.posts import Post
from tests.handlers.flows import attempts
from tests.handlers.jobs.conftest import Stage

TEXT = TemplateText("到货通知", "您的订单已到货，请及时取件。", TemplateClass.NOTICE, False, "x")
CREATE = TemplateChange(text=TEXT)
#: The rejected one of the sandbox's own templates.
REJECTED_ID = "1115"
CHANNEL = "C0REVIEWS"


def base_of(stage: Stage, template_id: str = REJECTED_ID) -> TemplateBase:
    known = stage.sandbox.world.state.templates[int(template_id)]
    return TemplateBase(known.name, known.content)


async def approve(stage: Stage, change: Change = CREATE, rule: Rule = attempts.FREE) -> RequestId:
    """A request that is due at Tencent."""
    return await stage.services.db.write(attempts.approve, change, stage.now, rule=rule)


async def submit(stage: Stage) -> None:
    """The worker, once."""
    await submit_changes.run(stage.services, stage.now)


async def settle(stage: Stage) -> None:
    """The job that looks after doubts, once."""
    await settle_changes.run(stage.services, stage.now)


async def state(stage: Stage, request_id: str) -> RequestState:
    return await stage.services.db.read(attempts.state_of, request_id)


async def change_of(stage: Stage, request_id: str) -> changes.Change:
    return await stage.services.db.read(attempts.must_change, request_id)


async def posts(stage: Stage, kind: str = "") -> list[Post]:
    return await stage.services.db.read(attempts.said, kind)


def made(stage: Stage, text: TemplateText = TEXT) -> list[Template]:
    """What Tencent has of it: more than one is one too many."""
    return [
        each
        for each in stage.sandbox.world.state.templates.values()
        if (each.name, each.content) == (text.name, text.content)
    ]


def put(
    stage: Stage, template_id: int, *, name: str = "控制台", review: Review = Review.USABLE
) -> None:
    """What somebody makes in the console."""
    stage.sandbox.world.state.templates[template_id] = Template(
        template_id=template_id,
        name=name,
        content="控制台里做的。",
        sms_type=SmsType.NOTICE,
        international=Side.MAINLAND,
        status=review,
        review_reply="",
        created_at_ms=stage.sandbox.world.now_ms,
    )
