"""What is looked for in a text: links, words that tell its purpose, characters it must not have.

The template linter and the check of values at send time both ask here, so that neither knows a
link or an invisible character the other does not.
"""

import re
import unicodedata
from enum import StrEnum

# Without those that are also words (in, is, my, me…): a missed link is refused by Tencent all the
# same, a sentence taken for one is refused for nothing.
TOP_LEVEL_DOMAINS = (
    "com|cn|net|org|gov|edu|info|biz|mobi|asia|io|co|cc|tv|app|dev|top|xyz|vip|club|shop|site|"
    "online|store|tech|cloud|ltd|wang|ink|hk|tw|mo|uk|eu|de|fr|jp|kr|sg|ru|gl|ly|gd"
)
TOP_LEVEL_DOMAINS_CHINESE = "中国|网络|公司"
IP_ADDRESS = r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}[:/]"
# The look-behind keeps the search linear. A Chinese sentence goes on right behind a link, so only
# letters and digits of its own kind say that what looked like an end was none.
URL = re.compile(
    rf"(?i)://|\bwww\.|\bt\.me/"
    rf"|(?<![\w.-])[^\W_](?:[\w-]*\.)+"
    rf"(?:(?:{TOP_LEVEL_DOMAINS})(?![a-z0-9_-])|(?:{TOP_LEVEL_DOMAINS_CHINESE})(?![\w-]))"
    rf"|{IP_ADDRESS}"
)

OTP_WORDS = re.compile(r"验证码|校验码|动态码|动态密码|驗證碼")
OTP_WORDS_ENGLISH = re.compile(
    r"(?i)\b(?:verification|security|confirmation|authentication|log-?in|sign-?in|one[ -]time)"
    r"[ -](?:pass)?(?:code|word)\b|\botp\b|\bpasscode\b|^(?:your )?code(?: is)?:? ?\{"
)
# A marketing text ends with its way out (product/382/39023; announcement 382/100568).
MARKETING_WORDS = re.compile(
    r"(?i)(?:拒收|退订)请?回复?\s?(?:R|TD|T|N)\W*$|回复?\s?(?:R|TD|T|N)\s?(?:退订|拒收)\W*$"
    r"|\bunsubscribe\b|\bopt[ -]?out\b|\b(?:reply|text|send) stop\b"
)


class Unwanted(StrEnum):
    """Kinds of character that must not be in a text; the value is a reason's name too."""

    BRACKET = "bracket"
    LINE_BREAK = "line_break"
    CONTROL_CHARACTER = "control_character"
    #: Zero-width and direction characters, which make a text look like another.
    INVISIBLE_CHARACTER = "invisible_character"
    #: Half of a surrogate pair, which no encoding can carry.
    LONE_SURROGATE = "lone_surrogate"


UNWANTED_CHARACTERS = (
    ("【】{}", Unwanted.BRACKET),
    ("\n\r\v\f\x85\u2028\u2029", Unwanted.LINE_BREAK),
    # Letters and symbols by their category, blank to the eye.
    ("\u115f\u1160\u2800\u3164\uffa0", Unwanted.INVISIBLE_CHARACTER),
)
UNWANTED_CATEGORIES = {
    "Cc": Unwanted.CONTROL_CHARACTER,
    "Cf": Unwanted.INVISIBLE_CHARACTER,
    "Cs": Unwanted.LONE_SURROGATE,
}


def unwanted(character: str) -> Unwanted | None:
    """What is wrong with one character, or None."""
    for characters, kind in UNWANTED_CHARACTERS:
        if character in characters:
            return kind
    return UNWANTED_CATEGORIES.get(unicodedata.category(character))
