"""Commands: short texts that mean the same whatever the knowledge base holds. Pure; no memory, no wording."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot import reading, told_before

Kind = Literal[
    "pick",
    "none_of_these",
    "back",
    "unhelpful",
    "helpful",
    "acknowledge",
    "person",
    "stop_waiting",
    "how_long",
    "menu",
    "greet",
    "bye",
    "anger",
    "progress",
    "report",
    "ask",
    "hot",
    "cancel",
    "urgent",
    "phone",
    "resend",
    "other_number",
    "mine",
    "rate",
    "supplement",
    "resume",
    "skip",
    "confirm",
    "change",
    "urge",
    "withdraw",
    "lost_number",
    "thanks",
    "stop_messages",
    "hours",
]


@dataclass(frozen=True, slots=True)
class Command:
    kind: Kind
    number: int = 0  # of a pick, from 1; -1 is the last one
    detail: str = ""  # the number written with the wish to have a phone known, as it was written


# Longer than any command with the politeness around it.
MAX_CHARS = 40

_EDGES = " \t,，。.!！?？~～…、;；:：\"'“”‘’()（）[]【】-—_*#"
_BEFORE = re.compile(
    r"^(?:(?:请|麻烦|劳烦|帮我|帮忙|给我|替我|我(?:就)?(?:还是)?(?:想|要|想要|需要|得|只)?|你好|您好|你|您|"
    r"那(?:就|么)?|就|快点|赶紧|马上|能不能|能|可不可以|可以|直接|还是|现在|立刻|先|please|i want (?:to|an?)|"
    r"i need (?:to|an?)|can i|could i|let me|the)[ ,，]*)+"
)
_AFTER = re.compile(
    r"(?:[ ,，]*(?:吧|啊|呀|呢|了|吗|嘛|哦|喔|噢|哈|啦|的|谢谢(?:你|您)?|一下(?:子)?|可以吗|好吗|好不好|行吗|"
    r"行不行|可不可以|快点|please|now|thanks))+$"
)

_SOFT_END = re.compile(r"[啊呀呢哈啦喔哦]+$")

_WORDS: dict[Kind, str] = {
    "person": "人工 转人工 人工客服 转人工客服 人工服务 转人工服务 人工台 转接人工 接人工 接通人工 找人工 要人工 "
    "找客服 客服 联系客服 转客服 叫客服 真人 找真人 转真人 真人客服 找人 "
    "找个人 找人帮我 请人帮我 找人帮忙 找工作人员 工作人员 转坐席 坐席 话务员 接线员 找接线员 活人 和人说 跟人说话 "
    "跟真人说话 和人工说话 和人聊 跟人聊 转接 呼叫人工 人工接听 人工坐席 "
    "agent human person operator representative |live agent|a person|real person|a human|talk to a "
    "person|speak to a person|talk to a human|speak to someone|talk to someone|customer service|talk to an "
    "agent|agent",
    "stop_waiting": "取消排队 不排了 不排队 不等 不等人 不想等 取消人工 取消转人工 不转 不转人工 不用转人工 "
    "不用人工 "
    "退出排队 不要人工 不用等 不找人 继续问 回到机器人 返回机器人 "
    "|stop waiting|leave the queue|don't wait|cancel queue|never mind",
    "how_long": "还要多久 还要等多久 要等多久 多久 等多久 还有几个人 前面几个人 前面有几个人 前面还有多少人 "
    "前面还有几个人 前面多少人 排到 到我 轮到我 排到我 几时到我 排第几 第几位 排队 排队情况 人呢 怎么还没人 "
    "怎么没人 还没人 "
    "|how long|how many ahead|anyone there",
    "unhelpful": "没用 没有用 无用 没啥用 不管用 没解决 没有解决 未解决 还没解决 没能解决 解决不 不对 不是这个 "
    "不是这意思 "
    "不是这个意思 不是 答非所问 没帮助 没有帮助 看不懂 没看懂 不明白 没懂 错 错了 答错 说错 不准 不准确 "
    "不是我问 不是我要 不是我想问 不是我要问 "
    "牛头不对马嘴 还是不行 不行 还是没懂 没答到点上 没回答我的问题 没回答 没讲清楚 no useless wrong "
    "unhelpful |not helpful|no use|not useful|didn't help|did not help|not what i asked|that's wrong|not "
    "right|not solved",
    "helpful": "有用 有帮助 很有用 有用谢谢 谢谢 谢谢你 谢谢您 谢谢啦 多谢 感谢 谢 谢谢谢谢 万分感谢 非常感谢 好的谢谢 "
    "好谢谢 嗯谢谢 ok谢谢 解决 已解决 解决了谢谢 问题解决 搞定 唔该 多谢晒 唔该晒 太好 很好 真好 真棒 不错 "
    "赞 有效 正确 就是这个 是这个 是我要 对就是这个 "
    "thanks thx useful helpful solved great perfect |thank you|thank you very much|thanks a lot|that helped|very "
    "helpful|it helped|problem solved",
    "acknowledge": "好 好的 好好 嗯 嗯嗯 哦 噢 哦哦 行 可以 ok okay 收到 知道 我知道 明白 明白了 懂 清楚 了解 晓得 对 "
    "对的 "
    "是 是的 没事 没问题 没有 没别的 没其他 暂时没有 得 系 yes yep fine |got it|i see|all right",
    "menu": "菜单 主菜单 帮助 使用说明 说明 怎么用 怎么使用 你会什么 你能做什么 你能干什么 你能帮我什么 你有什么功能 "
    "有什么功能 功能 目录 首页 主页 开始 重新开始 重来 你是谁 机器人 你是机器人 你是什么 你是人还是机器人 是机器人 "
    "真人还是机器人 人还是机器人 是真人还是机器人 是真人 是人 谁在回复 谁在回答 "
    "help menu start |what can you do|who are you|start over|are you a bot|are you human",
    "greet": "你好 您好 你好啊 您好啊 hi hello hey 哈喽 哈罗 嗨 早 早上好 上午好 中午好 下午好 晚上好 早安 晚安 "
    "大家好 在 在吗 在不在 有人 有人吗 有人在 有人在吗 喂 你好在 您好在 在线 你好呀 您好呀 雷猴 内猴 |good "
    "morning|good afternoon|good evening|hello there|hi there",
    "bye": "再见 拜拜 拜 bye goodbye 回头见 |bye bye|good night|see you",
    "back": "上一个 上一条 上一步 上一级 返回 返回上一个 返回上一条 返回上一步 返回上一级 退回 后退 回去 回上一步 "
    "上个 上一个答案 上一个问题 前一个 前面那个 刚才那个 back previous |go back|last one",
    "none_of_these": "都不是 都不对 全不是 以上都不是 都没有 没有我要 没一个对 没有一个是 这些都不是 一个都不是 "
    "没有合适 "
    "|none of these|none of them|none of the above|neither",
    "progress": "查进度 进度 进度查询 查询进度 办理进度 查办理进度 查询办理进度 查一查进度 看进度 查工单 工单查询 "
    "查询工单 工单进度 我工单到哪 办到哪 办到哪一步 到哪一步 办得怎么样 处理得怎么样 查投诉进度 投诉进度 "
    "查结果 处理结果 查处理结果 查办理结果 办结没有 "
    "progress status |check progress|check status|ticket status|my ticket|track my case|where is my ticket|any news|"
    "any update|any updates|what about my complaint",
    "report": "投诉 要投诉 举报 要举报 反映问题 反映情况 反映 反映个问题 报事 提交诉求 诉求 提诉求 提意见 提建议 "
    "建议 求助 要求助 建言 表扬 点赞 夸奖 告诉你们 告诉你们一件事 把事情告诉你们 告诉我们 "
    "把事情写给你们 提交工单 下工单 建工单 开工单 填工单 报修 举报投诉 投诉举报 写下来 留言 要留言 爆料 "
    "还有一件事 还有件事 还有个事 另一件事 另外一件事 再说一件事 再反映一件事 还要投诉 还要举报 还要反映 "
    "complaint complain report ticket |make a complaint|file a complaint|report a problem|leave a "
    "message|file a ticket|report something|report an issue",
    "ask": "咨询 要咨询 问一下 问问 问问题 问个问题 有问题 有个问题 有问题想问 问点事 请教 提问 打听 打听个事 "
    "怎么问 换个说法 换个说法再问 再问 重新问 question |ask a question|i have a question|ask again",
    "hot": "热门 热门问题 大家都在问 常见问题 常见问题解答 热点 热点问题 常问 faq |common questions|popular questions",
    "cancel": "取消 cancel 算 算了 不用 不用了 不说 不写 不要 不需要 不办 退出 结束 停 stop quit exit |forget it",
    "urgent": "紧急 紧急求助 很紧急 十万火急 急 急急急 emergency urgent |it's urgent|this is an emergency",
    "phone": "绑定手机 绑定手机号 绑定手机号码 绑定我的手机 绑定我的手机号 绑定电话 绑定电话号码 绑定号码 绑手机 "
    "绑手机号 关联手机 关联手机号 关联手机号码 关联电话 关联我的手机 验证手机 验证手机号 验证手机号码 手机收通知 "
    "用手机收通知 手机接收通知 短信收通知 用短信收通知 短信接收通知 "
    "|bind my phone|bind phone|bind my phone number|link my phone|link my phone number|link phone|verify my phone|"
    "verify my phone number|verify phone|add my phone|add my phone number|get notices by sms",
    "resend": "重发 重发验证码 重新发 重新发送 再发 再发一次 再发一条 再发个验证码 没收到 还没收到 没有收到 收不到 "
    "没收到短信 没收到验证码 收不到短信 收不到验证码 没有收到验证码 验证码没收到 resend "
    "|send again|send it again|resend code|resend the code|new code|a new code|not received|no code",
    "other_number": "换号码 换个号码 换一个号码 换手机号 换个手机号 换手机号码 换手机 换个手机 号码错 号码写错 "
    "写错号码 手机号错 手机号写错 |another number|other number|change number|change the number|wrong number",
    "mine": "我工单 我的工单 查我的工单 看我的工单 我的事 我的单 我的诉求 我的投诉 我的举报 我的建议 我的进度 我反映 "
    "我反映的 我反映的事 我反映的问题 我反映过的事 我投诉的事 我说的事 查我反映的事 看我反映的事 "
    "|my tickets|my cases|my matters|what i told you",
    "rate": "评价 要评价 我要评价 去评价 给评价 给个评价 评价服务 打分 评分 "
    "|rate|rate it|rate my ticket|give my verdict",
    "supplement": "补充 要补充 我要补充 再补充 补充材料 补充内容 补充说明 补充情况 补充照片 补充图片 "
    "补照片 补图片 加照片 加图片 补充一下 补充一点 添几句 加几句 "
    "|add|add something|add more|add to my ticket",
    "resume": "接着写 接着说 接着填 接着反映 继续写 继续说 继续填 继续反映 继续 |continue|resume|go on",
    "skip": "跳过 先跳过 略过 不留 不留电话 不留了 不方便 不方便留 不想留 不填 不知道 不清楚 不太清楚 记不清 记不清楚 "
    "不记得 忘了 说不清 说不清楚 说不上来 跳 skip |don't know|do not know|i don't know|not sure|can't say|no phone",
    "confirm": "确认 确认无误 确认提交 确定 没错 没有错 无误 提交 就这样 就这样写 都对 全对 对没错 对就这样 "
    "没问题提交 报上去 |confirm|submit|send it|correct|all correct|that's right|that is right|right",
    "change": "修改 改 要改 改一改 要改一改 要修改 改内容 改地点 改地址 改时间 改日期 改电话 改手机 改手机号 改类别 "
    "改类型 改称呼 改姓名 |change|edit|change something|change the matter|change the place|change the time|"
    "change the phone|change the kind|change the name",
    "urge": "催 催办 催单 催促 催一催 催一下 催催 催下 催促一下 催个单 催进度 催工单 加急 加急处理 再催 "
    "|hurry up|speed it up|please hurry",
    "withdraw": "撤诉 撤单 撤销 撤回 撤销投诉 撤销工单 撤销举报 撤销诉求 撤回投诉 撤回工单 撤回举报 撤回诉求 取消投诉 "
    "取消工单 取消举报 取消诉求 不投诉 不举报 不反映 不投诉他们 不举报他们 不用处理 不追究 "
    "|withdraw|withdraw my ticket|withdraw my complaint|cancel my ticket|cancel my complaint",
    "thanks": "辛苦 辛苦你们 辛苦大家 你们辛苦 麻烦你们 ",
    "stop_messages": "退订 td 退订短信 取消短信 不要发短信 不要再发短信 别发短信 别再发短信 不要给我发短信 "
    "不要再给我发短信 别给我发短信 别再给我发短信 不想收短信 不想再收短信 不收短信 "
    "|unsubscribe|stop texting me|no more messages",
    "hours": "几点上班 你们几点上班 几点下班 你们几点下班 几点有人 什么时候有人 什么时候上班 你们什么时候上班 上班时间 "
    "人工几点上班 人工什么时候上班 人工几点下班 几点有人工 什么时候有人工 现在有人上班 现在有人值班 有人值班 "
    "|opening hours|when are you open|are you open",
    "lost_number": "没有编号 没编号 没有工单号 没有单号 没有查询码 没查询码 "
    "|no number|lost my number|i lost my number|i lost the number",
    "anger": "垃圾 真垃圾 太垃圾 垃圾客服 垃圾机器人 垃圾平台 垃圾系统 垃圾热线 什么垃圾 傻逼 傻b 煞笔 傻 sb 蠢 笨 "
    "蠢货 笨蛋 白痴 智障 人工智障 弱智 废物 没用东西 滚 滚蛋 滚开 去死 去你妈 去你的 他妈 他妈的 妈的 tmd "
    "nmsl 操 艹 卧槽 我操 草泥马 骗子 你们是骗子 脑残 神经病 "
    "什么玩意 什么破机器人 破机器人 什么东西 扯淡 放屁 坑爹 气死我 气死 无语 真无语 推皮球 踢皮球 不作为 "
    "stupid idiot rubbish garbage fuck shit wtf damn |fuck you|you are stupid|you're useless|this is "
    "ridiculous|so stupid",
}


def _table() -> dict[str, Kind]:
    table: dict[str, Kind] = {}
    for kind, words in _WORDS.items():
        single, *phrases = words.split("|")
        for word in (*single.split(), *phrases):
            table.setdefault(word.strip(), kind)
    return table


_KIND_OF = _table()
_NUMERALS = {
    "零": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_NUMERALS |= {"壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5}
_NUMERALS |= {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "first": 1, "second": 2, "third": 3}
_NUMERALS |= {"fourth": 4, "fifth": 5, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_NUMBER = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?|[零一二两三四五六七八九十壹贰叁肆伍]|"
    r"one|two|three|four|five|six|first|second|third|fourth|fifth)"
)
# 第一个, but not 一个: that begins a question
_PICK = re.compile(
    r"(?:选|选择|我选|要|看|就|按|回复?|查看|是|option|number|no\.?|choose|pick|the)?\s?#?"
    rf"(?:第\s?(?P<ordinal>{_NUMBER})\s?(?:个|项|条|号|种|题|选项)?(?:问题)?|(?P<number>{_NUMBER})\s?(?:号|项|one|option)?)"
)
_WITH_NUMBER = re.compile(
    r"(?:(?:绑定|关联|绑|验证)(?:我的)?(?:手机|电话)?(?:号码|号)?[是为:,]?|"
    r"(?:bind|link|verify|add) (?:my )?(?:phone|mobile)(?: number)?:?)\s?(?P<number>[+(]{0,2}[0-9][0-9 ()+.\-]{4,28})"
)
_LAST = frozenset(("最后一个", "最后一项", "最后一条", "最后那个", "the last", "last"))
_SWEARING = re.compile(
    r"傻逼|煞笔|傻b(?![a-z])|操你|草你|艹你|你妈(?:的|逼|死)|尼玛(?!会)|他妈的|去死吧|滚蛋|你们?(?:都|是|不|全)*(?:死人(?!了)|死光|吃干饭|瞎了|聋了|摆设)|王八蛋|狗屁|在放屁|智障|脑残|"
    r"(?:你们?|客服|机器人|热线|系统|平台)(?:真|太|都是|就是|是|这|个|破|帮|群)*(?:垃圾|骗子|混蛋|废物)|"
    r"垃圾(?:客服|机器人|热线|平台|系统)|\bfuck|\bbullshit\b|\basshole\b"
)
_SWEARING_ABOUT = re.compile(r"什么意思|打一|是谁|的歌|智障(?:人|儿|者|证|补)")
_LONG_PERSON = re.compile(
    r"(?:转|接|找|叫|换|要|联系)(?:个|一下|下|到)?(?:人工(?![费智湖耳授流审成草降])|真人|活人|客服|接线员|话务员)|"
    r"(?:转|接|找|联系)(?:个|一下|下|到)?工作人员|"
    r"(?:speak|talk|chat) (?:to|with) (?:a |an |some)?(?:real |live |human )?(?:person|agent|human|one|operator)"
)
_ABOUT_PERSON = re.compile(r"怎么|如何|哪里|电话|多少|几点|投诉|举报|不用|不要|别|没有|服务费|显示|提示|异常|电影")
# 有用 is a word on an answer, 有用吗 is a question
_ASKING = re.compile(r"[吗么嘛]|能不能|可不可以|有没有|是不是")
_NOT_WHEN_ASKING: frozenset[Kind] = frozenset(
    ("helpful", "unhelpful", "acknowledge", "none_of_these", "confirm", "skip", "withdraw")
)


def command(text: str) -> Command | None:
    """The command a text is, if it is one; `text` as `reading.plain` returns it.

    Only whole messages count: 转人工 is a command, 公积金怎么转人工审核 is a question.
    """
    if not text or len(text) > MAX_CHARS:
        return None
    bare = reading.unaddressed(text.strip(_EDGES)).strip(_EDGES)
    for candidate in _peeled(bare):
        picked = _pick(candidate)
        if picked:
            return picked
        with_number = _WITH_NUMBER.fullmatch(candidate)
        if with_number:
            return Command("phone", detail=with_number["number"])
        kind = _KIND_OF.get(candidate)
        if kind and not (kind in _NOT_WHEN_ASKING and _ASKING.search(bare)):
            return Command(kind)
    if len(bare) <= 20 and _SWEARING.search(bare) and not _SWEARING_ABOUT.search(bare):
        return Command("anger")
    if len(bare) <= 24 and _LONG_PERSON.search(bare) and not _ABOUT_PERSON.search(bare):
        return Command("person")
    wish = told_before.wish(bare, _AFTER.sub("", bare).strip(_EDGES))
    return Command(wish) if wish else None


def _peeled(text: str) -> tuple[str, ...]:
    """The text itself, then without the politeness before, after, and around it."""
    head = _BEFORE.sub("", text)
    tail = _AFTER.sub("", text)
    both = _AFTER.sub("", head)
    soft = _SOFT_END.sub("", text)
    return tuple(dict.fromkeys(part.strip(_EDGES) for part in (text, tail, head, both, soft)))


def _pick(text: str) -> Command | None:
    if text in _LAST:
        return Command("pick", -1)
    match = _PICK.fullmatch(text)
    if not match:
        return None
    word = match["ordinal"] or match["number"]
    if word in _NUMERALS:
        return Command("pick", _NUMERALS[word])
    return Command("pick", int(re.sub(r"\D", "", word)))
