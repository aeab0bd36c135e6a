"""What the bot says of matters told, of how far they are, and of verdicts; in Chinese and in English. As `phrases`."""

from __future__ import annotations

from bot.contract import TicketKind, Verdict
from bot.elsewhere import Reason
from bot.phrases import Phrase

KINDS: dict[TicketKind, Phrase] = {
    "complaint": Phrase("投诉", "Complaint"),
    "help": Phrase("求助", "Request for help"),
    "report": Phrase("举报", "Report of wrongdoing"),
    "suggestion": Phrase("建议", "Suggestion"),
    "praise": Phrase("表扬", "Praise"),
    "consultation": Phrase("咨询", "Enquiry"),
}
LABEL_KINDS: dict[TicketKind, Phrase] = {
    "complaint": Phrase("投诉：谁没做好、做得不对", "Complaint: somebody did something wrong"),
    "help": Phrase("求助：请人来解决", "Request for help: something has to be fixed"),
    "report": Phrase("举报：有人违法", "Report: somebody breaks the law"),
    "suggestion": Phrase("建议：可以做得更好", "Suggestion: it could be better"),
    "praise": Phrase("表扬：有人做得好", "Praise: somebody did well"),
    "consultation": Phrase("咨询：想问清楚", "Enquiry: I want to know"),
}

# ---- asking, one thing at a time ----
ASK_MATTER = Phrase(
    "请说说是什么事。在哪里、什么时候，知道的一起写上；照片可以随时发。不说了回“取消”。",
    "Tell us what happened. Add where and when if you can; pictures can be sent at any time. To stop, reply “cancel”.",
)
ASK_MATTER_MORE = Phrase("再多说一点：是什么事？", "A little more, please: what happened?")
ASK_MATTER_AGAIN = Phrase("好，请把事情重新写一遍。", "All right, please write the matter anew.")
ASK_THIS = Phrase(
    "刚才您说“{words}”，要告诉我们的就是这件事吗？", "You wrote “{words}”. Is that what you want to tell us?"
)
LABEL_THIS = Phrase("就是这件事", "Yes, that is it")
LABEL_OTHER = Phrase("是另一件事", "No, another matter")
TAKEN = Phrase("刚才您说的“{words}”，写进去了。", "What you wrote, “{words}”, is put down. ")
TAKEN_DOWN = Phrase(
    "这件事记下来了，不说了回“取消”。", "This is put down as a matter to handle; to stop, reply “cancel”. "
)
ASK_PLACE = Phrase(
    "事情在哪里？写镇街、路名、门牌或旁边有什么，也可以发位置。说不清回“跳过”。",
    "Where is it? Town, street, number or what is nearby; or share the location. If you cannot say, reply “skip”.",
)
ASK_WHEN = Phrase(
    "什么时候的事？比如“昨天晚上”“上周三”“这三天一直这样”。说不清回“跳过”。",
    "When was it? For example “last night”, “for three days now”. If you cannot say, reply “skip”.",
)
ASK_KIND = Phrase("这件事算哪一种？", "Which of these is it?")
ASK_PHONE = Phrase(
    "办事的单位可能要联系您，留个电话好吗？不留回“跳过”，有进展就在这里告诉您。",
    "The unit may need to reach you. Would you leave a phone number? If not, reply “skip”; you will hear from us here.",
)
ASK_PHONE_AGAIN = Phrase(
    "这个电话看着不对。手机是11位，座机请带区号。不留回“跳过”。",
    "That does not look like a phone number. Mobiles have 11 digits, landlines need the area code. Or reply “skip”.",
)
ASK_CALLER = Phrase("好，怎么称呼您？不留回“跳过”。", "All right, what shall we call you? Or reply “skip”.")
ASK_CONFIDENTIAL = Phrase(
    "要为您保密吗？保密的话，被举报的一方看不到您是谁，也看不到您写的和发的。",
    "Shall it be confidential? Then those you report see neither who you are nor what you wrote and sent.",
)
LABEL_CONFIDENTIAL = Phrase("要保密", "Yes, keep it confidential")
LABEL_NOT_CONFIDENTIAL = Phrase("不用保密", "No need")
NOTED = Phrase("记下了。", "Noted. ")
ADDED_TO_MATTER = Phrase("补进去了。", "Added. ")
PICTURE_KEPT = Phrase("收到，跟这件事放在一起。", "Received and kept with this matter. ")
PICTURES_FULL = Phrase(
    "已经有{most}张了，再多放不下，先用这些。", "There are {most} already, which is the most; we use these. "
)
PLACE_KEPT = Phrase("位置收到。", "Location received. ")
CHANGED = Phrase("改好了。", "Changed. ")
WHICH_CHANGE = Phrase(
    "要改哪里？回数字，或直接写，比如“地点是育华路12号”“时间是昨天”。",
    "What shall be changed? Reply with a number, or write it, for example “place: 12 Yuhua Road”, “time: yesterday”.",
)
LABEL_CHANGE_MATTER = Phrase("改内容", "Change the matter")
LABEL_CHANGE_PLACE = Phrase("改地点", "Change the place")
LABEL_CHANGE_TIME = Phrase("改时间", "Change the time")
LABEL_CHANGE_PHONE = Phrase("改电话", "Change the phone")
LABEL_CHANGE_CALLER = Phrase("改称呼", "Change the name")
LABEL_CHANGE_KIND = Phrase("改类别", "Change the kind")
LABEL_WITHOUT_PICTURES = Phrase("不要照片", "No pictures")
DROPPED = Phrase(
    "好，这件事不说了，写的都不留。想说的时候随时再来。",
    "All right, we leave it, and nothing is kept. Come back any time.",
)
SET_ASIDE = Phrase(
    "好，先放着，七天里都留着。想接着说，回“接着写”。",
    "All right, it is kept for seven days. To go on, reply “continue”.",
)
RESUME = Phrase(
    "上次您说到“{matter}”，还没说完。接着写吗？", "Last time you wrote “{matter}” and did not finish. Go on?"
)
LABEL_RESUME = Phrase("接着写", "Go on with it")
LABEL_ANOTHER = Phrase("说另一件事", "Another matter")
LABEL_DROP = Phrase("不说了", "Drop it")
GO_ON = Phrase("刚才那件事接着说。", "Back to your matter. ")
AS_SHOWN = Phrase(
    "交上去的就是下面这些，问别的回“人工”。", "What follows is what we file; for a person, reply “agent”. "
)
NO_ANSWER_NOW = Phrase("这个我答不上来，想问人回“人工”。", "I have no answer to that; for a person, reply “agent”. ")
SET_ASIDE_MEANWHILE = Phrase(
    "刚才那件事先放着，回“接着写”就能接着说。", "Your matter is kept meanwhile; reply “continue” to go on with it."
)

