"""How far a ticket is, looked up by number and code or among one's own, and what is added to one: the flows `progress`
and `supplement`. Pure.

`flow_state` of `progress` holds number while the code for it is asked for; of `supplement` the number of the ticket,
and more when something was just added.
Nothing said here tells whether it was the number or the code that was wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bot import dialogue, drafts, intents, meaning, phrases, rating, reading, telling, ticket_numbers
from bot import ticket_phrases as words
from bot.contract import AskMine, AskProgress, Decision, Known, Offer, Offered, Say, Supplement
from bot.dialogue import Option, Scene
from bot.phrases import Phrase

FLOW = "progress"
ADDING = dialogue.ADDING
ADDED_CHARS = 2_000
_MORE_SECONDS = 10 * 60
_CARRIED_CHARS = 400  # words that wait while the citizen chooses the ticket they are for
# A message leaves as one where the channel allows no more (WeChat's text limit), with room for the choices after it.
_MAX_BYTES = 1_600
_TITLE_CHARS, _STAGE_CHARS, _LINE_CHARS, _NEXT_CHARS = 60, 80, 160, 120

_NUMBER = r"(?:dg[ \-_.:]*)?20[0-9]{2}(?:[ \-]?[0-9]){11}(?![0-9])"
# with digits missing or too many
_NEARLY_A_NUMBER = re.compile(
    r"(?:编号|工单号?|单号)?[是为: ]*dg[ \-_.:]*[0-9][0-9 \-]{5,24}(?:[ ,]+[0-9]{6})?[ ,.]*", re.IGNORECASE
)
# Around a number and a code there is nothing but the wish to know; a text that says more tells a matter, unless it
# begins with the number.
_WISH_TO_KNOW = re.compile(
    r"[ ,.。;；:!！?？、()#\"“”/+\-_和与及]|请|麻烦|帮我?|给我|我的?|想|要|能|可以|查询码|查询|查|看|一下|下|"
    r"这个?|那个?|工单|单[子号]?|编号|号码|号|事情?|"
    r"进度|进展|情况|结果|办到|哪一?步|哪里|哪儿|怎么样|怎样|如何|办得|处理得?|催(?:一下|促|办|单)?|尽快|加急|怎么|还没有?|人|了|吗|呢|的|是|为|投诉|反映|多久|什么时候|到|"
    r"\b(?:please|check|number|no|code|and|my|the|is|ticket|case|status|progress|of|how|far|look|up|it)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?:查询码|code)?[是为: ]*(?:is )?(?P<code>[0-9](?:[ \-]?[0-9]){5})[ ,。.]*")
_ADDING = r"(?:我(?:想|要)?|再|请)?(?:补充(?:一下|一点|说明)?|追加|add(?: to)?)"
_ADD = re.compile(rf"{_ADDING}[\s:：,，]*(?P<number>{_NUMBER})?[\s:：,，]*(?P<words>.*)", re.IGNORECASE | re.DOTALL)
# 补充： and what to add; 补充公积金 is another matter
_ADD_WORDS = re.compile(r"(?:我(?:想|要)?|再|请)?(?:补充(?:一下|一点|说明)?\s*[:：,，\s]|add:|add to )", re.IGNORECASE)
_TO_RATE = re.compile(r"评价[ :]*(?P<number>dg[0-9]{15})", re.IGNORECASE)
_LEAVING = frozenset(("cancel", "back", "stop_waiting"))


# ---- a text that names a ticket, in or out of a flow ----


def named(scene: Scene) -> Decision | None:
    """A ticket looked up, or added to, by a text that names it; None when the text does not, or tells a matter."""
    spoken = reading.folded(scene.turn.text)
    adding = _ADD.fullmatch(spoken)
    if adding is not None and adding["number"] and (number := ticket_numbers.read(adding["number"])[0]):
        return add(scene, number, _words_added(scene))
    if rated := _TO_RATE.fullmatch(spoken):
        return rating.put(scene, ticket_numbers.read(rated["number"])[0] or rated["number"].upper(), "rate")
    if _NEARLY_A_NUMBER.fullmatch(spoken) and not ticket_numbers.looks_like_one(spoken):
        return Decision("progress_wrong_number", scene.memory, (scene.say(words.MISTYPED),))
    if not ticket_numbers.looks_like_one(spoken) or not _asks_for(spoken):
        return None
    number, code = ticket_numbers.read(spoken)
    if number:
        return look_up(scene, number, code)
    return Decision("progress_wrong_number", scene.memory, (scene.say(words.MISTYPED),))


def _asks_for(spoken: str) -> bool:
    """Whether nothing is said around a number, or it comes first."""
    if re.match(rf" *{_NUMBER}", spoken, re.IGNORECASE):
        # a number of fifteen digits may be an order's; without DG it must be right, or alone
        begins = spoken.lower().startswith("dg") or ticket_numbers.read(spoken)[0]
        if begins:
            return True
    rest = re.sub(_NUMBER, "", spoken, flags=re.IGNORECASE)
    return not re.sub(r"(?<![0-9])[0-9]{6}(?![0-9])", "", _WISH_TO_KNOW.sub("", rest)).strip()


# ---- looking up ----


def start(scene: Scene) -> Decision:
    """The citizen wants to know how far it is, and did not say which: their own are shown, or the number asked for."""
    return mine(scene, "progress", Say(words.ASK_NUMBER(scene.language)))


def mine(scene: Scene, intent: str = "mine", none: Say | None = None) -> Decision:
    """The citizen's own tickets. none: what to say when there are none."""
    facts = dialogue.found(scene.turn, AskMine())
    if facts is None:
        return Decision(intent, scene.memory, ask=AskMine())
    if not facts.tickets:
        memory = dialogue.in_flow(scene.memory, FLOW, scene.turn)
        return Decision(f"{intent}_none", memory, (none or scene.say(words.NONE_HERE),))
    if len(facts.tickets) == 1:
        return _told(scene, facts.tickets[0])
    return _choice(scene, intent, facts.tickets, words.MINE, "查进度 %s")


