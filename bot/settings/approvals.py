"""What app.yaml may say of approvals: who says yes to what, with which emoji, and until when."""

import re
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.rules.approval_table import CHANGE, KIND_NAMES, SEND, TIGHTEN, Matter, Scope, first_fit
from bot.rules.approvals import Rule, Verdict
from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestKind
from bot.rules.roles import holder
from bot.settings.durations import DURATION_SCHEMA, seconds
from bot.settings.roles import Held
from bot.settings.section import Section
from bot.settings.shapes import Emoji

T = TypeVar("T")
SHORTEST_S, LONGEST_S = 60, 30 * 86_400
MOST_RECIPIENTS = 10_000_000


class By(StrEnum):
    """What counts as an approval."""

    REACTIONS = "reactions"
    """The buttons on the card, and the emoji of `reactions` under it."""
    BUTTONS = "buttons"
    """The buttons alone, which ask once more."""


def _not_empty(entries: tuple[T, ...]) -> tuple[T, ...]:
    """Counts what is written. pydantic's own constraint counts what is left after faults."""
    if not entries:
        raise PydanticCustomError("no_entries", "at least one entry")
    return entries


def _expiry(value: object) -> str:
    if not SHORTEST_S <= seconds(value) <= LONGEST_S:
        raise PydanticCustomError("not_an_expiry", "a length of time from 1m to 30d")
    return str(value)


AT_LEAST_ONE = {"minItems": 1}
#: A table people read at one glance, and Slack shows in one message.
ROWS_MAX = 40
KindName = Annotated[str, Field(pattern=f"^({'|'.join(map(re.escape, KIND_NAMES))})$")]
Kinds = Annotated[
    tuple[KindName, ...], AfterValidator(_not_empty), Field(json_schema_extra=AT_LEAST_ONE)
]
Types = Annotated[
    tuple[TemplateClass, ...], AfterValidator(_not_empty), Field(json_schema_extra=AT_LEAST_ONE)
]
Names = Annotated[
    tuple[Held, ...], AfterValidator(_not_empty), Field(json_schema_extra=AT_LEAST_ONE)
]
ExpiryText = Annotated[str, PlainValidator(_expiry), WithJsonSchema(DURATION_SCHEMA)]


class ApprovalRow(Section):
    """A row of the table: which requests it is about, and how they are decided."""

    kinds: Kinds | None = Field(
        default=None, description="What is asked for. Left out: whatever no row above is about."
    )
    types: Types | None = Field(
        default=None, description="Types of messages, under kinds: [send]. Left out: all."
    )
    up_to: int | None = Field(
        default=None,
        ge=2,
        le=MOST_RECIPIENTS,
        description="So many recipients at the most, under kinds: [send]. Left out: any number.",
    )
    approvals: int = Field(
        ge=0, le=10, description="So many different people must approve. 0: nobody is asked."
    )
    by: By = Field(
        default=By.REACTIONS,
        description="buttons: an emoji does not count, and the button asks once more. "
        "reactions: both count.",
    )
    expires: ExpiryText = Field(
        default="1d", description="What nobody decided on for so long expires; 1m to 30d."
    )
    approvers: Names | None = Field(
        default=None,
        description="Groups and people who may approve. Left out: those of roles.approver.",
    )
    askers: Names | None = Field(
        default=None,
        description="Groups and people who may ask, among those whose role it is. Left out: all.",
    )

    @property
    def scope(self) -> Scope:
        """What the row is about."""
        return Scope(self.kinds or (), self.types or (), self.up_to)


def _row(
    approvals: int, *kinds: str, up_to: int | None = None, by: By = By.REACTIONS
) -> ApprovalRow:
    return ApprovalRow(kinds=kinds or None, up_to=up_to, approvals=approvals, by=by)


