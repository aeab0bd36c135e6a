"""Matters the hotline does not accept: what a text says of a court, an arbitration, a petition and so on. Pure.

Clear cases only: the hotline would rather read a matter once more than turn a citizen away, and nothing here judges
whether what is told is true. Who only asks how something is done is answered like anybody else.
"""

from __future__ import annotations

import re
from typing import Literal

from bot import telling

Reason = Literal[
    "litigation", "arbitration", "discipline", "reconsideration", "disclosure", "petition", "secret", "private", "order"
]

_OFFICIAL = (
    r"(?<!物业)(?<!业委会)(?<!公司)(?<!单位)(?<!车间)"
    r"(?:书记|主任|局长|镇长|村长|区长|市长|科长|处长|所长|队长|干部|公务员|党员|领导|官员|民警|警察|法官|检察官)"
)
_CORRUPT = (
    r"(?:受贿|贪污|索贿|行贿|收(?:了|受)?(?:别人|人家|老板)?的?(?:红包|钱|好处|回扣|贿赂)|挪用公款|以权谋私|滥用职权|贪腐|腐败|违纪|"
    r"吃拿卡要|包养)"
)
_GAP = r"[^,，。;；!！?？]"
_SIGNS: dict[Reason, re.Pattern[str]] = {
    "litigation": re.compile(
        rf"法院(?!门|附近|旁|对面|路|边){_GAP}{{0,8}}(?:立案|判决|判了|宣判|裁定|开庭|审理|已经受理|已受理|强制执行)|不服{_GAP}{{0,8}}(?:判决|裁定)|"
        rf"(?:已经?|正在){_GAP}{{0,4}}(?:起诉(?!书)|打官司|上诉)|(?:一审|二审|终审){_GAP}{{0,6}}(?:判|裁|败诉|胜诉|不服|结果)|判决书"
    ),
    "arbitration": re.compile(
        rf"(?:已经?|正在){_GAP}{{0,4}}(?:申请|提起|做|走)?{_GAP}{{0,4}}仲裁|仲裁(?:委员会|委|院|庭)?{_GAP}{{0,4}}"
        rf"(?:已经?|不予)?(?:受理|立案|裁决|开庭)|不服{_GAP}{{0,6}}仲裁|仲裁裁决"
    ),
    "discipline": re.compile(
        rf"{_OFFICIAL}{_GAP}{{0,10}}{_CORRUPT}|{_CORRUPT}{_GAP}{{0,4}}的?{_GAP}{{0,6}}{_OFFICIAL}"
    ),
    "reconsideration": re.compile(rf"(?:申请|提出?|提起|要求?|不服{_GAP}{{0,12}})行政复议|复议(?:决定书?|机关|结果)"),
    "disclosure": re.compile(
        rf"(?:申请|要求|请求|依法){_GAP}{{0,12}}(?:政府|政务)?信息公开|信息公开申请|依申请公开|申请公开{_GAP}{{0,12}}信息"
    ),
    "petition": re.compile(
        rf"信访(?:局|办|部门|事项|系统)?{_GAP}{{0,4}}(?:已经?|正在)?(?:受理|登记|办理|答复|复查|复核)|(?:已经?|正在){_GAP}{{0,4}}"
        r"(?:信访|上访)(?:了|过|中)?|信访(?:件|受理告知书|告知书|编号)|上访(?:了|过)"
    ),
    "secret": re.compile(
        r"(?:涉及|泄露|泄漏|出卖|窃取|拍到|知道)(?:了)?(?:国家|军事)(?:秘密|机密)|绝密(?:文件|资料)|军事机密|(?:抓|发现|举报).{0,4}间谍"
    ),
    "private": re.compile(
        rf"(?:查|查询|查一下|调取|告诉我|提供|想知道){_GAP}{{0,6}}(?:别人|他人|前夫|前妻|前男友|前女友|老公|老婆|丈夫|妻子|邻居|对方|同事|网友)的?"
        r"(?:家庭)?(?:住址|地址|行踪|开房|账户|存款|电话|手机号|身份证|通话|聊天|流水|定位|户籍|病历)"
    ),
    "order": re.compile(
        rf"(?:组织|召集|号召|煽动|发动|约){_GAP}{{0,10}}(?:游行|示威|围堵|堵路|闹事|打砸|静坐|聚集抗议)|一起去?(?:堵路|闹事|围堵|打砸)"
    ),
}
_HOW_TO = re.compile(r"怎么|怎样|如何|哪里|哪儿|流程|条件|什么材料|多久|多少钱|[吗么]|能不能|可不可以|[?？]")


def find(text: str) -> Reason | None:
    """Why the hotline cannot take a matter, when its words say so plainly; text as `reading.folded` returns it."""
    if telling.asks(text) and _HOW_TO.search(text):
        return None
    return next((reason for reason, pattern in _SIGNS.items() if pattern.search(text)), None)
