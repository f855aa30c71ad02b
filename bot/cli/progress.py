"""A bar on the terminal while something takes long; nothing where no person looks."""

import sys
from types import TracebackType
from typing import Self

WIDTH = 30


class Bar:
    """`label [####----] 45 %` on the standard error, drawn again whenever a percent is done.

    Entered as a block: what ends early leaves its line to what is said of that."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = -1
        self._is_seen = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown not in {-1, 100}:
            sys.stderr.write("\n")
            sys.stderr.flush()

    def show(self, done: int, total: int) -> None:
        """How far it is; at the end the line is left."""
        percent = 100 if total <= 0 else min(100, done * 100 // total)
        if not self._is_seen or percent == self._shown:
            return
        self._shown = percent
        filled = WIDTH * percent // 100
        bar = "#" * filled + "-" * (WIDTH - filled)
        end = "\n" if percent == 100 else ""
        sys.stderr.write(f"\r{self._label} [{bar}] {percent:3} %{end}")
        sys.stderr.flush()
