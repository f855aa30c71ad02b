"""Children of the program: they are told what they need, and none of the secrets."""

import json
import os
import sys

import pytest

from bot.settings.secrets import EVERY_SECRET
from handlers import children

TELL = (sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")


@pytest.mark.parametrize("has_own", [False, True])
async def test_a_child_knows_no_secret_of_ours(
    monkeypatch: pytest.MonkeyPatch, has_own: bool
) -> None:
    for wanted in EVERY_SECRET:
        monkeypatch.setenv(wanted.variable, "marker")
        monkeypatch.setenv(f"{wanted.variable}_FILE", "/run/marker")
    own = {**os.environ, "MORE": "1"} if has_own else None
    told = json.loads(await children.answer_of(TELL, b"", patience_s=10, environ=own))
    assert "marker" not in str(told)
    assert told["PATH"] == os.environ["PATH"]
    assert ("MORE" in told) is has_own
