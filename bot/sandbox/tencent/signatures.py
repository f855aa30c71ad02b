"""Applying for signatures, changing and deleting them (API 3.0)."""

import base64
import binascii
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from bot.sandbox.tencent.applying import (
    application_moments,
    check_enterprise,
    check_unlocked,
    deleted,
    read_side,
)
from bot.sandbox.tencent.content import Qualified, Review, Side, Signature
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.review import FOR_ANOTHER, PROOFS
from bot.sandbox.tencent.world import World

REQUIRED = (
    "SignName",
    "SignType",
    "DocumentType",
    "International",
    "SignPurpose",
    "ProofImage",
)
OPTIONAL = ("CommissionImage", "Remark", "QualificationId")
#: 5, 6 and 8 were withdrawn (announcement product/382/116397).
DOCUMENT_TYPES = frozenset().union(*PROOFS.values())
MAX_NAME = {Side.MAINLAND: 12, Side.INTERNATIONAL: 15}
MAX_IMAGE_BYTES = 5 * 1024 * 1024
#: How JPEG and PNG files begin.
IMAGE_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def add_sign(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """AddSmsSign."""
    sign = _read(world, Fields(parameters, required=REQUIRED, optional=OPTIONAL), signature_id=0)
    if len(world.state.signatures) >= world.config.max_signatures:
        raise CallError("FailedOperation.SignNumberLimit")
    return {"AddSignStatus": {"SignId": apply_for(world, sign)}}


def modify_sign(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """ModifySmsSign: only what is in review or was rejected, and not to the other side."""
    fields = Fields(parameters, required=("SignId", *REQUIRED), optional=OPTIONAL)
    signature_id = fields.integer("SignId")
    changed = _read(world, fields, signature_id)
    current = world.state.signatures.get(signature_id)
    if current is None:
        raise CallError("FailedOperation.MissingSignatureToModify")
    check_unlocked(current.status, "InvalidParameterValue.SignAlreadyPassedCheck")
    if changed.international is not current.international:
        raise CallError("InvalidParameterValue.InvalidInternational")
    return {"ModifySignStatus": {"SignId": apply_for(world, changed)}}


def delete_sign(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """DeleteSmsSign."""
    fields = Fields(parameters, required=("SignId",))
    check_enterprise(world)
    if world.state.signatures.pop(fields.integer("SignId"), None) is None:
        raise CallError("FailedOperation.SignIdNotExist")
    world.save()
    return {"DeleteSignStatus": deleted(world)}


def apply_for(world: World, sign: Signature) -> int:
    """Put a signature into review, a new one (id 0) under a new id. Raises CallError for what the
    API itself refuses; returns the id."""
    check_name(world, sign)
    signature_id = sign.signature_id or world.state.account.new_id()
    world.state.signatures[signature_id] = replace(sign, signature_id=signature_id)
    world.save()
    return signature_id


def check_name(world: World, sign: Signature) -> None:
    """Refuse a name that is empty, too long, dirty, or taken. Raises CallError.

    For an empty name and for one that has been approved the vendor documents no code of its own.
    """
    if not sign.name.strip():
        raise CallError("InvalidParameter.InvalidParameters")
    if len(sign.name) > MAX_NAME[sign.international]:
        raise CallError("InvalidParameterValue.SignNameLengthTooLong")
    if any(word in sign.name for word in world.config.sensitive_words):
        raise CallError("InvalidParameter.DirtyWordFound")
    for other in world.state.signatures.values():
        same = other.name == sign.name and other.international is sign.international
        if not same or other.signature_id == sign.signature_id:
            continue
        if other.status is Review.REVIEWING:
            raise CallError("InvalidParameterValue.SignExistAndUnapproved")
        if other.status is not Review.REJECTED:
            raise CallError("InvalidParameterValue.SignAlreadyPassedCheck")


def read_image(text: str) -> bytes:
    """The bytes of a proof image: base64 without prefix, JPEG or PNG, at most 5 MB."""
    try:
        image = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        image = b""
    if not image.startswith(IMAGE_HEADS) or len(image) > MAX_IMAGE_BYTES:
        raise CallError("InvalidParameterValue.ImageInvalid")
    return image


def _read(world: World, fields: Fields, signature_id: int) -> Signature:
    check_enterprise(world)
    side = read_side(fields)
    purpose = _one_of(fields, "SignPurpose", (0, 1), "InvalidParameterValue.InvalidSignPurpose")
    read_image(fields.text("ProofImage"))
    commissioned = purpose == FOR_ANOTHER and fields.has("CommissionImage")
    if commissioned:
        read_image(fields.text("CommissionImage"))
    created_at_ms, decide_at_ms = application_moments(world)
    return Signature(
        signature_id=signature_id,
        name=fields.text("SignName"),
        international=side,
        status=Review.REVIEWING,
        review_reply="",
        created_at_ms=created_at_ms,
        sign_type=_one_of(fields, "SignType", PROOFS, "InvalidParameter.InvalidParameters"),
        document_type=_one_of(
            fields, "DocumentType", DOCUMENT_TYPES, "InvalidParameterValue.InvalidDocumentType"
        ),
        purpose=purpose,
        commissioned=commissioned,
        qualification_id=_qualification(world, fields, side),
        remark=fields.text("Remark"),
        decide_at_ms=decide_at_ms,
    )


def _qualification(world: World, fields: Fields, side: Side) -> int:
    """The id, 0 for none: a client may leave it out, and fails in the review then."""
    if side is not Side.MAINLAND or not fields.has("QualificationId"):
        return 0
    known = world.state.account.qualifications.get(fields.integer("QualificationId"))
    if known is None:
        raise CallError("InvalidParameterValue.QualificationIdNotFound")
    if known.status is not Qualified.PASSED:
        raise CallError("FailedOperation.QualificationIdNotApproved")
    return known.qualification_id


def _one_of(fields: Fields, name: str, allowed: Container[int], code: str) -> int:
    value = fields.integer(name)
    if value not in allowed:
        raise CallError(code)
    return value
