"""What people say of a matter they told before, in a few words of their own: that it should go faster, how far it is,
that its number is gone, that they want it no more, that it is done. Pure; read by `intents`, after the words that are
commands.
"""

from __future__ import annotations

import re
from typing import Literal

Wish = Literal["urge", "progress", "withdraw", "lost_number", "thanks"]

MAX_CHARS = 30  # a longer text tells a matter

_TICKET = r"(?:工单|单子|投诉|举报|诉求)"
# 我报名的 is another matter; who told a company or its owner has told us nothing yet
_TOLD = rf"(?:{_TICKET}|反映|反应|报修|上报|报(?![名考税销关账警])|提|说)"
_EARLIER = r"(?:我们?|之前|上次|上周|上个?月|昨天|前天|前几天)"
_NOT_OTHERS = r"[^?？要想跟向给和找同对]"
_AWAITED = r"(?:处理|解决|动静|消息|回复|答复|结果|修|来|办|联系)"
_DONE = r"(?:办|处理|弄|搞|修|解决)"

_URGE = re.compile(
    r"(?:[请再麻烦帮我给替你们您,，。;； ]|赶紧|尽快|^)催(?:一下|一催|催|促|办|下)(?![的债款])|"
    rf"{_EARLIER}{_NOT_OTHERS}{{0,8}}(?:{_TOLD}(?:了|过|的)|{_TICKET})[^?？]{{0,16}}"
    rf"(?:(?:还没|还不|仍未|一直没|都没|怎么没|没有?)人?{_AWAITED}|没人[管理]?)"
)
_PROGRESS = re.compile(
    rf"{_EARLIER}的?(?:打电话|打12345|在网上|[跟给向]你们)*(?:{_TOLD}(?:了|过)?的?[^,，?？]{{0,10}}|(?:那|这)?件?(?:事情?|问题))(?:现在|已经|到底)?"
    rf"(?:{_DONE}(?:得|的)?(?:怎么样|怎样|如何)|怎么样了|到哪(?:一步|里|儿)?了|{_DONE}(?:好|完)?(?:了[吗没]|没)|"
    r"有?(?:没有|没|了)?(?:结果|进展|消息|回复|答复)(?:了?[吗没]|$)|什么(?:进展|结果|情况)|的?进度)|"
    rf"(?:查|看|问|了解|知道)(?:一下|下|看|询|一查)?我们?的?(?:{_TICKET}|反映)(?!电话)"
)
_PROGRESS_ALONE = re.compile(
    rf"(?:怎么|为什么|为何|咋|都|到现在)+还(?:没有?|不)(?:人|给我)?来?{_AWAITED}?(?:好|我)?|"
    rf"(?:什么时候|几时|啥时候|多久|多长时间|几天)(?:才|可以|能够?|会|有人|派人)*(?:{_DONE}|答复|回复|上门|来人|人来|来)(?:好|完|看)?|"
    rf"[有出](?:结果|进展|消息|回复|答复)了?[吗没]?|{_DONE}(?:好|完)了[吗没]|处理得?怎么样"
)
_NUMBER = r"(?:工单编号|工单号|编号|单号|查询码|受理号)"
_GONE = r"(?:忘|丢|找不|不记得|记不|没记|没存|没有?保存|弄不见|不见|删)"
_LOST = re.compile(
    rf"[我把那个都给已经的]*(?:{_GONE}[了到得着记]*(?:我的?|那个)?{_NUMBER}|{_NUMBER}[我都给被已经]*{_GONE}[了到得掉]*)"
    r"(?:了|怎么办|怎么查|咋办|能查|可以查|还能查)*"
)
_WITHDRAW = re.compile(
    # 不办了 may be said of a permit just as well
    r"(?:算了[,. ]*)?"
    r"[那个这我现在已经决定想要就也]*(?:(?:不想|不要|不打算|不用|不需要|不)再?(?:继续)?(?:投诉|举报|反映|追究)"
    r"|(?:不用|不需要)(?:你们)?再?(?:处理|跟进))(?:[他她]们?|你们|这件事|[这那]个)?了?|"
    rf"(?:我|想|要|请|申请|把|帮我|可以)*(?:撤销|撤回|取消|撤掉)(?:我的?|之前的?|上次的?|[那这]个|一下)*{_TICKET}|"
    rf"(?:把|请|帮我|给我)*(?:我的?|之前的?|上次的?|[那这]个)*{_TICKET}(?:我想|我要|请|给我?|帮我)*(?:撤销|撤回|取消|撤)[了掉]?"
)
# 不投诉了，他们道歉了; what is wished instead (修好就行, 我想表扬) is no reason
_BECAUSE = re.compile(
    r"[,，。;； ](?:[^,，。;；要想就请没不]{0,10}(?:道歉|解决|处理|修好|和解|赔|退)[^要想就请没不]{0,4}|"
    r"没(?:用|意思|必要)|算了|(?:太|怕)麻烦)了?$"
)
_WELL_DONE = r"[^,.。;!?？不没]{0,10}(?:修好|办好|处理好|解决|搞定|弄好|办成|恢复|亮|通|来水|来电|清理干净)[了啦]"
_THANKS = re.compile(
    rf"(?:谢谢|感谢|多谢)(?:你们?|您|12345|政府|热线)*[,.。!！ ]*{_WELL_DONE}|"
    rf"{_WELL_DONE}[,.。!！ ]*(?:真的?|非常|十分)?(?:谢谢|感谢|多谢)(?:你们?|您|12345|政府|热线)*"
)
_HOW_TO = re.compile(r"(?:怎么|如何|在哪|哪里)(?:查|撤|取消|催)|(?<!打)(?<!打[的过了])电话|处罚|判决")
_ASKING = re.compile(r"[吗么嘛?？]|能不能|可不可以")


def wish(text: str, bare: str) -> Wish | None:
    """text: as `reading.plain` returns it, without punctuation around it; bare: without the politeness after it."""
    if len(text) > MAX_CHARS:
        return None
    if _LOST.fullmatch(bare):
        return "lost_number"
    if _THANKS.fullmatch(bare) or _THANKS.fullmatch(text):
        return "thanks"
    if _HOW_TO.search(text):
        return None
    if _WITHDRAW.fullmatch(_BECAUSE.sub("", bare)) and not _ASKING.search(text):
        return "withdraw"
    if _URGE.search(text):
        return "urge"
    if _PROGRESS.search(text) or _PROGRESS_ALONE.fullmatch(bare) or _PROGRESS_ALONE.fullmatch(text):
        return "progress"
    return None
