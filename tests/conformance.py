"""Prints the table of conformance: `python -m tests.conformance > docs/conformance.md`.

Made from the trials that the official clients run against the sandbox; a house test keeps the page
and the trials equal.
"""

import sys
from collections.abc import Mapping

from tests.sandbox.tencent.conformance import JUDGED, JUDGED_2019
from tests.sandbox.tencent.v5_conformance import JUDGED_V5
from tests.sandbox.tencent.voice_conformance import JUDGED_VOICE

HEAD = """# What the sandbox is judged by

Each action is tried with an official client, unmodified, or with a signature written again in the
tests: once so that it succeeds, and once for each code beside it. A test fails when a row has an
empty cell or when this page is not what the tests try.
"""
SDK = "tencentcloud-sdk-python-sms"
PARTS = (
    ("API 3.0, version 2021-01-11", SDK, JUDGED),
    ("API 3.0, version 2019-07-11", SDK, JUDGED_2019),
    ("Voice, version 2020-09-02", "tencentcloud-sdk-python-vms", JUDGED_VOICE),
    ("Legacy v5", "the tests' own signature, and qcloudsms_py for the sends", JUDGED_V5),
)
Judged = Mapping[str, tuple[str, tuple[object, ...]]]


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([HEAD, *(_part(*part) for part in PARTS)])


def _part(title: str, judge: str, judged: Judged) -> str:
    rows = [
        f"| {action} | {_test(success)} | {', '.join(f'`{code}`' for code in codes)} |"
        for action, (success, codes) in judged.items()
    ]
    head = ["| action | success | errors |", "|---|---|---|"]
    return "\n".join([f"## {title}", "", f"Judge: {judge}.", "", *head, *rows, ""])


def _test(name: str) -> str:
    path = name.partition("::")[0]
    return f"[{path.rpartition('/')[2]}](../{path})"


if __name__ == "__main__":
    sys.stdout.write(page())
