import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.changes import Image, SignatureChange, SignatureText, TemplateChange
from bot.rules.requests import RequestState
from bot.sandbox.tencent.content import Review
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.tencent.client import TencentClient
from bot.tencent.legacy import LegacyClient
from bot.tencent.signing import Credentials
from handlers.flows.changes import Failure
from handlers.jobs import submit_changes
from storage import attachments, requests
from storage.db import connect
from tests.handlers.jobs.conftest import Bell, Stage
from tests.handlers.jobs.submitting import (
    CREATE,
    REJECTED_ID,
    TEXT,
    approve,
    base_of,
    change_of,
    made,
    posts,
    state,
    submit,
)
from tests.journeys.clock import HandClock

ADD, MODIFY, DELETE = "AddSmsTemplate", "ModifySmsTemplate", "DeleteSmsTemplate"
PNG = b"\x89PNG\r\n\x1a\n licence"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


async def test_what_is_approved_is_submitted_once(stage: Stage) -> None:
    request_id = await approve(stage)
    await submit(stage)
    await submit(stage)
    assert await state(stage, request_id) is RequestState.DONE
    (template,) = made(stage)
    assert (await change_of(stage, request_id)).content_id == str(template.template_id)
    assert template.status is Review.REVIEWING
    assert stage.asked(ADD) == 1
    assert [each.kind for each in await posts(stage)] == ["change.done"]
    assert stage.services.posts_due.is_set()
    assert stage.services.cards_due.is_set()


async def test_the_request_is_signed_with_the_time_that_was_committed(stage: Stage) -> None:
    request_id = await approve(stage)
    await submit(stage)
    (entry,) = [each for each in stage.sandbox.requests if each.action == ADD]
    signed_at = (await change_of(stage, request_id)).signed_at
    assert signed_at is not None
    assert entry.timestamp == str(int(signed_at.timestamp()))


async def test_four_workers_at_once_submit_once(stage: Stage) -> None:
    await approve(stage)
    await asyncio.gather(*(submit(stage) for _ in range(4)))
    assert len(made(stage)) == stage.asked(ADD) == 1


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (FaultKind.DROP_BEFORE_ACCEPT, 0),
        (FaultKind.DROP_AFTER_ACCEPT, 1),
        (FaultKind.HALF_BODY, 1),
        (FaultKind.NOT_JSON, 1),
        (FaultKind.HTTP_500, 0),
    ],
)
async def test_without_an_answer_it_is_in_doubt_and_left_alone(
    stage: Stage, kind: FaultKind, count: int
) -> None:
    request_id = await approve(stage)
    stage.sandbox.world.faults.add(Fault(ADD, kind))
    await submit(stage)
    await submit(stage)
    assert await state(stage, request_id) is RequestState.IN_DOUBT
    assert len(made(stage)) == count
    assert stage.asked(ADD) == 1


async def test_what_tencent_refuses_fails_with_its_code(stage: Stage) -> None:
    text = replace(TEXT, content="代开发票请联系我们。")
    request_id = await approve(stage, TemplateChange(text=text))
    await submit(stage)
    assert await state(stage, request_id) is RequestState.FAILED
    code = (await change_of(stage, request_id)).code
    assert code == "InvalidParameterValue.TemplateWithDirtyWords"


async def test_too_many_at_once_are_submitted_a_little_later(
    stage: Stage, clock: HandClock
) -> None:
    texts = [replace(TEXT, name=f"到货通知{number}") for number in range(5)]
    asked = [await approve(stage, TemplateChange(text=text)) for text in texts]
    for _ in range(4):
        await submit(stage)
        clock.advance(timedelta(seconds=2))
    assert [await state(stage, each) for each in asked] == [RequestState.DONE] * 5
    assert [len(made(stage, text)) for text in texts] == [1] * 5
    # Tencent takes two a second.
    assert stage.asked(ADD) > 5


async def test_what_never_left_waits_and_is_submitted_later(stage: Stage, clock: HandClock) -> None:
    request_id = await approve(stage)
    nowhere = TencentClient(
        endpoint="http://127.0.0.1:1", credentials=Credentials("a", "b"), region="ap-guangzhou"
    )
    await submit_changes.run(replace(stage.services, tencent=nowhere), stage.now)
    await nowhere.close()
    assert await state(stage, request_id) is RequestState.APPROVED
    clock.advance(timedelta(minutes=1))
    await submit(stage)
    assert await state(stage, request_id) is RequestState.DONE
    assert len(made(stage)) == 1


