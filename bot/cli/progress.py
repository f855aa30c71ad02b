"""A bar on the terminal while something takes long; nothing where no person looks."""

import sys

WIDTH = 30


class Bar:
    """`label [####----] 45 %` on the standard error, drawn again whenever a percent is done."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = -1
        self._is_seen = sys.stderr.isatty()

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
