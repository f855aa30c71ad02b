"""Showing views: checking what the app sent, and telling the person's pages."""

import json
from collections.abc import Iterable

from bot.sandbox.workspace.blocks import check_view, complaint
from bot.sandbox.workspace.content import with_ids
from bot.sandbox.workspace.installation import App
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.sharing import picture_faults, show_pictures
from bot.sandbox.workspace.strict_json import read_json
from bot.sandbox.workspace.views import View, view_json
from bot.sandbox.workspace.world import World

# Slack: "view_too_large: the provided view is greater than 250kb" (views.open, 2026-08).
VIEW_LIMIT_BYTES = 250_000


def read_view(world: World, value: object) -> Json | Refusal:
    """A view as the app sent it, checked, ids filled in."""
    if isinstance(value, str):
        try:
            value = read_json(value.encode())
        except ValueError:
            value = None
    if not isinstance(value, dict):
        said = {"response_metadata": {"messages": ["[ERROR] missing required field: view"]}}
        return Refusal(ErrorCode.INVALID_ARGUMENTS, said)
    faults = check_view(value) or picture_faults(world, value["blocks"], "/view/blocks")
    if faults:
        return Refusal(ErrorCode.INVALID_ARGUMENTS, complaint(faults))
    if _asks_for_files(value) and not _has_files_scope(world):
        # Slack says that the scope is needed, not what it answers without it.
        return Refusal(ErrorCode.MISSING_SCOPE, {"needed": "files:read"})
    if len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")) > VIEW_LIMIT_BYTES:
        return Refusal(ErrorCode.VIEW_TOO_LARGE)
    show_pictures(world, value["blocks"])
    return {**value, "blocks": with_ids(value["blocks"])}


def _asks_for_files(view: Json) -> bool:
    return any(block.get("element", {}).get("type") == "file_input" for block in view["blocks"])


def _has_files_scope(world: World) -> bool:
    return world.app is not None and "files:read" in world.app.manifest.scopes


def shown(app: App, view: View) -> Json:
    """A view with the app's ids."""
    return view_json(view, app.installation.app_id, app.installation.bot_id)


def open_view(world: World, app: App, view: View) -> None:
    """A modal appeared on somebody's pages."""
    world.stream.send(view.user, {"type": "view_opened", "view": shown(app, view)})
    world.changes.note()


def show_updated(world: World, app: App, view: View) -> None:
    """A modal or home tab changed."""
    kind = "home" if view.is_home else "view_updated"
    world.stream.send(view.user, {"type": kind, "view": shown(app, view)})
    world.changes.note()


def show_closed(world: World, views: Iterable[View]) -> None:
    """Modals went away."""
    for view in views:
        world.stream.send(view.user, {"type": "view_closed", "view_id": view.id})
    world.changes.note()
