"""What app.yaml may say of roles: who holds which, for the whole account and for single apps."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from bot.rules.roles import Grants, HoldersOfRole, Role, holder
from bot.settings.section import Section

GROUP, USER = r"@[^\s@A-Z,]{1,80}|S[A-Z0-9]{2,20}", r"[UW][A-Z0-9]{2,20}"
PLACE = r"[CG][A-Z0-9]{2,20}"
#: A name could be given to another channel; an id cannot.
HELD = rf"^({GROUP}|{USER})( in ({PLACE}))?$"
Held = Annotated[str, Field(pattern=HELD)]
#: A handle somebody forgot the @ of, or an id in the markup of Slack or in small letters.
HANDLE, ID = r"[^\W_][\w.-]{0,79}", r"[UWSCGD][0-9][A-Z0-9]{6,19}"


class Roles(Section):
    """Who may do what, by Slack user group or person. Nobody may do anything by default."""

    viewer: tuple[Held, ...] = Field(
        default=(), description="Who may look: lists, figures, histories."
    )
    requester: tuple[Held, ...] = Field(default=(), description="Who may send and ask for changes.")
    approver: tuple[Held, ...] = Field(
        default=(), description="Who decides on what somebody else asked for."
    )
    limit_admin: tuple[Held, ...] = Field(
        default=(),
        description="Who may ask for other frequency limits, and say what Tencent's console has.",
    )
    oncall: tuple[Held, ...] = Field(
        default=(), description="Who receives alerts and acts on them."
    )
    auditor: tuple[Held, ...] = Field(
        default=(),
        description="Who may read the audit trail, and single numbers and replies in full.",
    )
    owner: tuple[Held, ...] = Field(default=(), description="Who sets the bot up.")

    def holders(self) -> HoldersOfRole:
        """Who holds which role."""
        return _holders({role: getattr(self, role.value) for role in Role})


class AppRoles(Section):
    """Who may do what with one app; a role that is left out is held as in `roles`."""

    viewer: tuple[Held, ...] | None = Field(
        default=None, description="Who may look: lists, figures, histories."
    )
    requester: tuple[Held, ...] | None = Field(
        default=None, description="Who may send and ask for changes."
    )
    approver: tuple[Held, ...] | None = Field(
        default=None, description="Who decides on what somebody else asked for."
    )
    limit_admin: tuple[Held, ...] | None = Field(
        default=None,
        description="Who may ask for other frequency limits, and say what Tencent's console has.",
    )
    oncall: tuple[Held, ...] | None = Field(
        default=None, description="Who receives its alerts and acts on them."
    )
    auditor: tuple[Held, ...] | None = Field(
        default=None, description="Who may read single numbers and replies in full."
    )

    def holders(self) -> HoldersOfRole:
        """Who holds the roles it says anything of."""
        said = {role: getattr(self, role.value, None) for role in Role}
        return _holders({role: names for role, names in said.items() if names is not None})


def nearest(entry: str) -> str:
    """The entry that was probably meant by one that is none; "" where nothing is like it."""
    who, sep, place = entry.partition(" in ")
    bare = who.strip("<@>")
    is_id = re.fullmatch(ID, bare, re.IGNORECASE)
    is_handle = re.fullmatch(HANDLE, bare)
    meant = bare.upper() if is_id else f"@{bare.lower()}" if is_handle else ""
    found = f"{meant}{sep}{place}"
    return found if re.fullmatch(HELD, found) else ""


def grants(account: Roles, of_apps: Mapping[str, AppRoles]) -> Grants:
    """Who holds which role, all in all."""
    common = account.holders()
    own = {name: roles.holders() for name, roles in of_apps.items()}
    return Grants(
        common,
        MappingProxyType(
            {
                name: MappingProxyType({**common, **holders})
                for name, holders in own.items()
                if holders
            }
        ),
    )


def _holders(named: Mapping[Role, Iterable[str]]) -> HoldersOfRole:
    return MappingProxyType({role: tuple(map(holder, names)) for role, names in named.items()})
