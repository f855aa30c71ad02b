"""What is linted, and what must be known besides."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.rules.classes import TemplateClass
from bot.rules.lint.likeness import NOTHING, KnownTexts


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A body template before it is submitted.

    `class_` ALERT counts as a notice, which is what Tencent takes it for. `template_id` names the
    template that is being edited, which is not compared with itself.
    """

    content: str
    class_: TemplateClass
    international: bool
    remark: str = ""
    template_id: str = ""


@dataclass(frozen=True, slots=True)
class SignatureDraft:
    """A signature before it is submitted.

    `sign_type` and `document_type` are Tencent's numbers (AddSmsSign); None where nothing is chosen
    yet, and then not judged. `has_qualification` is None while nobody knows.
    """

    name: str
    international: bool
    sign_type: int | None = None
    document_type: int | None = None
    for_another_party: bool = False
    has_commission: bool = False
    has_qualification: bool | None = None
    signature_id: str = ""


class Variables(StrEnum):
    """Whether this account's mainland notices and marketing may have variables.

    Newer accounts may not (InvalidParameterValue.UnsupportedTemplateVariable); only the console's
    page for a new template says which kind an account is.
    """

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LintFacts:
    """What the rules cannot know by themselves.

    `today` is the date in Beijing. `signature` is the one it will be sent with, "" if not known.
    `longest_value` is how many characters this account may put in one variable, None if not known.
    """

    today: date
    signature: str = ""
    variables: Variables = Variables.UNKNOWN
    longest_value: int | None = None
    is_individual: bool = False
    templates: KnownTexts = field(default=NOTHING, repr=False)
    signatures: KnownTexts = field(default=NOTHING, repr=False)
