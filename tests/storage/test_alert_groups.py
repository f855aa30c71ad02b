from dataclasses import replace

import pytest

from bot.rules.alert_life import GroupState
from bot.rules.alerts import Severity
from storage import alert_groups
from storage.alert_groups import Group
from storage.db import Tx
from tests.storage.rows import NOW


def opened(tx: Tx, key: str = "root:{}") -> Group:
    return alert_groups.open_new(
        tx,
        key=key,
        receiver="default",
        channel="#sms-alerts",
        labels={"app": "demo"},
        severity=Severity.WARNING,
        look_at=NOW,
        now=NOW,
    )


def test_of_two_who_saw_the_same_group_one_saves_it(tx: Tx) -> None:
    group = opened(tx)
    first = alert_groups.save(tx, replace(group, state=GroupState.FIRING))
    assert first is not None
    assert first.moves == group.moves + 1
    assert alert_groups.save(tx, replace(group, state=GroupState.RESOLVED)) is None
    assert alert_groups.get(tx, group.id) == first


def test_one_group_of_a_key_is_open_at_a_time(tx: Tx) -> None:
    group = opened(tx)
    with pytest.raises(ValueError, match="a group is open"):
        opened(tx)
    alert_groups.save(tx, replace(group, state=GroupState.RESOLVED, resolved_at=NOW))
    assert opened(tx).id != group.id


def test_a_touch_never_puts_a_look_off(tx: Tx) -> None:
    group = opened(tx)
    alert_groups.put_off(tx, group.id, NOW)
    alert_groups.touch(tx, group.id, NOW.replace(hour=23))
    assert alert_groups.next_look(tx) == NOW
