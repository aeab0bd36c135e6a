"""The citizen's verdict on a ticket: by choices, which the gateway puts too, or by words that say the same; and after a
bad one the reason, in the flow `reason` (`flow_state` holds the ticket's number). Pure.

Whether it may be rated is known where the wish is carried out; what is refused is told from there.
"""

from __future__ import annotations

import re

from bot import dialogue, intents, reading
from bot import ticket_phrases as words
from bot.contract import Decision, Offer, Offered, Rate, Supplement, Verdict
from bot.dialogue import Scene
from bot.phrases import Language

FLOW = "reason"
REASON_CHARS = 2_000
_SPOKEN: dict[Verdict, str] = {"satisfied": "满意", "fairly": "基本满意", "dissatisfied": "不满意"}
_VERDICTS = {spoken: verdict for verdict, spoken in _SPOKEN.items()}
_COMMAND = re.compile(
    r"评价[ :]*(?P<number>dg[0-9]{15})[ ,]*(?P<solved>已解决|解决了?|未解决|没解决|没有解决)[ ,]*"
    r"(?P<verdict>满意|基本满意|不满意)(?:[ ,.。:]+(?P<words>.*))?",
    re.IGNORECASE,
)
# What people write instead of a number. Solved and satisfied are two things: words on one of them only leave the
# choice open, unless the other follows from it.
_MEANT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:没有?|未)(?:完全|全部|全)?解决[, ]?(?:但是?|还算|也算|算)*基本满意"), "未解决 基本满意"),
    (re.compile(r"(?:已经?)?解决了?[, ]?(?:但是?|可是?|就是|很|非常|太|还是)*不满意"), "解决 不满意"),
    (re.compile(r"(?:(?:没有?|未)解决[, ]?)?(?:很|非常|太|还是)*不满意|dissatisfied|not satisfied"), "未解决 不满意"),
    (re.compile(r"(?:已经?)?解决了?[, ]?基本满意"), "解决 基本满意"),
    (re.compile(r"(?:(?:已经?)?解决了?[, ]?)?(?:很|非常|挺|十分|都)*满意|(?:very )?satisfied"), "解决 满意"),
)
_TELLING = re.compile(r"满意|解决|satisf|solved")
# Words that say neither, and are still about it when they stand alone.
_TELLING_ALONE = re.compile(
    r"(?:还是?|都|根本|一直|到现在|也|压根|从来|他们|你们)*没有?人?来?(?:修|来|处理|办|管|弄|动|联系)(?:好|过|完|我)?|"
    r"(?:修|办|处理|弄|搞)(?:好|得.{1,4})|还行|还可以|一般般?|凑合|马马虎虎|不错|很好|挺好|太好|好|可以|行|很差|太差|差劲|敷衍|"
    r"[好差]评|[一二三四五1-5]颗?星"
)
_TELLING_CHARS = 12
_HOW = re.compile(r"怎么|如何|[?？吗]")
_SOFT_END = re.compile(r"[吧啊呢了啦]+$")
_THANKS = re.compile(r"[ ,.。!！~]*(?:谢谢|多谢|感谢|辛苦|thank you|thanks)(?:你|您)?(?:们)?(?:了|啦)?[ .。!！~]*$")
# 不满意，没人来过: the verdict and the reason
_WITH_REASON = re.compile(r"(?P<verdict>[^,.。;!！，；]{2,20})[,.。;!！，；]+(?P<words>.{2,})", re.DOTALL)
_DONE = frozenset(("cancel", "skip", "acknowledge", "bye", "back", "helpful", "stop_waiting"))


def survey(number: str, language: Language = "zh") -> Offer:
    """The choices for the verdict on a ticket; choosing one says a text that `given` obeys."""
    options = tuple(
        Offered(
            key=str(index),
            label=label(language),
            kind="say",
            target=f"评价 {number} {'解决' if solved else '未解决'} {_SPOKEN[verdict]}",
        )
        for index, (solved, verdict, label) in enumerate(words.SURVEY_CHOICES, 1)
    )
    return Offer(words.SURVEY(language, number=number), options)


def given(scene: Scene) -> Decision | None:
    """A verdict, by the words a choice says, or in the citizen's own while the choices are open; None for none."""
    match = _COMMAND.fullmatch(reading.folded(scene.turn.text))
    if match is not None:
        solved = match["solved"].startswith(("解决", "已"))
        written = reading.clean(match["words"] or "", REASON_CHARS)
        return _rated(scene, Rate(match["number"].upper(), solved, _VERDICTS[match["verdict"]], written))
    number = _surveyed(scene)
    if not number:
        return None
    text = _THANKS.sub("", scene.text).strip(" ,.。!！")
    if meant := _meant(text):
        return given(dialogue.saying(scene, f"评价 {number} {meant}"))
    reasoned = _WITH_REASON.fullmatch(scene.turn.text.strip())
    if (
        reasoned is not None
        and not _HOW.search(reasoned["words"])
        and (meant := _meant(reading.plain(reasoned["verdict"])))
    ):
        return given(dialogue.saying(scene, f"评价 {number} {meant}：{reasoned['words']}"))
    about = _TELLING_ALONE.fullmatch(_SOFT_END.sub("", text)) or _TELLING.search(text)
    if len(text) > _TELLING_CHARS or not about or _HOW.search(text):
        return None
    options = survey(number, scene.language).options
    memory = dialogue.changed(scene.memory, offered=options)
    return Decision("rate_which", memory, (Offer(words.SURVEY_AGAIN(scene.language), options),))


def _meant(text: str) -> str:
    return next((meant for pattern, meant in _MEANT if pattern.fullmatch(text)), "")


def put(scene: Scene, number: str, intent: str) -> Decision:
    """The choices, put to the citizen."""
    offer = survey(number, scene.language)
    memory = dialogue.changed(scene.memory, offered=offer.options, flow="choose", flow_state={}, ticket=number)
    return Decision(intent, memory, (offer,))


def step(scene: Scene) -> Decision | None:
    """The next text after a bad verdict: the reason; None when it is about something else."""
    number = scene.memory.flow_state.get("number", "")
    command = intents.command(scene.text)
    memory = dialogue.out_of_flow(scene.memory)
    if not number or (command is not None and command.kind in _DONE):
        return Decision("reason_skipped", memory, (scene.say(words.SKIPPED),))
    if command is not None and command.kind not in ("unhelpful", "anger", "report", "urge"):
        return None
    memory = dialogue.adding_more(memory, scene.turn, number)
    wish = Supplement(number, reading.clean(scene.turn.text, REASON_CHARS))
    return Decision("reason", memory, (scene.say(words.ADDED),), wish=wish)


def _rated(scene: Scene, wish: Rate) -> Decision:
    memory = dialogue.changed(dialogue.out_of_flow(scene.memory), offered=(), ticket=wish.number)
    if wish.verdict != "dissatisfied" or wish.words:
        return Decision("rated", memory, (scene.say(words.RATED),), wish=wish)
    memory = dialogue.in_flow(memory, FLOW, scene.turn, number=wish.number)
    return Decision("rated", memory, (scene.say(words.RATED_BADLY),), wish=wish)


def _surveyed(scene: Scene) -> str:
    """The number of the ticket whose choices are open, or ""."""
    for option in scene.memory.offered:
        match = _COMMAND.fullmatch(option.target) if option.kind == "say" else None
        if match is not None:
            return match["number"].upper()
    return ""
