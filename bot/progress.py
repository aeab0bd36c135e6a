"""How far a ticket is: looked up by number and code, or among one's own; the flow `progress`. Pure.

`flow_state` of `progress` holds number once it is known and the code is still asked for; of `ticket` (one was just
told) its number.
"""

from __future__ import annotations

import re

from bot import dialogue, phrases, rating, ticket_numbers
from bot import ticket_phrases as words
from bot.contract import AskMine, AskProgress, Decision, Facts, Known, Offer, Offered, Say, Supplement
from bot.dialogue import Scene

FLOW = "progress"
TOLD = "ticket"
_MINE = frozenset(
    (
        "我的工单",
        "我的单",
        "我的投诉",
        "我反映的事",
        "我的诉求",
        "查我的工单",
        "我的进度",
        "my tickets",
        "my ticket",
        "my case",
    )
)
_ADD = re.compile(r"(?:补充|我要补充|再补充|追加|add)[:： ]*(?P<number>dg[0-9]{15})?[:： ]*(?P<text>.*)", re.DOTALL)
_CODE = re.compile(r"(?:查询码|code)?[是为: ]*(?P<code>[0-9]{6})")
_LONGEST_ASK = 60  # characters around a number that ask for it; a longer text tells something


def start(scene: Scene) -> Decision:
    """The citizen wants to know how far it is, and did not say which."""
    facts = scene.turn.facts
    if facts is None or not isinstance(facts.asked, AskMine):
        return Decision("progress", scene.memory, ask=AskMine())
    if facts.tickets:
        return _mine(scene, facts)
    memory = dialogue.in_flow(scene.memory, FLOW, scene.turn)
    return Decision("progress", memory, (scene.say(words.ASK_NUMBER),))


def step(scene: Scene) -> Decision | None:
    """A text that is about a ticket already filed; None when it is not."""
    text, memory = scene.text, scene.memory
    if rated := rating.command(scene):
        return rated
    if memory.flow == rating.FLOW:
        return rating.reason(scene)
    if text in _MINE:
        return _ask_mine(scene)
    added = _ADD.fullmatch(text)
    if added is not None and (added["number"] or memory.flow == TOLD):
        return _add(scene, (added["number"] or memory.flow_state.get("number", "")).upper())
    number, code = ticket_numbers.read(scene.turn.text) if len(scene.turn.text) <= 400 else ("", "")
    if number and (memory.flow == FLOW or len(text) <= _LONGEST_ASK):
        return _look_up(scene, number, code)
    waiting = memory.flow_state.get("number", "") if memory.flow == FLOW else ""
    if waiting and (match := _CODE.fullmatch(text)):
        return _look_up(scene, waiting, match["code"])
    if len(text) <= _LONGEST_ASK and ticket_numbers.looks_like_one(scene.turn.text):
        return Decision("progress_wrong_number", memory, (scene.say(words.WRONG_NUMBER),))
    return None


def _ask_mine(scene: Scene) -> Decision:
    facts = scene.turn.facts
    if facts is None or not isinstance(facts.asked, AskMine):
        return Decision("mine", scene.memory, ask=AskMine())
    if not facts.tickets:
        memory = dialogue.in_flow(scene.memory, FLOW, scene.turn)
        return Decision("mine_none", memory, (scene.say(words.NONE_HERE),))
    return _mine(scene, facts)


def _mine(scene: Scene, facts: Facts) -> Decision:
    if len(facts.tickets) == 1:
        return _tell(scene, facts.tickets[0])
    options = tuple(
        Offered(
            key=str(index), label=phrases.short(f"{known.title} · {known.stage}", 50), kind="say", target=known.number
        )
        for index, known in enumerate(facts.tickets, 1)
    )
    memory = dialogue.changed(scene.memory, offered=options, flow="choose", flow_state={})
    return Decision("mine", memory, (Offer(words.MINE(scene.language), options),))


def _look_up(scene: Scene, number: str, code: str) -> Decision:
    facts = scene.turn.facts
    if facts is None or not isinstance(facts.asked, AskProgress):
        return Decision("progress", scene.memory, ask=AskProgress(number, code))
    memory = scene.memory
    if facts.limited:
        return Decision("progress_limited", dialogue.out_of_flow(memory), (scene.say(words.LIMITED),))
    if facts.tickets:
        return _tell(scene, facts.tickets[0])
    if not code:
        memory = dialogue.in_flow(memory, FLOW, scene.turn, number=number)
        return Decision("progress_code", memory, (scene.say(words.ASK_CODE),))
    memory = dialogue.in_flow(memory, FLOW, scene.turn)
    return Decision("progress_not_found", memory, (scene.say(words.NOT_FOUND),))


def _tell(scene: Scene, known: Known) -> Decision:
    language = scene.language
    lines = [known.number, known.title, words.STAGE(language, stage=known.stage), *known.story[-6:]]
    lines += [known.next] if known.next else []
    if known.rate:
        offer = rating.survey(known.number, language)
        memory = dialogue.changed(scene.memory, offered=offer.options, flow="choose", flow_state={})
        return Decision("progress_told", memory, (Say("\n".join(lines)), offer))
    if known.open:
        lines.append(words.ADD(language))
    memory = dialogue.in_flow(scene.memory, TOLD, scene.turn, number=known.number)
    return Decision("progress_told", memory, (Say("\n".join(lines)),))


def _add(scene: Scene, number: str) -> Decision:
    """Words, or the wish to write some, for a ticket."""
    written = re.sub(
        r"^(?:我要补充|再补充|补充|追加|add)[:： ]*(?:DG[0-9]{15})?[:： ]*", "", scene.turn.text.strip(), flags=re.I
    )
    if not written.strip():
        memory = dialogue.in_flow(scene.memory, rating.FLOW, scene.turn, number=number)
        return Decision("supplement_ask", memory, (scene.say(words.ADD_WHAT),))
    wish = Supplement(number, written.strip()[:2000])
    return Decision("supplement", dialogue.out_of_flow(scene.memory), (scene.say(words.ADDED),), wish=wish)
