"""What a citizen's words tell of a matter: what kind it is, where, when, who. Pure.

A cautious reading of what is told in passing: what is not clear is asked for. The functions take text as
`reading.folded` returns it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from bot.contract import TicketKind
from bot.phrases import BEIJING

PLACE_CHARS = 60
TIME_CHARS = 40
NAME_CHARS = 12

# ---- kind ----

_STATED: dict[TicketKind, str] = {
    "complaint": r"[投头透][诉述素]|complain(?:t|ing)?",
    "report": r"举报|检举|揭发|blow the whistle",
    "suggestion": r"提?(?:个|点|些|条)?建议|建言|提(?:个|点|些)?意见|suggest(?:ion)?",
    "praise": r"表扬|点赞|夸奖|夸(?:一)?夸|送锦旗|praise|compliment",
    "help": r"求助|报修|ask for help|request for help",
    "consultation": r"咨询|请问|enquiry|inquiry",
}
_WISHING = (
    r"(?:你好|您好|另外|顺便|我们?|本人|想|要|需要|来|是|这是|向你们|实名|匿名|再次?|重新|还|也|又|现在|必须|"
    r"i'd like|i|want|would like|to|a|make|file|have)"
)
_SAID_FIRST = re.compile(
    rf"[, ]*(?P<wish>(?:{_WISHING}[, ]*)*)"
    rf"(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in _STATED.items())}|反映|反应|report|tell you about)"
    r"(?:一下|一?[个件点些]|问题|情况|事情?(?=[,:.。; ]|$)|about|[,:.。; ])*"
)
# …，我要投诉: the matter comes first
_SAID_LAST = re.compile(
    r".*?(?:(?:我们?|本人|还是|就是|必须|一定|坚决|强烈|[要想请])+|(?<=[,.。;!！ ]))"
    r"(?:(?P<complaint>投诉)|(?P<report>举报)|(?P<help>报修|求助)|(?P<praise>表扬|点赞))"
    r"(?:一下|到底|[他她]们?|[它佢]|你们|[这那该][家个间][^,.。;!?]{0,6})?[!！。.~ 吧啊了]*"
)
# So much after it is a matter; less may be the beginning of a question, 投诉热线电话. So much before it is one, too.
_TOLD_AFTER_WISH, _TOLD_ALONE, _TOLD_ENGLISH, _TOLD_BEFORE_WISH = 4, 8, 8, 6
_PRAISE_CHARS = 80
_PRAISES = re.compile(r"(?:表扬|夸)一[下夸]")
# Each matter is of the kind whose words it uses; where it uses those of several, the citizen is asked.
_SOUNDS: dict[TicketKind, re.Pattern[str]] = {
    "report": re.compile(
        r"偷排|(?:排|倒|流)(?:的)?污水|偷税|逃税|走私|传销|黑(?:作坊|诊所|网吧|中介|工厂)|地沟油|无证(?:经营|行医|驾驶|摊)|非法(?:经营|行医|营运|集资|采|倒|占)|"
        r"(?:卖|售|生产|制)(?:的)?(?:是)?假|假(?:烟|酒|药)|聚众赌|赌博|卖淫|贩卖"
    ),
    "complaint": re.compile(
        r"投诉|扰民|噪音|噪声|(?:太|很|好|真)吵|吵(?:得|到|死|醒|人)|骂人|咬人|打桩|睡不着|没法睡|影响(?:休息|睡眠)|乱(?:放|扔|倒|丢|搭|排|涨)|拖欠|欠薪|老板跑|跑路|欠(?:我们?)?(?:的)?(?:钱|工钱|工资)|[不没]发工资|(?:公司|单位|老板|厂)[^,。;]{0,4}[不没](?:给[^,。;]{0,4})?[交买缴]|乱收费|多收|不(?:给)?退(?:款|钱|押金|费)?|拒绝退|退款|态度|占道|乱停|违停|"
        r"违建|违章搭|过期|变质|焚烧|烧(?:垃圾|塑料|秸秆)|(?:烟|灰尘|粉尘)(?:很|太|好|特别)大|欺诈|欺骗|强制消费|虚假|油烟|异味|[很太好真]臭|恶臭|臭味|偷工减料|霸王条款|污水|垃圾.{0,8}(?:没人|乱|堆|满)|noise|noisy|smell|refund"
    ),
    "help": re.compile(
        r"求助|不亮|灯.{0,2}不着|[坏破]了|破损|坑洼|(?:水管|管道)[^,。;]{0,8}[爆裂漏破断]|损坏|断裂|漏水|爆管|停水|停电|没水|没电|堵塞|堵了|积水|塌陷|井盖|松动|倒了|掉下来|走失|走丢|"
        r"维修|修一下|修理|帮我|帮忙|困难|救助|broken|leak|pothole|hole in|not working|out of order|no water|no power"
    ),
    "suggestion": re.compile(
        r"建议|希望(?:能|可以|增|加|在|政府|多|开|早)|能(?:否|不能)(?:增|加|设|开|多|延)|应该(?:增|加|设|多)|suggest"
    ),
    "praise": re.compile(r"表扬|点赞|锦旗|拾金不昧|(?:特别|非常|很|十分|真的?|要|想|向.{1,12})感谢|感谢信|praise"),
}
# Said beside every kind: they decide only where nothing else does.
_GRIEVING = re.compile(r"[不没]赔|没人(?:管|修|理|处理|清)|不(?:管|理|处理|作为)|推诿|踢皮球|nobody cares")
_NEEDING = re.compile(r"派人|[大深]坑")
# What is asked of the hotline in any matter; and what sounds wrong of a paper, of money on its way, of a notice.
_NOTHING_WRONG = re.compile(
    r"求助|帮我|帮忙|困难|救助|维修|修理|停[水电]的?(?:通知|公告)|(?:听说|明天|后天|下周)[^,，。;]{0,8}停[水电]|"
    r"(?:身份证|护照|居住证|户口本?|社保卡?|医保卡?|执照|驾驶证|驾照)[^,，。; ]{0,6}(?:过期|损坏|破损|坏)|"
    r"退税[^,，。;]{0,4}退款|(?<![不没给绝肯意予求请])退款(?![^,，。;]{0,8}[没不难拒])"
)
# Said of what is wrong, and hardly ever part of the name of a place.
_EXASPERATED = re.compile(
    r"太[^,.。;! ]{1,4}了|(?:[很真好]|非常|特别|实在)(?:吵|臭|脏|差|贵|慢|烂|恶劣)|不(?:给|让|肯|讲理)|"
    r"[不没](?:退|还|发|赔|给)(?:钱|款|押金|工资)|(?:根本|还是|一直|都|还)没有?(?:解决|处理|修|办)|"
    r"没人(?:管|修|理|处理|清)|不(?:管|处理|作为)(?=[,.。;!了啊]|$)|推诿|踢皮球|一拖再拖|乱收费|态度(?:很|非常|特别)?(?:差|恶劣|不好)"
)
_BROKEN = re.compile(r"(?:[坏断破塌倒掉堵裂漏爆]了|不亮|没[水电]|停[水电]了?|漏水|爆管|没人[管修清理])了?[!。]?$")
_TIMES = re.compile(
    r"刚才?|一直|[多几]年|好久|很久|太久|太耐|总是|老是|从来|自从|以前|之前|白天|晚上|早上|中午|下午|半夜|夜里|凌晨|深夜|"
    r"[0-9一二两三四五六七八九十]点|节|忘|记得|每"
)
_PLACES = re.compile(r"(?:店|厂|路|街|巷|村|楼|区|园|场|站|院|校|处|口|边|面|里|中心|酒店|隔壁|地方)$")
_TO_THE_HOTLINE = re.compile(r"谢|算了|不管了|麻烦|你|机器人|客服|人工|没用")
_ASKING = re.compile(
    r"[?？]|[吗呢么]$|怎么|怎样|如何|多少|哪里|哪儿|哪个|哪些|什么|(?<![好这那前过近头十有了])几[点天号时]|多久|能不能|可不可以|是否|是不是|有没有|"
    r"(?P<verb>[是要能会可有好对行用给算让收需该])不(?P=verb)|"
    r"\b(?:how|what|where|when|which|who|can i|do i|is there|are there)\b",
    re.IGNORECASE,
)
_NO_HELP = re.compile(
    r"[,，。 ]*(?:该|要|我|应该)*(?:怎么办|咋办|怎么搞|怎么处理|找谁|谁管|没人管吗)[啊呢呀]?[?？!！。]*$"
)
_QUESTION_CHARS = 40


def asks(text: str) -> bool:
    """Whether it is a question, and not a matter told with one in it."""
    return len(text) <= _QUESTION_CHARS and _ASKING.search(text) is not None


def is_question(text: str) -> bool:
    """Whether it asks, and does not only say at its end that one knows no help: 楼上漏水怎么办."""
    return len(text) <= 2 * _QUESTION_CHARS and asks(_NO_HELP.sub("", text))


def stated_kind(text: str) -> TicketKind | None:
    """The kind the citizen names it by (我要投诉…)."""
    match = _SAID_FIRST.match(text.lower())
    if match is None and (last := _said_last(text)):
        return next(kind for kind in _STATED if kind in _SAID_LAST.groupindex and last[kind])
    return next((kind for kind in _STATED if match[kind]), None) if match else None


def _said_last(text: str) -> re.Match[str] | None:
    match = _SAID_LAST.fullmatch(text[-_QUESTION_CHARS:])
    if match is None:
        return None
    begins = max(match.start(kind) for kind in _SAID_LAST.groupindex)
    return match if len(text[:-_QUESTION_CHARS]) + begins >= _TOLD_BEFORE_WISH else None


def opens(text: str) -> bool:
    """Whether it begins or ends with the wish to tell a matter, and tells it."""
    match = _SAID_FIRST.match(text.lower())
    if match is None:
        return _said_last(text) is not None
    if match["consultation"] or asks(text):
        return False
    least = _TOLD_AFTER_WISH if match["wish"] or _PRAISES.match(text) else _TOLD_ALONE
    return len(text) - match.end() >= (_TOLD_ENGLISH if text.isascii() else least)


def kind(text: str) -> TicketKind | None:
    """The kind a matter is of; None where its words speak for none or for several."""
    stated = stated_kind(text)
    if stated:
        return stated
    lower = text.lower()
    sounds = [kind for kind, pattern in _SOUNDS.items() if pattern.search(lower)]
    if sounds == ["praise"] and len(text) > _PRAISE_CHARS:
        return None  # a letter that only begins with thanks
    if len(sounds) == 1:
        return sounds[0]
    if sounds:
        # what is forbidden is a grievance too
        return "report" if set(sounds) == {"report", "complaint"} else None
    if _NEEDING.search(lower):
        return "help"
    if _GRIEVING.search(lower):
        return "complaint"
    return "consultation" if asks(text) else None


def speaks_of_wrong(text: str) -> bool:
    """Whether it tells of something that is wrong, of whatever kind, and is no question."""
    if is_question(text):
        return False
    lower = _NOTHING_WRONG.sub("", text.lower())
    return any(_SOUNDS[kind].search(lower) for kind in ("report", "complaint", "help")) or any(
        pattern.search(lower) for pattern in (_GRIEVING, _EXASPERATED, _BROKEN, _NEEDING)
    )


def only_wishes(text: str) -> bool:
    """Whether it is the wish to tell a matter, and nothing of it: 我要反映个事."""
    match = _SAID_FIRST.fullmatch(text.lower())
    return match is not None and bool(match["wish"]) and not match["consultation"]


def grieves(text: str) -> bool:
    """Whether it says what is wrong with something, and is no word to the hotline itself."""
    return not asks(text) and _EXASPERATED.search(text) is not None and _TO_THE_HOTLINE.search(text) is None


def is_broken(text: str) -> bool:
    """Whether it ends with what is broken or missing, so that few words are a matter: 路灯坏了."""
    return _BROKEN.search(text) is not None


def is_no_place(text: str) -> bool:
    """Whether it says what is wrong where a place was asked for."""
    return grieves(text) and not place(text) and not _PLACES.search(text) and not town(text)


def is_no_time(text: str, now: datetime) -> bool:
    """Whether it says what is wrong where a time was asked for."""
    return grieves(text) and not happened(text, now) and not _TIMES.search(text)


# ---- when ----

_DIGITS = "[0-9一二两三四五六七八九十]"
_DAY = r"(?:大前天|前[天日晚]|昨[天日晚夜]|今[天日早晚])"
_PART = r"(?:凌晨|清晨|大?清早|早上|早晨|上午|中午|下午|傍晚|夜?晚上?|半夜|夜里|深夜|夜间)"
_CLOCK = rf"(?:{_DIGITS}{{1,3}}(?:点(?:半|钟|多|左右|{_DIGITS}{{1,3}}分?)?|时|:[0-9]{{2}}))"
_WEEK = (
    r"(?:(?:上上|上|这|本)个?(?:周|星期|礼拜)[一二三四五六日天]|"
    r"(?<![一二两三四五六七八九十每0-9])(?:周|星期|礼拜)[一二三四五六日天])"
)
_DATE = (
    r"(?:20[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?![0-9])|"
    rf"(?:(?:20[0-9]{{2}}|去|今|前)年)?{_DIGITS}{{1,3}}月(?:份|初|底|中旬|{_DIGITS}{{1,3}}[日号]?)?(?!前|后|亮|饼|租))"
)
_SPAN = (
    rf"(?:(?:已经?|有|都)?(?:好几|好多|半|几|十[来几多]|{_DIGITS}{{1,3}})(?:个多?|多)?(?:天|周|星期|礼拜|月|年)"
    r"(?:了|以来|前|来|多了|(?=都?没|都?不|未|还|晚上|[,，。;；]|$))|"
    rf"(?:上个?|这个?|本)月(?:末|底|初|{_DIGITS}{{1,3}}[日号])?|上个?(?:周|星期|礼拜)末?|这(?:几天|段时间|阵子|个?周|个?星期|两天)|前几天|去年|"
    rf"最近|近期|近来|每[天晚周]|天天|夜夜|每到{_PART}|每逢?周末|周末|长期以?来?|整天|成天(?!花|大)|(?:已经|都)?[好很]久了?|"
    r"刚[才刚](?!好)|从[^,。;!? ]{1,12}?(?:开始|到现在|至今|起))"
)
_UNTIL = rf"(?:到|至|-|~)(?:第二天|次日)?{_PART}?{_CLOCK}"
_NAMED_TIME = rf"(?:{_WEEK}|{_SPAN}|{_DATE}|{_DAY})"
_ENGLISH_TIME = (
    r"(?:since|on|every|this|last|yesterday|today|tonight|for the (?:last|past))"
    r"(?: (?:the|this|last|yesterday|night|evening|morning|afternoon|week|weekend|month|year|days?|few|at|around|"
    r"[0-9]{1,2}(?:st|nd|rd|th)?|[0-9]{1,2}(?::[0-9]{2})? ?[ap]m|(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*))*"
)
_WHEN = re.compile(
    rf"{_NAMED_TIME}(?:的?{_NAMED_TIME})?(?:的?{_PART})?{_CLOCK}?(?:{_UNTIL})?|(?i:\b{_ENGLISH_TIME}(?![a-z]))"
)
_BARE_ENGLISH = re.compile(r"(?:since|on|every|this|last|for the (?:last|past))(?: the)?", re.IGNORECASE)
_BACK = {"大前": 3, "前": 2, "昨": 1, "今": 0}
_WEEKDAYS = {name: index for index, name in enumerate("一二三四五六日")} | {"天": 6}
_ONE_DAY = re.compile(
    rf"(?P<day>{_DAY})|(?P<week>(?:上上|上|这|本)?)个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
)
_ENGLISH_DAY = {"yesterday": 1, "last night": 1, "today": 0, "tonight": 0, "this morning": 0}


def happened(text: str, now: datetime) -> str:
    """The time a text tells of, as it was said; a day that would mean another one tomorrow comes with its date
    (昨天晚上，11月25日)."""
    match = next((one for one in _WHEN.finditer(text) if not _BARE_ENGLISH.fullmatch(one[0].strip())), None)
    return dated(match[0].strip()[:TIME_CHARS], now) if match else ""


def without_time(text: str) -> str:
    """What stands beside the times a text names."""
    return _WHEN.sub(" ", text).strip(" ,，。.;；:：、的在")


def dated(text: str, now: datetime) -> str:
    """A time in the citizen's words, with the date when they name a day by its distance from today."""
    today = now.astimezone(BEIJING).date()
    day = _day(text, today)
    if day is not None:
        return f"{text}（{day.month}月{day.day}日）"
    back = next((back for words, back in _ENGLISH_DAY.items() if text.lower().startswith(words)), None)
    return f"{text} ({today - timedelta(days=back):%Y-%m-%d})" if back is not None else text