def look_up(scene: Scene, number: str, code: str) -> Decision:
    facts = dialogue.found(scene.turn, AskProgress(number, code))
    if facts is None:
        return Decision("progress", scene.memory, ask=AskProgress(number, code))
    if facts.limited:
        return Decision("progress_limited", dialogue.out_of_flow(scene.memory), (scene.say(words.LIMITED),))
    if facts.tickets:
        return _told(scene, facts.tickets[0])
    if not code:
        memory = dialogue.in_flow(scene.memory, FLOW, scene.turn, number=number)
        return Decision("progress_code", memory, (scene.say(words.ASK_CODE),))
    memory = dialogue.in_flow(scene.memory, FLOW, scene.turn)
    return Decision("progress_not_found", memory, (scene.say(words.NOT_FOUND),))


def step(scene: Scene) -> Decision | None:
    """The next text in the flow, when it names no ticket by itself; None when it is about something else."""
    waiting, command = scene.memory.flow_state.get("number", ""), intents.command(scene.text)
    if command is not None and command.kind in _LEAVING:
        return Decision("cancel", dialogue.out_of_flow(scene.memory), (scene.say(phrases.CANCELLED),))
    code = _CODE.fullmatch(scene.text)
    if code is not None:
        digits = re.sub(r"[^0-9]", "", code["code"])
        return look_up(scene, waiting, digits) if waiting else _number_needed(scene)
    if ticket_numbers.looks_like_one(scene.text):
        return named(scene) or _number_needed(scene)
    if command is None or command.kind == "skip" or meaning.of(scene.text, "") == "nothing":
        return _number_needed(scene)
    return None


def _number_needed(scene: Scene, *, own: bool = True) -> Decision:
    """own: the citizen may have told matters here, which need no number."""
    mine: Option = (words.LABEL_MINE(scene.language), "say", words.LABEL_MINE.zh)
    return dialogue.ways_on(scene, words.NUMBER_NEEDED, "progress_number_needed", (mine,) if own else ())


