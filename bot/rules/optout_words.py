"""Which replies say no: the carriers' words, what people write in their place, and what does not.

Every reply counts before a person reads it, if one ever does, so a sentence that names the wish
counts as well as a word alone. Where it is not certain the wider reading holds, for it protects the
person: a message too few can be sent once they ask for it, a message too many cannot be taken back.
"""

import re
import unicodedata

#: More than any of the words alone with all its courtesies.
LONGEST = 24
# Alone, once or several times, with "reply" before it: T, N, TD, QX and 0000 are the carriers'
# older words, R the one of 2023; the English ones are those of the numbers abroad.
SHORT = (
    "t+|n+|(?:td)+|r+|(?:qx)+|0{4,}|tuiding|stop|stopall|unsubscribe|unsub|optout|quit|end|cancel"
    "|退|退定|推订"
)
STRONG = (
    "退订|退訂|拒收|拒绝接收|拒絕接收|取消订阅|取消訂閱|不再接收"
    "|不要再发|不要再發|别再发|別再發|勿发|勿發"
)
#: Within a sentence these may be about an order: they count alone.
ALONE = "取消|拒绝|拒絕|停止"
#: What is written around the words.
POLITE = "请|請|麻烦|麻煩|回复|回復|回|我要|我想|谢谢|謝謝|短信|簡訊|了|吧|啊|啦"
WORD = re.compile(
    rf"(?:请|請)?(?:回复|回復|回)?(?:{SHORT})(?:退)?"
    rf"|(?:请|請)?(?:{SHORT})?(?:{ALONE})(?:{SHORT})?(?:谢谢|謝謝|了|吧)?"
    rf"|(?:{POLITE})*(?:{SHORT})?(?:{POLITE})*(?:{STRONG})(?:{POLITE})*(?:{SHORT})?(?:{POLITE})*"
)
#: What names the wish. An order, a deposit or a ticket that is given back is another one.
NAMES = re.compile(
    r"退[订訂](?![单單货貨金票房酒机機])|拒收|拒[绝絕]接收|取消[订訂][阅閱]|不再接收"
    r"|unsubscribe|\bunsub\b|\bstop(?:all)?\b|\bopt[\s-]*out\b|\bremove me\b"
)
#: What asks for it in other words, also where it is put as a question: 能不能别发了.
DEMANDS = re.compile(
    r"(?:不要|不用|不许|不許|别|別|勿|停止)(?:再|继续|繼續|老|总|總)*(?:[给給向跟对對]我)?"
    r"(?:[发發]送?(?=我|[给給]我|了|短信|簡訊|信息|消息|[广廣]告|垃圾|[这這]|任何|啦|吧|$)"
    r"|推送|打[扰擾]|[骚騷][扰擾])"
    r"|勿[扰擾]|不要再[发發](?![货貨票])"
    r"|不想再?(?:收到?|接收|看到?).{0,8}(?:短信|簡訊|信息|消息|[广廣]告|推送)"
)
#: Right before a wish, it is not one: 我没有要退订, I did not ask to unsubscribe.
NEGATED = re.compile(
    r"(?:(?<![能可要是])[不没沒别別勿未莫无無](?:有|想|要|用|需|会|會|是|必|能|该|該|打算|再|说|說|让|讓|叫|我|给|給"
    r"|帮|幫|把|同意|曾|可以|申请|申請|办理|辦理|希望|愿意|願意|考虑|考慮){0,6}"
    r"|(?:\b(?:not|never|cannot|dont|didnt|wont)|n't)"
    r"(?:[\s-]+(?:want|wanted|wish|ask|asked|to|ever|yet|really|please|have|need|intend|mean|meant"
    r"|plan|say|said|going|be|me|you)){0,5}[\s-]*)$"
)
#: Whoever asks about it has not said it.
QUESTION = re.compile(
    r"怎[么麼样樣]|如何|咋|[吗嗎]|[么麼]$|是否|[为為](?:什[么麼]|何)|什[么麼](?:时候|時候|意思)|能否|可否"
    r"|能不能|可不可以|要不要|是不是|有没有|有沒有|[请請][问問]"
    r"|^(?:please |pls |tell me |so |and |but |hi |hello )*(?:how|what|why|when|where)\b"
    r"|^(?!.*\b(?:can|could|will|would) (?:you|u)\b).*\?$"
)
CLAUSE = re.compile(r"[^,.!;:、。\n\r]+")
SIGNED = re.compile(r"(?:[发發来來]自我的|sent from my|sent via|get outlook for)[^\n\r]{0,60}$")
BRACKETED = re.compile(r"【[^】]*】")


def says_no(text: str) -> bool:
    """Whether a reply, of any length, says no.

    It is one of the words alone, however it is written (case, width, spaces, punctuation, brackets,
    a signature of the phone or of the sender do not matter); or one of its clauses names the wish
    and neither denies it nor asks about it.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    visible = "".join(
        each for each in folded if each in "\n\r" or unicodedata.category(each) not in {"Cf", "Cc"}
    )
    said = SIGNED.sub("", visible)
    without_name = BRACKETED.sub(" ", said)
    return _is_word(said) or _is_word(without_name) or any(map(_is_wish, _clauses(without_name)))


def _is_word(said: str) -> bool:
    plain = "".join(each for each in said if unicodedata.category(each)[0] in "LN")
    return len(plain) <= LONGEST and WORD.fullmatch(plain) is not None


def _clauses(said: str) -> list[str]:
    """The clauses, each as written and without its spaces, which Chinese needs none of."""
    found = [clause.strip() for clause in CLAUSE.findall(said)]
    return [*found, *("".join(clause.split()) for clause in found if not clause.isascii())]


def _is_wish(clause: str) -> bool:
    if any(not NEGATED.search(clause[: found.start()]) for found in DEMANDS.finditer(clause)):
        return True
    named = list(NAMES.finditer(clause))
    if not named or QUESTION.search(clause):
        return False
    return any(not NEGATED.search(clause[: found.start()]) for found in named)