def _day(text: str, today: date) -> date | None:
    match = _ONE_DAY.search(text)
    if match is None or _ONE_DAY.search(text, match.end()) or re.search(r"[0-9一二三四五六七八九十]月|到|至|每", text):
        return None
    if match["day"]:
        return today - timedelta(days=_BACK[match["day"][:-1]])
    monday = today - timedelta(days=today.weekday())
    weeks = {"上上": 2, "上": 1}.get(match["week"], 0)
    day = monday - timedelta(weeks=weeks) + timedelta(days=_WEEKDAYS[match["weekday"]])
    return day - timedelta(weeks=1) if day > today else day


# ---- where ----

# the four streets and twenty-eight towns of Dongguan, and its lake park
_TOWN = (
    r"(?:莞城|东城|南城|万江|石碣|石龙|茶山|石排|企石|横沥|桥头|谢岗|东坑|常平|寮步|樟木头|大朗|黄江|清溪|塘厦|凤岗|大岭山|"
    r"长安|虎门|厚街|沙田|道滘|洪梅|麻涌|望牛墩|中堂|高埗|松山湖)"
)
_IN_NAME = r"[^我你他她它们有是要请想到从被把的了去对向由在住,，.。;；!！?？、()（）\"“”'\s:：/]"
_ROAD = (
    r"(?:大道|[路街巷](?![道灯口边面况过人牌由线程])|胡同)(?:[东南西北中]?段)?(?:[0-9一二三四五六七八九十]{1,3}[巷街横])?"
    r"(?:[0-9]{1,5}(?:-[0-9]+)?号)?"
)
_ESTATE = (
    r"(?:小区|花园|花苑|家园|豪庭|名城|新村|社区|村(?!民|委|长|干|书)|广场|大厦|大楼|公寓|工业区|工业园|科技园|产业园|市场|公园|"
    r"医院|学校|小学|中学|大学|学院|幼儿园|车站|地铁站|公交站|大桥|立交桥?|商场|商城|购物中心|苑)"
)
_DOOR = (
    r"(?:(?:[0-9]+(?:-[0-9]+)?|[a-zA-Z](?![a-zA-Z])|[一二三四五六七八九十]{1,3})"
    r"(?:号楼|号|栋|幢|座|单元|楼|室|期|区|铺))"
)
_CROSSING = rf"(?:[与和跟及]{_IN_NAME}{{2,6}}?(?:大道|[路街])(?=[路口交]|$)(?:交[汇叉界]处?|路?口)?)"
_NEAR = (
    r"(?:门口|路口|路段|旁边?|附近|对面|楼下|楼上|后面|前面|里面|后门|侧门|红绿灯|人行道|停车场|地下车库|"
    r"交[汇叉界][处口]?)"
)
_ROOM = r"(?:[0-9]{3,4}(?![0-9号路年天元块万千百]))"
_MORE = rf"(?:{_IN_NAME}{{0,6}}?(?:{_ROAD}|{_ESTATE}|{_DOOR}))*{_ROOM}?{_CROSSING}?{_NEAR}?"
_IN_TOWN = re.compile(
    rf"(?:东莞市?)?{_TOWN}(?:镇|街道|区)?(?:{_IN_NAME}{{0,8}}?(?:{_ROAD}|{_ESTATE}|{_DOOR}|[路街]口))?{_MORE}"
)
_NAMED = re.compile(
    rf"(?:^|(?<=[,，.。;；!！?？、\s:：在于住到]))(?P<name>{_IN_NAME}{{2,8}}?(?:{_ROAD}|{_ESTATE}){_MORE})"
)
_AT = re.compile(rf"(?:在|位于)(?P<name>{_IN_NAME}{{2,14}}?{_NEAR})")
_ENGLISH_PLACE = re.compile(
    r"\b(?:at|on|near|in|outside|opposite|behind) (?:the )?"
    r"(?P<name>(?:No\.? ?)?(?:[0-9]+[A-Za-z]? |[A-Z][\w'.-]* ){1,6}(?:Road|Rd|Street|St|Avenue|Ave|Lane|Garden|Park|"
    r"Square|Plaza|Building|Tower|Village|Community|Town|Station|School|Hospital|Mall|Market|Bridge)\b)"
)
# What a clause begins with before it names a place.
_LEADING = re.compile(
    r"^(?:投诉|举报|反映|建议|希望|表扬|求助|咨询|发现|看到|听说|现在|这里|那里|位于|地点|地址|位置|一下|就|都|还|又|可能|东莞市?(?=.{4}))+"
)
_VAGUE = re.compile(
    r"(?:这|那|某|一[家个间条处]|每|各|本|该|老旧|农村|城市|公共|全|整|很多|有些|许多|多个|所有|不少|什么|哪|多少|怎么|隔壁|城中|"
    r"附近|旁边|门口|家里|家门|楼[上下]|马路|公路|道路|修|堵|走|拆|让|半|私立|公立|民办|农贸|乡镇|咱|自己|公司|单位|政府|物业|因为|由于|没|不)"
)
_NO_ROAD = re.compile(r"(?:^[A-Za-z]?[0-9]{1,4}路|[马公铁道半出线电走修堵让网思后退销弯水]路|逛街|大街|上街|沿街)$")
_PLACE_WORDS = re.compile(r"^(?:就?是?在|就?是(?![的不多否什啥])|位于|加上|地[点址](?:是|在|[:：])?) ?(?=.{2})")
_TELLS = re.compile("[的了说叫我你您是打]|没有|来[看过人]|过$|[这那][边里]|老板|先生|女士|小姐|电话")
_PLACE_ALONE = 24  # characters of a place told alone
_IN_A_TOWN = re.compile(rf"(?:东莞市?)?{_TOWN}")
_ONLY_TOWN = re.compile(rf"(?:东莞市?)?{_TOWN}(?:镇|街道|区)?{_NEAR}?")
_FIRST_UNIT = re.compile(rf"^.{{2,}}?(?:{_ROAD}|{_ESTATE})")


