"""What can be wrong with the settings: values that name the key, the line, and what would do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.locales import Locale, find, text
from bot.settings.places import Mark, Place, dotted, key_of_meaning


class Problem(StrEnum):
    """Why a setting is refused; the value is its sentence in the catalogue (`settings.fault.…`)."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"
    NOT_YAML = "not_yaml"
    NEEDS_QUOTES = "needs_quotes"
    TAG = "tag"
    ALIAS = "alias"
    TOO_DEEP = "too_deep"
    SECOND_DOCUMENT = "second_document"
    NOT_A_MAPPING = "not_a_mapping"
    KEY_NOT_TEXT = "key_not_text"
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_KEY = "unknown_key"
    MISSPELT_KEY = "misspelt_key"
    FORMER_KEY = "former_key"
    MISSING = "missing"
    EMPTY = "empty"
    NOT_ACCEPTED = "not_accepted"
    MISSPELT_HOLDER = "misspelt_holder"
    TAKEN = "taken"
    NO_SUCH_APP = "no_such_app"
    DEFAULT_NEEDED = "default_needed"
    DEADLINE_TOO_SHORT = "deadline_too_short"
    OTHER_API = "other_api"
    NEVER_OPEN = "never_open"
    SENDS_ONLY = "sends_only"
    NEVER_READ = "never_read"
    NOT_FOR_ALL = "not_for_all"
    REST_IS_FREE = "rest_is_free"
    NEVER_TOLD = "never_told"
    NO_SUCH_RECEIVER = "no_such_receiver"
    NO_SUCH_TIMES = "no_such_times"
    NO_SUCH_CHAIN = "no_such_chain"
    NO_SUCH_ROTA = "no_such_rota"
    NOT_SET_UP = "not_set_up"
    IN_MATCHER = "in_matcher"
    UNKNOWN_WORD = "unknown_word"
    MISSPELT_WORD = "misspelt_word"
    NO_SUCH_COUNTRY = "no_such_country"
    MISSPELT_COUNTRY = "misspelt_country"
    SECRET_IN_FILE = "secret_in_file"  # noqa: S105 - a problem's name
    NOT_SET = "not_set"
    NO_APP_KEY = "no_app_key"
    SET_TWICE = "set_twice"
    FILE_UNREADABLE = "file_unreadable"
    WRONG_SHAPE = "wrong_shape"
    IN_TABLE = "in_table"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `found` never shows a secret.

    `line` and `column` count from 1 and point at the key; None: it is not in the file.
    `accepts` names the sentence that says what would do, below `settings.accepts` or whole;
    `values` fill the sentences, and `terms` do, which are keys of sentences themselves.
    """

    problem: Problem
    key: str
    line: int | None = None
    column: int | None = None
    found: str | None = None
    accepts: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_environment(self) -> bool:
        """Whether the environment is to blame; else it is the file."""
        return self.key.startswith("SMSOPS_")

    @property
    def sentence(self) -> str:
        """The catalogue key of what is wrong."""
        return f"settings.fault.{self.problem.value}"

    def cause(self, locale: Locale) -> str:
        """What is wrong, in words."""
        terms = {name: text(locale, key) for name, key in self.terms.items()}
        return text(locale, self.sentence).format_map({**self.values, **terms})

    def accepted(self, locale: Locale) -> str | None:
        """What would be accepted, in words; None where the cause says it all."""
        known = self.accepts or ""
        sentence = find(locale, f"settings.accepts.{known}") or find(locale, known)
        return sentence.format_map(self.values) if sentence else None


@dataclass(frozen=True, slots=True)
class Faults:
    """Everything that is wrong: those of the file by line, then those of the environment."""

    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, found: list[Fault]) -> "Faults":
        """Sorted, each said once."""
        in_file = sorted(
            (fault for fault in found if fault.line is not None),
            key=lambda fault: (fault.line or 0, fault.column or 0),
        )
        return cls(tuple(in_file) + tuple(fault for fault in found if fault.line is None))


def fault_at(
    place: Place, mark: Mark | None, problem: Problem, found: str | None = None, **values: object
) -> Fault:
    """A fault of the key at `place` in the file; what it accepts follows from the key."""
    return Fault(
        problem=problem,
        key=dotted(place),
        line=mark.line if mark else None,
        column=mark.column if mark else None,
        found=found,
        accepts=_meaning(place),
        values=values,
    )


def _meaning(place: Place) -> str | None:
    """The key as the catalogue knows it; None for what is no setting, which may hold anything."""
    meaning = key_of_meaning(place)
    return meaning if find(Locale.EN, f"settings.accepts.{meaning}") else None
