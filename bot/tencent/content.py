"""Templates and signatures over API 3.0: the lists, and the changes that go to review."""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from bot.errors import TencentRefusal
from bot.tencent.asking import Listing
from bot.tencent.drafts import SignatureDraft, TemplateDraft
from bot.tencent.line import Actions
from bot.tencent.reading import (
    Envelope,
    ShapeError,
    id_of,
    int_of,
    moment_of,
    object_of,
    proved,
    side_of,
    text_of,
)
from bot.tencent.strict_json import JSONObject
from bot.tencent.wire import (
    Changed,
    ChangeOutcome,
    QualificationState,
    ReviewState,
    Side,
    Signature,
    Template,
)

T = TypeVar("T")

PAGE = 100
NONE_FOUND = frozenset(
    {"FailedOperation.MissingTemplateList", "FailedOperation.MissingSignatureList"}
)
"""None of the ids was recognised, "please check whether any has been approved"."""
DELETED: Final = "success"
"""Part of the one text that was ever recorded: ``return successfully!``."""
SIDES = {
    0: frozenset({Side.MAINLAND}),
    1: frozenset({Side.INTERNATIONAL}),
    # Not in the request's list of values, yet the answer knows it: a template for both.
    3: frozenset({Side.MAINLAND, Side.INTERNATIONAL}),
}


class Content(Actions):
    """Add, Modify, Delete and Describe of SmsTemplate and SmsSign.

    A change is posted once, signed as of `signed_at` (refused five minutes after it), and never
    raises for what the network or Tencent does. The lists raise TencentError.
    """

    async def list_templates(self, *, international: bool) -> tuple[Template, ...]:
        """All templates of one side. Raises TencentError."""
        return await self._line.ask_pages(
            "DescribeSmsTemplateList",
            {"International": int(international)},
            Listing("DescribeTemplateStatusSet", read_template, PAGE),
        )

    async def list_signatures(self, *, international: bool) -> tuple[Signature, ...]:
        """All signatures of one side. Raises TencentError."""
        return await self._line.ask_pages(
            "DescribeSmsSignList",
            {"International": int(international)},
            Listing("DescribeSignListStatusSet", read_signature, PAGE),
        )

    async def find_templates(
        self, ids: Sequence[str], *, international: bool
    ) -> tuple[Template, ...]:
        """The templates of one side among at most 100 `ids`, in one request.

        What is left out need not be gone: where it recognises none of them Tencent answers as it
        does before anything was approved, and that too is an empty answer here. Raises
        TencentError, ValueError for more ids.
        """
        listing = Listing("DescribeTemplateStatusSet", read_template, PAGE)
        return await self._find(
            "DescribeSmsTemplateList", "TemplateIdSet", ids, listing, international
        )

    async def find_signatures(
        self, ids: Sequence[str], *, international: bool
    ) -> tuple[Signature, ...]:
        """As `find_templates`, of signatures."""
        listing = Listing("DescribeSignListStatusSet", read_signature, PAGE)
        return await self._find("DescribeSmsSignList", "SignIdSet", ids, listing, international)

    async def add_template(self, draft: TemplateDraft, *, signed_at: datetime) -> ChangeOutcome:
        """Submits a new template; the answer has its id. Usable only once it is reviewed."""
        read = _made("AddTemplateStatus", "TemplateId")
        return await self._change("AddSmsTemplate", template_fields(draft), read, signed_at)

    async def modify_template(
        self, template_id: str, draft: TemplateDraft, *, signed_at: datetime
    ) -> ChangeOutcome:
        """Puts `draft` in the place of a template under review or rejected, of the same side."""
        fields = {"TemplateId": int(template_id), **template_fields(draft)}
        read = _made("ModifyTemplateStatus", "TemplateId", template_id)
        return await self._change("ModifySmsTemplate", fields, read, signed_at)

    async def delete_template(self, template_id: str, *, signed_at: datetime) -> ChangeOutcome:
        """Deletes a template for good."""
        read = _deleted("DeleteTemplateStatus", template_id)
        fields: JSONObject = {"TemplateId": int(template_id)}
        return await self._change("DeleteSmsTemplate", fields, read, signed_at)

    async def add_signature(self, draft: SignatureDraft, *, signed_at: datetime) -> ChangeOutcome:
        """Submits a new signature; the answer has its id. Usable only once it is reviewed and, for
        mainland China, filed with the carriers."""
        read = _made("AddSignStatus", "SignId")
        return await self._change("AddSmsSign", signature_fields(draft), read, signed_at)

    async def modify_signature(
        self, signature_id: str, draft: SignatureDraft, *, signed_at: datetime
    ) -> ChangeOutcome:
        """Puts `draft` in the place of a signature under review or rejected, of the same side."""
        fields = {"SignId": int(signature_id), **signature_fields(draft)}
        read = _made("ModifySignStatus", "SignId", signature_id)
        return await self._change("ModifySmsSign", fields, read, signed_at)

    async def delete_signature(self, signature_id: str, *, signed_at: datetime) -> ChangeOutcome:
        """Deletes a signature for good."""
        read = _deleted("DeleteSignStatus", signature_id)
        fields: JSONObject = {"SignId": int(signature_id)}
        return await self._change("DeleteSmsSign", fields, read, signed_at)

    async def _find(
        self,
        action: str,
        set_name: str,
        ids: Sequence[str],
        listing: Listing[T],
        international: bool,
    ) -> tuple[T, ...]:
        if not 1 <= len(ids) <= PAGE:
            raise ValueError(f"{len(ids)} ids in one question, not 1 to {PAGE}")
        fields: JSONObject = {
            "International": int(international),
            set_name: [int(each) for each in ids],
            "Limit": PAGE,
            "Offset": 0,
        }
        try:
            return tuple(listing.of(await self._line.ask(action, fields)))
        except TencentRefusal as refusal:
            if refusal.code in NONE_FOUND:
                return ()
            raise

    async def _change(
        self,
        action: str,
        fields: JSONObject,
        read: Callable[[Envelope], Changed],
        signed_at: datetime,
    ) -> ChangeOutcome:
        return proved(await self._line.post(action, fields, signed_at=signed_at), read)