def place(text: str) -> str:
    """The place a text names, if it names one that somebody could go to: a town alone is too large, a road will do."""
    spoken = _WHEN.sub(",", text)
    found = [_bare(match[0]) for match in _IN_TOWN.finditer(spoken)]
    found = [one for one in found if not _ONLY_TOWN.fullmatch(one)]
    if not found:
        found = [_bare(match["name"]) for match in (*_NAMED.finditer(_clauses(spoken)), *_AT.finditer(spoken))]
        found = [one for one in found if _is_named(one)]
    if not found:
        found = [match["name"] for match in _ENGLISH_PLACE.finditer(text)]
    return max(found, key=len, default="")[:PLACE_CHARS]


def is_place(text: str) -> bool:
    """Whether it says where, and nothing else; nearer than a town."""
    bare = _PLACE_WORDS.sub("", text)
    if asks(bare) or speaks_of_wrong(bare) or _WHEN.search(bare) or _numbers(bare):
        return False
    if _IN_A_TOWN.match(bare):
        return len(bare) <= _PLACE_ALONE and not _TELLS.search(bare) and _ONLY_TOWN.fullmatch(bare) is None
    named = place(bare)
    return named == bare or (bare.startswith(named or " ") and _PLACES.search(bare) is not None)


def place_alone(text: str) -> str:
    """A place without the words that lead to it."""
    return _PLACE_WORDS.sub("", text)