def own_table() -> tuple[ApprovalRow, ...]:
    """The table where app.yaml has none; the repository's has the same, with the reasons."""
    marketing = ApprovalRow(
        kinds=(SEND,), types=(TemplateClass.MARKETING,), approvals=2, by=By.BUTTONS
    )
    content = [
        kind.value
        for kind in (
            RequestKind.TEMPLATE_CREATE,
            RequestKind.TEMPLATE_MODIFY,
            RequestKind.SIGNATURE_CREATE,
            RequestKind.SIGNATURE_MODIFY,
        )
    ]
    one_number = [RequestKind.OPTOUT_REMOVE.value, RequestKind.LIMITS_EXEMPT.value]
    return (
        marketing,
        _row(0, SEND, up_to=10),
        _row(1, SEND, up_to=100),
        _row(2, SEND, by=By.BUTTONS),
        _row(1, *content),
        _row(1, *one_number),
        _row(1, TIGHTEN, RequestKind.APP_RESUME.value),
        _row(2, by=By.BUTTONS),
    )


def _is_table(rows: tuple[ApprovalRow, ...]) -> tuple[ApprovalRow, ...]:
    if len(_not_empty(rows)) > ROWS_MAX:
        raise PydanticCustomError("too_many_rows", "40 rows at the most")
    return rows


class ApprovalReactions(Section):
    """Which emoji are a word, by their names without colons. Others mean nothing."""

    approve: tuple[Emoji, ...] = Field(
        default=("white_check_mark",), description="Emoji that approve."
    )
    reject: tuple[Emoji, ...] = Field(default=("x",), description="Emoji that reject.")

    def verdict(self, emoji: str) -> Verdict | None:
        """What an emoji says, whatever its skin tone; None for one that says nothing."""
        name = emoji.partition("::skin-tone-")[0]
        if name in self.approve:
            return Verdict.APPROVE
        return Verdict.REJECT if name in self.reject else None


class Approvals(Section):
    """The policy: who decides on what somebody else asked for."""

    reactions: ApprovalReactions = Field(
        default=ApprovalReactions(), description="Emoji on a card that approve and reject."
    )
    table: Annotated[tuple[ApprovalRow, ...], AfterValidator(_is_table)] = Field(
        default_factory=own_table,
        description="How requests are decided: by the first row that fits. The last one fits all.",
        json_schema_extra={**AT_LEAST_ONE, "maxItems": ROWS_MAX},
    )

    def rule(
        self, kind: RequestKind, *, approvers: tuple[str, ...], askers: tuple[str, ...]
    ) -> Rule:
        """How `kind` is decided, of any type and size; `approvers` and `askers` where the row names
        none."""
        return self._rule(Matter(kind.value), approvers, askers)

    def send_rule(
        self,
        class_: TemplateClass,
        recipients: int,
        *,
        approvers: tuple[str, ...],
        askers: tuple[str, ...],
    ) -> Rule:
        """How a send of `class_` to so many is decided."""
        return self._rule(Matter(SEND, class_, recipients), approvers, askers)

    def limits_rule(
        self, *, loosens: bool, approvers: tuple[str, ...], askers: tuple[str, ...]
    ) -> Rule:
        """How a change of limits is decided; one that loosens nothing has a name of its own."""
        return self._rule(Matter(CHANGE if loosens else TIGHTEN), approvers, askers)

    def _rule(self, matter: Matter, approvers: tuple[str, ...], askers: tuple[str, ...]) -> Rule:
        fitting = first_fit([row.scope for row in self.table], matter)
        if fitting is None:
            raise LookupError(f"no row for {matter.kind}")  # a file whose last row is not all
        row = self.table[fitting.number - 1]
        return Rule(
            needed=row.approvals,
            approvers=row.approvers or approvers,
            buttons_only=row.by is By.BUTTONS,
            expires_s=seconds(row.expires),
            askers=row.askers or askers,
            row=fitting,
        )

    def naming_nobody(self) -> "Approvals":
        """This policy, where whoever has the role approves and asks: their groups are unknown
        here."""
        nobody = {"approvers": None, "askers": None}
        rows = tuple(row.model_copy(update=nobody) for row in self.table)
        return self.model_copy(update={"table": rows})

    def groups(self) -> frozenset[str]:
        """Every group and person named anywhere in the table."""
        return frozenset(
            holder(name).who
            for row in self.table
            for name in (*(row.approvers or ()), *(row.askers or ()))
        )