# ---- what is not accepted: why, and the right door; nobody is judged ----
ELSEWHERE: dict[Reason, Phrase] = {
    "litigation": Phrase(
        "法院在管或判过的事，12345不能再办。可以问受理的法院，或打诉讼服务热线12368。",
        "What a court deals with, or has decided, cannot be handled by 12345. Ask the court, or its line 12368.",
    ),
    "arbitration": Phrase(
        "已经在仲裁的事，12345不能再办。可以问受理的仲裁委员会；劳动方面打12333。",
        "What is in arbitration cannot be handled by 12345. Ask the commission; for labour matters call 12333.",
    ),
    "discipline": Phrase(
        "公职人员守不守纪律的事，由纪检监察机关管，12345不能办。请打12388，那里会为您保密。",
        "The conduct of officials is for the discipline inspection, not 12345. Call 12388; they keep it confidential.",
    ),
    "reconsideration": Phrase(
        "行政复议要向复议机构提出，市里是市司法局，12345不能代办。怎么写可以打12348问。",
        "Reconsideration is applied for at the reconsideration office (Bureau of Justice), not here; 12348 tells how.",
    ),
    "disclosure": Phrase(
        "政府信息公开要向保存信息的单位提出，找它的信息公开受理机构，12345不能代办。",
        "Requests for government information go to the office of the unit that holds it; 12345 cannot file them.",
    ),
    "petition": Phrase(
        "已经在信访里办的事，12345不重复办。进度在网上信访大厅查，或问告知书上写的单位。",
        "What the petition office is handling is not handled twice. Look it up in the petition hall online.",
    ),
    "secret": Phrase(
        "涉及国家秘密的，请不要在网上说，也不要再发。请打12339。",
        "Please write no more about state secrets online. Call 12339.",
    ),
    "private": Phrase(
        "别人的隐私，我们不能查，也不能告诉您。需要的话，可以打12348问律师。",
        "We can neither look up nor tell what is private to others. For advice call 12348.",
    ),
    "order": Phrase(
        "约人聚集、堵路这类事，12345不能受理。心里有不满，把事情本身告诉我们，我们去找人办。",
        "12345 cannot take on calls to gather or to block roads. Tell us the grievance and we find who handles it.",
    ),
}
ELSEWHERE_THEN = Phrase("不是这样的话，还是可以告诉我们。", " If this is not so, you can still tell us.")
LABEL_ANYWAY = Phrase("还是要告诉你们", "Tell you all the same")
LABEL_ENOUGH = Phrase("知道了，不说了", "All right, that is all")

