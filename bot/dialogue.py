"""What holds a conversation together: the choices put, the answers given, and the flows a citizen can be in.

A flow is named in `Memory.flow`: `choose` (numbered choices are open), `emergency` (the next texts are the place and a
phone number), `phone` (`bot.proof`), `report` (`bot.filing`), `progress`, `supplement` (`bot.progress`), `reason`
(`bot.rating`). Where tickets are not possible, in `report` and `progress` the next text is the matter itself, and a
person reads it. All of it is pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot import intents, phrases, reading
from bot.contract import Alarm, Ask, Decision, Facts, Feedback, Handoff, Memory, Offer, Offered, Say, Turn
from bot.emergency import Danger
from bot.phrases import Language, Phrase
from bot.signs import KINDS

MAX_ANSWERED = 5
MAX_ASKED = 500
MAX_TOLD = 8
MAX_OPTIONS = 8
# An answer and the quiet line under it leave as one message where the channel allows no more (WeChat's text limit).
MAX_MESSAGE_BYTES = 2_048
# A flow somebody walked away from: what is written later is a new matter.
FLOW_SECONDS = 2 * 3600

ADDING = "supplement"

Option = tuple[str, Literal["entry", "say"], str]


@dataclass(frozen=True, slots=True)
class Scene:
    """One turn as the rules see it: the text in its plain form, the memory brought up to date, the language."""

    turn: Turn
    text: str
    memory: Memory
    language: Language

    def say(self, phrase: Phrase, **values: object) -> Say:
        return Say(phrase(self.language, **values))

    def with_memory(self, memory: Memory) -> Scene:
        return replace(self, memory=memory)


def changed(memory: Memory, **update: object) -> Memory:
    """The memory with some fields replaced. The values are ours, so they are not validated again."""
    return memory.model_copy(update=update)


def told(memory: Memory, name: str) -> Memory:
    if name in memory.told:
        return memory
    return changed(memory, told=(*memory.told, name)[-MAX_TOLD:])


def untold(memory: Memory, *names: str) -> Memory:
    if not any(name in memory.told for name in names):
        return memory
    return changed(memory, told=tuple(name for name in memory.told if name not in names))


def in_flow(memory: Memory, flow: str, turn: Turn, **state: str) -> Memory:
    return changed(memory, flow=flow, flow_state={"since": str(int(turn.now.timestamp())), **state}, offered=())


def adding_more(memory: Memory, turn: Turn, number: str) -> Memory:
    """People write in pieces: what follows soon, and is nothing else, is for the ticket something was just added to."""
    return in_flow(memory, ADDING, turn, number=number, more="1")


def out_of_flow(memory: Memory) -> Memory:
    return changed(memory, flow="", flow_state={}) if memory.flow else memory


def expired(memory: Memory, turn: Turn) -> bool:
    """Whether the flow the memory names was left long ago. Open choices do not grow old."""
    return is_older(memory, turn, FLOW_SECONDS)


def is_older(memory: Memory, turn: Turn, seconds: float) -> bool:
    """Whether the flow began so long ago; False when its beginning is not known."""
    since = memory.flow_state.get("since", "")
    return since.isdecimal() and turn.now.timestamp() - int(since) > seconds


def beside(memory: Memory) -> Memory:
    """The memory as another matter is to see it while a flow waits."""
    flow = "choose" if memory.flow_state.get("beside") == "choose" and memory.offered else ""
    return changed(memory, flow=flow, flow_state={})


def kept(before: Memory, decision: Decision) -> Decision:
    """The decision on another matter, with the flow of the memory before still waiting; unless it began a flow or went
    to a person."""
    flow = decision.memory.flow
    if decision.handoff is not None or flow not in ("", "choose"):
        return decision
    state = {**before.flow_state, "beside": flow}
    return replace(decision, memory=changed(decision.memory, flow=before.flow, flow_state=state))


# ---- what only the gateway knows ----


def found(turn: Turn, ask: Ask) -> Facts | None:
    """What was found for it; None when it is yet to be asked for. A turn asks once: what was found for something else
    counts as nothing found."""
    if turn.facts is None:
        return None
    return turn.facts if turn.facts.asked == ask else Facts(ask)


# ---- choices ----


def chosen(scene: Scene) -> Offered | None:
    """The open choice that the citizen took, by its number, or by its label as a button sends it."""
    offered = scene.memory.offered
    for option in offered:
        if scene.turn.text.strip() == option.label:
            return option
    command = intents.command(scene.text)
    if command is None or command.kind != "pick":
        return None
    number = len(offered) if command.number == -1 else command.number
    return offered[number - 1] if 1 <= number <= len(offered) else None


def saying(scene: Scene, text: str) -> Scene:
    """The scene as if the citizen had written this."""
    return replace(scene, turn=replace(scene.turn, text=text), text=reading.plain(text))


def offer(scene: Scene, prompt: Phrase, options: Sequence[Option]) -> tuple[Memory, Offer]:
    """Numbers the options from 1; labels and targets appear once. The memory then waits for the choice."""
    numbered: list[Offered] = []
    seen: set[tuple[str, str]] = set()
    for label, kind, target in options:
        if (kind, target) in seen or len(numbered) == MAX_OPTIONS:
            continue
        seen.add((kind, target))
        numbered.append(Offered(key=str(len(numbered) + 1), label=phrases.short(label), kind=kind, target=target))
    offered = tuple(numbered)
    memory = changed(scene.memory, offered=offered, flow="choose", flow_state={})
    return memory, Offer(prompt(scene.language), offered)


def again(scene: Scene, prompt: str) -> tuple[Memory, Offer]:
    """The choices that are still remembered, put once more."""
    return changed(scene.memory, flow="choose", flow_state={}), Offer(prompt, scene.memory.offered)


def person(language: Language) -> Option:
    return (phrases.LABEL_PERSON(language), "say", phrases.SAY_PERSON(language))


def write_down(language: Language) -> Option:
    return (phrases.LABEL_REPORT(language), "say", phrases.SAY_REPORT(language))


def other_words(language: Language) -> Option:
    return (phrases.LABEL_AGAIN(language), "say", phrases.SAY_AGAIN(language))


def neither(language: Language) -> Option:
    return (phrases.NEITHER(language), "say", phrases.SAY_NEITHER(language))


def menu(scene: Scene, prompt: Phrase, intent: str) -> Decision:
    language = scene.language
    options: list[Option] = [
        (phrases.LABEL_HOT(language), "say", phrases.SAY_HOT(language)),
        (phrases.LABEL_PROGRESS(language), "say", phrases.SAY_PROGRESS(language)),
        write_down(language),
        person(language),
    ]
    memory, choices = offer(scene, prompt, options)
    return Decision(intent, untold(memory, "feedback_line"), (choices,))


def ways_on(scene: Scene, prompt: Phrase, intent: str, options: Sequence[Option] = ()) -> Decision:
    """Choices that end with a person and with writing the matter down."""
    memory, choices = offer(scene, prompt, (*options, person(scene.language), write_down(scene.language)))
    return Decision(intent, untold(memory, "feedback_line"), (choices,))


# ---- people ----


def hand_over(
    scene: Scene,
    intent: str,
    reason: Literal["asked", "unsure", "anger", "rule"],
    opening: Phrase | None = None,
) -> Decision:
    """Into the queue, with the truth about waiting."""
    waiting, language = scene.turn.waiting, scene.language
    parts = [opening(language)] if opening else []
    if waiting.staffed:
        if waiting.ahead > 0:
            parts.append(phrases.WAIT_AHEAD(language, ahead=waiting.ahead))
        else:
            parts.append((phrases.WAIT_NEXT if waiting.attended else phrases.WAIT_QUEUED)(language))
        parts += _prospect(scene)
        if reason != "rule":
            parts.append((phrases.WAIT_HOW if waiting.attended else phrases.WAIT_LEAVE)(language))
    else:
        parts.append(_closed(scene))
        if reason != "rule":
            parts.append(phrases.LEAVE_MESSAGE(language))
    memory = changed(
        untold(scene.memory, "wait", "feedback_line", "anger"), offered=(), flow="", flow_state={}, unsure=0
    )
    return Decision(intent, memory, (Say(_joined(parts, language)),), handoff=Handoff(reason))


def _prospect(scene: Scene) -> list[str]:
    """How long it will take, when that can be told; who there is to take it, where that is not as one expects."""
    waiting, language = scene.turn.waiting, scene.language
    if not waiting.attended:
        return [phrases.NOBODY_ONLINE(language)]
    if language != "zh" and waiting.speaks is not None and language not in waiting.speaks:
        return [phrases.ONLY_CHINESE(language)]
    return [phrases.WAIT_MINUTES(language, minutes=waiting.minutes)] if waiting.minutes else []


def nobody_came(language: Language) -> Offer:
    """What somebody is told whom no person could take, with the ways on."""
    ways: tuple[Option, ...] = (
        write_down(language),
        (phrases.NOBODY_CAME_AGAIN(language), "say", phrases.SAY_PERSON(language)),
    )
    options = tuple(
        Offered(key=str(number), label=label, kind=kind, target=target)
        for number, (label, kind, target) in enumerate(ways, 1)
    )
    return Offer(phrases.NOBODY_CAME(language), options)


def hours(scene: Scene) -> Decision:
    """Whether somebody is there, and when people are back."""
    waiting, language = scene.turn.waiting, scene.language
    if waiting.staffed:
        said = (phrases.OPEN_NOW if waiting.attended else phrases.OPEN_UNATTENDED)(language)
    else:
        said = _joined((_closed(scene), phrases.CLOSED_LEAVE(language)), language)
    return Decision("hours", scene.memory, (Say(said),))


def _closed(scene: Scene) -> str:
    opens = scene.turn.waiting.opens
    if opens is not None:
        return phrases.WAIT_CLOSED(scene.language, opens=phrases.moment(opens, scene.turn.now, scene.language))
    return phrases.WAIT_CLOSED_UNKNOWN(scene.language)


def _joined(parts: Sequence[str], language: Language) -> str:
    return (" " if language == "en" else "").join(part for part in parts if part)


def position(scene: Scene) -> Say:
    """Where the citizen stands, for one who waits already."""
    waiting, language = scene.turn.waiting, scene.language
    if not waiting.staffed:
        return Say(_joined((_closed(scene), phrases.LEAVE_MESSAGE(language)), language))
    if waiting.ahead > 0:
        where = phrases.WAITING_AHEAD(language, ahead=waiting.ahead)
    else:
        where = (phrases.WAITING_NEXT if waiting.attended else phrases.WAITING)(language)
    return Say(_joined((where, *_prospect(scene), phrases.WAITING_STOP(language)), language))


def release(scene: Scene) -> Decision:
    memory = changed(untold(scene.memory, "wait"), flow="", flow_state={}, offered=(), unsure=0)
    return Decision("stop_waiting", memory, (scene.say(phrases.RELEASED),), release=True)


# A closed list: whatever else is said (他们来了, 还没救出来) may be more danger
_WHO = r"(?:人|孩子|小孩|火|我们?|他们?|她|大家|[0-9]{3}|警察|医生|消防员?|救护车|消防车|都|已经|终于|现在|刚刚|全)"
_RELIEVED = re.compile(
    rf"(?:(?:{_WHO}*(?:(?P<over>(?:找到|没事|救[出上]来|出来|扑?灭)了)|送(?:去|到)?医院了)|"
    r"(?:[0-9]{3}|警察|医生|消防员?|救护车|消防车)(?:都|已经)?[来到]了|"
    r"好的|谢谢?[您你]?们?|多谢|thank(?:s| you)|(?:i am|i'm) safe(?: now)?)[ ,.。!]*)+"
)


def noted(scene: Scene) -> Decision:
    """Somebody waits and writes on: said once that it is kept, then nothing, so that a person's words stand out."""
    if in_despair(scene.memory):
        return Decision("emergency_told", scene.memory, (scene.say(phrases.EMERGENCY_HERE),))
    if scene.memory.flow == "emergency":
        number = scene.memory.flow_state.get("number", "110")
        if relieved := _RELIEVED.fullmatch(scene.text):
            # whoever was alarmed still looks; once it is over, what is written next is no place of danger
            over = (scene.say(phrases.EMERGENCY_OVER, number=number),)
            return Decision("emergency_told", out_of_flow(scene.memory) if relieved["over"] else scene.memory, over)
        return Decision("emergency_told", scene.memory, (scene.say(phrases.EMERGENCY_TOLD, number=number),))
    if "wait" in scene.memory.told:
        return Decision("queue_kept", scene.memory)
    return Decision("queue_kept", told(scene.memory, "wait"), (scene.say(phrases.QUEUE_KEPT),))