def town_before(text: str) -> str:
    """The town a place begins with, as it was written; "" for none."""
    match = re.match(rf"{_IN_A_TOWN.pattern}(?:镇|街道|区)?", text)
    return match[0] if match else ""


def town(text: str) -> str:
    """The town or street of Dongguan that a text names first; "" for none."""
    match = re.search(_TOWN, text)
    return match[0] if match else ""


def _clauses(text: str) -> str:
    """The text with nothing in front of a clause that hides the name it begins with."""
    return ",".join(
        _LEADING.sub("", re.sub(r"^(?:我们?|本人|想|要|来|请)+", "", part)) for part in re.split("[,，]+", text)
    )


def _bare(name: str) -> str:
    return _LEADING.sub("", name).strip()


def _is_named(name: str) -> bool:
    if len(name) < 3 or _VAGUE.match(name):
        return False
    first = _FIRST_UNIT.match(name)
    return first is None or _NO_ROAD.search(first[0]) is None


# ---- who ----

_MOBILE = re.compile(r"(?<![0-9])(?:\+?86[- ]?)?(1[3-9][0-9])[- ]?([0-9]{4})[- ]?([0-9]{4})(?![0-9])")
_LANDLINE = re.compile(r"(?<![0-9])(?:\(?(0[0-9]{2,3})\)?[- ]?)([2-8][0-9]{6,7})(?![0-9])")
# A number told within a matter may be anybody's; only what is said to be theirs, or stands alone, is.
_OTHERS_NUMBER = re.compile(
    r"(?:对方|商家|商户|骗子|骚扰|诈骗|来电|老板|老板娘|店|公司|物业|房东|客服|司机|中介|厂|业主|单位|号码是谁|他|她|他们)"
    r"[^,，。;；]{0,10}$"
)
_OWN_NUMBER = re.compile(
    r"(?:电话|手机|手机号码?|联系方式|联系|号码|打给?我|请打|找我|phone|mobile|call me|reach me)"
    r"(?:号|是|为|at|on|is|:| )*$|(?:^|[,。; ])$",
    re.IGNORECASE,
)
_STOPS = " ,，.。;；:：、"
_LEADS_TO_NUMBER = re.compile(
    r"(?:有事|可以|请|打给?|联系|我的?|本人的?|手机|电话|号码?|方式|是|为|找|"
    rf"my|phone|mobile|number|call me|reach me|is|at|on|[{_STOPS}])*$",
    re.IGNORECASE,
)
_LEADS_CHARS = 40
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞"
)
_DOUBLE = "欧阳|司徒|上官|诸葛|司马|夏侯|皇甫|东方|尉迟|公孙|慕容|令狐|端木|轩辕|南宫"
_TITLE = r"(?:先生|女士|小姐|阿姨|大姐|大哥|叔叔?|师傅|老师)"
_NAME = re.compile(
    r"(?:我叫|我的名字(?:叫|是)|本人(?:叫|姓名)?|姓名(?:是|:)?|联系人(?:是|:)?|称呼(?:是|:)?) ?"
    rf"(?P<whole>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})"
    rf"(?=$|[,.。;!\s]|电话|手机|住|家住|是|1[3-9])|"
    rf"(?:我|本人|免贵|^|(?<=[0-9][,，.。;；\s]))姓 ?(?P<sur>{_DOUBLE}|[{_SURNAMES}])(?P<after>{_TITLE})?(?!的)|"
    rf"(?:我是|找|联系人?(?:是|:|：)?|^|[,，。 ])(?P<titled>[{_SURNAMES}]{_TITLE})(?=$|[,，.。;；\s]|电话|手机|1[3-9])|"
    r"(?i:\bmy name is )(?P<english>[A-Z][\w'-]+(?: [A-Z][\w'-]+)?)"
)


