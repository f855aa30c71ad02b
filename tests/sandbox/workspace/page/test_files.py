"""Files on the page: what people attach, what the app shows, what is gone."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.workspace.page.stage import OpenPage, OtherEnd, field, plain

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]

# The smallest picture there is: one transparent pixel.
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


PROOF = b"number,code\n+8613800000001,1\n"


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    file = tmp_path / "proof 1.csv"
    file.write_bytes(PROOF)
    return file


async def saved(page: Page, name: str) -> bytes:
    """What one gets who clicks a file."""
    async with page.expect_download() as saving:
        await page.get_by_role("link", name=name).click()
    return (await (await saving.value).path()).read_bytes()


async def test_a_file_goes_with_a_message_and_comes_down_as_it_was(
    open_page: OpenPage, other_end: OtherEnd, proof: Path
) -> None:
    maya = await open_page("U0MAYA")
    bo = await open_page("U0BO")
    dock = maya.locator(".composer")
    await dock.locator("input[type=file]").set_input_files(proof)
    await expect(dock.locator(".chosen-file")).to_contain_text("proof 1.csv")
    await dock.get_by_role("button", name="Take out proof 1.csv").click()
    await expect(dock.locator(".chosen-file")).to_have_count(0)
    await dock.locator("input[type=file]").set_input_files(proof)
    await dock.locator(".chosen-file").wait_for()
    await maya.get_by_role("button", name="Send").click()
    await expect(dock.locator(".chosen-file")).to_have_count(0)
    assert await saved(bo, "proof 1.csv") == PROOF
    [shared] = await other_end.server.wait_for("file_shared")
    told = await other_end.client.files_info(file=shared.content["event"]["file_id"])
    assert (told["file"]["name"], told["file"]["size"]) == ("proof 1.csv", len(PROOF))


async def test_a_file_that_could_not_be_taken_says_why(
    open_page: OpenPage, other_end: OtherEnd, tmp_path: Path
) -> None:
    page = await open_page("U0LIN")
    (tmp_path / "empty.txt").touch()
    await page.locator(".composer input[type=file]").set_input_files(tmp_path / "empty.txt")
    await expect(page.locator(".toast")).to_contain_text("文件")
    await expect(page.locator(".chosen-file")).to_have_count(0)


async def test_a_picture_of_the_apps_is_shown_and_says_when_it_was_deleted(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    page = await open_page("U0MAYA")
    uploaded = await other_end.client.files_upload_v2(
        channel="C0SMS", content=PIXEL, filename="chart.gif", title="Deliveries"
    )
    picture = page.get_by_role("img", name="Deliveries")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 1)
    await other_end.client.files_delete(file=uploaded["file"]["id"])
    await expect(page.locator(".file.is-gone")).to_have_text("This file was deleted.")
    await expect(picture).to_have_count(0)


async def test_a_form_takes_files_of_the_kinds_it_wants(
    open_page: OpenPage, other_end: OtherEnd, proof: Path, tmp_path: Path
) -> None:
    page = await open_page("U0MAYA")
    wanted = {"type": "file_input", "action_id": "proof", "filetypes": ["csv"], "max_files": 1}
    form = {
        "type": "modal",
        "callback_id": "order",
        "title": plain("Hand in"),
        "submit": plain("Hand in"),
        "blocks": [field("proof", "Proof", wanted)],
    }
    await page.fill("[data-role=composer]", "/sms ")
    await page.press("[data-role=composer]", "Enter")
    [typed] = await other_end.server.wait_for("command")
    await other_end.client.views_open(trigger_id=typed.content["trigger_id"], view=form)
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Hand in").click()
    await expect(dialog.locator(".field-error")).to_be_visible()
    (tmp_path / "proof.txt").write_text("x", encoding="utf-8")
    for file, count in ((tmp_path / "proof.txt", 1), (proof, 1)):
        await dialog.locator("input[type=file]").set_input_files(file)
        await expect(dialog.locator(".chosen-file")).to_contain_text(file.name)
        await expect(dialog.locator(".chosen-file")).to_have_count(count)
        if file is not proof:
            await dialog.get_by_role("button", name="Hand in").click()
            await expect(dialog.locator(".field-error")).to_contain_text("csv")
    await dialog.get_by_role("button", name="Hand in").click()
    await expect(dialog).to_have_count(0)
    submitted = (await other_end.server.wait_for("view_submission", 1))[0].content["view"]
    [given] = submitted["state"]["values"]["proof"]["proof"]["files"]
    token = other_end.client.token
    async with asyncio.timeout(5):
        session = other_end.client.session
        assert session is not None
        headers = {"Authorization": f"Bearer {token}"}
        async with session.get(given["url_private_download"], headers=headers) as answer:
            assert await answer.read() == PROOF
