"""All words the bot says to citizens, each in Chinese and in English. No logic beyond filling in.

Written as somebody who has stood at a counter speaks: short, warm, exact. Every text stays well under WeChat's 2,048
bytes whatever is filled in, since what is filled in is cut by `short`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

Language = Literal["zh", "en"]
BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Phrase:
    zh: str
    en: str

    def __call__(self, language: Language, **values: object) -> str:
        text = self.en if language == "en" else self.zh
        return text.format(**values) if values else text


def short(text: str, limit: int = 40) -> str:
    """At most `limit` characters, on one line, so that a label stays a label."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def moment(at: datetime, now: datetime, language: Language) -> str:
    """A time of the next seven days as one says it: 今天8:30, 明天8:30, 周一8:30; tomorrow at 8:30."""
    local = at.astimezone(BEIJING)
    days = (local.date() - now.astimezone(BEIJING).date()).days
    clock = f"{local.hour}:{local.minute:02d}"
    if language == "en":
        return f"{_DAYS_EN.get(days, f'on {local:%A}')} at {clock}"
    return f"{_DAYS_ZH.get(days, '周' + '一二三四五六日'[local.weekday()])}{clock}"


_DAYS_ZH, _DAYS_EN = {0: "今天", 1: "明天"}, {0: "today", 1: "tomorrow"}


# ---- danger: the number comes first; we never say that somebody was called ----
_ASK_ZH = "打完电话，请在这里写下您在哪里（路名、楼号、旁边有什么）和一个能打通的电话。"
_ASK_EN = "After the call, write here where you are (street, building, what is nearby) and a phone number that works."
EMERGENCY: dict[str, Phrase] = {
    "fire": Phrase(
        "请马上打119。先离开，不坐电梯，弯腰走，不要回去拿东西。有人受伤再打120。",
        "Call 119 now. Get out first, use the stairs, stay low, do not go back in. If anyone is hurt, call 120 too.",
    ),
    "gas": Phrase(
        "请先离开屋子，到外面再打119。不要开关电灯电器，不要点火，来得及就关阀门、开窗。有人头晕打120。",
        "Leave the room first, then call 119 from outside. Do not touch switches or light anything; close "
        "the valve and "
        "open windows only if there is time. If anyone feels ill, call 120.",
    ),
    "trapped": Phrase(
        "请马上打119。不要硬扒、硬拉，先稳住，等救援的人来。有人受伤打120。",
        "Call 119 now. Do not force doors or pull anyone out, stay still until rescuers come. If anyone is "
        "hurt, call 120.",
    ),
    "medical": Phrase(
        "请马上打120，照电话里医生说的做。有危险的地方先离开；有人伤害您打110，有火、有气味打119。",
        "Call 120 now and do what the doctor on the phone says. If someone is hurting you call 110; for fire "
        "or gas call 119.",
    ),
    "drowning": Phrase(
        "请马上打120和119。不会救人不要下水，找竹竿、绳子、救生圈递过去，大声叫旁边的人。",
        "Call 120 and 119 now. Do not go into the water unless trained; reach out a pole, rope or ring and "
        "shout for help.",
    ),
    "crime": Phrase(
        "请马上打110。还在那里的话，先躲到安全的地方，锁好门，别跟对方争。不方便说话，可以发短信到12110。有人受伤打120。",
        "Call 110 now. If you are still there, get somewhere safe, lock the door, do not argue. If you cannot speak, "
        "text 12110. If anyone is hurt, call 120.",
    ),
    "missing": Phrase(
        "请马上打110，不用等24小时。说清在哪里、什么时候走丢的，穿什么衣服、长什么样，备一张近照。走丢的地方和家里各留一个人。",
        "Call 110 now, there is no need to wait 24 hours. Say where and when, what they wear and look like, and "
        "have a recent photo. "
        "Keep someone at that place and someone at home.",
    ),
    "traffic": Phrase(
        "请马上打122；有人受伤先打120，有人卡在车里打119。人先退到路边护栏外，打开双闪。",
        "Call 122 now; if anyone is hurt call 120 first, if anyone is stuck in a vehicle call 119. Stand "
        "well off the road.",
    ),
    "jumper": Phrase(
        "请马上打110，说清在几楼、哪一边。先有人陪着说话，不要刺激，不要硬拉。想问怎么劝，可以打12356心理援助热线。",
        "Call 110 now and say which building and floor. Have someone stay and talk calmly, do not grab. For "
        "advice on what to "
        "say, call 12356, the psychological support line.",
    ),
    "despair": Phrase(
        "您说的我看到了，您不用一个人扛。请现在打12356，有人听您说；已经伤到自己或吃了药，马上打120；很危险就打110。"
        "身边有人的话，请叫他过来陪您。",
        "I read what you wrote, and you do not have to carry this alone. Call 12356 now, someone will "
        "listen. If you are "
        "hurt or have taken something call 120, and 110 if you are in danger. If anyone is near, ask them to "
        "stay with you.",
    ),
}
EMERGENCY_ASK = Phrase(_ASK_ZH, _ASK_EN)
EMERGENCY_ASK_DESPAIR = Phrase(
    "愿意的话，告诉我您现在在哪里、哪个电话能找到您。我在这里，您可以接着说。",
    "If you like, tell me where you are and a number to reach you on. I am here, you can go on writing.",
)
EMERGENCY_STAFFED = Phrase(
    "这里没法替您打电话，请您或身边的人打。值班人员也会看到这段话。",
    "We cannot place the call from here, so please call yourself or ask someone nearby. Our staff will see this too.",
)
EMERGENCY_UNSTAFFED = Phrase(
    "这里没法替您打电话，现在也没有人值班，请您或身边的人直接打。",
    "We cannot place the call from here and nobody is on duty now, so please call yourself or ask someone nearby.",
)
EMERGENCY_UNATTENDED = Phrase(
    "这里没法替您打电话，现在也没有同事在线，请您或身边的人直接打。",
    "We cannot place the call from here and no colleague is online, so please call yourself or ask someone nearby.",
)
EMERGENCY_HERE = Phrase(
    "您写的都看到了，我还在这里，您可以接着说。撑不住的时候请打12356，有人听您说；已经伤到自己，马上打120。",
    "I read it, and I am still here; you can go on writing. When it is too much, call 12356, someone will listen. If "
    "you are hurt, call 120 at once.",
)
EMERGENCY_TOLD = Phrase(
    "记下了，都留在这里。还没打电话的话，请先打{number}。",
    "Noted, it is kept here. If nobody has called yet, please call {number} first.",
)
EMERGENCY_OVER = Phrase(
    "好，都留在这里，值班人员会看到。再有危险，马上打{number}。",
    "Good, it is kept here for our staff. If there is danger again, call {number} at once.",
)
DOUBT = Phrase(
    "如果现在就有人有危险，请先打{number}，再回“紧急”。",
    "If someone is in danger right now, call {number} first, then reply “urgent”.",
)
URGENT_WHICH = Phrase(
    "有人伤害您打110，着火、被困、漏气打119，生病受伤打120，交通事故打122，心里撑不住打12356。",
    "Call 110 for crime, 119 for fire, gas or someone trapped, 120 for illness or injury, 122 for road "
    "accidents, 12356 if "
    "you cannot cope.",
)