# ---- others told the same ----
SIMILAR = Phrase(
    "附近有人反映过差不多的事。是同一件的话可以加入：有进展一起告诉您，办完也请您评价。",
    "Somebody nearby reported something alike. If it is the same, join: you hear how it goes and judge it yourself.",
)
LABEL_JOIN = Phrase("加入：{title}（{stage}）", "Join: {title} ({stage})")
LABEL_OWN = Phrase("不是同一件，另外说", "Not the same, tell mine")
JOINED = Phrase(
    "加进去了，编号\n{number}\n您写的也放在一起。有进展在这里告诉您，想看办到哪一步，回“我反映的事”。",
    "You have joined\n{number}\nand what you wrote is kept with it. We tell you here how it goes; to look it up, reply "
    "“my tickets”.",
)

# ---- the summary, the number and the code ----
SUMMARY = Phrase("请看看对不对：", "Please check:")
LINE_KIND = Phrase("类别：{value}", "Kind: {value}")
LINE_MATTER = Phrase("事情：{value}", "Matter: {value}")
LINE_PLACE = Phrase("地点：{value}", "Place: {value}")
LINE_WHEN = Phrase("时间：{value}", "Time: {value}")
LINE_PHONE = Phrase("电话：{value}", "Phone: {value}")
LINE_NAME = Phrase("称呼：{value}", "Name: {value}")
LINE_PICTURES = Phrase("照片等：{value}份", "Pictures and files: {value}")
LINE_CONFIDENTIAL = Phrase("为您保密", "Confidential")
SHARED_PLACE = Phrase("您发的位置", "the location you shared")
LABEL_CONFIRM = Phrase("对，就这样", "Right, that is it")
LABEL_CHANGE = Phrase("要改一改", "Change something")
LABEL_CANCEL = Phrase("不说了", "Drop it")
FILED = Phrase(
    "登记好了。请把这两个号记下来：\n\n编号\n{number}\n查询码\n{code}\n\n"
    "接下来：热线的人先看，再转给负责的单位。转出时告诉您是哪个单位、最晚哪天答复，办完请您评价。\n"
    "想知道办到哪一步，随时发编号和查询码；在这里，回“我反映的事”就行。要添几句，回“补充”。",
    "It is registered. Please keep these two:\n\nNumber\n{number}\nCode\n{code}\n\n"
    "What comes next: our staff read it and pass it to the unit responsible. You are then told which unit, and by when "
    "it answers; in the end we ask for your verdict.\n"
    "To see how far it is, send number and code at any time; here, just reply “my tickets”. To add something, reply "
    "“add”.",
)
FILED_CONFIDENTIAL = Phrase(
    "\n这件事为您保密，被举报的一方看不到您是谁。",
    "\nIt is confidential: those you report do not see who you are.",
)
NOT_FILED = Phrase(
    "您写的都留着。现在拿不到编号，转给人来登记，登记好在这里告诉您。",
    "All you wrote is kept. No number can be had right now, so a person registers it and tells you here.",
)
FILED_TOO_OFTEN = Phrase(
    "您刚才登记得有点多，请过一阵再回“确认”。写的都留着。",
    "You registered quite a few just now. Please reply “confirm” in a while; all is kept.",
)

