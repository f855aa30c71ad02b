"""What a request to change a template or a signature says: the payload, read strictly.

The payload of a request is canonical JSON and its hash binds every approval; these are its only
shapes. What is read here was written by us, so anything unexpected is a ValueError, not a reply.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestKind

Payload = Mapping[str, Any]
T = TypeVar("T", str, int, bool)
C = TypeVar("C", "TemplateChange", "SignatureChange")
#: Create, modify, delete.
TEMPLATE_KINDS = (
    RequestKind.TEMPLATE_CREATE,
    RequestKind.TEMPLATE_MODIFY,
    RequestKind.TEMPLATE_DELETE,
)
SIGNATURE_KINDS = (
    RequestKind.SIGNATURE_CREATE,
    RequestKind.SIGNATURE_MODIFY,
    RequestKind.SIGNATURE_DELETE,
)
SMS_TYPES = frozenset({TemplateClass.OTP, TemplateClass.NOTICE, TemplateClass.MARKETING})


@dataclass(frozen=True, slots=True)
class TemplateBase:
    """A template as Tencent had it when the change was asked for."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A template as it is wanted."""

    name: str
    content: str
    sms_type: TemplateClass
    international: bool
    remark: str


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """Create (no id, no base), modify, or delete (no text).

    Raises ValueError where the three do not make one of these.
    """

    template_id: str = ""
    base: TemplateBase | None = None
    text: TemplateText | None = None

    def __post_init__(self) -> None:
        _check(self.template_id, self.base, self.text)
        if self.text is not None and self.text.sms_type not in SMS_TYPES:
            raise ValueError(f"Tencent knows no type {self.text.sms_type}")

    @property
    def kind(self) -> RequestKind:
        return _kind(TEMPLATE_KINDS, self.base, self.text)

    @property
    def name(self) -> str:
        """What people call it: the name it is to have, or has."""
        return _name(self.base, self.text)

    def payload(self) -> dict[str, Any]:
        """What is stored, shown and hashed."""
        found: dict[str, Any] = {}
        if self.text is not None:
            found |= {
                "name": self.text.name,
                "content": self.text.content,
                "sms_type": self.text.sms_type.value,
                "international": self.text.international,
                "remark": self.text.remark,
            }
        if self.base is not None:
            base = {"name": self.base.name, "content": self.base.content}
            found |= {"template_id": self.template_id, "base": base}
        return found

    @classmethod
    def from_payload(cls, kind: RequestKind, payload: Payload) -> "TemplateChange":
        """What `payload` wrote for `kind`. Raises ValueError for anything else."""
        read = Reading(payload)
        text = None if kind is RequestKind.TEMPLATE_DELETE else _template_text(read)
        exists = kind is not RequestKind.TEMPLATE_CREATE
        template_id = read.text("template_id") if exists else ""
        base = _template_base(read.inner("base")) if exists else None
        read.end()
        return _of_kind(kind, cls(template_id, base, text))


@dataclass(frozen=True, slots=True)
class Image:
    """A file that goes along, known by the hash of its bytes (`storage.attachments`)."""

    sha256: str
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SignatureBase:
    """A signature as Tencent had it when the change was asked for."""

    name: str


@dataclass(frozen=True, slots=True)
class SignatureText:
    """A signature as it is wanted. The numbers are Tencent's (`bot.tencent.drafts`)."""

    name: str
    sign_type: int
    document_type: int
    international: bool
    for_another_party: bool
    remark: str
    qualification_id: str | None
    proof: Image
    commission: Image | None


@dataclass(frozen=True, slots=True)
class SignatureChange:
    """Create (no id, no base), modify, or delete (no text).

    Raises ValueError where the three do not make one of these.
    """

    signature_id: str = ""
    base: SignatureBase | None = None
    text: SignatureText | None = None

    def __post_init__(self) -> None:
        _check(self.signature_id, self.base, self.text)

    @property
    def kind(self) -> RequestKind:
        return _kind(SIGNATURE_KINDS, self.base, self.text)

    @property
    def name(self) -> str:
        """What people call it: the name it is to have, or has."""
        return _name(self.base, self.text)

    def payload(self) -> dict[str, Any]:
        """What is stored, shown and hashed."""
        found: dict[str, Any] = {}
        if self.text is not None:
            found |= {
                "name": self.text.name,
                "sign_type": self.text.sign_type,
                "document_type": self.text.document_type,
                "international": self.text.international,
                "for_another_party": self.text.for_another_party,
                "remark": self.text.remark,
                "qualification_id": self.text.qualification_id,
                "proof": _image_payload(self.text.proof),
                "commission": _image_payload(self.text.commission),
            }
        if self.base is not None:
            found |= {"signature_id": self.signature_id, "base": {"name": self.base.name}}
        return found

    @classmethod
    def from_payload(cls, kind: RequestKind, payload: Payload) -> "SignatureChange":
        """What `payload` wrote for `kind`. Raises ValueError for anything else."""
        read = Reading(payload)
        text = None if kind is RequestKind.SIGNATURE_DELETE else _signature_text(read)
        exists = kind is not RequestKind.SIGNATURE_CREATE
        signature_id = read.text("signature_id") if exists else ""
        base = _signature_base(read.inner("base")) if exists else None
        read.end()
        return _of_kind(kind, cls(signature_id, base, text))


