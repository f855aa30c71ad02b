"""What ends the reading of a list."""

from bot.rules.recipients import CheckFault


class Unreadable(Exception):  # noqa: N818 - a verdict on somebody's file, no fault of ours
    """The list is refused as a whole; `values` fill the sentence of `fault`."""

    def __init__(self, fault: CheckFault, **values: str | int) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.values = values
