"""views.*: opening, stacking and changing modals, and publishing home tabs."""

from collections.abc import Mapping

from bot.sandbox.workspace.methods.call import Call, Method, Reply, ok
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.showing import open_view, read_view, show_closed, show_updated, shown
from bot.sandbox.workspace.tickets import Trigger
from bot.sandbox.workspace.views import View


def open_modal(call: Call) -> Reply:
    """``views.open``: what the person had open is closed."""
    prepared = _prepare(call)
    if isinstance(prepared, Refusal):
        return prepared
    trigger, body = prepared
    before = call.world.views.stack(trigger.user)
    view = call.world.views.open(trigger.user, body)
    if isinstance(view, View):
        show_closed(call.world, reversed(before))
    return _opened(call, view)


def push_modal(call: Call) -> Reply:
    """``views.push``: on top of what the person has open, three at most.

    The trigger must be "generated from an interaction within the existing modal" (docs.slack.dev,
    views.push, 2026-08).
    """
    prepared = _prepare(call)
    if isinstance(prepared, Refusal):
        return prepared
    trigger, body = prepared
    if trigger.view_id not in [view.id for view in call.world.views.stack(trigger.user)]:
        return Refusal(ErrorCode.NOT_FOUND)
    return _opened(call, call.world.views.push(trigger.user, body))


def update(call: Call) -> Reply:
    """``views.update`` by `view_id` or `external_id`."""
    body = read_view(call.world, call.args.get("view"))
    if isinstance(body, Refusal):
        return body
    views = call.world.views
    view = views.find(call.text("view_id")) or views.find_external(call.text("external_id"))
    if view is None:
        return Refusal(ErrorCode.NOT_FOUND)
    if view.is_home != (body["type"] == "home"):
        return _wrong_type("home" if view.is_home else "modal")
    return _changed(call, views.update(view, body, call.text("hash")))


def publish(call: Call) -> Reply:
    """``views.publish``, for an app whose manifest has a home tab."""
    if not call.app.manifest.home_tab:
        return Refusal(ErrorCode.NOT_ENABLED)
    if call.world.directory.person(call.text("user_id")) is None:
        return Refusal(ErrorCode.USER_NOT_FOUND)
    body = read_view(call.world, call.args.get("view"))
    if isinstance(body, Refusal):
        return body
    if body["type"] != "home":
        return _wrong_type("home")
    published = call.world.views.publish(call.text("user_id"), body, call.text("hash"))
    return _changed(call, published)


def _prepare(call: Call) -> tuple[Trigger, Json] | Refusal:
    """A checked modal and the act that allows it; a bad view does not spend the trigger."""
    body = read_view(call.world, call.args.get("view"))
    if isinstance(body, Refusal):
        return body
    if body["type"] != "modal":
        return _wrong_type("modal")
    trigger_id = call.text("trigger_id") or call.text("interactivity_pointer")
    trigger = call.world.tickets.redeem_trigger(trigger_id, call.world.clock())
    return trigger if isinstance(trigger, Refusal) else (trigger, body)


def _opened(call: Call, view: View | Refusal) -> Reply:
    if isinstance(view, Refusal):
        return view
    open_view(call.world, call.app, view)
    return ok(view=shown(call.app, view))


def _changed(call: Call, view: View | Refusal) -> Reply:
    if isinstance(view, Refusal):
        return view
    show_updated(call.world, call.app, view)
    return ok(view=shown(call.app, view))


def _wrong_type(wanted: str) -> Refusal:
    said = f"[ERROR] must be {wanted} [json-pointer:/view/type]"
    return Refusal(ErrorCode.INVALID_ARGUMENTS, {"response_metadata": {"messages": [said]}})


METHODS: Mapping[str, Method] = {
    "views.open": Method(open_modal),
    "views.push": Method(push_modal),
    "views.update": Method(update),
    "views.publish": Method(publish),
}
