"""Templates, signatures and packages as legacy v5 lists them."""

from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller


async def test_templates_are_listed_with_2_for_rejected(caller: Caller) -> None:
    result = await caller.v5("get_template", {"tpl_page": {"max": 50, "offset": 0}}, "")
    assert (result["result"], result["total"], result["count"]) == (0, 9, 9)
    status = {row["id"]: row["status"] for row in result["data"]}
    assert [status[key] for key in (1110, 1114, 1115, 1116)] == [0, 1, 2, 1]
    assert {row["id"] for row in result["data"] if row["type"] == 1} == {1112, 1115}


async def test_signatures_are_listed_by_id_without_a_total(caller: Caller) -> None:
    result = await caller.v5("get_sign", {"sign_id": [112, 9, 110]}, "")
    assert [(row["id"], row["status"]) for row in result["data"]] == [(112, 2), (110, 0)]
    assert "total" not in result


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sign_id": [1], "sign_page": {"max": 1, "offset": 0}},
        {"sign_page": {"max": 51, "offset": 0}},
        {"sign_page": {"max": 1, "offset": -1}},
        {"sign_page": 1},
        {"sign_id": ["1"]},
    ],
)
async def test_a_list_wants_ids_or_a_page(caller: Caller, body: dict[str, Any]) -> None:
    assert (await caller.v5("get_sign", body, ""))["result"] == 1004


async def test_packages_are_listed_in_local_time(caller: Caller) -> None:
    await caller.send("+8618501234444")
    await caller.admin("POST", "package", {"package_id": 7002, "amount_segments": 5, "kind": 0})
    result = await caller.v5("getsmspackages", {"offset": 0, "length": 10}, "")
    assert (result["result"], result["total"]) == (0, 2)
    bought, gift = result["data"]
    assert bought == {
        "from_time": "2026-10-24 12:00:00",
        "to_time": "2028-10-23 12:00:00",
        "create_time": "2026-10-24 12:00:00",
        "amount": 1000,
        "type": 1,
        "package_id": 7001,
        "used": 1,
    }
    assert (gift["type"], gift["create_time"]) == (0, "2026-11-23 12:00:00")
    second = await caller.v5("getsmspackages", {"offset": 1, "length": 10}, "")
    assert [row["package_id"] for row in second["data"]] == [7002]


@pytest.mark.parametrize("body", [{"offset": -1, "length": 1}, {"offset": 0, "length": 501}])
async def test_a_page_of_packages_has_its_bounds(caller: Caller, body: dict[str, Any]) -> None:
    assert (await caller.v5("getsmspackages", body, ""))["result"] == 1004