# ---- danger ----


def _truth(scene: Scene) -> Phrase:
    """Who reads what is told of danger, and that nobody was called."""
    waiting = scene.turn.waiting
    if not waiting.staffed:
        return phrases.EMERGENCY_UNSTAFFED
    return phrases.EMERGENCY_STAFFED if waiting.attended else phrases.EMERGENCY_UNATTENDED


def in_despair(memory: Memory) -> bool:
    """Somebody wrote that they cannot go on: 算了 is then no word about waiting, and they are not sent away for it."""
    return memory.flow == "emergency" and memory.flow_state.get("number") == KINDS["despair"][1]


def emergency(scene: Scene, danger: Danger) -> Decision:
    """The number first, then what to do, then the place and a phone number. Says never that somebody was called."""
    language, despair = scene.language, danger.situation == "despair"
    truth = _truth(scene)
    ask = phrases.EMERGENCY_ASK_DESPAIR if despair else phrases.EMERGENCY_ASK
    words = [phrases.EMERGENCY[danger.situation](language), truth(language), ask(language)]
    if despair and in_despair(scene.memory):
        # they are listened to, not read the same sheet again
        words = [phrases.EMERGENCY_HERE(language)]
    handoff = None if scene.turn.owner == "agent" else Handoff("emergency", urgent=True)
    return Decision(
        "emergency",
        in_flow(untold(scene.memory, "wait"), "emergency", scene.turn, number=danger.number),
        (Say("\n".join(words)),),
        handoff=handoff,
        alarm=Alarm(danger.kind, danger.number, danger.matched),
    )


