"""Telling the hotline a matter: the flow `report`. It begins, is left and taken up again, and each text in it is read
as the answer to what was asked; the ticket is filed when the citizen has confirmed the summary. Pure.

What is asked, one thing at a time, is in `bot.questions`; what a matter holds, in `bot.drafts`. `Memory.draft` outlives
the flow: other questions are answered meanwhile, and a matter left half told is taken up days later. `Memory.lately`
holds what was sent just before one is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot import correcting, dialogue, drafts, gathering, intents, lately, meaning, phrases, questions, reading, telling
from bot import ticket_phrases as words
from bot.contract import AskNumber, Decision, Draft, JoinTicket, Memory, Say, Turn
from bot.dialogue import Scene

FLOW = questions.FLOW
_ANSWER_CHARS = 50  # a longer text tells the matter on, whatever was asked
_KIND_CHARS = 16  # of a text that names the kind and tells nothing
_PHONE_DIGITS = 5  # so many are meant to be a number
_LEAVING = frozenset(("back", "stop_waiting"))
_FACTS = frozenset(("place", "time", "phone", "phone_again", "caller"))  # whose answer is kept as it is written
_HANDED_IN = re.compile("[写交填]|照片|进去|工单")
_APART = re.compile("[, 在]")  # what keeps a time from the place after it: 最近的路口 tells none
_GIVING_UP = re.compile("我?算了")  # 算了，地址不写了 is no address
_BESIDE = frozenset(
    re.findall(
        r"\w+",
        "person menu greet hot progress mine rate phone resend urgent anger ask how_long bye helpful thanks hours "
        "stop_messages",
    )
)


# ---- beginning -------------------------------------------------------------------------------------------------------


def start(scene: Scene) -> Decision:
    """The citizen wants to tell something; what they said just before may be it."""
    memory, draft = scene.memory, scene.memory.draft
    kind = telling.stated_kind(scene.text)
    if draft is not None and memory.flow == FLOW:
        return questions.put(scene, draft.model_copy(update={"kind": kind or draft.kind}))
    if waiting(memory):
        return resume_offered(scene)
    draft = drafts.begun(memory, scene.turn).model_copy(update={"kind": kind})
    said = lately.said(memory, scene.turn)
    if not said:
        return questions.put(scene, draft)
    if memory.unsure and not telling.asks(reading.folded(said)):
        # told, not asked, and no answer was found for it: that is the matter
        opening = words.TAKEN(scene.language, words=phrases.short(said, questions.SHOWN_CHARS))
        return questions.put(scene, drafts.with_words(draft, said, scene.turn.now), opening)
    return questions.put(scene, draft.model_copy(update={"unread": said, "asking": "this"}))


def opened(scene: Scene) -> Decision | None:
    """A matter told in the words that open it (我要投诉楼下…), or the wish to tell one; None for a question, and for
    what opens nothing."""
    spoken = reading.folded(scene.turn.text)
    if not telling.opens(spoken):
        return start(scene) if telling.only_wishes(spoken) else None
    kind = telling.stated_kind(spoken)
    draft = drafts.begun(scene.memory, scene.turn).model_copy(update={"kind": kind})
    return questions.put(scene, drafts.with_words(draft, scene.turn.text, scene.turn.now))


def continued(scene: Scene, *, near: bool = False) -> Decision | None:
    """A matter that is told without the wish to tell it, at once or in pieces, whatever was answered in between. None
    for anything else, and while another matter is half told. near: there are entries that may answer."""
    memory, turn = scene.memory, scene.turn
    said = None if waiting(memory) else gathering.before(memory, turn, near=near)
    if said is None:
        return None
    draft = drafts.with_words(drafts.begun(lately.remembered(memory, turn), turn), said, turn.now)
    if telling.is_place(reading.folded(turn.text)):
        draft = drafts.placed_nearer(draft, turn.text)
    else:
        draft = drafts.with_words(draft, turn.text, turn.now)
    taken = words.TAKEN(scene.language, words=phrases.short(said, questions.SHOWN_CHARS))
    return questions.put(scene, draft, taken if said else words.TAKEN_DOWN(scene.language))


# ---- left half told --------------------------------------------------------------------------------------------------


def waiting(memory: Memory) -> bool:
    """A matter was left half told."""
    return memory.draft is not None and bool(memory.draft.matter) and memory.flow != FLOW


def unexpired(memory: Memory, turn: Turn) -> Memory:
    """Without a matter that was left half told too long ago."""
    late = memory.draft is not None and drafts.expired(memory.draft, turn.now)
    return dialogue.changed(memory, draft=None) if late else memory


def resume_offered(scene: Scene, unread: str = "") -> Decision:
    """The citizen is back: go on with what was left? Put once. unread: what they wrote now, which may belong to it."""
    draft = scene.memory.draft or drafts.begun(scene.memory, scene.turn)
    unread = reading.clean(unread, drafts.LATELY_CHARS)
    scene = scene.with_memory(dialogue.told(scene.memory, "draft"))
    return questions.put(scene, draft.model_copy(update={"asking": "resume", "unread": unread}))


def asked_again(scene: Scene) -> Decision | None:
    """Hours later a 对 or a number still means the question it answers. That is put once more rather than obeyed: who
    only agreed must not believe that their matter is on its way. None for any other text."""
    command, draft = intents.command(scene.text), scene.memory.draft
    short = command is not None and command.kind in (
        "pick",
        "confirm",
        "acknowledge",
        "skip",
        "none_of_these",
        "change",
    )
    if (
        draft is None
        or not waiting(scene.memory)
        or not (short or dialogue.chosen(scene) or meaning.agrees(scene.text))
    ):
        return None
    return questions.put(scene, draft, words.GO_ON(scene.language))


def resume(scene: Scene) -> Decision:
    """Go on with it: what was written meanwhile answers what had been asked."""
    draft = scene.memory.draft or drafts.begun(scene.memory, scene.turn)
    unread = draft.unread
    draft = draft.model_copy(update={"asking": drafts.missing(draft) or "", "unread": ""})
    answer = _ANSWERS.get(draft.asking) if unread else None
    read = answer(dialogue.saying(scene, unread), draft, "") if answer else None
    return read or questions.put(scene, draft)


def kept(scene: Scene, decision: Decision) -> Decision:
    """The decision on another matter, with this one going on: what had been asked is asked again, unless the other put
    choices or began something of its own. scene: as it was before."""
    draft, flow = scene.memory.draft, decision.memory.flow
    if draft is None or decision.ask is not None or decision.handoff is not None or flow == "emergency":
        return decision
    if draft.asking == "resume":
        return decision
    if decision.intent == "mine_none":
        # there is nothing to look up, so the number for it is not waited for
        decision = replace(decision, memory=dialogue.out_of_flow(decision.memory))
        flow = ""
    if flow not in ("", "choose"):
        aside = (scene.say(words.SET_ASIDE_MEANWHILE),) if draft.matter and flow != FLOW else ()
        return replace(decision, says=(*decision.says, *aside))
    decision = dialogue.kept(scene.memory, decision)
    if flow == "choose":
        return decision
    opening = words.GO_ON(scene.language)
    if decision.entries and not draft.matter:
        # a question may be the very matter
        unread = reading.clean(scene.turn.text, drafts.LATELY_CHARS)
        draft, opening = draft.model_copy(update={"asking": "this", "unread": unread}), ""
    again = questions.put(scene.with_memory(decision.memory), draft, opening)
    if again.ask is not None:
        return decision
    return replace(decision, memory=again.memory, says=(*decision.says, *again.says))


# ---- what happens in the flow ----------------------------------------------------------------------------------------


def happening(scene: Scene) -> Decision | None:
    """A picture or a place sent in the flow; None for anything else."""
    turn = scene.turn
    draft = scene.memory.draft or drafts.begun(scene.memory, turn)
    if turn.happened == "location" and turn.latitude is not None and turn.longitude is not None:
        draft = drafts.placed(draft, turn.detail, turn.latitude, turn.longitude)
        draft = drafts.unasked(draft) if draft.asking == "place" else draft
        return questions.put(scene, draft, words.PLACE_KEPT(scene.language))
    if turn.happened not in lately.SENT or not turn.message_id:
        return None
    if len(draft.pictures) >= drafts.PICTURES:
        return questions.put(scene, draft, words.PICTURES_FULL(scene.language, most=drafts.PICTURES))
    draft = draft.model_copy(update={"pictures": (*draft.pictures, turn.message_id)})
    return questions.put(scene, draft, words.PICTURE_KEPT(scene.language))


def step(scene: Scene) -> Decision | None:
    """The next text in the flow; None when it is about something else."""
    draft = scene.memory.draft or drafts.begun(scene.memory, scene.turn)
    if scene.memory.offered:
        option = dialogue.chosen(scene)
        if scene.memory.flow_state.get("beside") == "choose":
            if option is not None:
                return None
        elif option is not None:
            scene = dialogue.saying(scene, option.target)
        elif (command := intents.command(scene.text)) is not None and command.kind == "pick":
            return questions.put(scene, draft, phrases.NO_SUCH_NUMBER(scene.language, number=command.number))
    if told := correcting.aside(scene, draft):
        return told
    command = intents.command(scene.text)
    kind = command.kind if command else ""
    if draft.asking == "kind" and (named := _named_kind(scene)):
        return questions.put(scene, drafts.unasked(draft.model_copy(update={"kind": named})))
    if kind in _BESIDE and not meaning.agrees(scene.text):
        return None
    if kind in _LEAVING or meaning.puts_off(scene.text):
        memory = dialogue.changed(questions.with_draft(scene, draft), flow="", flow_state={})
        return Decision("report_left", memory, (scene.say(words.SET_ASIDE),))
    if kind == "report":
        return start(scene)
    meant: meaning.Meant = meaning.of(scene.text, kind)
    if meant == "yes" and kind == "confirm" and draft.asking in _FACTS:
        meant = "nothing"  # 就这样 to a question: there is no more to say to it
    if meaning.objects(scene.text) and draft.asking in _FACTS and draft.matter:
        return questions.put(scene, draft.model_copy(update={"asking": "change"}))
    if not meant and draft.asking in _FACTS:
        if meaning.tells_nothing(scene.text):
            meant = "nothing"
        elif meaning.asks_back(scene.text):
            return questions.put(scene, draft, words.NO_ANSWER_NOW(scene.language))
    if kind == "withdraw" or meant == "stop" or (meant == "nothing" and kind == "cancel" and not draft.matter):
        return _dropped(scene)
    changed = correcting.change(scene, draft, kind) if draft.matter else None
    asked = draft.asking in ("place", "time", "caller") and draft.matter
    if asked and not meant and not changed and _GIVING_UP.match(scene.text):
        return _more(scene, draft, draft.asking)
    return changed or _ANSWERS.get(draft.asking, _matter)(scene, draft, meant)


# ---- the answers, by what was asked; meant: see `meaning.of` ---------------------------------------------------------


def _matter(scene: Scene, draft: Draft, meant: str) -> Decision:
    if meant:
        return questions.put(scene, drafts.unasked(draft) if draft.matter else draft)
    more = draft.asking == "matter_more"
    draft = drafts.with_words(draft, scene.turn.text, scene.turn.now)
    if len(draft.matter) < lately.SHORTEST and not more:
        return questions.put(scene, draft.model_copy(update={"asking": "matter_more"}))
    return questions.put(scene, drafts.unasked(draft))


def _matter_again(scene: Scene, draft: Draft, meant: str) -> Decision:
    if meant:
        return questions.put(scene, drafts.unasked(draft))
    anew = drafts.with_words(draft.model_copy(update={"matter": ""}), scene.turn.text, scene.turn.now)
    return questions.put(scene, drafts.unasked(anew), words.CHANGED(scene.language))


def _this(scene: Scene, draft: Draft, meant: str) -> Decision:
    """Whether what was said just before is the matter."""
    unread, draft = draft.unread, draft.model_copy(update={"unread": "", "asking": ""})
    if scene.text == "就是这件事" or meant == "yes":
        return questions.put(scene, drafts.with_words(draft, unread, scene.turn.now), words.NOTED(scene.language))
    if scene.text == "是另一件事" or meant:
        return questions.put(scene, draft)
    return _matter(scene, draft, meant)


def _resume(scene: Scene, draft: Draft, meant: str) -> Decision:
    if scene.text == "说另一件事":
        return questions.put(scene, drafts.begun(scene.memory, scene.turn))
    if meant in ("no", "nothing"):
        return _dropped(scene)
    if meant:
        return resume(scene.with_memory(dialogue.changed(scene.memory, draft=draft)))
    # written on without choosing
    unread = draft.unread
    draft = draft.model_copy(update={"asking": drafts.missing(draft) or "", "unread": ""})
    draft = drafts.with_words(draft, unread, scene.turn.now) if unread else draft
    return _ANSWERS.get(draft.asking, _matter)(scene, draft, meant)


def _kind(scene: Scene, draft: Draft, meant: str) -> Decision:
    if meant == "nothing":
        # a person sorts it
        return questions.put(scene, drafts.unasked(draft.model_copy(update={"kind": "help"})))
    return questions.put(scene, draft) if meant else _more(scene, draft)


def _place(scene: Scene, draft: Draft, meant: str) -> Decision:
    if meant:
        return _skipped_or_again(scene, draft, "place", meant)
    spoken = reading.folded(scene.turn.text)
    named = telling.place(spoken)
    told = drafts.with_facts(draft, scene.turn.text, scene.turn.now)
    if (
        len(spoken) > _ANSWER_CHARS
        or telling.opens(spoken)
        or (_is_open(draft, "place") and telling.is_no_place(spoken))
    ):
        found = told.model_copy(update={"place": named, "latitude": None, "longitude": None}) if named else told
        return _more(scene, found, "place")
    # told with a time or a phone beside it, the place is what reads as one, or is left; alone, all of it
    beside = (told.happened, told.phone, told.caller) != (draft.happened, draft.phone, draft.caller)
    if beside and not named and not telling.without_time(telling.without_contact(spoken)):
        return questions.put(scene, drafts.unasked(told), words.NOTED(scene.language))
    if not named and not _APART.search(spoken) and spoken.endswith(telling.without_time(spoken)):
        told = told.model_copy(update={"happened": draft.happened})
    place = named if named and beside else scene.turn.text
    return questions.put(scene, drafts.unasked(drafts.corrected(told, "place", place, scene.turn.now) or draft))


def _time(scene: Scene, draft: Draft, meant: str) -> Decision:
    if meant:
        return _skipped_or_again(scene, draft, "time", meant)
    spoken = reading.folded(scene.turn.text)
    if len(spoken) > _ANSWER_CHARS or telling.opens(spoken):
        return _more(scene, draft.model_copy(update={"happened": ""}), "time")
    if _is_open(draft, "time") and telling.is_no_time(spoken, scene.turn.now):
        return _more(scene, draft, "time")
    if telling.town(spoken) or telling.place(spoken) or telling.own_phone(spoken):
        # told with something else beside it, the time is what reads as one, and all of it belongs to the matter
        when = telling.happened(spoken, scene.turn.now) or draft.happened
        return _more(scene, draft.model_copy(update={"happened": when}), "time")
    told = drafts.with_facts(draft, scene.turn.text, scene.turn.now)
    return questions.put(
        scene, drafts.unasked(drafts.corrected(told, "time", scene.turn.text, scene.turn.now) or draft)
    )


def _phone(scene: Scene, draft: Draft, meant: str) -> Decision:
    told = drafts.with_facts(draft.model_copy(update={"phone": ""}), scene.turn.text, scene.turn.now)
    corrected = drafts.corrected(told, "phone", scene.turn.text, scene.turn.now)
    if corrected is not None:
        return questions.put(scene, drafts.unasked(corrected))
    if meant:
        return _skipped_or_again(scene, draft, "phone", meant)
    if sum(map(str.isdigit, scene.text)) >= _PHONE_DIGITS:
        return questions.put(scene, draft.model_copy(update={"asking": "phone_again"}))
    if told.caller != draft.caller and len(scene.text) <= 2 * telling.NAME_CHARS:
        return questions.put(scene, told.model_copy(update={"phone": draft.phone}))
    return _more(scene, draft, "phone")


def _caller(scene: Scene, draft: Draft, meant: str) -> Decision:
    value = "" if meant else scene.turn.text
    return questions.put(scene, drafts.unasked(drafts.corrected(draft, "caller", value, scene.turn.now) or draft))


def _confidential(scene: Scene, draft: Draft, meant: str) -> Decision:
    wished = telling.confidential(scene.text)
    if wished is None and meant in ("yes", "no", "nothing"):
        wished = meant == "yes"
    if wished is not None:
        return questions.put(scene, drafts.unasked(draft.model_copy(update={"confidential": wished})))
    return questions.put(scene, draft) if meant else _more(scene, draft)


def _elsewhere(scene: Scene, draft: Draft, meant: str) -> Decision:
    if meant in ("no", "nothing", "noted"):
        return _dropped(scene)
    draft = drafts.settled(drafts.unasked(draft), "elsewhere")
    return questions.put(scene, draft) if meant or scene.text == "还是要告诉你们" else _more(scene, draft)


def _similar(scene: Scene, draft: Draft, meant: str) -> Decision:
    numbers = [one.target.split()[-1] for one in scene.memory.offered if one.target.startswith("加入 ")]
    joined = next((number for number in numbers if scene.turn.text == f"加入 {number}"), "")
    if (meant == "yes" or scene.text == "加入") and len(numbers) == 1:
        joined = numbers[0]
    if joined:
        memory = dialogue.changed(_without_draft(scene.memory), ticket=joined)
        wish = JoinTicket(joined, draft.matter, draft.caller, draft.phone)
        return Decision("report_joined", memory, (scene.say(words.JOINED, number=joined),), wish=wish)
    if meant in ("yes", "noted"):
        return questions.put(scene, draft)
    draft = drafts.settled(drafts.unasked(draft), "similar")
    return questions.put(scene, draft) if meant or scene.text == "另外说" else _more(scene, draft)


def _summary(scene: Scene, draft: Draft, meant: str) -> Decision:
    if meant == "yes":
        return _filed(scene, draft)
    if meant == "no":
        return questions.put(scene, draft.model_copy(update={"asking": "change"}))
    spoken = reading.folded(scene.turn.text)
    if not meant and _HANDED_IN.search(spoken) and meaning.asks_back(scene.text):
        return questions.put(scene, draft, words.AS_SHOWN(scene.language))
    return questions.put(scene, draft) if meant else _more(scene, draft)


def _change(scene: Scene, draft: Draft, meant: str) -> Decision:
    spoken = reading.folded(scene.turn.text)
    if meant or len(spoken) > _ANSWER_CHARS:
        return questions.put(scene, drafts.unasked(draft)) if meant else _more(scene, draft)
    changed = draft
    if place := telling.place(spoken):
        changed = changed.model_copy(update={"place": place, "latitude": None, "longitude": None})
    if happened := telling.happened(spoken, scene.turn.now):
        changed = changed.model_copy(update={"happened": happened})
    if phone := telling.phone(spoken):
        changed = changed.model_copy(update={"phone": phone})
    if changed == draft:
        return _more(scene, draft)
    return questions.put(scene, drafts.unasked(changed), words.CHANGED(scene.language))


_ANSWERS: dict[str, Callable[[Scene, Draft, str], Decision]] = {
    "matter": _matter,
    "matter_more": _matter,
    "matter_again": _matter_again,
    "this": _this,
    "resume": _resume,
    "kind": _kind,
    "place": _place,
    "time": _time,
    "phone": _phone,
    "phone_again": _phone,
    "caller": _caller,
    "confidential": _confidential,
    "elsewhere": _elsewhere,
    "similar": _similar,
    "summary": _summary,
    "change": _change,
}


# ---- small things ----------------------------------------------------------------------------------------------------


def _more(scene: Scene, draft: Draft, answered: str = "") -> Decision:
    """The citizen tells on instead of answering: it belongs to the matter. answered: a question that is put once more
    at most, since what was told may hold the answer."""
    if answered:
        once = f"{answered} once"
        draft = drafts.settled(draft, answered if once in draft.settled else once)
    draft = drafts.with_words(draft, scene.turn.text, scene.turn.now)
    return questions.put(scene, drafts.unasked(draft), words.ADDED_TO_MATTER(scene.language))


def _is_open(draft: Draft, question: str) -> bool:
    """Whether it is asked for the first time: what answers it again, or puts it right, is taken as it is written."""
    known = draft.place or draft.latitude is not None if question == "place" else draft.happened
    return not known and f"{question} once" not in draft.settled


def _skipped_or_again(scene: Scene, draft: Draft, question: str, meant: str) -> Decision:
    if meant in ("nothing", "no"):
        return questions.put(scene, drafts.settled(drafts.unasked(draft), question))
    return questions.put(scene, draft)


def _named_kind(scene: Scene) -> str | None:
    return telling.stated_kind(scene.text) if len(scene.text) <= _KIND_CHARS else None


def _filed(scene: Scene, draft: Draft) -> Decision:
    facts = dialogue.found(scene.turn, AskNumber())
    if facts is None:
        return Decision("report_filed", scene.memory, ask=AskNumber())
    if facts.limited:
        return Decision("report_limited", questions.with_draft(scene, draft), (scene.say(words.FILED_TOO_OFTEN),))
    if facts.name is None:
        scene = scene.with_memory(questions.with_draft(scene, draft))
        return dialogue.hand_over(scene, "report_not_filed", "rule", words.NOT_FILED)
    number = facts.name.number
    said = words.FILED(scene.language, number=number, code=facts.name.code)
    if draft.confidential:
        said += words.FILED_CONFIDENTIAL(scene.language)
    memory = dialogue.changed(_without_draft(scene.memory), ticket=number)
    return Decision("report_filed", memory, (Say(said),), file=drafts.filed(draft, facts.name))


def _dropped(scene: Scene) -> Decision:
    return Decision("report_dropped", _without_draft(scene.memory), (scene.say(words.DROPPED),))


def _without_draft(memory: Memory) -> Memory:
    memory = dialogue.untold(memory, "draft")
    return dialogue.changed(memory, flow="", flow_state={}, offered=(), draft=None, lately=(), asked="", unsure=0)
