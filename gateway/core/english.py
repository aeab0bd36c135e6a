"""What citizens and staff are refused with, in English. Errors are raised in Chinese, where the rule is; whoever tells
them to somebody who reads English asks here.

The Chinese text is the key, with `{}` for what is filled in, in its order; the English one takes it as `{0}`, `{1}`.
What is filled in is looked up as well, as a state is; names and what people wrote are not here, and stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.core.tickets.phrases import DECLINED

_ANYWHERE = {
    "请求有误": "There is something wrong with this request.",
    "请求内容有误": "Something in this request is not right.",
    "请求参数有误": "Something in the address is not right.",
    "请先开始会话": "Please start a conversation first.",
    "不允许": "This is not allowed.",
    "没有这个地址": "There is nothing at this address.",
    "不支持这种请求方法": "This method is not supported here.",
    "内容太大": "This is too large.",
    "不支持这种内容类型": "This kind of content is not supported.",
    "操作太频繁，请稍后再试": "That was too much at once. Please try again in a moment.",
    "服务暂时不可用，请稍后再试": "The service is not available right now. Please try again in a moment.",
    "出了点问题，请稍后再试": "Something went wrong. Please try again in a moment.",
    "请用 JSON": "Please send JSON.",
    "请用 multipart/form-data 上传": "Please upload as multipart/form-data.",
    "上传内容无法读取": "What was uploaded cannot be read.",
    "每次上传一个文件": "Please upload one file at a time.",
    "文件太大": "The file is too large.",
    "没有这个文件": "There is no such file.",
    "文件没有这么长": "The file is not as long as that.",
    "这个网站不能使用本接口": "This website may not use this interface.",
    "请用 WebSocket 连接": "Please connect by WebSocket.",
    "翻页的位置不对，请从第一页看起": "This place to read on from is not right. Please begin at the first page.",
    "页面还没有构建，请先运行 make build": "The pages are not built yet. Please run `make build` first.",
}

_CITIZENS = {
    "会话已失效，请重新开始": "This conversation has ended. Please start again.",
    "请先说明会话": "Please say first which conversation it is.",
    "已经说明过会话": "Which conversation it is was said already.",
    "打开的页面太多了": "Too many pages are open.",
    "暂时收不下您的消息，请稍后再试": "Your message cannot be taken right now. Please try again in a moment.",
    "这个文件不存在，请重新上传": "This file is not there. Please upload it again.",
    "正在上传的人较多，请稍后再试": "Many people are uploading right now. Please try again in a moment.",
    "正在下载的人较多，请稍后再试": "Many people are downloading right now. Please try again in a moment.",
    "只能发图片（JPG、PNG、GIF、WebP）或 PDF 文件": "Only pictures (JPG, PNG, GIF, WebP) and PDFs can be sent.",
    "附件不在这个会话里，请重新上传": "The file is not part of this conversation. Please upload it again.",
    "没有查到，编号或查询码不对": "Nothing was found: the number or the code is not right.",
    "查得太多次了，请稍后再试": "That was a lot of look-ups. Please try again later.",
    "您已经评价过了": "You have given your verdict already.",
    "没有补充内容": "There is nothing to add.",
    "补充的内容已经很多，请直接联系我们": "A lot was added already. Please contact us directly.",
    "评价没记上，请再试一次": "Your verdict was not put down. Please try again.",
    "这张工单不是您反映的": "You are not among those who told this matter.",
    **{declined.zh: declined.en for declined in DECLINED.values()},
}

_SIGNING_IN = {
    "请先登录": "Please sign in first.",
    "请先修改密码": "Please change your password first.",
    "您的岗位不能这样做": "Your role does not allow this.",
    "页面已过期，请刷新后再试": "This page is out of date. Please reload it and try again.",
    "用户名或密码不对": "The user name or the password is not right.",
    "这个账号已经停用，请联系系统管理员": "This account is blocked. Please ask an administrator.",
    "这个账号正在被修改，请再试一次": "This account is being changed. Please try again.",
    "请输入动态验证码": "Please enter your one-time code.",
    "动态验证码不对，或者已经用过，请等下一个": "This code is not right, or was used before. Please wait for the next.",
    "动态验证码不对，请检查手机的时间是否准确": "This code is not right. Please check the clock of your phone.",
    "已经开通动态验证码，先关闭才能重新绑定": "One-time codes are on already. Turn them off first to set them up anew.",
    "请先开始绑定动态验证码": "Please begin to set up one-time codes first.",
    "这个网络登录得太频繁，请稍后再试": "There were too many sign-ins from this network. Please try again later.",
    "试得太多了，请稍后再登录": "That was too many attempts. Please sign in later.",
    "登录的人太多，请稍后再试": "Too many people are signing in. Please try again in a moment.",
    "没有这个登录，或者已经退出了": "There is no such session, or it has ended.",
    "新密码要和原来的不一样": "The new password must differ from the old one.",
    "密码刚刚被改过，或者登录已被结束，请重新登录": (
        "The password was just changed, or the session ended. Please sign in again."
    ),
    "原来的密码不对": "The old password is not right.",
    "密码要有 {} 到 {} 个字符": "A password has {0} to {1} characters.",
    "密码里至少要有 {} 个不同的字符": "A password has at least {0} different characters.",
    "密码太容易被猜到，请不要只用用户名、热线号码或常见的词": (
        "This password is too easy to guess. Please use more than the user name, the hotline's number or a common word."
    ),
}

_PEOPLE_AND_UNITS = {
    "没有这个账号": "There is no such account.",
    "没有这个人": "There is no such person.",
    "已经有这个账号了": "There is such an account already.",
    "用户名由小写字母、数字和 . _ @ - 组成，2 到 64 个字符": (
        "A user name has 2 to 64 characters: small letters, digits and . _ @ -"
    ),
    "别人正在改这个账号，请再试一次": "Somebody else is changing this account. Please try again.",
    "这件事要请另一位管理员来做，不能对自己的账号做": "Another administrator has to do this to your account.",
    "至少要有一个角色，每个角色只写一次": "There must be at least one role, and each of them once.",
    "单位的角色不能和热线的角色放在一个人身上": "One person cannot have roles of a unit and of the hotline.",
    "系统管理员不能同时办理工单或督查": "An administrator cannot handle or supervise tickets as well.",
    "单位的角色要写明单位，其他角色没有单位": "Roles of a unit need the unit; others have none.",
    "没有这个单位": "There is no such unit.",
    "这个单位已经停用": "This unit is retired.",
    "这个编号已经有单位用了": "Another unit has this code already.",
    "别人正在改这个单位，请再试一次": "Somebody else is changing this unit. Please try again.",
    "这个单位还有 {}没办完的工单，不能停用": "This unit has {0} open tickets and cannot be retired.",
    "{} 张以上": "more than {0}",
    "{} 张": "{0}",
    "第 {} 行，{}": "Line {0}: {1}",
    "编号 {} 前面已经有了": "The code {0} is there already.",
    "没有上级单位 {}": "There is no unit {0} above it.",
    "上级单位 {} 已经停用": "The unit {0} above it is retired.",
    "下面还有在用的单位 {}": "There are units in use below it: {0}",
    "上级单位绕回了自己": "The units above it lead back to itself.",
    "“{}”也是 {} 的名称": "“{0}” is also a name of {1}.",
}

_CONVERSATIONS = {
    "您的岗位不接待市民": "Your role does not answer citizens.",
    "没有这个会话": "There is no such conversation.",
    "没有这个警报": "There is no such alarm.",
    "这个警报正在变动，请再试一次": "This alarm keeps changing. Please try again.",
    "这个会话正在变动，请再试一次": "This conversation keeps changing. Please try again.",
    "同时打开的会话太多了": "Too many conversations are open at once.",
    "现在由{}接待": "{0} has it now.",
    "请先接手，再回复": "Please take it first, then reply.",
    "{}已经接手了": "{0} has taken it already.",
    "已经由机器人接待": "The bot has it already.",
    "只能搁置到以后七天之内": "It can be set aside for seven days at most.",
    "这个单位现在没有人在线接待，可以转给别的坐席，或者登记工单": (
        "Nobody of this unit is at a desk now. Pass it to another agent, or file a ticket."
    ),
    "这就是现在的会话，请选另一个": "This is the conversation itself. Please choose another.",
    "它已经和别的会话并在一起，请先分开": "It is merged with another already. Please separate the two first.",
    "请先接手，再并到一起": "Please take it first, then merge.",
    "{}正在接待那一位，请先和对方商量": "{0} has that one. Please agree with them first.",
    "最多 {} 个会话并在一起": "At most {0} conversations can be merged.",
    "这个会话没有和别的会话并在一起": "This conversation is not merged with another.",
    "设置刚被改过，请再试一次": "These settings were changed just now. Please try again.",
    "没有这条常用语": "There is no such canned reply.",
    "快捷词 /{} 已经给了“{}”，请换一个": "The shortcut /{0} belongs to “{1}” already. Please choose another.",
    "常用语最多 {} 条，请先删掉用不着的": "There can be {0} canned replies. Please remove some first.",
    "别人正在改这条常用语，请再试一次": "Somebody else is changing this canned reply. Please try again.",
    "没有这条外发消息": "There is no such outgoing message.",
    "这条消息不用处理": "This message does not wait for anybody.",
    "这条消息正在变动，请再试一次": "This message keeps changing. Please try again.",
}

_TICKETS = {
    "草稿": "draft",
    "待受理": "to be accepted",
    "待签收": "to be signed for",
    "办理中": "being handled",
    "待审核": "to be reviewed",
    "待回访": "to be called back",
    "即时答复办结": "answered at once",
    "不予受理": "not accepted",
    "已并案": "merged",
    "办结": "closed",
    "已归档": "filed away",
    "没有这张工单": "There is no such ticket.",
    "别人正在改这张工单，请再试一次": "Somebody else is changing this ticket. Please try again.",
    "工单现在是“{}”": "The ticket is “{0}” now.",
    "工单现在是“{}”，不能{}": "The ticket is “{0}” now, so this cannot be done.",
    "您已回避这张工单": "You have recused yourself from this ticket.",
    "您的岗位不能登记工单": "Your role does not file tickets.",
    "您的岗位不能导出工单": "Your role does not export tickets.",
    "您的岗位不能查看个人信息": "Your role does not see personal data.",
    "您的岗位不能看数据": "Your role does not see the figures.",
    "您的岗位不能查看督办牌": "Your role does not see cards.",
    "只能看自己单位的工单": "Only tickets of your own unit can be seen.",
    "还有导出没完成，请稍后再试": "Another export is not finished. Please try again later.",
    "举报针对的单位不能办理这张工单": "The unit that the report is about cannot handle it.",
    "举报针对的单位正在办理，请先转派给别的单位": "The unit it is about has it. Please pass it to another first.",
    "要并入的工单已经有结果了": "The ticket it is to be merged into has its result already.",
    "保密的工单只能和保密的并在一起": "A confidential ticket can only be merged with a confidential one.",
    "不能并入自己": "A ticket cannot be merged into itself.",
    "请写明查看的理由": "Please say why you need to see it.",
    "没有这个反映人": "There is no such reporter.",
    "没有这个附件": "There is no such file on this ticket.",
    "市民没有发过这个附件": "The citizen sent no such file in this conversation.",
    "这张工单的附件已经太多": "This ticket has too many files already.",
    "正在传文件的人较多，请稍后再试": "Many people are sending files right now. Please try again in a moment.",
    "这个文件不是能播放的声音或视频": "This file is not a sound or a video that can be played.",
    "这段语音放不出来，可以下载下来再听": "This voice message cannot be played. You can download it to hear it.",
    "语音超过 60 秒，这里放不了，可以下载下来再听": (
        "The voice message is longer than 60 seconds and cannot be played here. You can download it to hear it."
    ),
    "正在听语音的人较多，请稍后再试": "Many people are listening to voices right now. Please try again in a moment.",
    "只能添加图片（JPG、PNG、GIF、WebP）、PDF、Word 或 Excel 文件": (
        "Only pictures (JPG, PNG, GIF, WebP), PDF, Word and Excel files can be added."
    ),
    "这张工单不由您的单位主办": "Your unit does not lead this ticket.",
    "这张工单不由您的单位办理": "Your unit does not handle this ticket.",
    "这些单位已经在办理这张工单": "These units are handling this ticket already.",
    "解决情况和满意度要一起记": "Solved and satisfied are put down together.",
    "没有联系上市民，不能记评价": "Without reaching the citizen no verdict can be put down.",
    "回访满{}次仍联系不上，才能直接办结": "It can be closed like this only after {0} attempts to reach the citizen.",
    "没有要改的内容": "There is nothing to change.",
    "没有待审批的退单申请": "No return is asked for.",
    "没有待审批的延期申请": "No extension is asked for.",
    "会办单位还没有答复；确认不等的话请注明": "Joint units have not answered yet. If you will not wait, please say so.",
    "每张工单只能申请退单一次": "A return can be asked for once per ticket.",
    "已过申请退单的时限": "It is too late to ask for a return.",
    "每张工单只能申请延期一次": "An extension can be asked for once per ticket.",
    "已经超期，不能再申请延期": "The limit has passed, so no extension can be asked for.",
    "延期最长{}个工作日": "An extension has {0} workdays at most.",
    "还没有承办单位，不能督办": "No unit handles it yet, so it cannot be supervised.",
    "还没有承办单位，不能发牌": "No unit handles it yet, so no card can be given.",
    "已经在督办": "It is under supervision already.",
    "没有进行中的督办": "It is not under supervision.",
    "没有待回复的督办": "No supervision waits for an answer.",
    "这次督办不针对您的单位": "This supervision is not of your unit.",
    "这张工单没有这张牌": "This ticket has no such card.",
    "这张牌已经发过": "This card was given already.",
    "这张牌不是发给您的单位的": "This card was not given to your unit.",
    "没有待裁定的申诉": "No appeal waits for a decision.",
    "这张牌没有待裁定的申诉": "No appeal of this card waits for a decision.",
    "您的单位在这张工单上没有黄牌或红牌": "Your unit has no card on this ticket.",
    "每张牌只能申诉一次": "A card can be appealed once.",
    "别人也在训练，请稍后再试": "Somebody else is teaching it, too. Please try again later.",
}

_CALENDAR_AND_LIMITS = {
    "这张时限表还不能用：{}": "This table of limits cannot be used yet.",
    "时限刚被别人改过，请看过再改": "Somebody else has just changed the limits. Please look at them first.",
    "还不知道{}年的节假日和调休，请先在工作日表里加上这一年": (
        "The holidays and make-up workdays of {0} are not known yet. Please add that year to the calendar first."
    ),
    "别人正在改这一年的工作日表，请再试一次": "Somebody else is changing the calendar of this year. Please try again.",
    "年份要在 {} 到 {} 之间": "The year must be between {0} and {1}.",
    "这些日期不在{}年：{}": "These days are not in {0}: {1}",
    "这些日期写了不止一次：{}": "These days are there more than once: {0}",
    "节日的名称最多 {} 个字：{}": "A holiday's name has {0} characters at most: {1}",
    "{}年的放假安排还没有收录，请把这一年的节假日都写上": "The holidays of {0} are not known. Please give them all.",
}

_KNOWLEDGE = {
    "没有这条知识": "There is no such entry.",
    "没有这一版": "There is no such version.",
    "知识库正在被反复导入，请稍后再试": "The knowledge base is being imported again and again. Please try again later.",
    "知识库正在被别人导入，请稍后再试": "Somebody else is importing the knowledge base. Please try again later.",
    "知识库最多 {} 条": "The knowledge base has {0} entries at most.",
    "已经有同一编号的知识": "There is an entry with this id already.",
    "同一单位已经有这个问题": "The same unit has this question already.",
    "这条知识刚被别人改过，请重新打开再改": "Somebody else has just changed this entry. Please open it again.",
    "这条知识正被反复修改": "This entry keeps changing. Please try again.",
    "这些问题正被别人处理，请刷新后再看": "Somebody else is working on these questions. Please reload the page.",
    "已经在等审核了": "It waits for review already.",
    "只有等审核的才能退回修改": "Only what waits for review can be sent back.",
    "自己写的或提交的，要由另一位知识编辑发布": "What you wrote or handed in is published by another editor.",
    "先提交审核，审核通过才能发布": "It must be handed in for review before it is published.",
    "只有已发布的才能下架": "Only what is published can be withdrawn.",
    "没有还没发布的修改": "There is no change that waits to be published.",
    "还没有写答案": "The answer is not written yet.",
    "有效期已经过了，请先改有效期": "It has expired. Please change until when it is valid first.",
    "有的地方没有填对": "Something in the form is not right.",
    "没有填": "This is empty.",
    "应当是文字": "This has to be text.",
    "含有无法显示的字符 U+{}": "It holds a character that cannot be shown, U+{0}.",
    "单元格是表格软件的错误值 {}": "The cell holds a spreadsheet's error, {0}.",
    "太长：{} 个字，最多 {} 个": "Too long: {0} characters, at most {1}.",
    "编号里不能有空格": "An id has no spaces.",
    "编号太长": "The id is too long.",
    "太多：{} 个，最多 {} 个": "Too many: {0}, at most {1}.",
    "有一个太长：{} 个字，最多 {} 个": "One of them is too long: {0} characters, at most {1}.",
    "合起来太长，最多 {} 个字": "Together they are too long, at most {0} characters.",
    "不认识“{}”，可以填：已发布、草稿、待审核、已下架": "“{0}” is not known: published, draft, review, withdrawn.",
    "请填 是 或 否": "Please write yes or no.",
    "日期超出范围": "The date is out of range.",
    "“{}”不是日期，请写成 2027-12-31 这样": "“{0}” is no date. Please write it like 2027-12-31.",
    "请只填日期，例如 2027-12-31": "Please write the date only, for example 2027-12-31.",
}

_WEBHOOKS = {
    "没有这个推送地址": "There is no such webhook.",
    "没有这条推送记录": "There is no such delivery.",
    "这个推送地址已停用，请先启用": "This webhook is paused. Please resume it first.",
    "这条推送没有失败，不用重发": "This delivery has not failed and needs no other attempt.",
    "这条推送正在变动，请再试一次": "This delivery keeps changing. Please try again.",
    "推送地址最多 {} 个，请先删去不用的": "There can be {0} webhooks at most. Please delete one first.",
    "让对方知道保密工单的动态，要写明理由": "To tell others of confidential tickets takes a reason.",
    "别人正在改这个推送地址，请再试一次": "Somebody else is changing this webhook. Please try again.",
    "地址要写完整，例如 https://example.gov.cn/hotline": (
        "Please write the whole address, for example https://example.gov.cn/hotline"
    ),
    "地址里不要写用户名、密码和 # 后面的部分": "The address must have no user name, no password and nothing after a #.",
    "这是内部地址，没有允许通知到这里": "This is an internal address, and telling it is not allowed.",
    "地址要以 https:// 开头": "The address must begin with https://",
}

_DEMO = {
    "模拟器没有回应，请稍后再试": "The simulator does not answer. Please try again in a moment.",
    "模拟器没有答完，不能确定是否已经收到": "The simulator broke off. It is not known whether it took this.",
    "正在使用演示的人较多，请稍后再试": "Many people are using the demo. Please try again in a moment.",
    "模拟器出错了，请稍后再试": "The simulator failed. Please try again in a moment.",
    "没有这部手机": "There is no such phone.",
    "模拟器不接受这个请求": "The simulator does not take this request.",
}

SAID: Mapping[str, str] = {
    **_ANYWHERE,
    **_CITIZENS,
    **_SIGNING_IN,
    **_PEOPLE_AND_UNITS,
    **_CONVERSATIONS,
    **_TICKETS,
    **_CALENDAR_AND_LIMITS,
    **_KNOWLEDGE,
    **_WEBHOOKS,
    **_DEMO,
}
_FILLED = [
    (re.compile("(.+?)".join(map(re.escape, said.split("{}"))), re.DOTALL), english)
    for said, english in SAID.items()
    if "{}" in said
]


def in_english(said: str) -> str:
    """The same in English; as it is when it is not known, or no Chinese."""
    if said in SAID:
        return SAID[said]
    if said.isascii():
        return said
    for pattern, english in _FILLED:
        if match := pattern.fullmatch(said):
            return english.format(*map(in_english, match.groups()))
    several = said.split("；")
    return " ".join(map(in_english, several)) if len(several) > 1 else said