async def test_a_rejected_template_is_changed_and_reviewed_anew(stage: Stage) -> None:
    request_id = await approve(stage, TemplateChange(REJECTED_ID, base_of(stage), TEXT))
    await submit(stage)
    assert await state(stage, request_id) is RequestState.DONE
    (template,) = made(stage)
    assert (template.template_id, template.status) == (int(REJECTED_ID), Review.REVIEWING)


async def test_a_template_is_deleted(stage: Stage) -> None:
    request_id = await approve(stage, TemplateChange("1110", base_of(stage, "1110")))
    await submit(stage)
    assert await state(stage, request_id) is RequestState.DONE
    assert 1110 not in stage.sandbox.world.state.templates


async def test_an_approved_template_cannot_be_changed_and_tencent_says_so(stage: Stage) -> None:
    request_id = await approve(stage, TemplateChange("1110", base_of(stage, "1110"), TEXT))
    await submit(stage)
    assert await state(stage, request_id) is RequestState.FAILED
    code = (await change_of(stage, request_id)).code
    assert code == "FailedOperation.TemplateAlreadyPassedCheck"


async def test_what_was_changed_in_the_console_meanwhile_is_not_overwritten(stage: Stage) -> None:
    request_id = await approve(stage, TemplateChange(REJECTED_ID, base_of(stage), TEXT))
    templates = stage.sandbox.world.state.templates
    edited = replace(templates[int(REJECTED_ID)], content="别人刚改过。")
    templates[int(REJECTED_ID)] = edited
    await submit(stage)
    assert await state(stage, request_id) is RequestState.SUPERSEDED
    assert stage.asked(MODIFY) == 0
    assert templates[int(REJECTED_ID)] == edited


async def test_what_was_deleted_in_the_console_meanwhile_is_not_changed(stage: Stage) -> None:
    request_id = await approve(stage, TemplateChange(REJECTED_ID, base_of(stage), TEXT))
    del stage.sandbox.world.state.templates[int(REJECTED_ID)]
    await submit(stage)
    assert await state(stage, request_id) is RequestState.FAILED
    assert (await change_of(stage, request_id)).detail == Failure.GONE
    assert stage.asked(MODIFY) == 0


async def test_what_was_deleted_in_the_console_meanwhile_is_deleted(stage: Stage) -> None:
    request_id = await approve(stage, TemplateChange("1110", base_of(stage, "1110")))
    del stage.sandbox.world.state.templates[1110]
    await submit(stage)
    assert await state(stage, request_id) is RequestState.DONE
    assert stage.asked(DELETE) == 0


async def test_who_cannot_look_does_not_overwrite(stage: Stage, clock: HandClock) -> None:
    request_id = await approve(stage, TemplateChange(REJECTED_ID, base_of(stage), TEXT))
    stage.sandbox.world.faults.add(Fault("DescribeSmsTemplateList", FaultKind.NOT_JSON))
    await submit(stage)
    assert await state(stage, request_id) is RequestState.APPROVED
    account = stage.sandbox.world.state.account
    account.settings = replace(account.settings, sub_account=True)
    clock.advance(timedelta(minutes=1))
    await submit(stage)
    assert await state(stage, request_id) is RequestState.FAILED
    change = await change_of(stage, request_id)
    assert change.detail == Failure.CANNOT_LOOK
    assert change.code == "FailedOperation.ProhibitSubAccountUse"
    assert stage.asked(MODIFY) == 0


async def test_a_signature_goes_out_with_its_proof(stage: Stage) -> None:
    kept = await stage.services.db.write(attachments.put, "licence.png", PNG, stage.now)
    proof = Image(kept.sha256, kept.name, kept.size_bytes)
    text = SignatureText("示例品牌", 0, 0, False, False, "", "6001", proof, None)
    request_id = await approve(stage, SignatureChange(text=text))
    await submit(stage)
    assert await state(stage, request_id) is RequestState.DONE
    names = [each.name for each in stage.sandbox.world.state.signatures.values()]
    assert names.count("示例品牌") == 1