# ---- meeting ----
FOLLOW = Phrase(
    "您好，这里是12345一线。社保、医保、户口、出行、邻里、消费，遇到难处都可以直接打字问我。\n"
    "想找人说，回“人工”；想看能做什么，回“菜单”。\n"
    "您说的话只用来办您的事，身份证号、银行卡号先不要发。有危险请直接打110、119、120。",
    "Hello, this is the 12345 line. Ask me anything about social security, health insurance, registration, traffic, "
    "neighbours or shopping, in your own words.\nReply “agent” for a person, “menu” to see what I can do.\n"
    "What you write is used only for your matter; please do not send ID or bank card numbers. In danger "
    "call 110, 119 or 120.",
)
GREET = Phrase("您好。想问什么，直接打字就行，也可以选一项。", "Hello. Just write your question, or choose one.")
MENU = Phrase(
    "我是机器人，能答常见的政策和办事问题，答不上来就请人帮您。直接打字问，或选一项。",
    "I am a bot. I answer common questions about policies and services, and get a person when I cannot. Write your "
    "question, or choose.",
)
BYE = Phrase("好的，有事随时来问。", "All right. Come back any time.")
ACKNOWLEDGED = Phrase("好的。还有什么想问的，直接打字就行。", "All right. If there is anything else, just write it.")
WELCOME = Phrase("不客气，有事随时来问。", "You are welcome. Come back any time.")
THANKED = Phrase("不客气，应该的。有事随时来问。", "You are welcome. Come back any time.")
STOP_MESSAGES = Phrase(
    "不想再收短信，用收短信的那个手机回“退订”就不发了。",
    "To get no more text messages, reply TD from the phone that gets them.",
)
OPEN_NOW = Phrase("现在有人值班。要找人，回“人工”。", "Somebody is on duty now. For a person, reply “agent”.")
OPEN_UNATTENDED = Phrase(
    "现在是上班时间，不过没有同事在线。要排队，回“人工”。",
    "It is within our hours, but no colleague is online. To queue for one, reply “agent”.",
)
CLOSED_LEAVE = Phrase("要留言给他们，回“人工”。", "To leave them a message, reply “agent”.")
ASK = Phrase(
    "好，您说。一句话说清是什么事就行，比如“居住证怎么办”“工资被拖欠找谁”。",
    "Go ahead. One sentence is enough, for example “how do I get a residence permit”.",
)
ASK_AGAIN = Phrase(
    "好，换个说法试试：是什么事、哪个地方、想办成什么。",
    "All right, try saying it another way: what it is about, where, and what you need.",
)
HOT = Phrase("大家常问这些，选一项看看：", "People often ask these. Choose one:")
HOT_NONE = Phrase(
    "常有人问社保、居住证、公积金、入学、欠薪、噪音这些事。您想问哪件，直接打字就行。",
    "People often ask about social security, residence permits, housing fund, schools, unpaid wages and "
    "noise. Just write "
    "your question.",
)
NUMBERS = Phrase(
    "常用电话：报警110，火警119，急救120，交通事故122，心理援助12356，人社12333，公积金12329，消费投诉12315，"
    "税务12366，法律援助12348。记不住就打12345。",
    "Useful numbers: police 110, fire 119, ambulance 120, road accidents 122, psychological support "
    "12356, social security "
    "12333, housing fund 12329, consumer rights 12315, tax 12366, legal aid 12348. Or simply 12345.",
)

