"""What app.yaml says of a send: part of what a person was shown, and so bound by the same hash."""

from collections.abc import Mapping
from typing import Any

from bot.rules import templates
from bot.settings import App, Settings
from storage.jobs import Job


def of(app: App) -> dict[str, Any]:
    """The part of a payload that says under which application and to which countries it goes."""
    return {"sdk_app_id": app.sdk_app_id, "international": _countries(app)}


def stands(job: Job, payload: Mapping[str, Any], settings: Settings) -> bool:
    """Whether app.yaml still says of a job what it said when somebody said yes to `payload`.

    The countries matter only to a job that goes abroad.
    """
    app = settings.app(job.app)
    if app is None or payload.get("sdk_app_id") != app.sdk_app_id:
        return False
    if job.abroad and payload.get("international") != _countries(app):
        return False
    named = app.templates.get(job.template_id)
    class_ = named.template_class if named else templates.guess_class(payload["content"])
    return class_ is job.class_


def _countries(app: App) -> bool | list[str]:
    may = app.international
    return may if isinstance(may, bool) else sorted(may)
