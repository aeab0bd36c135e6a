"""Finds out from a text whether somebody is in danger now. Rules only, no state.

Source of the rule: 12345 takes what is not urgent; danger belongs to 110, 119, 120, 122 and 12356, and is looked for
before anything else on every channel.

How it decides: a *sign* (an act or an event, such as 着火了) carries 2 points, a mere *topic* (火灾) 1. What speaks for
now adds points, a frame that makes it a question of procedure, a thing of the past, a supposition, a story or an
all-clear takes them away. 2 points are an emergency, 1 is a doubt: the number is said and the bot goes on answering.
Idioms (热死了, 跳楼价) are blanked out first, and a sign directly after a negation does not count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot import reading

Situation = Literal["fire", "gas", "trapped", "medical", "drowning", "crime", "traffic", "despair", "jumper"]


@dataclass(frozen=True, slots=True)
class Danger:
    """What was found. `kind` and `number` are those of `bot.contract.Alarm`; `certain` is false in doubt."""

    situation: Situation
    kind: Literal["crime", "fire", "medical", "traffic", "mental"]
    number: str
    matched: str
    certain: bool


# situation -> kind of alarm and the number to name first; the order decides between equals
_KINDS: dict[Situation, tuple[Literal["crime", "fire", "medical", "traffic", "mental"], str]] = {
    "fire": ("fire", "119"),
    "gas": ("fire", "119"),
    "drowning": ("medical", "120"),
    "trapped": ("fire", "119"),
    "traffic": ("traffic", "122"),
    "jumper": ("mental", "110"),
    "despair": ("mental", "12356"),
    "crime": ("crime", "110"),
    "medical": ("medical", "120"),
}

_GAS = r"(?:煤气|燃气|天然气|液化气|瓦斯|石油气)"
_CAR = r"(?:车|泥头车|货车|大巴|公交|摩托|电动车|三轮|的士|面包车)"
_PERSON = (
    r"(?:有人|人|我|他|她|爸|妈|爷|奶|公|婆|老人|老伴|孩子|小孩|小朋友|娃|宝宝|儿子|女儿|孙子|孙女|弟|妹|哥|姐|同事|同学|"
    r"朋友|邻居|工人|师傅|学生|孕妇|男的|女的|乘客|司机|病人|老豆|老母|阿伯|家人|亲戚|室友)"
)

# 2 points: it is happening. `.` below never crosses punctuation (see `_compile`).
_SIGNS: dict[Situation, str] = {
    "fire": r"""
        着(?:了)?(?:大)?火了?|起(?:了)?(?:大)?火(?:了|啦|在|怎么办)|(?:房|楼|家|屋|店|厂|仓库|车|山|厨房|灶|炉|机|箱|宿舍|工地|林)(?:子|上|里|间|库)?.{0,4}(?:起火|失火|自燃)
        |失火(?:了|啦|,)|自燃(?:了|啦|,)|烧起来|烧着(?:了|啦)|烧紧|火烛(?:啊|啦|,|$)|(?:房|楼|屋|家|车|店)子?(?:着了|烧了|在烧|正?在燃烧)
        |喷火|窜(?:出)?火|火势|火(?:越来越|太|好)大(?!气)|扑不灭|灭不了火|(?:冒|好|很|全|都|滚)(?:出|着|是|多|大)?.{0,3}(?:浓烟|黑烟)|(?:楼|屋|房|家)里?(?:全|都)(?:都)?是(?:浓|黑)?烟
        |着火|(?:锅|罐|瓶|厂|电池|充电器|锅炉|仓库|油库).{0,4}(?:爆炸|炸了)|爆炸了|焦味.{0,6}烟
        |\bon fire\b|\bcaught fire\b|\b(?:there is|there's) (?:a )?fire\b|\bfire in (?:my|the|our)\b|\bfire!|\bsmoke everywhere\b|\b(?:lots|full) of smoke\b|\bexplosion\b
    """,
    "gas": rf"""
        {_GAS}(?:罐|瓶|管|灶|管道|阀)?.{{0,6}}(?:泄漏|泄露|漏了|漏气|在漏|漏紧|漏,|漏$|漏出)|(?:漏|泄漏|泄露)(?:了)?{_GAS}
        |{_GAS}(?:的|好|很|好大|大|阵)?(?:气)?味|(?:闻|嗅)(?:到|得到).{{0,10}}{_GAS}|(?:把|将){_GAS}.{{0,2}}(?:打|拧|开)开
        |\bgas leak|\bsmell(?:s|ing)? (?:of )?(?:the |strong )?gas\b|\bgas smell\b
    """,
    "trapped": r"""
        (?:困|卡|关|锁|停)(?:在|住在|住|到)?.{0,8}(?:电梯|升降机|𨋢)|(?:电梯|升降机|𨋢).{0,8}(?:困|被关|卡住|坠|出不来|掉下)|被困(?!难)|困(?:在|住).{0,8}(?:出不|里|车|屋|洞|山|水|顶)
        |(?:头|手|脚|腿|手指|身体|人).{0,3}(?:被)?(?:卡|夹|压)(?:在|住|到|进).{0,8}|(?:压|埋)(?:在|住|到|着)(?:了)?.{0,4}(?:人|下面|底下|里面)|被(?:活)?埋
        |(?:塌|倒塌|坍塌|塌方|塌下)(?:了|啦|下来|,)|墙倒了|滑坡(?:了|啦)|(?:掉|跌|摔|坠)(?:进|到|入|落).{0,6}(?:井|坑|洞|粪池|电梯)|洪水.{0,6}(?:进|冲|围|困)|(?:水|洪水).{0,4}淹(?:到|进|过)|(?:里面|屋里|车里|楼上)还?有(?:老)?人(?:出不来|没出来|,|$)
        |\b(?:trapped|stuck) in (?:the|an|my|a) (?:elevator|lift|car|fire|room|building)|\bcollapsed? (?:on|building)|\bcan(?:'t|not) get out\b
    """,
    "medical": rf"""
        (?:晕|昏|暈)(?:倒|过去|迷了|低|死过去)|{_PERSON}.{{0,8}}昏迷|不省人事|(?:没|没有|无|停止|停)(?:了)?(?:呼吸|心跳|脉搏|知觉|意识|气了)|(?:呼吸|心跳|心脏)(?:没了|停|骤停|困难|不了|不上|好微弱)|不能呼吸|不识动|不识郁|没晒(?:知觉|反应)
        |(?:喘|透|呼|吸)不(?:过|上|到)气?来?|叫不醒|(?:喊|叫|拍|摇).{{0,5}}(?:没|不)(?:有)?(?:反应|应|醒|动)|(?:躺|倒|趴|摔|瘫)(?:在|到|低)?.{{0,6}}(?:一动不动|不动|没反应|起不来|不醒)
        |{_PERSON}.{{0,6}}(?:倒|躺|瘫)在(?:地|路|厕所|血|门口|街|楼)|心(?:肌)?梗(?:塞)?(?:了|发作|,|$)|心脏病.{{0,3}}(?:发|犯)|(?:好像|突然|可能|是不是|疑似)(?:是)?(?:中风|脑溢血|脑出血|心梗|猝死)|(?:中风|脑溢血|猝死)(?:了|啦)
        |大出血|血流不止|止不住血|(?:血|血都).{{0,4}}止不住|流(?:了)?(?:好|很|太|大量|一地|许)多?血|头破血流|(?:满|一|全)(?:地|脸|身|头)(?:都)?是?血|抽搐|口吐白沫|休克了?|窒息|噎(?:住|到|着)|(?:鱼刺|东西|糖|果冻|硬币|异物).{{0,4}}卡(?:住|在)?.{{0,3}}(?:喉|气管|嗓)
        |(?:误|吞)(?:食|服|吞|喝|饮|下).{{0,10}}(?:电池|药|毒|清洁|洗|硬币|磁|剂|水银|针)|(?:喝|吃|服)(?:了|下)?.{{0,4}}(?:农药|百草枯|敌敌畏|老鼠药|毒药|洁厕)|(?:都|一家|全家|人|煤气|食物|一氧化碳|药物|农药).{{0,3}}中(?:了)?毒(?:了|,)|中毒了
        |触(?:了)?电(?!话|器|脑)|被(?:高压)?电(?:到|击|了|倒)|(?:从|在).{{0,10}}(?:摔|掉|跌|坠)(?:了)?(?:下|落)(?:来|去|楼)?|坠楼(?!价)|羊水.{{0,2}}破|(?:快|要|马上|就)要?生(?:了|啦)(?!气|病|意)|(?:手|脚|指|腿|臂|头).{{0,8}}(?:切断|轧断|绞断|砍断|压断|断了|绞进)|(?:被)?(?:毒)?蛇咬(?:了|到|伤)
        |(?:快|赶紧|马上|帮.{{0,3}})?(?:叫|派|要|需要|来).{{0,4}}(?:救护车|急救车|救伤车)|(?:胸|心)(?:口|脏|前)?.{{0,4}}(?:痛|疼|闷|压).{{0,8}}(?:喘|呼吸|汗|麻|受不了|死|一个人)|半边.{{0,4}}(?:动不了|麻|没知觉)|奄奄一息|{_PERSON}.{{0,4}}(?:快不行|要不行|快死|要死|不行了)|生命(?:垂危|危险)|过敏.{{0,6}}(?:喘|呼吸|休克)
        |\b(?:not|stopped|isn't|isnt) breathing\b|\bcan(?:'t|not|t) breathe\b|\bunconscious\b|\bpassed out\b|\b(?:has|have|just|and)? ?collapsed\b|\b(?:having|has|had) an? (?:heart attack|stroke|seizure)|\bheart attack\b|\bbleeding (?:badly|heavily|a lot|out|to death)|\bchoking\b|\boverdos|\bpoisoned\b|\b(?:need|call|send) an? ambulance\b|\bin labou?r\b|\bwater broke\b
    """,
    "drowning": rf"""
        (?:{_PERSON}|刚刚|正在).{{0,6}}(?:溺水|落水|沉下去|沉了|淹着)|溺水了|落水了|(?:掉|跌|落|摔|滑)(?:进|到|入|下|落)?(?:了)?.{{0,3}}(?:河|水|江|湖|塘|海|池|渠)(?:里|中|,|$|了|去)|沉下去|(?:河|江|湖|海|水库|池|塘).{{0,8}}(?:不见了|沉|挣扎|救命|浮着)|快淹死|溺紧
        |\bdrown(?:ing|ed)\b
    """,
    "crime": rf"""
        救命|救救(?:我|孩|她|他|命|人)|(?:拿|持|提|挥|举|拎|揣|带)(?:着|了|住)?.{{0,3}}(?:刀|斧|棍|枪|锤|械|凶器|砖|酒瓶).{{0,10}}(?:砍|捅|杀|追|斩|威胁|冲|打|闹|伤|逼|劈)|有人(?:拿|持|提|挥|举|拎|带)(?:着|了)?.{{0,2}}(?:刀|枪|斧)|持(?:刀|枪|械)(?:伤|行|抢|砍|劫)?|(?:砍|捅|斩|劈|刺)(?:人|伤|死|我|他|她|友|学生|孩子|了|紧)|被.{{0,3}}(?:砍|捅|斩)
        |(?:想|要|在|正在|敢|扬言|威胁|说).{{0,4}}杀(?:人|我|死|掉|了我|了他|了她|光|害)|杀人(?:啦|了|啊|,|$)|被.{{0,6}}(?:绑架|劫持|绑走|拐走|抓走|掳走|强行|抢劫|抢了|抢走|劫了|强奸|性侵|猥亵|追杀|殴打|围殴|囚禁|非法拘禁|关起来|关在|锁在|打劫)|绑架(?:了|我)|强行.{{0,4}}(?:拉上|拖上|带走|抱走|入室|进屋)|强奸(?:我|她|了)
        |(?:抢劫|打劫|抢嘢|抢东西|抢钱)(?:啊|啦|了|,|$)|刚.{{0,8}}抢(?:了|走|劫)|(?:闯|溜|爬|摸|翻|钻)(?:进|入)(?:了|来)?.{{0,3}}(?:我|家|屋|房|宿舍|窗)|入室|进(?:了)?贼|(?:小偷|贼).{{0,6}}(?:屋|家|撬|翻|在)|(?:撬|踹|砸)(?:我|我家|开)?.{{0,2}}(?:锁|门|窗)
        |(?:正|在|还在|一直在|又)(?:在)?.{{0,2}}(?:打我|打人|打她|打他|打孩子|打架|打老婆|殴打|施暴|行凶|追我|打砸)|打死(?:我|人|她|他|孩子)|往死里打|(?:有人|他们|一群人|帮人|两|几|一帮|好多人).{{0,8}}(?:打架|斗殴|群殴|打起来|互殴|打交|开片)|打起来了|(?:我|她|他|孩子|人).{{0,3}}被.{{0,6}}(?:打了|打伤|打到|打得|打,|家暴)|围(?:着|住)(?:我|他|她).{{0,10}}(?:打|动手|不让)|(?:一直|有人|男).{{0,5}}(?:跟踪|尾随)(?:着)?(?:我|她)|不让我?(?:下车|出去|离开|走)|(?:出不去|逃不|跑不).{{0,6}}(?:传销|窝点)|传销.{{0,6}}(?:出不|关|逃|控制)
        |(?:要|想|快|请|帮.{{0,2}}|马上|赶紧|我|立刻)报(?:个)?警(?!.{{0,2}}(?:回执|记录|证明|电话))|(?:要|扬言|说).{{0,3}}炸(?:了|掉|医院|学校|楼|车)|有炸弹|有.{{0,2}}炸药|(?:孩子|小孩|女儿|儿子|老人|妹).{{0,4}}(?:被拐|被抱走|被带走|被抢走)
        |\b(?:has|have|with|holding|carrying|pulled) an? (?:\w+ )?(?:knife|gun|weapon)\b|\bstabb(?:ed|ing)|\b(?:being|was just|got|am|is|are) (?:robbed|attacked|kidnapped|beaten|followed|stalked|raped|assaulted)\b|\b(?:broke|breaking|break) into my\b|\bsomeone is in my (?:house|home|room)|\b(?:is|are) (?:attacking|hitting|beating|shooting|fighting)\b|\bkill me\b(?! with)|\bhelp me\b,? ?(?:please|!|,|$)|\bcall the police\b|\bshooting\b
    """,
    "traffic": rf"""
        (?:出|发生|遇|了)(?:了)?.{{0,3}}车祸|车祸.{{0,8}}(?:伤|死|困|流血|了,|快|现场)|{_CAR}.{{0,8}}(?:相撞|撞了|撞上|撞到|撞倒|撞伤|撞死|撞飞|对撞|侧翻|翻了|翻车|卷进|冲进)|撞(?:车|到人|倒人|了人|死人|伤人|飞)了?(?!以后|之后|后)|被.{{0,10}}{_CAR}.{{0,4}}(?:撞|碾|压|卷|刮|轧)|被(?:人)?(?:撞|碾|轧)(?:了|到|倒|伤|飞)|{_PERSON}.{{0,4}}被撞|连环(?:相撞|追尾|车祸)|卡在车里|肇事.{{0,6}}(?:跑|逃).{{0,1}}(?:了|,|$)
        |\bcar (?:accident|crash|wreck)\b|\btraffic accident\b|\b(?:hit|run over|knocked down) by an? (?:\w+ )?(?:car|truck|bus|taxi|motorbike|bike|van)\b|\bbad crash\b
    """,
    "jumper": rf"""
        (?:要|想|准备|正要|说|闹着|正在|爬|站).{{0,8}}(?:跳楼|跳下(?:去|来)|跳河|跳江|跳桥|跳海|跳轨|轻生)|(?:站|坐|爬|在).{{0,4}}(?:天台|楼顶|窗台|栏杆|桥边|桥栏)(?:上|边|外)?.{{0,8}}(?:跳|哭|不下来)|(?:有人|有个.{{0,6}}|他|她|儿子|女儿|同学|朋友).{{0,6}}(?:跳楼|跳河|跳桥|轻生|自杀|自残|割腕)|(?:在|正在)割腕|(?:留|写).{{0,3}}遗书
        |\b(?:going to|about to|wants to|gonna) jump\b
    """,
    "despair": r"""
        不想(?:再)?(?:活|做人|生)(?!动|产|气|病|意|孩|二|娃)|活(?:不|唔)下去|活够了|活腻|活着.{0,3}(?:没|无|有什么)(?:有)?.{0,2}(?:意思|意义|希望|用)|(?:不如|干脆|还是)死了?(?:算|好|吧)?|死了(?:算了|就解脱|一了百了|干净|才好)|(?:想|要|准备|打算|打算要)(?:自杀|自尽|轻生|寻死|去死|死,|死$|死了,|死了$|割腕|跳楼|烧炭|上吊|一了百了)|(?:结束|了结|放弃).{0,5}(?:生命|性命|一生|自己)|不(?:想|要|再)(?:再)?(?:醒来|醒过来|醒了)|想死$|想死,
        |割(?:了)?(?:自己的?)?(?:手)?腕|(?:吃|吞|服)(?:了|下)?.{0,6}(?:安眠药|整瓶药|一瓶药|好多药|很多药)|(?:安眠药|药).{0,4}(?:吃|吞)了(?:一瓶|整瓶|很多|好多|半瓶)|撑不下去|我.{0,6}天台
        |\bkill(?:ing)? myself\b|\b(?:want|going|wish) to die\b|\bend (?:my life|it all)\b|\bsuicid(?:e|al)\b|\b(?:don't|dont|do not|no longer) (?:want to|wanna) (?:live|be alive)\b|\bhurt(?:ing)? myself\b|\bcut(?:ting)? my wrist
    """,
}

# 1 point: the matter is named, no more.
_TOPICS: dict[Situation, str] = {
    "fire": r"火灾|火警|失火|起火|自燃|爆炸|山火|大火|火情|浓烟|^119$|\bfire\b",
    "gas": rf"{_GAS}.{{0,3}}(?:漏|爆)",
    "trapped": r"(?:电梯|升降机).{0,4}(?:故障|停).{0,3}人|坍塌|倒塌|塌方|被困",
    "medical": r"昏迷|中毒|急救|救护车|流血|出血|心梗|心肌梗|脑溢血|猝死|心脏病|^120$|\bambulance\b",
    "drowning": r"溺水|落水|遇溺",
    "crime": r"打架|斗殴|抢劫|绑架|报警|家暴|强奸|砍|行凶|跟踪|持刀|^110$|\bpolice\b.{0,10}\bnow\b",
    "traffic": r"车祸|交通事故|撞车|追尾|撞人|肇事|^122$",
    "jumper": r"跳楼|跳河|跳桥|割腕",
    "despair": r"自杀|轻生|自残|想死|^12356$",
}

_IDIOMS = r"""
    (?:热|累|笑|急|气|饿|困|忙|烦|吓|吵|冷|渴|堵|丑|羡慕|美|爽|痛|疼|臭|辣|咸|甜|贵|穷|苦|闷|尴尬|难[看吃听受]|担心|冤|郁闷|无聊|恶心|开心|高兴|激动|可爱|喜欢|后悔|坑|慢|懒|脏|乱|挤|晒|冻|闲|麻烦|黑|烦|愁|想)(?:都|得)?(?:快|要|到)*(?:死|疯|炸|爆|晕|昏)(?:了?(?:我|人|个人|俺|宝宝|你|您|他|她|它|大家|爸|妈|老婆|你们|他们|家)+(?:们)?|[了啦咯喽])+了?
    |(?:快)?(?:被|给|让).{0,8}(?:逼|气|烦|吵|笑|吓|热|累|折磨|弄|搞)(?:得)?(?:快|要)?(?:死|疯|晕|炸)(?:了|我)*|(?:笑|哭|气|累|热|饿|忙)(?:得|到)(?:我)?.{0,4}(?:抽搐|喘不过气|晕过去|晕倒|没气|断气|窒息|昏过去)
    |打死(?:我|他|她|你)?(?:也|都)?(?:不|没)|救命(?:恩人|钱|稻草|之恩|药|神器)|跳楼(?:价|机|大|甩|式|货)|(?:信息|人口|知识|口感|好吃到?|美到|能量|数据|客流|情绪|心态|流量)(?:都)?(?:爆炸|炸了?)|爆炸(?:头|性|新闻|式|物品|品)|炸(?:鸡|串|鱼|弹鱼|薯|街)
    |剧本杀|狼人杀|杀(?:价|虫|毒|菌|青|鸡|鱼|猪|牛|熟)|秒杀|抹杀|扼杀|抢(?:票|购|号|课|单|拍|红包|修|险|救|手|眼|先|跑|着|占|不到|答|注|鲜)|撞(?:脸|衫|名|见|库|色|日子|时间)|(?:直播|节目|表演|投资|考试|新闻|网红|大型|视频)翻车|翻车现场|车祸(?:现场)?(?:级|式)|大火(?:收汁|炒|煮|烧开|爆炒|蒸|炖)|(?:生意|视频|歌|剧|店|人气|一夜|最近|突然|爆)(?:很|好|太|大|都)?火(?:了|爆|遍)
    |(?:令|让|叫|使)人.{0,3}(?:窒息|晕倒|昏倒|抓狂|崩溃)|(?:房贷|压力|生活|债|工作|作业|月供).{0,6}喘不过(?:来)?气(?:来)?|晕(?:车|船|机|血|碳|菜)|(?:小便|大便|尿|血糖|手机|电脑|系统|网页|网站|页面|程序|软件|屏幕|机器|账号).{0,6}(?:没反应|没有反应|卡死|卡住|死机|崩溃|快不行了|炸了)|(?:投诉|反映|打电话|举报|留言|申请|催).{0,8}(?:没|没有)(?:反应|回应)|防溺水|反(?:家暴|电诈|诈骗|抢劫)|未遂
    |(?:店|厂|企业|公司|生意|商家|商户|行业|摊|我们?店|养殖|老板|餐饮|工厂|市场)(?:里|们|主|家)?.{0,8}(?:活不下去|撑不下去|快不行了|要死了|死了)|死(?:心塌地|缠烂打|板|角|胡同|循环|鬼|党|忠)|(?:花|树|草|鱼|猫|狗|鸡|鸭|猪|植物|电池|手机|车|绿化).{0,4}(?:快|要)?死了|拼死|死活|该死|死里逃生|起死回生|(?:着|上)急(?:上)?火|(?:眼睛|嗓子|喉咙|心里|嘴巴|屁股)(?:都)?(?:着火|冒烟|冒火)
    |火(?:车|锅|腿|炬|鸡|龙果|把|箭|星|山灰|热|爆|速|花|化|葬|候)|fired\b|fire (?:station|safety|extinguisher|drill|insurance|inspection|alarm test|department|sale|hydrant|exit)|(?:song|team|he|she|you|you're|market|game|band|show) (?:is |are )?on fire|drives? me crazy|dying (?:to|of)|kill(?:ing)? (?:time|me with)|gas (?:account|bill|company|price|meter|station)
"""

_NEGATED = re.compile(
    r"(?:(?<!是)不是(?:因为|要|说|有人|想)?|没有?(?!人)(?:发生|出现|看到|人|真的)?|没有人|没人|并非|并没有?|未|未发生|不会|不算|无|别|不要|不用|不想|不打算|不敢|非|谁说|\bno|\bnot(?: a| an)?|\bisn't(?: a)?|\bwithout)\s?$"
)

_NOW = r"""
    现在|而家|正在|正(?:要|准备)|刚刚|刚才|刚(?!性|好)|马上|快(?:来|点|派|叫|去|救|啲)|赶紧|赶快|救(?:命|人|救|我)|紧急|急急|十万火急|求助|求救|求求|帮帮|帮我|怎么办(?![理证卡事手业])|点算|出不[来去]|下不[来去]|
    有人|有个|流血|受伤|血|还在|一直|里面还?有|越来越|我好怕|我很?害怕|不敢|躲在|一个人在家|在门外|惨叫|哭|醒|跑了|(?:了|啦|啊|住|伤|死)$|[!]
    |\b(?:now|help|hurt|injured|please come|hurry|everywhere|people are)\b|!
"""
_PROCEDURE = r"""
    (?:怎么|怎样|如何|咋|点样)(?:申请|办理|办[证理卡事手业]|预约|买|投保|赔|索赔|报销|理赔|处罚|判|定责|定性|划分|认定|举报|投诉|查|开|算|交|缴|领|考|报名|维权|预防|防|避免|写|才能|收费|规定|设置|安装|配|检查|补办|走|区分|管理|使用|用|弄|鉴定|界定|联系|起诉|离婚|分)|多少钱|费用|收费|多久|几(?:天|年|个月|岁)|流程|手续|材料|资料|条件|标准|规定|政策|法律|法规|条例|哪个?部门|什么部门|(?:归|是)谁管|谁来?管|找谁|没人管|在哪里?(?:办|申请|买|报名|查|看|学|换)|去?哪里(?:办|申请|买|报名|查|看|学|换|找|能|可以)
    |会(?:被|不会)?.{0,8}吗|算不算|是否|(?:能|可以|能不能|可不可以|能否).{0,8}(?:报|赔|领|申请|办|考|起诉|吗)|补贴|补助|抚恤|赔偿|赔钱|赔|保险|理赔|报销|工伤|认定|鉴定|判(?:几|多少|刑)|拘留|立案|量刑|起诉|离婚|案(?:子|件|底)?(?:的|进展|件)?|证人|罪|演练|演习|培训|讲座|宣传|知识|科普|预防|防范|预案|检查|验收|隐患|整改|设施|器材|通道|灭火器|消防栓|报警器|探测器|检测|证书|证明|告诫书|保护令|认定书|回执|招聘|面试|考试|电话(?:是|号码)?多少|号码|热线|责任|条款|评估|医保|医药费|抚养|残疾|驾照|年检|年审|加装|开户|区别|意思是|是什么(?!味|情况|声)|门诊|中心|投诉|举报|建议|反映|扰民|油烟|噪音|噪声|追究|警情通报|快递|网购|物业
    |\bhow (?:do|can|to|much|long)\b|\binsurance\b|\bcertificate\b|\bapply\b|\bcompensation\b|\bappointment\b|\bwhere (?:is|can)\b|\bclaim\b|\btraining\b|\bdrill\b|\bpolicy\b
"""
_PAST = r"""
    去年|前年|大前年|上个?(?:月|周|星期|礼拜|学期)|以前|之前|曾经?|当年|当时|那天|那次|那年|上次|前几?天|前晚|昨[天晚日]|几年前|多年前|[年月天周]前|小时候|\d{2,4}年|\d月\d|过去(?!了)|后来|事后|住院|出院|历史|至今|(?:已经|已)(?:出院|好了|结案|抓到|赔)|以后(?:怎|走|赔|保)|后(?:怎么|工伤|赔|保险)|现在好了|\blast (?:year|month|week|night)\b|\byesterday\b|\byears? ago\b|\bused to\b
"""
_SUPPOSED = r"如果|假如|要是|万一|假设|倘若|遇到|遇上|碰到|碰上|的话|会不会|容易|以免|免得|担心|怕(?:会|着火|起火|引起|发生|出|万一|引发)|存在|可能会?(?:引|导致|造成|发生)|时(?:应该|该|要|应)|\bif\b|\bin case\b|\bwhat should i do when\b"
_STORY = r"电影|电视剧?|剧里|小说|游戏|剧本|新闻|视频里|梦[见到]|歌词?|作文|段子|密室|故事|动漫|综艺|朋友圈|抖音|公众号|网上(?:看|说|传)|听说|据说|传闻|\b(?:movie|novel|song|game|news|dream)\b"
_OVER = r"已(?:经)?(?:被)?(?:扑灭|灭了|救[出起]|没事|处理好|解决|平息|熄)|虚惊|误报|误会|没事了|不用来|演习|演练|假的|开玩笑|只是比喻|打个比方|都好了|现在好了|\bfalse alarm\b|\bjust kidding\b"


def _compile(pattern: str) -> re.Pattern[str]:
    """Layout of the patterns removed; a gap never crosses punctuation."""
    joined = "".join(line.strip() for line in pattern.strip().splitlines())
    return re.compile(joined.replace(".{", r"[^,。?!;:、]{"))


_FIND_SIGN = {situation: _compile(pattern) for situation, pattern in _SIGNS.items()}
_FIND_TOPIC = {situation: _compile(pattern) for situation, pattern in _TOPICS.items()}
_FIND_IDIOM = _compile(_IDIOMS)
_FIND_NOW = _compile(_NOW)
_FRAMES = (
    (_compile(_PROCEDURE), 2),
    (_compile(_PAST), 2),
    (re.compile(_SUPPOSED), 1),
    (re.compile(_STORY), 2),
    (re.compile(_OVER), 3),
)
_SENTENCE_END = re.compile(r"[。?!;\n]+|\.(?=\s|$)")
_HAN_SPACE = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
# Cantonese words the rules then need not know
_CANTONESE = (
    ("火烛", "着火了"),
    ("喺", "在"),
    ("冇", "没"),
    ("唔", "不"),
    ("咗", "了"),
    ("佢", "他"),
    ("嘅", "的"),
    ("畀", "被"),
    ("俾", "被"),
    ("嚟", "来"),
    ("啲", "点"),
    ("而家", "现在"),
)


def find(text: str) -> Danger | None:
    """The danger a text tells of, if any; `text` as the citizen typed it. Bounded work for any length."""
    read = reading.plain(text)
    if not read.isascii():
        read = _HAN_SPACE.sub("", read)
        for word, standard in _CANTONESE:
            if word in read:
                read = read.replace(word, standard)
    read = _FIND_IDIOM.sub("〇", read)
    best: Danger | None = None
    best_score = 0
    for sentence in _SENTENCE_END.split(read):
        if not sentence:
            continue
        for situation, number, score, matched in _signs(sentence):
            if score > best_score:
                kind = _KINDS[situation][0]
                best_score = score
                best = Danger(situation, kind, number, matched[:40], certain=score >= 2)
    return best


def _signs(sentence: str) -> list[tuple[Situation, str, int, str]]:
    found: list[tuple[Situation, int, str]] = []
    for situation, pattern in _FIND_SIGN.items():
        match = _unnegated(pattern, sentence)
        if match:
            found.append((situation, 2, match))
    if not found:
        for situation, pattern in _FIND_TOPIC.items():
            match = _unnegated(pattern, sentence)
            if match:
                found.append((situation, 1, match))
    if not found:
        return []
    speaks_for = 1 if len(found) > 1 else 0
    speaks_for += 1 if _FIND_NOW.search(sentence) else 0
    against = sum(weight for pattern, weight in _FRAMES if pattern.search(sentence))
    return [
        (situation, _KINDS[situation][1], points + speaks_for - against, match) for situation, points, match in found
    ]


def _unnegated(pattern: re.Pattern[str], sentence: str) -> str | None:
    for match in pattern.finditer(sentence):
        if not _NEGATED.search(sentence[max(0, match.start() - 8) : match.start()]):
            return match.group() or None
    return None