# ---- answers ----
FEEDBACK_LINE = Phrase(
    "没解决回“没用”，找人回“人工”。", "Not what you needed? Reply “wrong”. For a person, reply “agent”."
)
ANSWER_IN_CHINESE = Phrase("", "Our answers are written in Chinese. Reply “agent” for a person.")
UNSURE = Phrase("您问的是不是下面哪一项？回数字就行。", "Is it one of these? Reply with the number.")
UNSURE_AGAIN = Phrase(
    "还是没找准，不好意思。看看这几项，或者请人帮您。",
    "Sorry, still not found. See if one of these fits, or ask a person.",
)
NEITHER = Phrase("都不是", "None of these")
NOTHING = Phrase(
    "这个我还答不上来，不想随便答您。可以请人帮您，或者把事情写下来。",
    "I do not have an answer to that and do not want to guess. A person can help, or you can write the matter down.",
)
NOTHING_AGAIN = Phrase(
    "这个我还是答不上来。选一项，我们接着办：", "I still have no answer to that. How shall we go on?"
)
NEITHER_THEN = Phrase(
    "好，那换条路：换个说法再问，或者请人帮您。", "All right. Ask in other words, or let a person help."
)
UNHELPFUL = Phrase(
    "抱歉没帮到您，已经记下这条答得不好。看看别的，或者请人帮您。",
    "Sorry that did not help; I noted that the answer fell short. See if another fits, or ask a person.",
)
UNHELPFUL_NO_ANSWER = Phrase(
    "抱歉没帮到您。换个说法再问，或者请人帮您。", "Sorry about that. Ask in other words, or ask a person."
)
HELPFUL = Phrase("那就好。还有事随时来问。", "Good to hear. Come back any time.")
GONE = Phrase("这一条刚刚改过了，请把问题再说一遍。", "That entry has just been changed. Please ask again.")
NO_SUCH_NUMBER = Phrase("这里没有第{number}项，请从下面选：", "There is no number {number}. Please choose:")
OFFER_AGAIN = Phrase("刚才这几项，回数字就行：", "These were the choices. Reply with the number:")
NOTHING_BEFORE = Phrase(
    "前面没有别的内容了。想问什么，直接打字就行。", "There is nothing before this. Just write your question."
)
NO_WORDS = Phrase(
    "收到了。能用一句话说说是什么事吗？找人回“人工”。",
    "Got it. Could you say in a sentence what it is about? For a person, reply “agent”.",
)

# ---- choices ----
LABEL_PERSON = Phrase("请人帮我", "Get a person")
LABEL_REPORT = Phrase("把事情写给你们", "Write the matter down")
LABEL_AGAIN = Phrase("换个说法再问", "Ask in other words")
LABEL_HOT = Phrase("大家都在问", "Common questions")
LABEL_PROGRESS = Phrase("办到哪一步了", "How far is my case")

