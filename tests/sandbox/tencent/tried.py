"""One cell of the table of conformance: an action, a judge, and what it was seen to do.

Tests are parametrised with cells (under the name ``cell``), so a cell stands for a trial that is
really run; `python -m tests.conformance` writes only those whose trial passed.
"""

from dataclasses import dataclass

NEW, OLD, VOICE = "2021-01-11", "2019-07-11", "2020-09-02"
V5, CALLBACKS = "v5", "callbacks"

SMS_SDK = "tencentcloud-sdk-python-sms"
VMS_SDK = "tencentcloud-sdk-python-vms"
QCLOUDSMS = "qcloudsms_py"
#: No client of the vendor's knows these: bodies and signatures as its pages show them.
DOCUMENTATION = "documentation"


@dataclass(frozen=True, slots=True, order=True)
class Tried:
    """`action` of the API `part`, tried by `judge`: it succeeded when asked in this `way`, or was
    refused with `code`; one of the two is empty."""

    part: str
    action: str
    judge: str
    way: str = ""
    code: str = ""

    def __str__(self) -> str:
        return "-".join(each for each in (self.part, self.action, self.way, self.code) if each)


def successes(part: str, action: str, judge: str, *ways: str) -> list[Tried]:
    """A cell for each way."""
    return [Tried(part, action, judge, way=way) for way in ways]