def phone(text: str) -> str:
    """The first number in a text that is asked to be one: a mobile of the mainland in E.164, a landline with its
    area; "" for none."""
    if mobile := _MOBILE.search(text):
        return f"+86{mobile[1]}{mobile[2]}{mobile[3]}"
    if landline := _LANDLINE.search(text):
        return f"{landline[1]}-{landline[2]}"
    return ""


def _numbers(text: str) -> list[re.Match[str]]:
    return [*_MOBILE.finditer(text), *_LANDLINE.finditer(text)]


def _is_own(text: str, number: re.Match[str]) -> bool:
    before = text[max(0, number.start() - 16) : number.start()]
    return _OTHERS_NUMBER.search(before) is None and _OWN_NUMBER.search(before) is not None


def own_phone(text: str) -> str:
    """The citizen's own number, told in passing."""
    return next((phone(match[0]) for match in _numbers(text) if _is_own(text, match)), "")


def without_contact(text: str) -> str:
    """What was written, without the citizen's own numbers and without lines that only say a name. Takes the text as it
    was written; the lines stay apart."""
    lines = (_without_own_phone(line) for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not _NAME.fullmatch(_alike(line)))


def _without_own_phone(line: str) -> str:
    spoken = _alike(line)
    for match in sorted(_numbers(spoken), key=lambda match: match.start(), reverse=True):
        if not _is_own(spoken, match):
            continue
        before = spoken[max(0, match.start() - _LEADS_CHARS) : match.start()]
        # what led up to the number would lead to nothing now
        led = len(before) - len(_LEADS_TO_NUMBER.sub("", before, count=1))
        kept = line[: match.start() - led]
        rest = line[match.end() :] if kept else line[match.end() :].lstrip(_STOPS)
        line, spoken = (both := f"{kept}{rest}"), _alike(both)
    return line.strip() if _alike(line).strip(_STOPS) else ""


