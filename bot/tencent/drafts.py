"""What is submitted for review: templates and signatures as we want them. Performs no I/O.

Source of the numbers: cloud.tencent.com/document/product/382/55981 and the official SDK, sms
v20210111. Values Tencent has withdrawn are left out.
"""

from dataclasses import dataclass
from enum import IntEnum

from bot.tencent.wire import Side

MAX_IMAGES_BYTES = 7_000_000
"""Both images before base64: a whole request may have 10 MB."""


class SmsType(IntEnum):
    """What a template is for, by the numbers in use since 2024-05-16."""

    MARKETING = 1
    NOTICE = 2
    OTP = 3


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A template to be reviewed."""

    name: str
    content: str
    """With variables ``{1}``, ``{2}`` …; without the signature."""
    sms_type: SmsType
    side: Side
    remark: str
    """Tells the reviewer what it is for."""


class SignType(IntEnum):
    """Whose name a signature is."""

    COMPANY = 0
    APP = 1
    """No longer taken for mainland China."""
    TRADEMARK = 4
    INSTITUTION = 5
    """Government and others that are no company."""


class DocumentType(IntEnum):
    """What the proof image shows."""

    THREE_IN_ONE_LICENCE = 0
    BUSINESS_LICENCE = 1
    ORGANISATION_CODE = 2
    SOCIAL_CREDIT_CODE = 3
    APP_SCREENSHOT = 4
    """No longer taken for mainland China."""
    TRADEMARK_CERTIFICATE = 7


@dataclass(frozen=True, slots=True)
class SignatureDraft:
    """A signature to be reviewed. Raises ValueError without a proof, or with too large images."""

    name: str
    """Without brackets."""
    sign_type: SignType
    document_type: DocumentType
    side: Side
    proof_image: bytes
    """The image file itself; it is encoded on its way out."""
    for_another_party: bool = False
    commission_image: bytes | None = None
    """The letter of authorisation; asked for where it is for another party."""
    remark: str = ""
    qualification_id: str | None = None
    """An approved real-name qualification (实名资质) from the console; mainland China needs one."""

    def __post_init__(self) -> None:
        size = len(self.proof_image) + len(self.commission_image or b"")
        if not self.proof_image or size > MAX_IMAGES_BYTES:
            raise ValueError(f"{size} bytes of images, not 1 to {MAX_IMAGES_BYTES}")
