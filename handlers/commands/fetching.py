"""The files of a signature's form: fetched from Slack, looked at, kept."""

from dataclasses import replace

from bot.errors import SlackError
from bot.locales import Locale
from bot.registry import Filled, FormFile
from bot.rules import images
from bot.rules.changes import Image
from bot.rules.images import LARGEST_BYTES, ImageFault
from bot.slack.files import FileFault
from bot.slack.messages import sign_forms as forms
from bot.slack.messages.change_forms import whole_characters
from bot.slack.messages.sign_forms import KeptFile, SignFields
from bot.tencent.drafts import MAX_IMAGES_BYTES
from handlers.services import Services
from storage import attachments

#: Slack has handed a file over by then, or will not.
FILE_WITHIN_S = 20.0
NAME_MAX = 120


async def fetch(
    knock: Filled, services: Services, fields: SignFields
) -> tuple[SignFields, dict[str, str]]:
    """The fields with what was put into the form, and a sentence for each file that is not taken,
    by its field. A file that was fetched before is not fetched again."""
    locale = knock.person.locale
    faults: dict[str, str] = {}
    proof = await _one(knock, services, forms.PROOF, fields.proof)
    commission = await _one(knock, services, forms.COMMISSION, fields.commission)
    if isinstance(proof, str):
        faults[forms.PROOF] = proof
        proof = fields.proof
    if isinstance(commission, str):
        faults[forms.COMMISSION] = commission
        commission = fields.commission
    found = replace(fields, proof=proof, commission=commission)
    if not faults:
        faults |= _together(found, locale)
    return found, faults


async def _one(
    knock: Filled, services: Services, name: str, kept: KeptFile | None
) -> KeptFile | str | None:
    """The file in one field, the one kept from before, or why it is not taken."""
    given = knock.files.get(name, ())
    if not given or (kept is not None and kept.file_id == given[0].file_id):
        return kept
    file, locale = given[0], knock.person.locale
    if file.size_bytes > LARGEST_BYTES:
        return _judged(ImageFault.TOO_LARGE, file.size_bytes, locale)
    try:
        body = await services.slack.download(file.url, LARGEST_BYTES, FILE_WITHIN_S)
    except SlackError:
        return forms.file_fault("unreachable", locale)
    if isinstance(body, FileFault):
        # Larger than Slack said: at least one byte more than is taken.
        return _judged(body, max(file.size_bytes, LARGEST_BYTES + 1), locale)
    fault = images.judge(body)
    return _judged(fault, len(body), locale) if fault else await _kept(services, file, body)


async def _kept(services: Services, file: FormFile, body: bytes) -> KeptFile:
    name = whole_characters(file.name)[-NAME_MAX:]
    kept = await services.db.write(attachments.put, name, body, services.clock())
    return KeptFile(Image(kept.sha256, kept.name, kept.size_bytes), file.file_id)


def _judged(fault: ImageFault | FileFault, size_bytes: int, locale: Locale) -> str:
    return forms.file_fault(fault.value, locale, size_bytes=size_bytes, limit_bytes=LARGEST_BYTES)


def _together(fields: SignFields, locale: Locale) -> dict[str, str]:
    """Both images go into one request of Tencent's."""
    letter = fields.commission if fields.for_another_party else None
    total = sum(each.image.size_bytes for each in (fields.proof, letter) if each is not None)
    if total <= MAX_IMAGES_BYTES:
        return {}
    said = forms.file_fault(
        "together_too_large", locale, size_bytes=total, limit_bytes=MAX_IMAGES_BYTES
    )
    return {forms.COMMISSION: said}
