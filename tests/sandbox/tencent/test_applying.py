"""What the API refuses of an application before any reviewer sees it."""

import base64
from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.parameters import IMAGE, sign, template

JPEG = b"\xff\xd8\xff"


def image(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def code(caller: Caller, action: str, parameters: dict[str, Any]) -> str:
    answer = await caller.call(action, parameters)
    refused: str = answer.get("Error", {}).get("Code", "")
    return refused.rpartition(".")[2]


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        ("您好{1}，{2}", ""),
        ("您好{2}，{1}，{2}", ""),
        ("没有变量", ""),
        ("您好{2}", "InvalidTemplateFormat"),
        ("您好{0}", "InvalidTemplateFormat"),
        ("您好{1}，{3}", "InvalidTemplateFormat"),
        ("您好{名字}", "InvalidTemplateFormat"),
        ("您好{1", "InvalidTemplateFormat"),
        (" ", "InvalidTemplateFormat"),
        ("长" * 500, ""),
        ("长" * 501, "ContentLengthLimit"),
        ("代开发票", "TemplateWithDirtyWords"),
    ],
)
async def test_the_text_of_a_template(caller: Caller, content: str, refused: str) -> None:
    assert await code(caller, "AddSmsTemplate", template(TemplateContent=content)) == refused


@pytest.mark.parametrize("name", ["", " ", "名" * 101])
async def test_a_template_has_a_name(caller: Caller, name: str) -> None:
    asked = template(TemplateName=name)
    assert await code(caller, "AddSmsTemplate", asked) == "InvalidParameters"


@pytest.mark.parametrize("name", ["", " "])
async def test_a_signature_says_something(caller: Caller, name: str) -> None:
    assert await code(caller, "AddSmsSign", sign(SignName=name)) == "InvalidParameters"


@pytest.mark.parametrize(
    ("content", "side", "refused"),
    [
        ("大促开始，拒收请回复R", 0, ""),
        ("大促开始", 0, "MarketingTemplateWithoutUnsubscribe"),
        ("大促开始，拒收请回复R。", 0, "MarketingTemplateWithoutUnsubscribe"),
        ("Sale starts", 1, ""),
    ],
)
async def test_mainland_marketing_ends_with_the_way_out(
    caller: Caller, content: str, side: int, refused: str
) -> None:
    asked = template(SmsType=1, TemplateContent=content, International=side)
    assert await code(caller, "AddSmsTemplate", asked) == refused


async def test_some_accounts_may_have_no_variables_in_notices(start: Start) -> None:
    caller = await start(variables_in_notices=False, api_rates=False)
    assert await code(caller, "AddSmsTemplate", template()) == "UnsupportedTemplateVariable"
    otp = template(SmsType=3, TemplateContent="验证码{1}")
    assert await code(caller, "AddSmsTemplate", otp) == ""
    assert await code(caller, "AddSmsTemplate", template(TemplateContent="到了")) == ""


async def test_there_is_an_end_to_templates_and_signatures(start: Start) -> None:
    caller = await start(max_templates=10, max_signatures=5, api_rates=False)
    found = [await code(caller, "AddSmsTemplate", template()) for _ in range(2)]
    assert found == ["", "TemplateNumberLimit"]
    found = [await code(caller, "AddSmsSign", sign(SignName=f"签名{at}")) for at in range(2)]
    assert found == ["", "SignNumberLimit"]


async def test_without_any_signature_no_template_is_taken(start: Start) -> None:
    caller = await start(api_rates=False)
    for signature_id in (110, 111, 112, 113):
        await caller.call("DeleteSmsSign", {"SignId": signature_id})
    assert await code(caller, "AddSmsTemplate", template()) == "MissingSignature"


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"ProofImage": image(JPEG)}, ""),
        ({"ProofImage": image(JPEG + b"x" * 5 * 1024 * 1024)}, "ImageInvalid"),
        ({"ProofImage": image(b"GIF89a")}, "ImageInvalid"),
        ({"ProofImage": IMAGE + "!"}, "ImageInvalid"),
        ({"ProofImage": ""}, "ImageInvalid"),
        ({"SignPurpose": 1, "CommissionImage": "x"}, "ImageInvalid"),
        ({"SignPurpose": 0, "CommissionImage": "x"}, ""),
        ({"SignName": "签" * 12}, ""),
        ({"SignName": "签" * 13}, "SignNameLengthTooLong"),
        ({"SignName": "s" * 15, "International": 1}, ""),
        ({"SignName": "s" * 16, "International": 1}, "SignNameLengthTooLong"),
        ({"SignName": "腾讯云"}, "SignAlreadyPassedCheck"),
        ({"SignName": "腾讯云", "International": 1}, ""),
        ({"SignName": "测试"}, ""),
        ({"QualificationId": 9, "International": 1}, ""),
        ({"DocumentType": 6}, "InvalidDocumentType"),
    ],
)
async def test_the_papers_of_a_signature(
    caller: Caller, changes: dict[str, Any], refused: str
) -> None:
    assert await code(caller, "AddSmsSign", sign(**changes)) == refused


async def test_an_id_is_never_used_again(start: Start) -> None:
    caller = await start(api_rates=False)
    ids = []
    for _ in range(2):
        added = await caller.call("AddSmsTemplate", template())
        ids.append(int(added["AddTemplateStatus"]["TemplateId"]))
        await caller.call("DeleteSmsTemplate", {"TemplateId": ids[-1]})
    assert ids[0] < ids[1]


async def test_applications_settings_and_replies_are_part_of_the_saved_state(start: Start) -> None:
    caller = await start(api_rates=False)
    await caller.call("AddSmsTemplate", template())
    await caller.call("AddSmsSign", sign())
    await caller.send("+8613800000001")
    await caller.admin("PUT", "console/limits", {"profile": "2025"})
    await caller.admin("PUT", "console/account", {"pulls_enabled": True})
    contact = {"name": "a", "events": ["review"]}
    await caller.admin("PUT", "console/contacts", {"contacts": [contact]})
    await caller.admin("POST", "phones/+8613800000001/reply", {"text": "R"})
    await caller.admin("POST", "reviews/templates/1114", {"verdict": "approve"})
    saved = await caller.admin("GET", "state")
    await caller.admin("POST", "reset")
    assert (await caller.admin("GET", "state"))["account"] != saved["account"]
    await caller.admin("POST", "state", saved)
    assert await caller.admin("GET", "state") == saved