def urgent(scene: Scene) -> Decision:
    """Somebody says that it is urgent, not what it is: all numbers, and a person looks."""
    danger = Danger("crime", "crime", "110", scene.text[:40] or scene.turn.detail[:40], certain=True)
    decision = emergency(scene, danger)
    truth = _truth(scene)
    words = (phrases.URGENT_WHICH, truth, phrases.EMERGENCY_ASK)
    said = Say("\n".join(phrase(scene.language) for phrase in words))
    return replace(decision, intent="urgent", says=(said,))


def doubting(decision: Decision, scene: Scene, number: str) -> Decision:
    """The number first, then what the bot would have said anyway; in one message where it fits."""
    words = phrases.DOUBT(scene.language, number=number)
    if not decision.says:
        return replace(decision, says=(Say(words),))
    first, *rest = decision.says
    if isinstance(first, Offer):
        return replace(decision, says=(replace(first, prompt=f"{words}\n{first.prompt}"), *rest))
    joined = f"{words}\n{first.text}"
    if len(joined.encode("utf-8", "replace")) <= MAX_MESSAGE_BYTES:
        return replace(decision, says=(Say(joined), *rest))
    return replace(decision, says=(Say(words), *decision.says))


# ---- telling us a matter ----

# Shorter than this it names no matter a person could work on.
MATTER_CHARS = 6