def _alike(text: str) -> str:
    """As `reading.folded` would write each character, every one in its place."""
    folded = (unicodedata.normalize("NFKC", one) for one in text)
    return "".join(new if len(new) == 1 else old for new, old in zip(folded, text, strict=True))


def caller(text: str) -> str:
    """The name the citizen gives."""
    match = _NAME.search(text)
    if match is None:
        return ""
    name = match["whole"] or match["titled"] or match["english"] or f"{match['sur']}{match['after'] or ''}"
    return name[:NAME_CHARS]


_OPEN = re.compile(
    r"(?:不用|不必|不需要|不要|无需|没必要)(?:给我|为我|替我)?(?:保密|匿名)|可以公开|公开也行|实名|"
    r"not? (?:need to be )?confidential",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"保密(?!协议|局|单位|法|费|义务|工作|性)|匿名(?!信)|不想(?:说|留|写|让人知道|被知道)(?:出|下|我的?)*(?:名|姓|是谁|身份|真)|(?:不要|别|不想|请勿)(?:透露|泄露|公开|告诉|让)[^,，。]{0,8}(?:我|身份|姓名|信息|电话)|"
    r"confidential|anonymous",
    re.IGNORECASE,
)


def confidential(text: str) -> bool | None:
    """Whether it shall be kept confidential; None when nothing is said of it."""
    if _OPEN.search(text):
        return False
    return True if _SECRET.search(text) else None
