"""What app.yaml may say of approvals: who says yes to what, with which emoji, and until when."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from bot.rules.approvals import Rule, Verdict
from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestKind
from bot.settings.section import Section
from bot.settings.shapes import Emoji, UserGroup

T = TypeVar("T")
DAY_S = 86_400
NEEDED, EXPIRES_S = 1, DAY_S
SEND, MARKETING = RequestKind.SEND.value, "send.marketing"
LIMITS, TIGHTEN = RequestKind.LIMITS_CHANGE.value, "limits.tighten"
#: What may have a policy of its own, in the order in which app.yaml's comments name it.
KIND_NAMES = (
    SEND,
    MARKETING,
    *(kind.value for kind in RequestKind if kind.value != SEND),
    TIGHTEN,
)
#: From so many recipients on somebody is asked; one number is nobody else's business.
FROM_RECIPIENTS: Mapping[str, int] = MappingProxyType({SEND: 101, MARKETING: 2})
KindName = Annotated[str, Field(pattern=f"^({'|'.join(map(re.escape, KIND_NAMES))})$")]


def _not_empty(groups: tuple[str, ...]) -> tuple[str, ...]:
    """Counts what is written. pydantic's own constraint counts what is left after faults."""
    if not groups:
        raise PydanticCustomError("no_groups", "at least one group")
    return groups


Groups = Annotated[
    tuple[UserGroup, ...], AfterValidator(_not_empty), Field(json_schema_extra={"minItems": 1})
]


class ApprovalRule(Section):
    """How one kind of request is decided; what is left out is as in `default`."""

    approvers: Groups | None = Field(
        default=None,
        description="Groups whose members may approve. Left out: those of roles.approver.",
    )
    askers: Groups | None = Field(
        default=None,
        description="Groups whose members may ask, among those of roles.sender. Left out: all.",
    )
    needed: int | None = Field(
        default=None,
        ge=0,
        le=10,
        description="So many different people must approve. 0: nobody is asked.",
    )
    expires_s: int | None = Field(
        default=None,
        ge=60,
        le=30 * DAY_S,
        description="Seconds after which a request nobody decided on expires.",
    )
    buttons_only: bool | None = Field(
        default=None,
        description="true: a reaction does not count, and the button asks once more.",
    )


class KindRule(ApprovalRule):
    """What differs for one kind; what is left out of send.marketing is as in `send`, what is left
    out of limits.tighten as in `limits.change`."""

    from_recipients: int | None = Field(
        default=None,
        ge=2,
        le=1_000_000,
        description="Of send and send.marketing: only from so many recipients on is anybody asked. "
        "Left out: 101, and 2 for marketing.",
    )


KindRules = Annotated[
    Mapping[KindName, KindRule], AfterValidator(MappingProxyType), PlainSerializer(dict)
]


def _no_rules() -> Mapping[str, KindRule]:
    return MappingProxyType({})


UNCHANGED = KindRule()


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
    default: ApprovalRule = Field(
        default=ApprovalRule(), description="How requests are decided, whatever their kind."
    )
    kinds: KindRules = Field(
        default_factory=_no_rules, description="What differs, by the kind of request."
    )

    def rule(
        self, kind: RequestKind, *, approvers: tuple[str, ...], askers: tuple[str, ...]
    ) -> Rule:
        """How `kind` is decided; `approvers` and `askers` where the section names none."""
        return self._rule((self._of(kind.value), self.default), approvers, askers)

    def send_rule(
        self,
        class_: TemplateClass,
        recipients: int,
        *,
        approvers: tuple[str, ...],
        askers: tuple[str, ...],
    ) -> Rule:
        """How a send of `class_` to so many is decided: below its size, nobody is asked."""
        is_marketing = class_ is TemplateClass.MARKETING
        name = MARKETING if is_marketing else SEND
        own = (self._of(MARKETING),) if is_marketing else ()
        rule = self._rule((*own, self._of(SEND), self.default), approvers, askers)
        size = _first([self._of(name).from_recipients], FROM_RECIPIENTS[name])
        return rule if recipients >= size else replace(rule, needed=0)

    def limits_rule(
        self, *, loosens: bool, approvers: tuple[str, ...], askers: tuple[str, ...]
    ) -> Rule:
        """How a change of limits is decided; what loosens nothing may have a rule of its own."""
        own = () if loosens else (self._of(TIGHTEN),)
        return self._rule((*own, self._of(LIMITS), self.default), approvers, askers)

    def _of(self, name: str) -> KindRule:
        return self.kinds.get(name, UNCHANGED)

    def _rule(
        self, given: tuple[ApprovalRule, ...], approvers: tuple[str, ...], askers: tuple[str, ...]
    ) -> Rule:
        """What the first that says anything says."""
        return Rule(
            needed=_first([rule.needed for rule in given], NEEDED),
            approvers=_first([rule.approvers for rule in given], approvers),
            buttons_only=_first([rule.buttons_only for rule in given], False),
            expires_s=_first([rule.expires_s for rule in given], EXPIRES_S),
            askers=_first([rule.askers for rule in given], askers),
        )

    def groups(self) -> frozenset[str]:
        """Every group named anywhere in the section."""
        rules = (self.default, *self.kinds.values())
        return frozenset(
            group for rule in rules for group in (*(rule.approvers or ()), *(rule.askers or ()))
        )


def _first(given: Iterable[T | None], otherwise: T) -> T:
    return next((value for value in given if value is not None), otherwise)