def matter_told(scene: Scene) -> Decision:
    """The text after `report` or `progress`: kept, and a person reads it."""
    flow = scene.memory.flow
    if len(scene.text) < MATTER_CHARS and "more" not in scene.memory.flow_state:
        state = {**scene.memory.flow_state, "more": "asked"}
        return Decision(f"{flow}_more", changed(scene.memory, flow_state=state), (scene.say(phrases.REPORT_MORE),))
    opening = phrases.PROGRESS_TOLD if flow == "progress" else phrases.REPORT_TOLD
    return hand_over(scene, f"{flow}_told", "rule", opening)


# ---- the citizen's word on an answer ----


def rated(scene: Scene, helpful: bool) -> tuple[Memory, Feedback | None]:
    """Feedback on the last answer, once for each answer."""
    memory = scene.memory
    mark = "helpful" if helpful else "unhelpful"
    if not memory.answered or mark in memory.told:
        return memory, None
    memory = told(untold(memory, "helpful", "unhelpful"), mark)
    return memory, Feedback(memory.answered[-1], memory.asked, helpful)


def answered(memory: Memory, entry_id: str, asked: str, keep_offer: bool) -> Memory:
    """The memory after an answer; `keep_offer` leaves the choices open that it was picked from."""
    earlier = tuple(id for id in memory.answered if id != entry_id)
    return changed(
        untold(memory, "helpful", "unhelpful", "anger"),
        answered=(*earlier, entry_id)[-MAX_ANSWERED:],
        asked=asked[:MAX_ASKED],
        unsure=0,
        flow="",
        flow_state={},
        offered=memory.offered if keep_offer else (),
    )
