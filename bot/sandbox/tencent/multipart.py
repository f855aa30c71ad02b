"""Bodies of multipart/form-data, the third way to send the parameters of a POST.

cloud.tencent.com/document/product/382/38766 (2024-09-02) has it "for some actions, with TC3 only"
and does not name them; here it goes for all. A part that says it is JSON is read as such, any other
is a value as in a query.
"""

import json
import re

from bot.sandbox.tencent.fields import FromQuery, put_parameter
from bot.sandbox.tencent.refusals import CallError

FORM_DATA = "multipart/form-data"
MAX_PARTS = 2000
BOUNDARY = re.compile(r';\s*boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70}?)"?\s*(?:;|$)', re.I)
NAME = re.compile(rb'content-disposition:\s*form-data;[^\r\n]*?\bname="([^"\r\n]{1,200})"', re.I)
IS_JSON = re.compile(rb"content-type:\s*application/json\b", re.I)


def read_multipart(content_type: str, body: bytes) -> dict[str, object]:
    """The parameters in a body. Raises CallError for one that is not what `content_type` says."""
    found: dict[str, object] = {}
    for part in _parts(content_type, body):
        head, blank, value = part.partition(b"\r\n\r\n")
        name = NAME.search(head)
        if name is None or not blank:
            raise CallError("InvalidRequest")
        key = name[1].decode("utf-8", "replace")
        put_parameter(found, key, _read(value, is_json=IS_JSON.search(head) is not None))
    return found


def _parts(content_type: str, body: bytes) -> list[bytes]:
    boundary = BOUNDARY.search(content_type)
    if boundary is None:
        raise CallError("InvalidRequest")
    delimiter = b"\r\n--" + boundary[1].encode()
    # What stands before the first delimiter and behind the last is for nobody.
    _, *parts = (b"\r\n" + body).split(delimiter, MAX_PARTS + 1)
    whole = bool(parts) and parts[-1].startswith(b"--") and len(parts) <= MAX_PARTS
    if not whole or not all(part.startswith(b"\r\n") for part in parts[:-1]):
        raise CallError("InvalidRequest")
    return [part[2:] for part in parts[:-1]]


def _read(value: bytes, *, is_json: bool) -> object:
    if not is_json:
        return FromQuery(value.decode("utf-8", "replace"))
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise CallError("InvalidRequest") from None
