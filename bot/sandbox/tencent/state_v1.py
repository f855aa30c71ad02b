"""State of version 1, from before there were several applications: made into that of today.

What was wrong with a file then is wrong with it now: only what moved is moved here.
"""

from typing import Any

from bot.sandbox.tencent.apps import FIRST_NAME
from bot.sandbox.tencent.config import Credentials

VERSION_1 = 1
#: Settings that were the account's and are its first application's now: old → new.
MOVED = {
    "app_enabled": "enabled",
    "limits": "limits",
    "thresholds": "thresholds",
    "exempt": "exempt",
    "contacts": "contacts",
    "alerts": "alerts",
}


def from_version_1(state: dict[str, Any], credentials: Credentials) -> dict[str, Any]:
    """`state` as version 2 has it, the one application it had under the id of `credentials`."""
    account, voice = _object(state.get("account")), _object(state.get("voice"))
    app: dict[str, Any] = {
        "sdk_app_id": credentials.sdk_app_id,
        "app_key": credentials.app_key,
        "name": FIRST_NAME,
        "status_url": state.get("callback_url"),
        "voice_url": voice.get("callback_url"),
        "countries": None,
        "country_caps": [],
        **{new: account.get(old) for old, new in MOVED.items()},
    }
    kept = {name: value for name, value in account.items() if name not in MOVED}
    return {
        **{name: value for name, value in state.items() if name != "callback_url"},
        "version": 2,
        "apps": [app],
        "account": {**kept, "report_queue": _named(account.get("report_queue"), app)},
        "voice": {name: value for name, value in voice.items() if name != "callback_url"},
        "pending": _named(state.get("pending"), app),
    }


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _named(rows: object, app: dict[str, Any]) -> object:
    """The rows with the application's id in each."""
    if not isinstance(rows, list):
        return rows
    return [{**row, "app": app["sdk_app_id"]} if isinstance(row, dict) else row for row in rows]