def _told(scene: Scene, known: Known) -> Decision:
    language = scene.language
    lines = [known.number]
    if known.title:
        lines.append(phrases.short(known.title, _TITLE_CHARS))
    lines += ["", words.STAGE(language, stage=phrases.short(known.stage, _STAGE_CHARS))]
    story = [phrases.short(line, _LINE_CHARS) for line in known.story]
    after = [words.NEXT(language, next=phrases.short(known.next, _NEXT_CHARS))] if known.next else []
    if known.open and not known.rate:
        after.append(words.HOW_TO_ADD(language))
    told = [*lines, *([words.STORY(language)] if story else []), *_latest(story, [*lines, *after]), *after]
    said = Say("\n".join(told))
    latest = known.number if known.open else ""
    scene = scene.with_memory(dialogue.changed(dialogue.out_of_flow(scene.memory), ticket=latest, offered=()))
    if not known.rate:
        return Decision("progress_told", scene.memory, (said,))
    asked = rating.put(scene, known.number, "progress_told")
    return Decision(asked.intent, asked.memory, (said, *asked.says))


def _latest(story: list[str], beside: list[str]) -> list[str]:
    """As many of the last lines as fit beside the others."""
    room = _MAX_BYTES - sum(len(line.encode("utf-8", "replace")) + 1 for line in beside)
    kept: list[str] = []
    for line in reversed(story):
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]


def _choice(
    scene: Scene, intent: str, tickets: Sequence[Known], prompt: Phrase, wish: str, *, rest: str = ""
) -> Decision:
    """One of several tickets. Choosing one says the wish, with the number in it, and the rest."""
    options = tuple(
        Offered(
            key=str(index),
            label=phrases.short(f"{phrases.short(known.title, 24)} · {known.stage}"),
            kind="say",
            target=f"{wish % known.number}{rest}",
        )
        for index, known in enumerate(tickets[: dialogue.MAX_OPTIONS], 1)
    )
    memory = dialogue.changed(scene.memory, offered=options, flow="choose", flow_state={})
    return Decision(intent, memory, (Offer(prompt(scene.language), options),))


# ---- said of a matter told before, without its number ----


def number_lost(scene: Scene) -> Decision:
    """The citizen has no number: their own are shown, else a person looks for it."""
    facts = dialogue.found(scene.turn, AskMine())
    return _number_needed(scene, own=False) if facts is not None and not facts.tickets else mine(scene)


def urged(scene: Scene) -> Decision:
    """The wish that it goes faster: carried to those who have it, and how far it is told."""
    return _passed_on(scene, "urged", words.URGE_WHICH)


def withdrawn(scene: Scene) -> Decision:
    """The wish that nothing more is done: carried to those who have it, who decide."""
    return _passed_on(scene, "withdrawn", words.WITHDRAW_WHICH)


def _passed_on(scene: Scene, intent: Literal["urged", "withdrawn"], which: Phrase) -> Decision:
    facts = dialogue.found(scene.turn, AskMine())
    if facts is None:
        return Decision(intent, scene.memory, ask=AskMine())
    still_open = tuple(known for known in facts.tickets if known.open)
    if not still_open:
        return mine(scene, intent) if facts.tickets else _number_needed(scene, own=False)
    written = _words_added(scene)
    if len(still_open) > 1:
        return _choice(scene, intent, still_open, which, "补充 %s", rest=f" {written[:_CARRIED_CHARS]}")
    known = still_open[0]
    added = add(scene, known.number, written)
    if intent == "withdrawn":
        return replace(added, intent=intent, says=(scene.say(words.WITHDRAWN, number=known.number),))
    told = _told(scene.with_memory(added.memory), known)
    return replace(told, intent=intent, says=(scene.say(words.URGED), *told.says), wish=added.wish)


# ---- the wish to give a verdict ----


def to_rate(scene: Scene) -> Decision:
    """The citizen wants to give a verdict, and did not say on which ticket."""
    facts = dialogue.found(scene.turn, AskMine())
    if facts is None:
        return Decision("rate", scene.memory, ask=AskMine())
    waiting = [known for known in facts.tickets if known.rate]
    if not waiting:
        return Decision("rate", scene.memory, (scene.say(phrases.RATE),))
    if len(waiting) == 1:
        return rating.put(scene, waiting[0].number, "rate")
    return _choice(scene, "rate", waiting, words.WHICH_TO_RATE, "评价 %s")


# ---- adding something ----


