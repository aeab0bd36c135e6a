"""What the bot says about tickets, in Chinese and in English. As `phrases`."""

from __future__ import annotations

from bot.contract import TicketKind
from bot.phrases import Phrase

KINDS: dict[TicketKind, Phrase] = {
    "complaint": Phrase("投诉", "complaint"),
    "help": Phrase("求助", "request for help"),
    "report": Phrase("举报", "report of wrongdoing"),
    "suggestion": Phrase("建议", "suggestion"),
    "praise": Phrase("表扬", "praise"),
    "consultation": Phrase("咨询", "enquiry"),
}

# ---- asking, one thing at a time ----
ASK_MATTER = Phrase(
    "请说说是什么事。在哪里、什么时候，知道的一起写上；照片可以随时发。不说了回“取消”。",
    "Tell us what happened. Add where and when if you can; pictures can be sent at any time. To stop, reply “cancel”.",
)
ASK_MORE = Phrase("再多说一点：是什么事？", "A little more, please: what happened?")
ASK_PLACE = Phrase(
    "事情在哪里？写镇街、路名、门牌或旁边有什么，也可以发位置。没有地点回“跳过”。",
    "Where is it? Town, street, number or what is nearby; or share the location. If there is no place, reply “skip”.",
)
ASK_WHEN = Phrase(
    "什么时候的事？比如“昨天晚上”“这三天一直这样”。说不清回“跳过”。",
    "When was it? For example “last night” or “for three days now”. If you cannot say, reply “skip”.",
)
ASK_KIND = Phrase("这件事您想怎么说？", "What is it?")
ASK_PHONE = Phrase(
    "办事的单位可能要联系您，留个电话好吗？不留回“跳过”，我们就在这里告诉您进度。",
    "The unit may need to reach you. Leave a phone number? To leave none reply “skip”; we will tell you here.",
)
ASK_CONFIDENTIAL = Phrase(
    "要不要为您保密？保密的话，被举报的一方看不到您的姓名、电话和材料。",
    "Shall it be confidential? Then those you report cannot see your name, phone or material.",
)
YES_CONFIDENTIAL = Phrase("要保密", "Yes, keep it confidential")
NO_CONFIDENTIAL = Phrase("不用保密", "No need")
PICTURE_KEPT = Phrase("照片收到，跟这件事放在一起。", "Picture received and kept with this matter.")
PLACE_KEPT = Phrase("位置收到。", "Location received.")
GO_ON = Phrase(
    "刚才那件事还没说完，接着说就行；不说了回“取消”。",
    "To go on with your matter, just write on; to stop, reply “cancel”.",
)
RESUME = Phrase(
    "上次您说到：“{matter}”，还没有提交。接着写吗？", "Last time you wrote: “{matter}”. It was not sent. Go on with it?"
)
RESUME_YES = Phrase("接着写", "Go on with it")
RESUME_NEW = Phrase("说另一件事", "Another matter")
CHANGED = Phrase("改好了。", "Changed.")
WHICH_CHANGE = Phrase(
    "要改哪里？比如“地点是育华路12号”“时间是昨天”“电话是13800138000”“内容是……”。",
    "What shall I change? For example “place: 12 Yuhua Road”, “time: yesterday”, “phone: …”, “matter: …”.",
)
DROPPED = Phrase("好，这件事不提交了。想说的时候随时再来。", "All right, it is not sent. Come back any time.")

# ---- what is not accepted ----
DECLINED: dict[str, Phrase] = {
    "litigation": Phrase(
        "听起来这件事法院在管，12345不能受理。可以打诉讼服务热线12368问。",
        "This seems to be with a court, which 12345 cannot take on. The courts’ line is 12368.",
    ),
    "arbitration": Phrase(
        "听起来这件事在仲裁，12345不能受理。请问受理的仲裁委员会；劳动方面可以打12333。",
        "This seems to be in arbitration, which 12345 cannot take on. For labour matters call 12333.",
    ),
    "discipline": Phrase(
        "反映党员干部违纪违法，由纪检监察机关管，请打12388。",
        "Misconduct of officials is for the discipline inspection: call 12388.",
    ),
    "reconsideration": Phrase(
        "行政复议要向复议机构（市司法局）提出申请，12345不能受理。可以打12348问。",
        "Administrative reconsideration is applied for at the Bureau of Justice; 12348 tells how.",
    ),
    "disclosure": Phrase(
        "政府信息公开要向对应单位的受理机构提出申请，12345不能代办。",
        "Requests for government information go to the unit concerned; 12345 cannot file them.",
    ),
    "petition": Phrase(
        "已经在信访里办的事，12345不能再受理。进度请在网上信访大厅查，或问告知书上的单位。",
        "What is already with the petition office cannot be taken on again; look it up in the petition hall online.",
    ),
    "secret": Phrase(
        "涉及国家秘密的，请不要在这里说，打12339。", "Please do not write about state secrets here; call 12339."
    ),
    "private": Phrase(
        "别人的隐私我们不能查。需要的话可以打12348问律师。",
        "We cannot look into other people’s private matters. 12348 gives legal advice.",
    ),
}
DECLINED_THEN = Phrase("如果不是这样，还是可以告诉我们。", "If this is not so, you can still tell us.")
TELL_ANYWAY = Phrase("还是要告诉你们", "Tell you all the same")
TELL_NOT = Phrase("知道了，不说了", "All right, that is all")