def template_fields(draft: TemplateDraft) -> JSONObject:
    """What AddSmsTemplate and ModifySmsTemplate have in common."""
    return {
        "TemplateName": draft.name,
        "TemplateContent": draft.content,
        "SmsType": int(draft.sms_type),
        "International": int(draft.side is Side.INTERNATIONAL),
        "Remark": draft.remark,
    }


def signature_fields(draft: SignatureDraft) -> JSONObject:
    """What AddSmsSign and ModifySmsSign have in common."""
    fields: JSONObject = {
        "SignName": draft.name,
        "SignType": int(draft.sign_type),
        "DocumentType": int(draft.document_type),
        "International": int(draft.side is Side.INTERNATIONAL),
        "SignPurpose": int(draft.for_another_party),
        # Bare base64: a "data:image/…" before it would be taken for part of the image.
        "ProofImage": base64.b64encode(draft.proof_image).decode("ascii"),
    }
    if draft.commission_image is not None:
        fields["CommissionImage"] = base64.b64encode(draft.commission_image).decode("ascii")
    if draft.remark:
        fields["Remark"] = draft.remark
    if draft.qualification_id is not None:
        fields["QualificationId"] = int(draft.qualification_id)
    return fields


def _made(status: str, id_name: str, expected: str | None = None) -> Callable[[Envelope], Changed]:
    """Reads the answer to an Add, or to a Modify of `expected`."""

    def read(envelope: Envelope) -> Changed:
        found = id_of(object_of(envelope.fields.get(status), status), id_name)
        # An answer about another one proves nothing about ours, nor does an id nobody can ask for.
        if not found.isdecimal() or (expected is not None and found != expected):
            raise ShapeError(id_name)
        return Changed(found, envelope.request_id)

    return read


def _deleted(status: str, content_id: str) -> Callable[[Envelope], Changed]:
    """Reads the answer to a Delete, which does not repeat the id."""

    def read(envelope: Envelope) -> Changed:
        found = object_of(envelope.fields.get(status), status)
        if DELETED not in text_of(found, "DeleteStatus"):
            raise ShapeError("DeleteStatus")
        return Changed(content_id, envelope.request_id)

    return read


def read_template(item: JSONObject) -> Template:
    return Template(
        template_id=id_of(item, "TemplateId"),
        name=text_of(item, "TemplateName"),
        content=text_of(item, "TemplateContent"),
        sides=_sides(item),
        review=ReviewState(int_of(item, "StatusCode")),
        review_reply=text_of(item, "ReviewReply"),
        created_at=moment_of(item, "CreateTime"),
    )


def read_signature(item: JSONObject) -> Signature:
    qualification_id = int_of(item, "QualificationId", default=0)
    return Signature(
        signature_id=id_of(item, "SignId"),
        name=text_of(item, "SignName"),
        side=side_of(item, "International"),
        review=ReviewState(int_of(item, "StatusCode")),
        review_reply=text_of(item, "ReviewReply"),
        created_at=moment_of(item, "CreateTime"),
        qualification_id=str(qualification_id) if qualification_id else None,
        qualification_name=text_of(item, "QualificationName"),
        qualification=QualificationState(int_of(item, "QualificationStatusCode", default=0)),
    )


def _sides(item: JSONObject) -> frozenset[Side]:
    sides = SIDES.get(int_of(item, "International"))
    if sides is None:
        raise ShapeError("International")
    return sides