def supplement(scene: Scene) -> Decision | None:
    """补充, with words or without, to the ticket that was last spoken of here, or to one's own; None when the text is
    no such wish."""
    command = intents.command(scene.text)
    alone = command is not None and command.kind == "supplement"
    if not alone and not _ADD_WORDS.match(scene.turn.text.strip()):
        return None
    written = "" if alone else _words_added(scene)
    if scene.memory.ticket:
        return add(scene, scene.memory.ticket, written)
    facts = dialogue.found(scene.turn, AskMine())
    if facts is None:
        return Decision("supplement", scene.memory, ask=AskMine())
    still_open = tuple(known for known in facts.tickets if known.open)
    if not still_open:
        return Decision("supplement_none", dialogue.out_of_flow(scene.memory), (scene.say(words.ADD_TO_NONE),))
    if len(still_open) == 1:
        return add(scene, still_open[0].number, written)
    rest = f" {written}" if len(written) <= _CARRIED_CHARS else ""
    return _choice(scene, "supplement", still_open, words.ADD_TO_WHICH, "补充 %s", rest=rest)


def add(scene: Scene, number: str, written: str) -> Decision:
    """These words to that ticket; without words, they are asked for."""
    memory = dialogue.changed(scene.memory, ticket=number)
    if not written:
        memory = dialogue.in_flow(memory, ADDING, scene.turn, number=number)
        return Decision("supplement_ask", memory, (scene.say(words.ADD_WHAT, number=number),))
    now = int(scene.turn.now.timestamp())
    pictures = [one for one in memory.lately if one.kind == "picture" and 0 <= now - one.at <= drafts.LATELY_SECONDS]
    memory = dialogue.changed(
        dialogue.adding_more(memory, scene.turn, number),
        lately=tuple(one for one in memory.lately if one.kind != "picture"),
    )
    wish = Supplement(number, written[:ADDED_CHARS], tuple(one.text for one in pictures)[-drafts.PICTURES :])
    said = words.ADDED_TOO if adds_more(scene) else words.ADDED
    return Decision("supplement_added", memory, (scene.say(said),), wish=wish)


def adds_more(scene: Scene) -> bool:
    """Whether something was added a moment ago."""
    memory = scene.memory
    return memory.flow == ADDING and "more" in memory.flow_state


def _adding_to(scene: Scene) -> str:
    """The ticket the next text is for, by its flow; "" for none."""
    memory = scene.memory
    if adds_more(scene) and dialogue.is_older(memory, scene.turn, _MORE_SECONDS):
        return ""
    return memory.flow_state.get("number", "") if memory.flow in (ADDING, rating.FLOW) else ""


def adding(scene: Scene) -> Decision | None:
    """The next text in the flow `supplement`; None when it is about something else."""
    command = intents.command(scene.text)
    if command is not None and command.kind in (*_LEAVING, "skip"):
        return Decision("cancel", dialogue.out_of_flow(scene.memory), (scene.say(phrases.CANCELLED),))
    if command is not None and command.kind not in ("unhelpful", "report", "helpful", "urge"):
        return None
    spoken = reading.folded(scene.turn.text)
    if adds_more(scene) and (command is not None or telling.asks(spoken) or telling.opens(spoken)):
        return None
    number = _adding_to(scene)
    return add(scene, number, _words_added(scene)) if number else None


def added(scene: Scene) -> Decision | None:
    """The decision on a text that adds to a ticket which it names, or which is spoken of here; None for any other."""
    memory, adding = scene.memory, _ADD.fullmatch(reading.folded(scene.turn.text))
    if adding is not None and adding["number"] and (number := ticket_numbers.read(adding["number"])[0]):
        return add(scene, number, _words_added(scene))
    if number := _adding_to(scene):
        return add(scene, number, _words_added(scene))
    if memory.ticket and _ADD_WORDS.match(scene.turn.text.strip()):
        return add(scene, memory.ticket, _words_added(scene))
    return None


def _words_added(scene: Scene) -> str:
    """What stands after the wish and the number, as it was written; all of it where there is no wish."""
    text = reading.clean(scene.turn.text, ADDED_CHARS)
    match = _ADD.fullmatch(text)
    return match["words"].strip() if match else text
