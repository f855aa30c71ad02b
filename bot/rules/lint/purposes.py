"""Rules about what a template is for: codes, notices and marketing, and what gives away which."""

import re

from bot.rules.lint.findings import Hit, Span
from bot.rules.lint.subject import Subject
from bot.rules.lint.variables import FIRST, form
from bot.rules.templates import OTP_DIGITS, VARIABLE
from bot.rules.wording import MARKETING_WORDS, OTP_WORDS, OTP_WORDS_ENGLISH

CODE_WORD, CODE_WORD_ABROAD = "验证码", "code"
OTHER_CODE_WORDS = re.compile(
    "校验码|动态码|动态密码|动态口令|驗證碼|確認碼|确认码|注册码|认证码|安全码|验证密码|一次性密码"
)
OTHER_CODE_WORDS_ABROAD = re.compile(r"(?i)\b(?:otp|pin|(?:one[ -]time )?(?:password|passcode))\b")
UNSUBSCRIBE = "拒收请回复R"
# Every way out an older rule, another cloud or a hurried hand wrote at the end.
OLD_UNSUBSCRIBE = re.compile(
    r"(?i)(?:"
    r"(?:拒收|退订)[\s请可]{0,3}(?:回复?|按)?[\s:：“”\"]{0,3}(?:[rＲｒ]|td|[tn])"
    r"|请?回复?[\s:：“”\"]{0,3}(?:[rＲｒ]|td|[tn])[\s“”\"]{0,3}(?:退订|拒收)"
    r")[\s。.!！)）\]“”\"；;，,]{0,6}$"
)
TOO_MANY_DIGITS = re.compile(
    r"(?i)(?P<many>[7-9]|[1-9][0-9])\s*(?:位|-?\s?digit)|(?P<letters>位?字母|letters and digits)"
)
# Somebody is greeted by a variable, and a code template takes digits only.
GREETED = re.compile(
    r"(?i)(?:尊敬的|亲爱的|\bdear\s|\bhi\s|\bhello\s)\s*(?P<one>\{[1-9][0-9]?\})"
    r"|(?P<two>\{[1-9][0-9]?\})\s*(?:先生|女士|同学|老师|您好|你好)"
)


def otp_word(subject: Subject) -> Hit | None:
    """A code template says 验证码, abroad "code"."""
    if not subject.is_otp:
        return None
    text = subject.text
    word = CODE_WORD if subject.is_mainland else CODE_WORD_ABROAD
    if word in text.lower():
        return None
    others = OTHER_CODE_WORDS if subject.is_mainland else OTHER_CODE_WORDS_ABROAD
    if others.search(text):
        fixed = others.sub(word, text, count=1)
    else:
        before = word if subject.is_mainland else f"{word} "
        fixed = VARIABLE.sub(lambda each: before + each[0], text, count=1)
    return Hit(subject.whole, {"word": word}, fixed=fixed)


def otp_variable(subject: Subject) -> Hit | None:
    """A code template with no place for the code, or for what was meant as one."""
    if not subject.is_otp or subject.variables or form(subject) is not None:
        return None
    return Hit(subject.whole, {"first": FIRST})


def otp_digits(subject: Subject) -> Hit | None:
    """A code template whose text promises what its values cannot be: they are up to six digits."""
    if not subject.is_otp:
        return None
    found = GREETED.search(subject.text) or TOO_MANY_DIGITS.search(subject.text)
    if found is None:
        return None
    return Hit(Span(*found.span()), {"text": found[0], "digits": OTP_DIGITS})


def type_otp(subject: Subject) -> Hit | None:
    """A code sent as something else."""
    if subject.is_otp or not subject.variables:
        return None
    found = OTP_WORDS.search(subject.text) or OTP_WORDS_ENGLISH.search(subject.text)
    return None if found is None else Hit(Span(*found.span()), {"word": found[0].strip(" {:")})


def type_unsubscribe(subject: Subject) -> Hit | None:
    """A way out under something that is no marketing."""
    if subject.is_marketing:
        return None
    found = MARKETING_WORDS.search(subject.text)
    return None if found is None else Hit(Span(*found.span()), {"word": found[0]})


def unsubscribe(subject: Subject) -> Hit | None:
    """Mainland marketing ends with the way out, letter by letter."""
    text = subject.text
    if not subject.is_marketing or not subject.is_mainland or text.endswith(UNSUBSCRIBE):
        return None
    old = OLD_UNSUBSCRIBE.search(text)
    return Hit(
        Span(len(text), len(text)) if old is None else Span(*old.span()),
        {"tail": UNSUBSCRIBE},
        fixed=_with_way_out(text if old is None else text[: old.start()].rstrip("(（[")),
    )


def unsubscribe_abroad(subject: Subject) -> Hit | None:
    """Marketing abroad without any way out."""
    if not subject.is_marketing or subject.is_mainland or MARKETING_WORDS.search(subject.text):
        return None
    return Hit(subject.whole)


def unsubscribe_notice(subject: Subject) -> Hit | None:
    """China Unicom is said to want the way out under everything."""
    if subject.is_marketing or not subject.is_mainland or subject.text.endswith(UNSUBSCRIBE):
        return None
    return Hit(subject.whole, {"tail": UNSUBSCRIBE}, fixed=_with_way_out(subject.text))


def individual_marketing(subject: Subject) -> Hit | None:
    """Individually verified accounts may not create marketing templates."""
    return Hit(subject.whole) if subject.is_marketing and subject.facts.is_individual else None


def _with_way_out(text: str) -> str:
    text = text.rstrip(" \t\n\u3000，,；;、")
    between = "" if not text or text[-1] in "。！？!?.…" else "，"
    return f"{text}{between}{UNSUBSCRIBE}"
