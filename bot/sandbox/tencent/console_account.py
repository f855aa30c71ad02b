"""The console's pages of the account: what each shows, and what changing it takes."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.sandbox.tencent.account import Unsubscribe
from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.config import Account
from bot.sandbox.tencent.console_app import Page, Row, read_numbers
from bot.sandbox.tencent.packages import Package, package_defaults
from bot.sandbox.tencent.records import RecordError, decode, decode_all, encode
from bot.sandbox.tencent.world import World

#: cloud.tencent.com console guides (docs snapshot 2021-07-20).
MAX_UNSUBSCRIBES = 1000


def account(world: World, _: Application) -> Row:
    """Kind, sub-account, arrears, and what support has opened."""
    return encode(world.state.account.settings)


def set_account(world: World, _: Application, row: Row) -> None:
    """Any of the fields."""
    settings = world.state.account.settings
    world.state.account.settings = decode(Account, row, encode(settings))


def packages(world: World, _: Application) -> Row:
    """All packages."""
    return {"packages": [encode(each) for each in world.state.packages]}


def set_packages(world: World, _: Application, row: Row) -> None:
    """``{"packages": [{"package_id": 1, "amount_segments": 1000}]}``: these and no others."""
    rows = row.get("packages")
    if not isinstance(rows, list):
        raise RecordError("packages: not an array")
    changed = [decode(Package, each, package_defaults(world.now_ms)) for each in rows]
    if len({each.package_id for each in changed}) < len(changed):
        raise RecordError("packages: an id appears twice")
    world.state.packages = changed


def unsubscribes(world: World, _: Application) -> Row:
    """Who wants no more of which messages."""
    return {"unsubscribes": [encode(each) for each in world.state.account.unsubscribes]}


def set_unsubscribes(world: World, _: Application, row: Row) -> None:
    """``{"unsubscribes": [{"number": "+86…", "sign": "…", "sms_type": 1}]}``."""
    changed = decode_all(Unsubscribe, row.get("unsubscribes"))
    read_numbers([each.number for each in changed], MAX_UNSUBSCRIBES)
    world.state.account.unsubscribes = changed


ACCOUNT_PAGES: Mapping[str, Page] = MappingProxyType(
    {
        "account": Page(account, set_account),
        "packages": Page(packages, set_packages),
        "unsubscribes": Page(unsubscribes, set_unsubscribes),
    }
)
