"""The part of a statement that keeps it to some of the apps: one text for every set of them, on
both engines."""

from bot.rules.roles import Apps

MARK = ","


def within(column: str) -> str:
    """The condition that a column with an app's name is one of those `given` names."""
    return (
        f"CASE WHEN replace(:apps, '{MARK}' || {column} || '{MARK}', '') = :apps"
        " THEN :is_all_but ELSE 1 - :is_all_but END = 1"
    )


def given(apps: Apps) -> dict[str, str | int]:
    """The parameters of that condition: no name of an app has the mark in it."""
    named = "".join(f"{each}{MARK}" for each in sorted(apps.names))
    return {"apps": f"{MARK}{named}", "is_all_but": int(apps.is_all_but)}