# ---- how far it is; nothing here tells what was wrong with a number and a code ----
ASK_NUMBER = Phrase(
    "请发编号（DG开头）和6位查询码。在这里反映过的，回“我反映的事”就行。不查了回“取消”。",
    "Send the number (DG…) and the 6-digit code. If you told us here, reply “my tickets”. To stop, reply “cancel”.",
)
ASK_CODE = Phrase(
    "请再发6位查询码，登记时和编号一起给您的。", "Please send the 6-digit code, too; it came with the number."
)
MISTYPED = Phrase(
    "这个编号对不上，可能有一位写错了。编号是DG加15位数字，请对一下再发。",
    "That number cannot be right; a digit may be wrong. It is DG and 15 digits. Please check and send it again.",
)
NOT_FOUND = Phrase(
    "没有查到，编号或查询码不对。请对一下，两个一起再发；找不到了可以回“人工”，请人帮您查。",
    "Nothing was found: the number or the code is not right. Please check and send both; or reply “agent”.",
)
LIMITED = Phrase(
    "查的次数有点多，请一个小时后再试，急的话打12345。",
    "That was a lot of look-ups. Please try again in an hour, or call 12345.",
)
NONE_HERE = Phrase(
    "在这里还没有您反映的事。有编号和查询码的话，发给我就能查。",
    "You have told us nothing here yet. With a number and a code I can look one up.",
)
NUMBER_NEEDED = Phrase(
    "没有编号我查不到。编号是DG开头的，登记时给您的；找不到了，请人帮您查。",
    "Without the number I cannot look it up. It begins with DG and was given to you then; or a person looks for it.",
)
MINE = Phrase("您反映的事，想看哪一件？", "What you told us. Which one?")
LABEL_MINE = Phrase("我反映的事", "What I told you")
STAGE = Phrase("办到哪一步了：{stage}", "How far it is: {stage}")
STORY = Phrase("经过：", "So far:")
NEXT = Phrase("接下来：{next}", "Next: {next}")
HOW_TO_ADD = Phrase("要添几句，回“补充”。", "To add something, reply “add”.")

# ---- to go faster, or not at all ----
URGED = Phrase("记下了，您催的话办的人会看到。", "Noted; those who handle it will see that you are waiting.")
URGE_WHICH = Phrase("要催哪一件？", "Which one is it about?")
WITHDRAWN = Phrase(
    "记下了：{number}，您不想再办了，办的人会看到。改主意了，回“补充”再说一声。",
    "Noted: you want no more done about {number}, and those who handle it will see it. If you change your mind, reply "
    "“add”.",
)
WITHDRAW_WHICH = Phrase("哪一件不用办了？", "Which one shall be left?")

# ---- something to add ----
ADD_WHAT = Phrase(
    "好，要补充什么？写在这里，会加到{number}里；照片先发、再写一句。不补了回“取消”。",
    "All right, what shall be added to {number}? Send pictures first, then a sentence. To stop, reply “cancel”.",
)
ADD_TO_WHICH = Phrase("要补充到哪一件？", "To which one shall it be added?")
ADD_TO_NONE = Phrase(
    "在这里没有您还在办的事，补不进去。要说一件新的，回“反映问题”。",
    "None of yours is open here, so nothing can be added. To tell something new, reply “report a problem”.",
)
ADDED = Phrase(
    "补充好了，办的人会看到。还有就接着写。", "Added; those who handle it will see it. If there is more, just write on."
)
ADDED_TOO = Phrase(
    "这句也补充进去了。要说另一件事，回“反映问题”。", "Added, too. To tell another matter, reply “report a problem”."
)
ADD_PICTURE = Phrase("收到。再写一句说明，就一起加进去。", "Received. Write a sentence about it, and both are added.")

# ---- the verdict ----
SURVEY = Phrase(
    "{number}办完了。解决了吗，您满意吗？回数字就行。", "{number} is done. Is it solved, and are you satisfied?"
)
SURVEY_CHOICES: tuple[tuple[bool, Verdict, Phrase], ...] = (
    (True, "satisfied", Phrase("解决了，满意", "Solved, satisfied")),
    (True, "fairly", Phrase("解决了，基本满意", "Solved, fairly satisfied")),
    (False, "fairly", Phrase("没完全解决，基本满意", "Not quite solved, fairly satisfied")),
    (False, "dissatisfied", Phrase("没解决，不满意", "Not solved, dissatisfied")),
)
SURVEY_AGAIN = Phrase("下面哪一句是您的意思？回数字就行。", "Which of these do you mean? Reply with the number.")
WHICH_TO_RATE = Phrase("要评价哪一件？", "Which one do you want to judge?")
RATED = Phrase("记下了，谢谢您告诉我们。", "Noted. Thank you for telling us.")
RATED_BADLY = Phrase(
    "记下了，没办好，对不起。哪里没办好，写一句，会交给办的人；不想说回“跳过”。",
    "Noted, and we are sorry. Write what is missing and it goes to those who handle it; if you would rather not, reply "
    "“skip”.",
)
SKIPPED = Phrase("好。想起什么随时来说。", "All right. Come back any time.")