# what choosing them says, as if the citizen had written it; commands of `bot.intents`
SAY_PERSON = Phrase("人工", "agent")
SAY_REPORT = Phrase("反映问题", "report a problem")
SAY_AGAIN = Phrase("换个说法", "ask again")
SAY_HOT = Phrase("热门问题", "common questions")
SAY_PROGRESS = Phrase("查进度", "check progress")
SAY_NEITHER = Phrase("都不是", "none of these")

# ---- people ----
WAIT_NEXT = Phrase(
    "好，已经排上队，前面没有人在等。",
    "All right, you are in the queue and nobody is ahead of you.",
)
WAIT_QUEUED = Phrase("好，已经给您排上队。", "All right, you are in the queue.")
WAIT_AHEAD = Phrase("好，已经排上队，前面还有{ahead}位。", "All right, you are in the queue, {ahead} ahead of you.")
WAIT_MINUTES = Phrase("大约要等{minutes}分钟。", "It will take about {minutes} min.")
WAIT_HOW = Phrase(
    "可以先把事情写下来，接手的人能看到。不想等了，回“取消排队”。",
    "You can write down the matter meanwhile, whoever takes over will see it. To stop waiting, reply “cancel”.",
)
NOBODY_ONLINE = Phrase(
    "现在没有同事在线，有人上线就接。", "No colleague is online right now; whoever comes online takes over."
)
WAIT_LEAVE = Phrase(
    "着急的话，先把事情和能打通的电话写在这里，会一直留着。不想等了，回“取消排队”。",
    "If it is pressing, write the matter and a phone number that works here; it is kept. To stop waiting, reply "
    "“cancel”.",
)
ONLY_CHINESE = Phrase(
    "", "Nobody at the desks writes English right now: it may take longer, and the answer may be in Chinese."
)
WAIT_CLOSED = Phrase("现在没有人值班，{opens}有人。", "Nobody is on duty now; people are back {opens}.")
WAIT_CLOSED_UNKNOWN = Phrase("现在没有人值班。", "Nobody is on duty now.")
LEAVE_MESSAGE = Phrase(
    "您可以现在留言，把事情和能打通的电话写在这里，会一直留着，上班后有人看。想接着问我，回“取消排队”。",
    "You can leave a message here with the matter and a phone number that works; it is kept, and "
    "somebody reads it when "
    "people are back. To go on asking me, reply “cancel”.",
)
WAITING_NEXT = Phrase("还在排队，前面没有人了。", "You are still in the queue, nobody is ahead of you.")
WAITING = Phrase("还在排队。", "You are still in the queue.")
WAITING_AHEAD = Phrase("还在排队，前面还有{ahead}位。", "You are still in the queue, {ahead} ahead of you.")
WAITING_STOP = Phrase("不想等了，回“取消排队”。", "To stop waiting, reply “cancel”.")
NOBODY_CAME = Phrase(
    "让您久等了，还是没有同事能接上。您写的都留着。接下来怎么办？",
    "Sorry for the wait: still nobody could take over. What you wrote is kept. What next?",
)
NOBODY_CAME_AGAIN = Phrase("再排一次队", "Queue again")
QUEUE_KEPT = Phrase(
    "收到，都记在这里，接手的人会看到。想起什么接着写就行。",
    "Got it, it is kept here for whoever takes over. Just go on writing.",
)
RELEASED = Phrase(
    "好，不排了。您写的都还在。想问什么，直接打字就行。",
    "All right, you left the queue. What you wrote is kept. Just write your question.",
)
NOT_WAITING = Phrase(
    "您现在没有在排队。想问什么，直接打字就行。", "You are not in the queue. Just write your question."
)
# in English without typographic quotes, which would make a text message of it twice as dear
PERSON_LEFT = {
    "closed": Phrase(
        "这次就先到这里。再有事直接写，先由机器人答；要找人，回“人工”。",
        "That is all for now. Write any time: the bot answers first. For a person, reply AGENT.",
    ),
    "back_to_bot": Phrase(
        "接下来先由机器人答您；要找人，回“人工”。", "From here on the bot answers you. For a person, reply AGENT."
    ),
}
HANDED_OVER = Phrase(
    "我几次都没答上来，请人来帮您。", "I could not answer several times, so I am passing you to a person."
)
ANGER = Phrase(
    "让您着急了，对不起。是什么事没办好，告诉我；想直接跟人说也行。",
    "I am sorry this is upsetting. Tell me what went wrong, or talk to a person directly.",
)
ANGER_AGAIN = Phrase("我帮不上忙，抱歉，请人来跟您说。", "I am sorry I could not help. I am passing you to a person.")

