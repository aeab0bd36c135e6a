"""All words by which citizens are told of tickets, each in Chinese and in English; `words` chooses and fills in.

`unit` and what people wrote, such as a reply or a reason, stand in both as they are.
"""

from __future__ import annotations

from bot.phrases import Phrase
from gateway.core.tickets.model import Declined, Kind, State

SOME_UNIT = Phrase("负责的单位", "the unit responsible")

# ---- where it is ----
STAGES: dict[State, Phrase] = {
    "draft": Phrase("还没有提交", "Not handed in yet"),
    "submitted": Phrase("已收到，正在看由谁来办", "Received; we are finding out who handles it"),
    "dispatched": Phrase("已转给{unit}，等他们接手", "Passed to {unit}, who are to take it up"),
    "signed": Phrase("{unit}正在办", "{unit} is handling it"),
    "replied": Phrase("{unit}已经办了，我们在核对答复", "{unit} has handled it; we are checking the reply"),
    "callback": Phrase("已经有答复，等您评价", "There is a reply; we wait for your verdict"),
    "answered": Phrase("已答复", "Answered"),
    "declined": Phrase("没能受理", "Could not be accepted"),
    "merged": Phrase("和另一张工单并在一起办", "Handled together with another ticket"),
    "closed": Phrase("已办结", "Closed"),
    "archived": Phrase("已办结并归档", "Closed and filed away"),
}

# ---- what comes next ----
NEXT_DISPATCH = Phrase(
    "我们会尽快转给负责的单位，转出后马上告诉您。",
    "We will pass it to the unit responsible as soon as we can, and tell you at once.",
)
NEXT_REPLY = Phrase("{unit}{due}前答复。", "{unit} will reply by {due}.")
NEXT_LATE = Phrase("已经超过了{due}的期限，我们在催{unit}。", "The limit of {due} has passed; we are pressing {unit}.")
NEXT_CHECK = Phrase("核对好就把答复发给您。", "Once it is checked, the reply is sent to you.")
NEXT_VERDICT = Phrase(
    "请您说说解决了没有、满不满意。", "Please tell us whether it is solved, and whether you are satisfied."
)
NEXT_OTHER = Phrase(
    "请看编号{number}的进度，用您自己的查询码也能查。",
    "Please look at number {number}; your own code opens it, too.",
)
NEXT_SUPERVISION = Phrase(
    "这件事正在督办，{unit}要书面说明。", "It is under supervision: {unit} must explain itself in writing."
)

# ---- what happened ----
TOLD: dict[str, Phrase] = {
    "file": Phrase("收到您反映的事", "We received what you told us"),
    "answer": Phrase("直接答复了您", "We answered you directly"),
    "decline": Phrase(
        "说明了不能受理的原因和该找哪里", "We told you why it cannot be accepted, and where to turn instead"
    ),
    "dispatch": Phrase("转给{unit}", "Passed to {unit}"),
    "sign": Phrase("{unit}接手了", "{unit} took it up"),
    "contact": Phrase("{unit}联系过您", "{unit} contacted you"),
    "reply": Phrase("{unit}交来了答复，我们在核对", "{unit} handed in a reply, which we are checking"),
    "send_back": Phrase("答复没说到点上，已退回重写", "The reply missed the point; it is to be written anew"),
    "approve": Phrase("把答复发给了您，请您评价", "The reply was sent to you for your verdict"),
    "returned": Phrase(
        "原单位不管这件事，重新找负责的单位", "It is not the duty of that unit; we look for the right one"
    ),
    "extended": Phrase("期限延长了", "The limit was extended"),
    "rework": Phrase("您说没解决，退回重办", "You said it is not solved; it goes back to be done again"),
    "rated": Phrase("收到您的评价", "We received your verdict"),
    "merge": Phrase("与编号{number}并在一起办", "Handled together with number {number}"),
    "supplement": Phrase("收到您的补充", "We received what you added"),
    "supervise": Phrase("已列入督办", "Put under supervision"),
    "overdue": Phrase("超期未办，已列入督办", "Not done within the limit; put under supervision"),
    "give_up": Phrase("几次没联系上您，先办结了", "We could not reach you and closed it for now"),
}

