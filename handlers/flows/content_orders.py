"""What goes to Tencent for an approved change: the draft, with the images that go along."""

from bot.rules.changes import Image, SignatureChange, SignatureText, TemplateChange, TemplateText
from bot.rules.classes import TemplateClass
from bot.tencent.drafts import DocumentType, SignatureDraft, SignType, SmsType, TemplateDraft
from bot.tencent.wire import Side
from handlers.flows.changes import Failure, Submission
from storage import attachments
from storage.db import Tx

SMS_TYPES = {
    TemplateClass.OTP: SmsType.OTP,
    TemplateClass.NOTICE: SmsType.NOTICE,
    TemplateClass.MARKETING: SmsType.MARKETING,
}
#: None: nothing but the id goes along.
Order = TemplateDraft | SignatureDraft | None


def make(tx: Tx, submission: Submission) -> Order | Failure:
    """The draft for a change, None for a deletion; a Failure where it cannot be made any more."""
    try:
        match submission.asked:
            case TemplateChange(text=TemplateText() as text):
                return _template(text)
            case SignatureChange(text=SignatureText() as text):
                return _signature(tx, text)
            case _:
                return None
    except ValueError:
        return Failure.DAMAGED


def _template(text: TemplateText) -> TemplateDraft:
    return TemplateDraft(
        name=text.name,
        content=text.content,
        sms_type=SMS_TYPES[text.sms_type],
        side=_side(text.international),
        remark=text.remark,
    )


def _signature(tx: Tx, text: SignatureText) -> SignatureDraft | Failure:
    proof, commission = _image(tx, text.proof), _image(tx, text.commission)
    if proof is None or (commission is None) != (text.commission is None):
        return Failure.NO_IMAGE
    return SignatureDraft(
        name=text.name,
        sign_type=SignType(text.sign_type),
        document_type=DocumentType(text.document_type),
        side=_side(text.international),
        proof_image=proof,
        for_another_party=text.for_another_party,
        commission_image=commission,
        remark=text.remark,
        qualification_id=text.qualification_id,
    )


def _image(tx: Tx, image: Image | None) -> bytes | None:
    return None if image is None else attachments.get(tx, image.sha256)


def _side(international: bool) -> Side:
    return Side.INTERNATIONAL if international else Side.MAINLAND