# ---- telling us something (until there are tickets) ----
REPORT = Phrase(
    "请写在这里：什么事、在哪里、什么时候，方便的话留一个能打通的电话。我转给人看。现在还不能在这里直接立单，"
    "要马上登记请打12345。不说了回“取消”。",
    "Please write here: what happened, where, when, and a phone number if you like. I pass it to a "
    "person. I cannot register "
    "it as a case here yet; to have it registered at once, call 12345. To stop, reply “cancel”.",
)
REPORT_MORE = Phrase("再多说一点：什么事、在哪里？", "A little more, please: what happened, and where?")
REPORT_TOLD = Phrase(
    "写的都留下了，转给人看。现在还没有受理编号，有人接手后会在这里回您。",
    "What you wrote is kept and passed to a person. There is no case number yet; whoever takes over will answer here.",
)
PROGRESS = Phrase(
    "现在还不能在这里自动查进度。请写：什么事、大概哪天反映的、在哪里反映的，我转给人帮您看。"
    "也可以打12345查。不查了回“取消”。",
    "I cannot look up progress here yet. Write what it was about, roughly when and where you reported "
    "it, and I pass it to a "
    "person. You can also call 12345. To stop, reply “cancel”.",
)
PROGRESS_TOLD = Phrase("记下了，转给人帮您看办到哪一步。", "Noted. I am passing it to a person to look into.")
RATE = Phrase(
    "想说说服务好不好，直接写在这里，会留着给人看。刚才的回答有没有用，回“有用”或“没用”。",
    "Write here what you think of our service; it is kept for people to read. For the last answer, reply "
    "“useful” or “wrong”.",
)
CANCELLED = Phrase("好，不说了。想问什么，直接打字就行。", "All right, stopped. Just write your question.")

# ---- what is not text ----
IMAGE = Phrase(
    "图片收到，留在这里了。我看不懂图，请用一句话说说是什么事。",
    "I received the picture and keep it here. I cannot read pictures, so please say in a sentence what it is about.",
)
VIDEO = Phrase(
    "视频收到，留在这里了。我看不懂视频，请用一句话说说是什么事。",
    "I received the video and keep it here. I cannot watch it, so please say in a sentence what it is about.",
)
FILE = Phrase(
    "文件收到，留在这里了。我读不了文件，请用一句话说说是什么事。",
    "I received the file and keep it here. I cannot read it, so please say in a sentence what it is about.",
)
VOICE = Phrase(
    "语音收到，但我没听出说的是什么。请打字说一遍，想找人回“人工”。",
    "I received the voice message but could not make out the words. Please type it, or reply “agent” for a person.",
)
LINK = Phrase(
    "链接收到。我打不开链接，请用一句话说说想问什么。",
    "I received the link. I cannot open it, so please say what you would like to know.",
)
LOCATION = Phrase(
    "位置收到：{label}。这里有什么事，用一句话告诉我。",
    "Location received: {label}. Say in a sentence what is the matter there.",
)
LOCATION_BARE = Phrase(
    "位置收到。这里有什么事，用一句话告诉我。", "Location received. Say in a sentence what is the matter there."
)
UNKNOWN = Phrase(
    "收到了，不过这种消息我看不了。请打字说说是什么事，想找人回“人工”。",
    "I received it but cannot read this kind of message. Please type what it is about, or reply “agent” for a person.",
)
ADDED = Phrase("收到，和您写的放在一起。", "Received and kept together with what you wrote.")