# ---- what a citizen is told of a move by themselves ----
HEADLINES: dict[Kind, Phrase] = {
    "consultation": Phrase("您咨询的“{title}”（{number}）", "Your enquiry “{title}” ({number})"),
    "help": Phrase("您求助的“{title}”（{number}）", "Your request for help “{title}” ({number})"),
    "complaint": Phrase("您投诉的“{title}”（{number}）", "Your complaint “{title}” ({number})"),
    "report": Phrase("您举报的“{title}”（{number}）", "Your report “{title}” ({number})"),
    "suggestion": Phrase("您建议的“{title}”（{number}）", "Your suggestion “{title}” ({number})"),
    "praise": Phrase("您表扬的“{title}”（{number}）", "Your praise “{title}” ({number})"),
}
DISPATCHED = Phrase("已转给{unit}办理，{due}前答复您。", "It was passed to {unit}, who will reply by {due}.")
DISPATCHED_ANEW = Phrase("改由{unit}办理，{due}前答复您。", "It is now with {unit}, who will reply by {due}.")
EXTENDED = Phrase(
    "{unit}说明需要更多时间（{reason}），期限改到{due}。", "{unit} needs more time ({reason}). The new limit is {due}."
)
REPLIED = Phrase("有答复了。{unit}：\n{text}", "There is a reply. {unit}:\n{text}")
ASKED_AGAIN = Phrase(
    "上次的答复您看了吗？事情解决没有，还请您说一声。",
    "Have you seen the last reply? Please let us know whether the matter is solved.",
)
REWORK = Phrase(
    "您说没解决，我们已经退回{unit}重办，{due}前再答复您。",
    "You said it is not solved, so it went back to {unit}, who will reply again by {due}.",
)
MERGED = Phrase(
    "您说的和编号{number}是同一件事，并在一起办，进度会一样告诉您。",
    "What you told us is the same matter as number {number}. The two are handled together, and you hear how it goes.",
)
CLOSED_UNREACHED = Phrase(
    "几次都没联系上您，这件事先办结了。没解决的话，回复“人工”随时再找我们。",
    "We tried to reach you several times and closed it for now. If it is not solved, reply “agent” at any time.",
)

# ---- what is not accepted, and where it belongs instead ----
DECLINED: dict[Declined, Phrase] = {
    "litigation": Phrase(
        "事情已经或应当由法院处理，12345不能受理。请向受理法院咨询，诉讼服务热线12368。",
        "This is before a court or belongs there, so 12345 cannot accept it. Ask the court, or its line 12368.",
    ),
    "arbitration": Phrase(
        "事情已经或应当由仲裁机构处理，12345不能受理。请向受理的仲裁委员会咨询；劳动争议可以打12333问。",
        "This is in arbitration or belongs there, so 12345 cannot accept it. Ask the arbitration commission; for "
        "labour disputes call 12333.",
    ),
    "discipline": Phrase(
        "属于反映党员干部违纪违法，12345不能受理。请打12388，或到纪委监委举报网站反映。",
        "This is about the conduct of officials, so 12345 cannot accept it. Call 12388, or use the website of the "
        "discipline inspection commission.",
    ),
    "reconsideration": Phrase(
        "属于行政复议事项，12345不能受理。请向行政复议机构（市司法局）提出申请。",
        "This is a matter of administrative reconsideration, so 12345 cannot accept it. Apply at the reconsideration "
        "office of the Bureau of Justice.",
    ),
    "disclosure": Phrase(
        "属于政府信息公开申请，12345不能受理。请向对应单位的政府信息公开受理机构提出申请。",
        "This is a request for government information, so 12345 cannot accept it. Apply at the office of the unit that "
        "holds it.",
    ),
    "petition": Phrase(
        "事情已经在信访系统里办理，12345不能受理。请按信访告知书查询，或在网上信访大厅查进度。",
        "The petition office is handling this, so 12345 cannot accept it. Ask as its notice says, or look it up in the "
        "petition hall online.",
    ),
    "secret": Phrase(
        "涉及国家秘密，12345不能受理。请不要在网上或电话里说，线索请打12339。",
        "This touches state secrets, so 12345 cannot accept it. Please say no more about it online or by phone; with "
        "what you know, call 12339.",
    ),
    "private": Phrase(
        "涉及他人隐私或商业秘密，12345不能受理。请通过法律途径处理，可以打12348问公益律师。",
        "This touches the private matters or trade secrets of others, so 12345 cannot accept it. It is for the law; "
        "for free advice call 12348.",
    ),
    "order": Phrase(
        "内容违反公共秩序或无法核实，12345不能受理。有具体的时间、地点和事情，欢迎再告诉我们。",
        "This is against public order or cannot be checked, so 12345 cannot accept it. With a time, a place and what "
        "happened you are welcome to tell us again.",
    ),
}

# ---- what was wished in a message and could not be done ----
NOT_DONE: dict[str, Phrase] = {
    "rate": Phrase(
        "您刚才说的评价没能记到工单{number}上：{why}", "Your verdict could not be put down for ticket {number}: {why}"
    ),
    "join": Phrase(
        "您刚才说的事情没能记到工单{number}上：{why}",
        "What you told us could not be put down for ticket {number}: {why}",
    ),
    "supplement": Phrase(
        "您刚才说的补充没能记到工单{number}上：{why}", "What you added could not be put down for ticket {number}: {why}"
    ),
}
