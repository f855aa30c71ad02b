import pytest

from bot.rules.images import LARGEST_BYTES, ImageFault, judge

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (PNG + b"x", None),
        (JPEG + b"x", None),
        (PNG + b"x" * (LARGEST_BYTES - len(PNG)), None),
        (PNG + b"x" * (LARGEST_BYTES - len(PNG) + 1), ImageFault.TOO_LARGE),
        (b"", ImageFault.EMPTY),
        (b"GIF89a", ImageFault.NOT_AN_IMAGE),
        (b"<svg onload=x>", ImageFault.NOT_AN_IMAGE),
        (PNG[:4], ImageFault.NOT_AN_IMAGE),
        (b"x" + PNG, ImageFault.NOT_AN_IMAGE),
    ],
    ids=["png", "jpeg", "largest", "too_large", "empty", "gif", "svg", "cut_off", "not_at_once"],
)
def test_the_first_bytes_and_the_size_decide(body: bytes, fault: ImageFault | None) -> None:
    assert judge(body) is fault
