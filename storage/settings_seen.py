"""What app.yaml said at the last start, as a keyed hash of each of its parts."""

import json
from collections.abc import Mapping

from storage import about
from storage.db import Tx

NAME = "settings_parts"


def swap(tx: Tx, parts: Mapping[str, str]) -> list[str]:
    """Keeps what each part says, by its name, in the place of what was kept; the names of those
    that are new, gone or changed, none where nothing was kept yet."""
    fresh = {name: tx.vault.digest(said) for name, said in parts.items()}
    kept = about.get(tx.conn, NAME)
    about.put(tx.conn, NAME, json.dumps(fresh))
    if kept is None:
        return []
    known: dict[str, str] = json.loads(kept)
    return sorted(name for name in known.keys() | fresh if known.get(name) != fresh.get(name))
