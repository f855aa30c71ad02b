"""Whatever is sent to any action, the answer is the vendor's envelope; whatever is flipped in what
was signed, it is refused."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.tencent.actions import ACTIONS
from bot.sandbox.tencent.actions_2019 import ACTIONS_2019
from tests.sandbox.tencent.callers import Caller, tc3_headers
from tests.sandbox.tencent.conformance import ALL
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.parameters import spelled
from tests.sandbox.tencent.tried import NEW, OLD

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CALLS = st.sampled_from([(NEW, name) for name in ACTIONS] + [(OLD, name) for name in ACTIONS_2019])
PERMITTED = {"pulls_enabled": True, "conversion_enabled": True}
SETTINGS = settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck))


async def test_parameters_that_are_almost_right_get_an_envelope(start: Start) -> None:
    caller = await start(api_rates=False)
    await caller.admin("PUT", "console/account", PERMITTED)
    examples: list[tuple[str, str, dict[str, Any]]] = []

    @SETTINGS
    @given(CALLS, st.data())
    def collect(call: tuple[str, str], data: st.DataObject) -> None:
        good = spelled(ALL[call].success)
        names = data.draw(st.lists(st.sampled_from(sorted(good)), max_size=2))
        examples.append((*call, {**good, **{name: data.draw(ANYTHING) for name in names}}))

    collect()
    for version, action, parameters in examples:
        response = await caller.call(action, parameters, headers={"X-TC-Version": version})
        assert "RequestId" in response, (action, parameters)


async def test_a_body_of_any_bytes_gets_a_vendors_code_from_every_action(start: Start) -> None:
    caller = await start(api_rates=False)
    examples: list[tuple[str, str, bytes]] = []

    @SETTINGS
    @given(CALLS, st.binary(max_size=64) | ANYTHING.map(lambda value: json.dumps(value).encode()))
    def collect(call: tuple[str, str], body: bytes) -> None:
        examples.append((*call, body))

    collect()
    for version, action, body in examples:
        status, kind, answer = await caller.post(action, body, {"X-TC-Version": version})
        assert (status, kind) == (200, "application/json")
        code = json.loads(answer)["Response"]["Error"]["Code"]
        assert code.partition(".")[0] in {"InvalidRequest", "MissingParameter", "InvalidParameter"}


async def test_a_query_of_anything_gets_an_envelope_from_every_action(start: Start) -> None:
    caller = await start(api_rates=False)
    examples: list[tuple[str, str, str]] = []
    key = st.lists(st.sampled_from(["MultiSmsInfoSet", "Limit", "0", "1", ""]), max_size=4)
    pair = st.tuples(key.map(".".join), st.sampled_from(["1", "x", ""])).map("=".join)

    @SETTINGS
    @given(CALLS, st.lists(pair, max_size=4).map("&".join))
    def collect(call: tuple[str, str], query: str) -> None:
        examples.append((*call, query))

    collect()
    for version, action, query in examples:
        assert "RequestId" in await get(caller, version, action, query)


async def get(caller: Caller, version: str, action: str, query: str) -> dict[str, Any]:
    known = caller.sandbox.credentials
    headers = {
        "X-TC-Action": action,
        "X-TC-Version": version,
        "X-TC-Region": "ap-guangzhou",
        **tc3_headers(
            known.secret_id,
            known.secret_key,
            host=caller.host,
            timestamp=int(caller.sandbox.world.clock().timestamp()),
            method="GET",
            query=query,
            content_type="application/x-www-form-urlencoded",
        ),
    }
    async with caller.session.get(f"{caller.sandbox.url}/?{query}", headers=headers) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        response: dict[str, Any] = json.loads(await answer.read())["Response"]
        return response


async def test_any_flipped_bit_of_body_or_signature_is_refused(start: Start) -> None:
    caller = await start(api_rates=False)
    known = caller.sandbox.credentials
    body = json.dumps(caller.order("+8613800000001")).encode()
    timestamp = int(caller.sandbox.world.clock().timestamp())
    signed = tc3_headers(
        known.secret_id, known.secret_key, host=caller.host, timestamp=timestamp, body=body
    )["Authorization"]
    digest = len(signed) - 64
    flips: list[tuple[bytes, str]] = []

    @SETTINGS
    @given(st.integers(0, 8 * len(body) - 1), st.integers(digest, len(signed) - 1), st.data())
    def collect(bit: int, at: int, data: st.DataObject) -> None:
        flipped = bytearray(body)
        flipped[bit // 8] ^= 1 << bit % 8
        other = data.draw(
            st.sampled_from([each for each in "0123456789abcdef" if each != signed[at]])
        )
        flips.append((bytes(flipped), signed))
        flips.append((body, signed[:at] + other + signed[at + 1 :]))

    collect()
    for sent, authorization in flips:
        _, _, answer = await caller.post("SendSms", sent, {"Authorization": authorization})
        assert json.loads(answer)["Response"]["Error"]["Code"] == "AuthFailure.SignatureFailure"
    assert caller.sandbox.phones.messages("+8613800000001") == []