async def test_one_that_breaks_keeps_nobody_and_comes_again_later(
    stage: Stage, clock: HandClock
) -> None:
    kept = await stage.services.db.write(attachments.put, "licence.png", PNG, stage.now)
    proof = Image(kept.sha256, kept.name, kept.size_bytes)
    text = SignatureText("示例品牌", 0, 0, False, False, "", "6001", proof, None)
    broken, whole = await approve(stage, SignatureChange(text=text)), await approve(stage)
    # Sealed with another key, or damaged.
    await stage.change("UPDATE attachments SET body = 'k1:AAAA'")
    await submit(stage)
    assert await state(stage, whole) is RequestState.DONE
    assert await state(stage, broken) is RequestState.APPROVED
    assert (await change_of(stage, broken)).detail == "broke"
    await stage.change("DELETE FROM attachments")
    await stage.services.db.write(attachments.put, "licence.png", PNG, stage.now)
    clock.advance(submit_changes.BROKE_FOR)
    await submit(stage)
    assert await state(stage, broken) is RequestState.DONE


async def test_v5_submits_nothing_and_says_so(stage: Stage) -> None:
    request_id = await approve(stage)
    ids = stage.sandbox.credentials
    legacy = LegacyClient(endpoint=stage.sandbox.url, app_keys={ids.sdk_app_id: ids.app_key})
    await submit_changes.run(replace(stage.services, tencent=legacy), stage.now)
    await legacy.close()
    assert await state(stage, request_id) is RequestState.FAILED
    assert (await change_of(stage, request_id)).detail == Failure.NO_PROVIDER
    assert made(stage) == []


async def test_an_answer_is_saved_as_soon_as_the_file_takes_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit_changes, "SAVE_AGAIN_S", 0.01)
    monkeypatch.setattr(submit_changes.log, "handlers", [bell := Bell("answer not saved")])
    request_id = await approve(stage, CREATE)
    stage.services.db._writer_conn.execute("PRAGMA busy_timeout=1")
    stage.sandbox.world.faults.add(Fault(ADD, FaultKind.LATENCY_MS, latency_ms=600))
    submitting = asyncio.create_task(submit(stage))
    await stage.services.cards_due.wait()
    with closing(connect(stage.services.db.path)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        await asyncio.wait_for(bell.rung.wait(), 30)
        assert await state(stage, request_id) is RequestState.EXECUTING
        stranger.execute("ROLLBACK")
        await submitting
    assert await state(stage, request_id) is RequestState.DONE
    assert len(made(stage)) == stage.asked(ADD) == 1


async def test_an_answer_that_cannot_be_saved_is_a_doubt(stage: Stage) -> None:
    request_id = await approve(stage)
    await stage.change(
        "CREATE TRIGGER broken BEFORE INSERT ON reviews BEGIN SELECT RAISE(ABORT, 'broken'); END"
    )
    await submit(stage)
    assert await state(stage, request_id) is RequestState.IN_DOUBT
    assert stage.asked(ADD) == 1
    await stage.change("DROP TRIGGER broken")


async def test_what_fails_before_its_attempt_is_called_by_its_name(stage: Stage) -> None:
    sign = SignatureText("示例品牌", 0, 0, False, False, "", "6001", Image("a" * 64, "x", 8), None)
    await approve(stage, SignatureChange(text=sign))
    await submit(stage)
    (failed,) = await posts(stage, "change.failed")
    assert (failed.facts["name"], failed.facts["detail"]) == ("示例品牌", Failure.NO_IMAGE)


async def test_a_damaged_request_fails_and_keeps_no_other_change_from_tencent(stage: Stage) -> None:
    damaged, whole = await approve(stage), await approve(stage)
    await stage.change("UPDATE requests SET payload = 'broken' WHERE id = :id", id=damaged)
    await submit(stage)
    assert await state(stage, whole) is RequestState.DONE
    found = await stage.services.db.read(requests.get_shown, damaged)
    assert found is not None
    assert found.state is RequestState.FAILED
    assert (await change_of(stage, damaged)).detail == Failure.DAMAGED
