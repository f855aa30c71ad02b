"""api.test, auth.test, blocks.validate, team.info and bots.info: the app about itself."""

from collections.abc import Mapping

from bot.sandbox.workspace.blocks import Surface, check_blocks
from bot.sandbox.workspace.methods.call import Call, Method, Reply, ok
from bot.sandbox.workspace.people import TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.strict_json import read_json


def echo(call: Call) -> Reply:
    """``api.test``: says the arguments back; ``error`` makes it fail with that name."""
    if call.text("error"):
        return {"ok": False, "error": call.text("error"), "args": call.args}
    return ok(args=call.args)


def who_am_i(call: Call) -> Reply:
    """``auth.test``."""
    installation = call.app.installation
    return ok(
        url=f"{call.world.url}/",
        team=TEAM_NAME,
        user=call.app.manifest.bot_name,
        team_id=TEAM_ID,
        user_id=installation.bot_user_id,
        bot_id=installation.bot_id,
        is_enterprise_install=False,
    )


def team(call: Call) -> Reply:
    """``team.info``."""
    return ok(team={"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "icon": {}})


def bot(call: Call) -> Reply:
    """``bots.info``: the app's own bot is the only one here."""
    installation = call.app.installation
    if call.text("bot") not in ("", installation.bot_id):
        return Refusal(ErrorCode.BOT_NOT_FOUND)
    shown: Json = {
        "id": installation.bot_id,
        "deleted": False,
        "name": call.app.manifest.name,
        "app_id": installation.app_id,
        "user_id": installation.bot_user_id,
        "icons": {},
    }
    return ok(bot=shown)


def validate_blocks(call: Call) -> Reply:
    """``blocks.validate``: every fault of a list of blocks for a message."""
    blocks = call.args.get("blocks")
    if isinstance(blocks, str):
        try:
            blocks = read_json(blocks.encode())
        except ValueError:
            return Refusal(ErrorCode.INVALID_BLOCKS_FORMAT)
    errors = [
        {
            "pointer": fault.pointer,
            "code": fault.code,
            "message": fault.message,
            "constraint": fault.constraint,
        }
        for fault in check_blocks(blocks, Surface.MESSAGE)
    ]
    if errors:
        return Refusal(ErrorCode.INVALID_BLOCKS, {"errors": errors})
    return ok()


METHODS: Mapping[str, Method] = {
    "api.test": Method(echo),
    "auth.test": Method(who_am_i),
    "blocks.validate": Method(validate_blocks),
    "team.info": Method(team, ("team:read",)),
    "bots.info": Method(bot, ("users:read",)),
}
