"""What the official SDK is made to try, action by action: the source of the table of conformance.

`JUDGED` holds for each action the test that judges its success and the codes of its failures.
"""

from collections.abc import Mapping

from tests.sandbox.tencent.judging import NEW, OLD, Trial
from tests.sandbox.tencent.trials_2019 import OLDER
from tests.sandbox.tencent.trials_content import CONTENT
from tests.sandbox.tencent.trials_read import READING
from tests.sandbox.tencent.trials_send import SENDING

ALL: Mapping[tuple[str, str], Trial] = {
    **{(NEW, name): trial for name, trial in {**SENDING, **CONTENT, **READING}.items()},
    **{(OLD, name): trial for name, trial in OLDER.items()},
}
SUCCESS_TEST = "tests/sandbox/tencent/test_conformance.py::test_the_official_sdk_is_answered"


def table(version: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Action → (the test of its success, the codes its failures are tested with)."""
    return {
        action: (
            f"{SUCCESS_TEST}[{version}-{action}]",
            tuple(sorted({failure.code for failure in trial.failures})),
        )
        for (each, action), trial in ALL.items()
        if each == version
    }


JUDGED = table(NEW)
JUDGED_2019 = table(OLD)