# ---- others told the same ----
SIMILAR = Phrase(
    "附近有人反映过差不多的事。加入的话，进度会一起告诉您，办完您也能评价。",
    "Somebody reported something much alike nearby. If you join, you hear how it goes and give your own verdict.",
)
SIMILAR_ONE = Phrase("加入：{title}（{stage}）", "Join: {title} ({stage})")
SIMILAR_NONE = Phrase("不是同一件事，另外反映", "Not the same, report mine")
JOINED = Phrase(
    "已为您加入，编号 {number}。有进展会在这里告诉您。",
    "You have joined {number}. We tell you here how it goes.",
)

# ---- the summary and the number ----
SUMMARY = Phrase("请看看对不对：", "Please check:")
LINE_KIND = Phrase("类别：{value}", "Kind: {value}")
LINE_MATTER = Phrase("事情：{value}", "Matter: {value}")
LINE_PLACE = Phrase("地点：{value}", "Place: {value}")
LINE_WHEN = Phrase("时间：{value}", "Time: {value}")
LINE_PHONE = Phrase("电话：{value}", "Phone: {value}")
LINE_NAME = Phrase("称呼：{value}", "Name: {value}")
LINE_PICTURES = Phrase("照片：{value}张", "Pictures: {value}")
LINE_CONFIDENTIAL = Phrase("为您保密", "Confidential")
SEND = Phrase("对，提交", "Right, send it")
CHANGE = Phrase("要改一改", "Change something")
DROP = Phrase("不提交了", "Do not send it")
FILED = Phrase(
    "已登记。\n编号 {number}\n查询码 {code}\n请记下这两个号，任何渠道都能用它们查进度。\n"
    "我们会尽快转给负责的单位，转出后在这里告诉您。",
    "Registered.\nNumber {number}\nCode {code}\nPlease keep both: with them you can look it up on any channel.\n"
    "We pass it to the unit responsible and tell you here.",
)
NOT_FILED = Phrase(
    "内容都留着，但现在登记不了。请过一会儿回“确认”再试，或打12345。",
    "All is kept, but it cannot be registered right now. Reply “confirm” in a while, or call 12345.",
)

# ---- how far it is ----
ASK_NUMBER = Phrase(
    "请发工单编号（DG开头）和6位查询码。在这里反映过的，回“我的工单”就行。",
    "Send the number (DG…) and the 6-digit code. If you told us here, just reply “my tickets”.",
)
ASK_CODE = Phrase("请再发这张工单的6位查询码。", "Please send the 6-digit code of that ticket, too.")
WRONG_NUMBER = Phrase(
    "这个编号不对，请对一下：DG后面是15位数字。", "That number is not right: DG is followed by 15 digits."
)
NOT_FOUND = Phrase(
    "没有查到，编号或查询码不对。请对一下再发。", "Nothing found: the number or the code is not right. Please check."
)
LIMITED = Phrase(
    "查得太多次了，请一小时后再试，或打12345问。", "Too many look-ups. Please try again in an hour, or call 12345."
)
NONE_HERE = Phrase(
    "这里还没有您的工单。有编号和查询码的话，发给我就能查。",
    "There are no tickets of yours here. With a number and code I can look one up.",
)
MINE = Phrase("您的工单，想看哪一张？", "Your tickets. Which one?")
STAGE = Phrase("办到哪一步了：{stage}", "How far it is: {stage}")
ADD = Phrase("要补充，回“补充”和内容。", "To add something, reply “add” and your words.")

# ---- the verdict ----
SURVEY = Phrase("事情解决了吗？您满意吗？", "Is it solved, and are you satisfied?")
SURVEY_CHOICES: tuple[tuple[bool, str, Phrase], ...] = (
    (True, "satisfied", Phrase("解决了，满意", "Solved, satisfied")),
    (True, "fairly", Phrase("解决了，基本满意", "Solved, fairly satisfied")),
    (False, "fairly", Phrase("没完全解决，基本满意", "Not quite solved, fairly satisfied")),
    (False, "dissatisfied", Phrase("没解决，不满意", "Not solved, dissatisfied")),
)
RATED = Phrase("收到，谢谢您的评价。", "Thank you for your verdict.")
RATED_BADLY = Phrase(
    "收到，对不起没办好。哪里没办好，说一句就行，会一起转给他们；不想说回“跳过”。",
    "Noted, and we are sorry. Say in a sentence what is missing and we pass it on; to leave it, reply “skip”.",
)
ADDED = Phrase("补充好了，跟工单放在一起。", "Added to your ticket.")
ADD_WHAT = Phrase(
    "要补充什么？直接写；不补了回“跳过”。", "What shall be added? Just write it; to leave it, reply “skip”."
)
SKIPPED = Phrase("好。", "All right.")
