"""What the tests of the Tencent client share."""

import pytest

from bot.tencent.wire import SendOrder
from tests.tencent.raw_server import ORDER


@pytest.fixture
def order() -> SendOrder:
    return ORDER