Change = TemplateChange | SignatureChange


def change_of(kind: RequestKind, payload: Payload) -> Change:
    """The change a request of `kind` asks for. Raises ValueError for what is none."""
    if kind in TEMPLATE_KINDS:
        return TemplateChange.from_payload(kind, payload)
    if kind in SIGNATURE_KINDS:
        return SignatureChange.from_payload(kind, payload)
    raise ValueError(f"a {kind} changes no template and no signature")


Base = TemplateBase | SignatureBase
Text = TemplateText | SignatureText


def _check(content_id: str, base: Base | None, text: Text | None) -> None:
    if bool(content_id) != (base is not None):
        raise ValueError("what exists has an id and a base, what is new has neither")
    if base is None and text is None:
        raise ValueError("nothing is to be changed")


def _kind(kinds: tuple[RequestKind, ...], base: Base | None, text: Text | None) -> RequestKind:
    create, modify, delete = kinds
    if text is None:
        return delete
    return create if base is None else modify


def _name(base: Base | None, text: Text | None) -> str:
    named = text or base
    return named.name if named else ""


class Reading:
    """Takes fields out of a payload one by one; what is left at the end is one too many."""

    def __init__(self, payload: object) -> None:
        if not isinstance(payload, Mapping):
            raise ValueError("not an object")
        self._left = dict(payload)

    def text(self, name: str) -> str:
        return self._take(name, str)

    def whole(self, name: str) -> int:
        return self._take(name, int)

    def flag(self, name: str) -> bool:
        return self._take(name, bool)

    def whole_or_none(self, name: str) -> int | None:
        return None if self._is_none(name) else self.whole(name)

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._left.pop(name, None)
        if not isinstance(value, Mapping):
            raise ValueError(f"{name} is no object")
        return dict(value)

    def mapping_or_none(self, name: str) -> dict[str, Any] | None:
        return None if self._is_none(name) else self.mapping(name)

    def text_or_none(self, name: str) -> str | None:
        return None if self._is_none(name) else self.text(name)

    def inner(self, name: str) -> "Reading":
        return Reading(self._left.pop(name, None))

    def inner_or_none(self, name: str) -> "Reading | None":
        return None if self._is_none(name) else self.inner(name)

    def end(self) -> None:
        if self._left:
            raise ValueError(f"unknown: {', '.join(sorted(map(str, self._left)))}")

    def _take(self, name: str, kind: type[T]) -> T:
        value = self._left.pop(name, None)
        # Not isinstance: True is an int to it.
        if type(value) is not kind:
            raise ValueError(f"{name} is no {kind.__name__}")
        return value

    def _is_none(self, name: str) -> bool:
        """Whether it is there and null; then it is taken."""
        return name in self._left and self._left[name] is None and self._left.pop(name) is None


def _of_kind(kind: RequestKind, change: C) -> C:
    if change.kind is not kind:
        raise ValueError(f"{change.kind}, not {kind}")
    return change


def _template_text(read: Reading) -> TemplateText:
    return TemplateText(
        name=read.text("name"),
        content=read.text("content"),
        sms_type=TemplateClass(read.text("sms_type")),
        international=read.flag("international"),
        remark=read.text("remark"),
    )


def _template_base(read: Reading) -> TemplateBase:
    base = TemplateBase(read.text("name"), read.text("content"))
    read.end()
    return base


def _signature_text(read: Reading) -> SignatureText:
    return SignatureText(
        name=read.text("name"),
        sign_type=read.whole("sign_type"),
        document_type=read.whole("document_type"),
        international=read.flag("international"),
        for_another_party=read.flag("for_another_party"),
        remark=read.text("remark"),
        qualification_id=read.text_or_none("qualification_id"),
        proof=_image(read.inner("proof")),
        commission=_image_or_none(read.inner_or_none("commission")),
    )


def _signature_base(read: Reading) -> SignatureBase:
    base = SignatureBase(read.text("name"))
    read.end()
    return base


def _image(read: Reading) -> Image:
    image = Image(read.text("sha256"), read.text("name"), read.whole("size_bytes"))
    read.end()
    return image


def _image_or_none(read: Reading | None) -> Image | None:
    return None if read is None else _image(read)


def _image_payload(image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {"sha256": image.sha256, "name": image.name, "size_bytes": image.size_bytes}
