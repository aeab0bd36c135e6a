"""What a citizen's words tell of a matter: what kind it is, where, when, who, which number, and whether it is one the
hotline does not accept. Pure rules over plain words; what they do not find is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.contract import TicketKind

Declined = Literal[
    "litigation", "arbitration", "discipline", "reconsideration", "disclosure", "petition", "secret", "private"
]

_PLACE_END = (
    r"(?:镇|街道|社区|村|路|街|巷|道|小区|花园|广场|公园|市场|学校|小学|中学|幼儿园|医院|工业区|工业园|园区|大厦|大楼|公寓|"
    r"商场|超市|车站|地铁站|路口|桥|河|涌|湖|水库|号|栋|座|楼|苑|城|湾|厂)"
)
_PLACE = re.compile(
    rf"(?:在|位于|地点(?:是|在|:)?|地址(?:是|在|:)?)?((?:[\u4e00-\u9fa5a-z0-9]{{1,12}}?{_PLACE_END})+"
    rf"(?:[0-9一二三四五六七八九十]+(?:号|栋|座|楼|单元|室|期))*(?:附近|旁边|对面|门口|里面|旁|边|内|里)?)",
    re.IGNORECASE,
)
_BEFORE_PLACE = re.compile(
    r"^(?:我(?:们)?|家|住|是|有|要|想|投诉|举报|反映|建议|希望|表扬|求助|一下|这里|那里|就|都|从|到|的|了|和|跟|对|把|被|"
    r"今天|昨天|昨晚|前天|最近|现在|每天|晚上|早上|凌晨|你好|您好|请问|东莞市?|位于|在)+"
)
_WHEN = re.compile(
    r"(?:[0-9]{4}年)?[0-9]{1,2}月(?:[0-9]{1,2}[日号])?(?:上午|下午|晚上|早上|凌晨|中午)?(?:[0-9]{1,2}[点时:][0-9]{0,2}分?半?)?|"
    r"(?:大前天|前天|昨天|昨日|今天|今日|昨晚|今晚|今早|前晚)(?:上午|下午|晚上|早上|凌晨|中午|夜里|半夜)?"
    r"(?:[0-9一二三四五六七八九十两]{1,3}[点时:][0-9]{0,2}分?半?(?:多|左右)?)?|"
    r"(?:上|这|本)个?(?:周|星期|礼拜)[一二三四五六日天]?|(?:周|星期|礼拜)[一二三四五六日天]|"
    r"每(?:天|晚|周|到)[\u4e00-\u9fa5]{0,4}?(?:早上|晚上|凌晨|半夜|上午|下午|中午|周末)?(?:[0-9一二三四五六七八九十两]{1,3}[点时](?:多|左右)?)?|"
    r"(?:[0-9一二三四五六七八九十两几半]+个?(?:天|多天|周|星期|月|多月|年|小时)(?:了|前|以来|多了)?)|"
    r"(?:最近|这几天|这段时间|一直|长期|刚才|刚刚)"
)
_MOBILE = re.compile(r"(?<![0-9])(?:\+?86[- ]?)?(1[3-9][0-9])[- ]?([0-9]{4})[- ]?([0-9]{4})(?![0-9])")
_LANDLINE = re.compile(r"(?<![0-9])(0[0-9]{2,3})[- ]?([0-9]{7,8})(?![0-9])")
_NAME = re.compile(
    r"(?:我(?:姓|叫|是)|本人(?:姓|叫)?|姓名(?:是|:)?|称呼(?:是|:)?)\s?([\u4e00-\u9fa5]{1,4}?(?:先生|女士|小姐|阿姨|大叔)?)(?=[,，。.;；!！\s]|$|电话|手机|住)"
)
_NOT_NAMES = re.compile(r"想|要|在|说|来|问|看|听|住|做|业主|居民|租户|市民|员工|家长|学生|司机|个|这|那|谁")

_KINDS: tuple[tuple[TicketKind, re.Pattern[str]], ...] = (
    ("praise", re.compile(r"表扬|点赞|感谢(?:信|他|她|他们|你们|工作人员)|夸(?:奖|一下)|送锦旗")),
    (
        "report",
        re.compile(r"举报|违法|偷排|偷税|走私|传销|贩卖|黑作坊|无证(?:经营|行医)|非法|假(?:货|药|烟|酒)|赌博|诈骗窝点"),
    ),
    ("suggestion", re.compile(r"建议|希望(?:能)?(?:增加|增设|开通|延长|改|多)|能不能(?:增加|增设|开通|多)|提个意见")),
    (
        "complaint",
        re.compile(
            r"投诉|态度|不给(?:退|办|开)|拖欠|欠薪|乱收费|扰民|噪音|噪声|太吵|臭|污水|垃圾|占道|违停|乱停|违建|漏水|不退|退款|"
            r"推诿|没人管|不管|不理|不处理|坏了?(?:好|很)?(?:久|几)|虚假"
        ),
    ),
    (
        "help",
        re.compile(
            r"求助|帮(?:忙|我|帮)|救|坏了|不亮|停水|停电|没水|没电|塌|堵(?:了|塞)|积水|掉了?(?:下来)?|丢(?:了|失)|走失|维修|修(?:一下|理)"
        ),
    ),
    (
        "consultation",
        re.compile(r"咨询|请问|怎么(?:办|弄)|如何|多少钱|几点|什么(?:材料|条件|时候)|能不能|可不可以|是否"),
    ),
)

_DECLINED: tuple[tuple[Declined, re.Pattern[str]], ...] = (
    (
        "litigation",
        re.compile(
            r"法院.{0,8}(?:立案|判决|判了|审理|开庭|执行|起诉|裁定)|(?:不服|已经?)(?:一审|二审|终审)?判决|正在打官司|起诉(?:了|到法院)"
        ),
    ),
    (
        "arbitration",
        re.compile(
            r"仲裁(?:委|院|庭)?.{0,6}(?:受理|裁决|立案|开庭|结果)|(?:已经?|正在)(?:申请|做|走)?(?:劳动)?仲裁|不服(?:劳动)?仲裁"
        ),
    ),
    (
        "discipline",
        re.compile(
            r"(?:书记|主任|局长|镇长|村长|干部|公务员|领导|警察|民警|官员).{0,10}(?:受贿|贪污|收(?:了)?(?:红包|钱|好处)|行贿|违纪|包养|腐败)|(?:受贿|贪污|腐败).{0,10}(?:书记|主任|局长|干部|公务员|领导)"
        ),
    ),
    ("reconsideration", re.compile(r"(?:申请|提|要|不服.{0,6})行政复议|复议(?:申请|决定|机关)")),
    ("disclosure", re.compile(r"(?:申请|要求|依法)(?:政府)?信息公开|信息公开申请|依申请公开")),
    (
        "petition",
        re.compile(r"信访(?:局|件|办)?.{0,8}(?:受理|答复|办理|登记|复查|复核)|(?:已经?|正在)(?:信访|上访)|上访"),
    ),
    ("secret", re.compile(r"国家秘密|军事机密|间谍")),
    (
        "private",
        re.compile(
            r"(?:查|告诉我|想知道).{0,6}(?:别人|他人|前夫|前妻|老公|老婆|邻居)(?:的)?(?:住址|行踪|开房|账户|存款|电话)"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What was found; "" or None for what was not."""

    kind: TicketKind | None = None
    place: str = ""
    when: str = ""
    phone: str = ""
    name: str = ""
    declined: Declined | None = None


