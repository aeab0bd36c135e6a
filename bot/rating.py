"""The citizen's verdict on a ticket, by choices that the gateway puts, or by words that say the same. Pure."""

from __future__ import annotations

import re
from typing import cast

from bot import dialogue
from bot import ticket_phrases as words
from bot.contract import Decision, Offer, Offered, Rate, Supplement, Verdict
from bot.dialogue import Scene
from bot.phrases import Language

FLOW = "reason"
_SPOKEN: dict[str, Verdict] = {"满意": "satisfied", "基本满意": "fairly", "不满意": "dissatisfied"}
_COMMAND = re.compile(r"评价 ?(dg[0-9]{15}) ?(解决|未解决) ?(满意|基本满意|不满意)")
_SKIP = frozenset(("跳过", "不说了", "没有", "不用", "不用了", "算了", "skip", "no"))
_SHORTEST = 2


def survey(number: str, language: Language = "zh") -> Offer:
    """The choices for a ticket's verdict; each one's target is a text that `command` reads."""
    spoken = {verdict: text for text, verdict in _SPOKEN.items()}
    options = tuple(
        Offered(
            key=str(index),
            label=label(language),
            kind="say",
            target=f"评价 {number} {'解决' if solved else '未解决'} {spoken[cast(Verdict, verdict)]}",
        )
        for index, (solved, verdict, label) in enumerate(words.SURVEY_CHOICES, 1)
    )
    return Offer(words.SURVEY(language), options)


def command(scene: Scene) -> Decision | None:
    """The verdict a text is. text: as `reading.plain` returns it."""
    match = _COMMAND.fullmatch(scene.text)
    if match is None:
        return None
    number, solved, verdict = match[1].upper(), match[2] == "解决", _SPOKEN[match[3]]
    wish = Rate(number, solved, verdict)
    if verdict != "dissatisfied":
        memory = dialogue.changed(dialogue.out_of_flow(scene.memory), offered=())
        return Decision("rated", memory, (scene.say(words.RATED),), wish=wish)
    memory = dialogue.in_flow(scene.memory, FLOW, scene.turn, number=number)
    return Decision("rated", memory, (scene.say(words.RATED_BADLY),), wish=wish)


def reason(scene: Scene) -> Decision:
    """The text after a bad verdict, or after the wish to add something."""
    number = scene.memory.flow_state.get("number", "")
    memory = dialogue.out_of_flow(scene.memory)
    if scene.text in _SKIP or not number or len(scene.text) < _SHORTEST:
        return Decision("reason_skipped", memory, (scene.say(words.SKIPPED),))
    wish = Supplement(number, scene.turn.text.strip()[:2000])
    return Decision("supplement", memory, (scene.say(words.ADDED),), wish=wish)