# ---- proving a phone number; nothing here says whether we know it already ----
PHONE_ASK = Phrase(
    "好，请写要绑定的手机号。我会发一条验证码短信，您把验证码写在这里就绑好了。以后这里联系不上您，可以发短信到手机。"
    "不绑了回“取消”。",
    "All right, write the mobile number. I will text it a code; write the code here and it is done. When we cannot "
    "reach you here, we can then send a text message. To stop, reply “cancel”.",
)
PHONE_ASK_OTHER = Phrase(
    "好，请写另一个手机号。不绑了回“取消”。", "All right, write the other mobile number. To stop, reply “cancel”."
)
PHONE_NOT_MOBILE = Phrase(
    "这个不是手机号。大陆手机号是1开头的11位数字；境外手机请从“+”和国家或地区代码写起。不绑了回“取消”。",
    "That is not a mobile number. A mainland one has 11 digits and begins with 1; write others with “+” and the "
    "country code. To stop, reply “cancel”.",
)
PHONE_SENT = Phrase(
    "验证码已发到{phone}，10分钟内有效。收到后把6位数字写在这里。没收到回“重发”，号码不对回“换号码”，不绑了回“取消”。",
    "A code was sent to {phone}; it is valid for 10 minutes. Write the six digits here. Reply “resend” for a new one, "
    "“change number” if the number is wrong, “cancel” to stop.",
)
PHONE_WAIT = Phrase(
    "刚发过一条到{phone}，短信有时慢一点。还没收到的话，{seconds}秒后再回“重发”。",
    "One was sent to {phone} just now, and messages can be slow. If it does not come, reply “resend” in "
    "{seconds} seconds.",
)
PHONE_NO_MORE = Phrase(
    "这次已经发了{codes}条，不能再发了。收到过的话，写最后那条里的6位数字；都没收到，请过一阵再来，或打12345。",
    "{codes} codes were sent, I cannot send more now. If you have them, write the digits of the last one; otherwise "
    "come back later or call 12345.",
)
PHONE_OVER = Phrase(
    "这次先到这里，手机没有绑定。请过一阵再回“绑定手机”，或打12345。",
    "Let us stop here; the phone was not linked. Reply “link my phone” again later, or call 12345.",
)
PHONE_SIX_DIGITS = Phrase(
    "验证码是6位数字，请照{phone}收到的短信写。没收到回“重发”。",
    "The code has six digits; please copy it from the message on {phone}. Reply “resend” if it has not come.",
)
PHONE_WRONG = Phrase(
    "验证码不对，还可以试{left}次。请写最后一条短信里的6位数字。",
    "That is not the code. {left} tries left. Please write the six digits of the last message.",
)
PHONE_TRIES_OVER = Phrase(
    "验证码错了几次，这一条作废了。要再试，回“重发”；不绑了回“取消”。",
    "That was wrong too often, so this code no longer counts. Reply “resend” for a new one, or “cancel”.",
)
PHONE_EXPIRED = Phrase(
    "这个验证码过时了，不能用了。要再发一条，回“重发”；不绑了回“取消”。",
    "That code is no longer valid. Reply “resend” for a new one, or “cancel”.",
)
PHONE_BOUND = Phrase(
    "好了，{phone}绑定好了。以后这里联系不上您，会发短信到这个手机；不想收，用它回复TD。",
    "Done, {phone} is linked. When we cannot reach you here, we text that phone; to stop that, text TD from it.",
)
PHONE_CANCELLED = Phrase(
    "好，手机不绑了。想问什么，直接打字就行。", "All right, the phone is not linked. Just write your question."
)
PHONE_HERE = Phrase(
    "您正用{phone}给我们发短信，我们就按这个号码联系您，不用再绑定。",
    "You are writing from {phone}, and that is the number we know you by; there is nothing to link.",
)
PHONE_HERE_BARE = Phrase(
    "您正用手机给我们发短信，我们就按这个号码联系您，不用再绑定。",
    "You are writing from your phone, and that is the number we know you by; there is nothing to link.",
)

# ---- a citizen's word about short messages ----
OPTED_OUT = Phrase(
    "12345热线：已为您退订短信，今后不再发送。需要时回复“恢复”或 START。",
    "12345 hotline: you are unsubscribed and get no more messages. Reply START to get them again.",
)
OPTED_IN = Phrase(
    "12345热线：已为您恢复短信。想问什么，直接发短信来；不想收了回复 TD 退订。",
    "12345 hotline: you get our messages again. Text your question any time; reply TD to unsubscribe.",
)
SMS_HELP = Phrase(
    "这里是12345热线的短信号码，社保、医保、户口、出行、邻里的事，都可以直接发短信来问。回复 TD 退订短信。"
    "想打电话请拨12345；有危险打110、119、120。",
    "This is the 12345 hotline by text message. Text your question about social security, health insurance, "
    "registration or traffic. Reply TD to unsubscribe. To talk, call 12345; in danger call 110, 119 or 120.",
)

CONSENT: dict[str, Phrase] = {
    "opt_out": OPTED_OUT,
    "opt_in": OPTED_IN,
    "help": SMS_HELP,
}
NOT_TEXT: dict[str, Phrase] = {
    "image": IMAGE,
    "video": VIDEO,
    "voice": VOICE,
    "file": FILE,
    "link": LINK,
    "unknown": UNKNOWN,
}
