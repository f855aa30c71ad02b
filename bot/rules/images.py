"""What goes along with a signature: pictures Tencent takes, known by their first bytes.

Fact: a proof is a jpg, jpeg or png of at most 5 MB (console documentation of 2021-07-20; newer
pages name no figure). What a file is called, and what a browser says it is, proves nothing.
"""

from enum import StrEnum

LARGEST_BYTES = 5_000_000
#: The endings a form lets people choose.
KINDS = ("png", "jpg", "jpeg")
BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class ImageFault(StrEnum):
    """Why Tencent would not take a file."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_AN_IMAGE = "not_an_image"


def judge(body: bytes) -> ImageFault | None:
    """What is wrong with a file, None where it is a picture Tencent takes."""
    if not body:
        return ImageFault.EMPTY
    if len(body) > LARGEST_BYTES:
        return ImageFault.TOO_LARGE
    return None if body.startswith(BEGINNINGS) else ImageFault.NOT_AN_IMAGE
