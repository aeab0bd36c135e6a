"""How a short text is meant while a matter is told, whatever was asked: yes, no, nothing to say to it, a word against
what was understood. Pure; texts come as `Scene.text` has them."""

from __future__ import annotations

import re
from typing import Literal

from bot import reading

Meant = Literal["", "yes", "no", "nothing", "noted", "stop"]
_FILLED_IN = r"(?!.{0,6}(?:就这样|确认|提交|不留|不填|不改|照片))"

_AGREED = frozenset(
    re.findall(
        r"\w+",
        "好 好的 好好 嗯 嗯嗯 行 可以 对 对的 是 是的 没问题 正确 就是这个 是这个 得 系 要 需要 ok okay yes yep y fine",
    )
)
_AGREED_FULLY = re.compile(
    r"(?:(?:好的?|对的?|是的?|嗯|可以的?|行|没问题|没错|没毛病|都对|挺好|就这样|提交|确认|同意|"
    r"ok|yes|looks (?:good|right|fine))(?:吧|啦|了)?[, ]*)+"
    r"(?:谢谢|多谢|辛苦|麻烦|please|thanks|thank you)?(?:你|您)?(?:们)?(?:了|啦)?"
)
_AGREED_CHARS = 20
_EDGES = " ,.。!！~"
_REFUSED = frozenset(("不是", "不对", "不", "不是的", "不一样", "no", "nope"))
_NOTHING = frozenset(("没有", "没", "无", "没有了", "不用", "不用了", "不要", "不需要", "不留", "不说", "none"))
_WAIT = frozenset(("等一下", "等下", "等等", "等一等", "稍等", "稍等一下", "等会", "等会儿", "wait", "one moment"))
_NOTHING_TO_TELL = re.compile(
    r"(?:我|也|都|暂时|先|具体)*(?:(?:没时间|没空|不知道|不清楚|不记得|记不清|说不清|忘了|不方便|不想|不愿意?|不留|不用|不需要|跳过).{0,10}|"
    r"没有?(?:电话|手机|地点|地址|具体|固定).{0,6}|(?:电话)?你们有.{0,4}|就?在(?:这里|这儿|微信上?)(?:联系|说|回).{0,6})"
)
_ASKS_BACK = re.compile(
    r".{0,40}[?？吗]|(?:为什么|为啥|怎么|什么意思|啥意思|你们?是|谁).{0,30}|(?:你们?|您).{0,8}(?:多久|什么时候|几天|怎么|能不能|会不会).{0,12}"
)
# 算了，匿名吧 gives up something else
_STOPS = re.compile(
    r"(?:那|就|还是|我)*算了(?:吧|啊)?[ ,.。]*(?:(?:我|也|都|就|还是)*"
    r"(?:(?:不|别|懒得)(?:想|要|用)?再?(?:说|投诉|举报|反映|报|弄|管|追究|麻烦|折腾)?[他她你]?们?了?吧?|没(?:事|用|意思)了?)|"
    r"谢谢[你您]?)?"
)
_LATER = re.compile(
    r"(?:那|就|还是|先|我|算了|吧|等|[ ,.。])*"
    r"(?:明天|后天|以后|改天|下次|回头|晚点|晚些|[等待]一?[下会]儿?|有空|有时间|过几天)"
    r"(?:我|再|来|继续|接着)*(?:说|写|弄|搞|填|补|报|吧)+"
)
# 不对，是东城石竹山水园; 不是石竹路，是石井路
_MISTAKEN = re.compile(
    r"(?:不对|不是|错了|[写说弄搞]错了|更正)(?:的|一下)?[ ,.。;:]+(?:应该)?(?:是|在)?(?P<value>.{2,60})|"
    r"不是(?P<old>[^ ,.。;:]{2,20})[ ,.。;:]+(?:而|应该)?(?:是|在)(?P<new>.{2,60})|应该(?:是|在)(?P<should>.{2,60})"
)
_PART_OF_PHONE = re.compile(
    r"(?!.{0,3}[打接]了?[个过]?电话).{0,4}(?:电话|手机号?|号码).{0,8}(?:[第最后末尾前中间]+.{0,3}[位个数]|[多少漏](?:写|打|输)?了?.?位).{0,12}"
)
_WITHOUT_PHONE = re.compile(
    r"[我还是等一下了先,. ]*(?:不想|不要|不用|不|别)(?:再)?(?:留|写|填|登记|给)(?:我的?)?"
    r"(?:电话号码|电话|手机号?|号码)了?"
    r"|我?(?:没有?|冇)(?:电话|手机)"
    r"|(?:把|我的?)*(?:电话|手机号?|号码)(?:还是)?(?:不留|不要|删|去掉|删掉|不写|不填)了?"
)
_WRONG = frozenset(("不对", "不对的", "错了", "写错了", "说错了", "那个错了"))
_ANOTHER_MATTER = frozenset(("不是这件事", "不是这件", "说错了", "写错了", "不是说这个", "that is not it"))
_NO_PICTURES = frozenset(("不要照片", "删掉照片", "不要图片", "no pictures"))
_MEANT: dict[str, Meant] = {
    "confirm": "yes",
    "none_of_these": "no",
    "unhelpful": "no",
    "skip": "nothing",
    "acknowledge": "noted",
    "pick": "noted",
    "resume": "noted",
    "cancel": "stop",
}


def of(text: str, kind: str) -> Meant:
    """What is answered; "" for words to be read. kind: of the command it is, "" for none."""
    bare = reading.unaddressed(text.strip(_EDGES))
    if bare in _NOTHING:
        return "nothing"
    if bare in _WAIT:
        return "noted"
    if _STOPS.fullmatch(bare):
        return "stop"
    if bare in _AGREED or (len(bare) <= _AGREED_CHARS and _AGREED_FULLY.fullmatch(bare)):
        return "yes"
    return "no" if bare in _REFUSED else _MEANT.get(kind, "")


def agrees(text: str) -> bool:
    """A word of agreement and nothing else."""
    return text in _AGREED


def tells_nothing(text: str) -> bool:
    """That there is nothing to tell to a question, in more words than one."""
    return _NOTHING_TO_TELL.fullmatch(text) is not None


def asks_back(text: str) -> bool:
    return _ASKS_BACK.fullmatch(text) is not None


def objects(text: str) -> bool:
    """That something is wrong, without what."""
    return text.strip(_EDGES) in _WRONG


def put_right(text: str) -> tuple[str, str]:
    """What is not so, where that is said, and what is so instead, where a text says that and not of what (不对，是…);
    "" for anything else."""
    mistaken = _MISTAKEN.fullmatch(text)
    return (mistaken["old"] or "", mistaken["value"] or mistaken["new"] or mistaken["should"]) if mistaken else ("", "")


def puts_off(text: str) -> bool:
    """That it is told another time."""
    return _LATER.fullmatch(text.strip(_EDGES)) is not None


def doubts_phone(text: str) -> bool:
    """That some digit of the phone is wrong."""
    return _PART_OF_PHONE.fullmatch(text) is not None


def is_another_matter(text: str) -> bool:
    return text in _ANOTHER_MATTER


def takes_phone_back(text: str) -> bool:
    return _WITHOUT_PHONE.fullmatch(text.strip(_EDGES)) is not None


def takes_pictures_back(text: str) -> bool:
    return text in _NO_PICTURES


def supposes(text: str) -> bool:
    """That it may be so (应该是…), of what is asked or of what was told."""
    mistaken = _MISTAKEN.fullmatch(text)
    return mistaken is not None and mistaken["should"] is not None
