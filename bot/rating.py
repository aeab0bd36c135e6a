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
    (re.compile(r"(?:没有?|未)(?:完全|全部|全)?解决[, ]?(?:但|还算|也算|算)*基本满意"), "未解决 基本满意"),
    (re.compile(r"(?:已经?)?解决了?[, ]?(?:但|很|非常|太|还是)*不满意"), "解决 不满意"),
    (re.compile(r"(?:(?:没有?|未)解决[, ]?)?(?:很|非常|太|还是)*不满意|dissatisfied|not satisfied"), "未解决 不满意"),
    (re.compile(r"(?:已经?)?解决了?[, ]?基本满意"), "解决 基本满意"),
    (re.compile(r"(?:(?:已经?)?解决了?[, ]?)?(?:很|非常|挺|十分|都)*满意|(?:very )?satisfied"), "解决 满意"),
)
_TELLING = re.compile(r"满意|解决|satisf|solved")
_TELLING_CHARS = 12
_HOW = re.compile(r"怎么|如何|[?？吗]")
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
    text = scene.text.strip(" ,.。!！")
    if not number or len(text) > _TELLING_CHARS + 12:
        return None
    meant = next((meant for pattern, meant in _MEANT if pattern.fullmatch(text)), "")
    if meant:
        return given(dialogue.saying(scene, f"评价 {number} {meant}"))
    if len(text) > _TELLING_CHARS or not _TELLING.search(text) or _HOW.search(text):
        return None
    options = survey(number, scene.language).options
    memory = dialogue.changed(scene.memory, offered=options)
    return Decision("rate_which", memory, (Offer(words.SURVEY_AGAIN(scene.language), options),))


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
