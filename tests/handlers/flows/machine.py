"""What every state machine over the store begins with: an empty database in memory, closed at its
end."""

from pathlib import Path

from hypothesis.stateful import RuleBasedStateMachine

from storage.db import Tx, connect, dialect
from storage.migrations import STEPS
from tests.storage.rows import VAULT


def in_memory() -> Tx:
    """A store of its own; whoever made it closes its connection."""
    conn = connect(Path(":memory:"))
    for statement in (each for step in STEPS.values() for each in step):
        conn.execute(dialect(statement))
    return Tx(conn, VAULT)


class StoreMachine(RuleBasedStateMachine):
    """`tx` writes at once: a rule is what others see of a transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.tx = in_memory()
        self.conn = self.tx.conn

    def teardown(self) -> None:
        self.conn.close()
