"""users.* and usergroups.*: who is here, and who is in which group."""

from collections.abc import Mapping

from bot.sandbox.workspace.methods.call import Call, Method, Reply, ok, page_of, user_known
from bot.sandbox.workspace.people import OTHER_TEAM_ID, TEAM_ID, Group, Standing, User
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal

_CREATED = 1_700_000_000


def show_user(call: Call, user: User) -> Json:
    """A person as Slack shows one; the locale only when asked for."""
    team = OTHER_TEAM_ID if user.standing is Standing.NEIGHBOUR else TEAM_ID
    shown: Json = {
        "id": user.id,
        "team_id": team,
        "name": user.name,
        "deleted": user.standing is Standing.DEACTIVATED,
        "color": user.color,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.tz_offset_s(call.world.clock()),
        "profile": {
            "title": user.title,
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": user.name,
            "display_name_normalized": user.name,
            "team": team,
        },
        "is_admin": user.id == "U0MAYA",
        "is_owner": False,
        "is_restricted": user.standing is Standing.GUEST,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": _CREATED,
    }
    if user.standing is Standing.STRANGER:
        shown["is_stranger"] = True
    if call.has_scope("users:read.email") and not user.is_bot:
        shown["profile"]["email"] = user.email
    if call.truth("include_locale"):
        shown["locale"] = user.locale
    return shown


def user_info(call: Call) -> Reply:
    """``users.info``."""
    return ok(user=show_user(call, call.world.directory.users[call.text("user")]))


def user_by_email(call: Call) -> Reply:
    """``users.lookupByEmail``."""
    wanted = call.text("email").lower()
    people = (u for u in call.world.directory.users.values() if not u.is_bot)
    found = next((user for user in people if user.email == wanted), None)
    # "The user could not be found": deactivated people are not found either (2026-08).
    if found is None or found.standing is Standing.DEACTIVATED:
        return Refusal(ErrorCode.USERS_NOT_FOUND)
    return ok(user=show_user(call, found))


def user_list(call: Call) -> Reply:
    """``users.list``."""
    page = page_of(call, list(call.world.directory.users.values()), 100, 1000)
    if isinstance(page, Refusal):
        return page
    shown, metadata = page
    return ok(
        members=[show_user(call, user) for user in shown],
        cache_ts=int(call.world.clock().timestamp()),
        response_metadata=metadata,
    )


def show_group(call: Call, group: Group) -> Json:
    """A user group as Slack shows one; counts and members only when asked for."""
    shown: Json = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_create": _CREATED,
        "date_update": _CREATED,
        "date_delete": 0,
    }
    if call.truth("include_users"):
        shown["users"] = list(group.members)
    if call.truth("include_count"):
        shown["user_count"] = len(group.members)
    return shown


def group_list(call: Call) -> Reply:
    """``usergroups.list``."""
    return ok(usergroups=[show_group(call, g) for g in call.world.directory.groups.values()])


def group_members(call: Call) -> Reply:
    """``usergroups.users.list``."""
    group = call.world.directory.groups.get(call.text("usergroup"))
    if group is None:
        return Refusal(ErrorCode.NO_SUCH_SUBTEAM)
    return ok(users=list(group.members))


METHODS: Mapping[str, Method] = {
    "users.info": Method(user_info, ("users:read",), (user_known,)),
    "users.lookupByEmail": Method(user_by_email, ("users:read.email",)),
    "users.list": Method(user_list, ("users:read",)),
    "usergroups.list": Method(group_list, ("usergroups:read",)),
    "usergroups.users.list": Method(group_members, ("usergroups:read",)),
}
