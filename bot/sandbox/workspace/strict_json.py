"""JSON from outside: strict, clean UTF-8, and shallow enough for code that walks it."""

import json
from typing import Any

# Block Kit nests about ten deep; Python's own walkers give up near a thousand.
_DEPTH_LIMIT = 60


def read_json(raw: bytes) -> Any:
    """The value in a body. Raises ValueError for anything else."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        # A lone surrogate passes json.loads and breaks at the first encoding much later.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if _is_deep(value):
        raise ValueError("nested too deeply")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEPTH_LIMIT):
        inner = [list(v.values()) if isinstance(v, dict) else v for v in level]
        level = [item for v in inner if isinstance(v, list) for item in v]
        if not level:
            return False
    return True
