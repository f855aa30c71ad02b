"""What the tests of the Tencent client share."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox.tencent import TencentSandbox
from bot.tencent.wire import SendOrder
from tests.tencent.raw_server import ORDER
from tests.tencent.sandboxes import sandbox_of


@pytest.fixture
def order() -> SendOrder:
    return ORDER


@pytest.fixture
async def sandbox() -> AsyncIterator[TencentSandbox]:
    """A running sandbox with everything opened."""
    async with sandbox_of() as sandbox:
        yield sandbox