def read(text: str) -> Told:
    """text: as `reading.plain` returns it, or as it was written."""
    return Told(kind(text), place(text), when(text), phone(text), name(text), declined(text))


def kind(text: str) -> TicketKind | None:
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), None)


def place(text: str) -> str:
    """The longest place named, without the words before it."""
    found = [_BEFORE_PLACE.sub("", match[1]).strip() for match in _PLACE.finditer(text)]
    return max((name for name in found if len(name) >= 3), key=len, default="")[:60]


def when(text: str) -> str:
    """The first time named, as it was said."""
    match = _WHEN.search(text)
    return match[0] if match else ""


def phone(text: str) -> str:
    """A mobile number of the mainland in E.164, or a landline as digits with its area."""
    if mobile := _MOBILE.search(text):
        return f"+86{mobile[1]}{mobile[2]}{mobile[3]}"
    if landline := _LANDLINE.search(text):
        return f"{landline[1]}-{landline[2]}"
    return ""


def name(text: str) -> str:
    match = _NAME.search(text)
    return match[1] if match and not _NOT_NAMES.search(match[1]) else ""


def declined(text: str) -> Declined | None:
    """Clear cases only: the hotline would rather read a matter once more than turn a citizen away."""
    return next((cause for cause, pattern in _DECLINED if pattern.search(text)), None)
