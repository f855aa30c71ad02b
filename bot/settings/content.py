"""What app.yaml may say of templates and signatures: what the linter goes by."""

from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr

from bot.settings.section import Section
from bot.settings.shapes import File

if TYPE_CHECKING:
    # Hundreds of patterns: who only wants to know the port need not wait for them.
    from bot.rules.lint import LintTable, Variables


class Content(Section):
    """What the bot must know to judge templates and signatures before Tencent does."""

    lint_table: File | None = Field(
        default=None,
        description="TOML file with rules, words and figures of your own, laid over the linter's. "
        "A relative path starts at this file.",
    )
    newer_account: bool | None = Field(
        default=None,
        description="true: Tencent refuses variables in this account's mainland notices and "
        "marketing, as it does for newer ones. false: it takes them. Left out: not known.",
    )
    is_individual: bool = Field(
        default=False,
        description="true: the account is an individual's, for whom Tencent takes less.",
    )
    longest_value: int | None = Field(
        default=None,
        ge=1,
        le=500,
        description="Characters one value may have, where this account has a limit of its own.",
    )
    _table: "LintTable | None" = PrivateAttr(default=None)

    @property
    def table(self) -> "LintTable":
        """The linter's table, with what `lint_table` says laid over it."""
        from bot.rules.lint import own_table

        return self._table or own_table()

    @property
    def variables(self) -> "Variables":
        """Whether mainland notices and marketing may have variables."""
        from bot.rules.lint import Variables

        if self.newer_account is None:
            return Variables.UNKNOWN
        return Variables.REFUSED if self.newer_account else Variables.ALLOWED

    def with_table(self, table: "LintTable | None") -> "Content":
        """This section, linting by `table`; None: by ours."""
        copied = self.model_copy()
        copied._table = table
        return copied
