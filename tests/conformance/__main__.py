"""`python -m tests.conformance` runs the trials and writes down what passed.

It renews docs/conformance.md and the table between the two marks in the README. A cell comes from
a trial that ran and passed, from nothing else: if one fails or a cell stays empty, nothing is
written. A house test keeps both pages equal to the trials there are.
"""

import sys
from pathlib import Path
from typing import Any

import pytest

QUIETLY = ("-q", "-p", "no:cacheprovider")
SANDBOX = Path(__file__).parents[1] / "sandbox"
TRIALS = (
    SANDBOX / "tencent",
    SANDBOX / "workspace" / "test_every_method.py",
    SANDBOX / "workspace" / "test_sockets.py",
)
NAMES = "conformance or sdk or every_method or sockets"


class Passed:
    """A plugin of pytest: the cells whose trials passed."""

    def __init__(self) -> None:
        self.cells: set[Any] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if report.when == "call" and report.passed and isinstance(item, pytest.Function):
            parameters: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
            self.cells |= {parameters["cell"]} if "cell" in parameters else set()
            self.cells |= {*parameters.get("cells", ())}
        return report


def main() -> int:
    """Runs the trials, then writes both pages, or says why not."""
    passed = Passed()
    failed = pytest.main([*QUIETLY, "-k", NAMES, *map(str, TRIALS)], plugins=[passed])
    # Not before: what pytest has not loaded itself it cannot explain when it fails.
    from tests.conformance.pages import CELLS, PAGE, README, page, with_section

    missing = sorted(set(CELLS) - passed.cells)
    if failed or missing:
        sys.stderr.write("".join(f"did not pass: {each}\n" for each in missing))
        return 1
    PAGE.write_text(page(passed.cells), encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_section(readme, passed.cells), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
