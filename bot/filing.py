"""Telling the hotline a matter: the flow `report`. Asks only for what is missing, one thing at a time, and files the
ticket when the citizen has confirmed the summary. Pure.

`Memory.draft` holds the matter: matter, kind, place, latitude, longitude, when, phone, caller, confidential, pictures
(message ids), and of the talk: asking (what was asked last), skipped, similar, anyway, at (seconds, of the change).
It outlives the flow, so that a matter left half told can be taken up days later. `Memory.lately` holds what was sent
just before: `picture:ID:AT`, `place:LATITUDE:LONGITUDE:AT:LABEL`.
"""

from __future__ import annotations

import re

from bot import dialogue, drafts, intents, phrases, telling
from bot import ticket_phrases as words
from bot.contract import (
    AskNumber,
    AskSimilar,
    Decision,
    Filing,
    JoinTicket,
    Memory,
    Offer,
    Offered,
    Say,
    Similar,
    Turn,
    masked,
)
from bot.dialogue import Scene
from bot.drafts import Draft
from bot.phrases import Phrase

FLOW = "report"
KEPT_SECONDS = 7 * 86400  # a matter left half told
PICTURES = 9
SHORTEST = 6  # characters that name a matter a person could work on

_PLACED: frozenset[str] = frozenset(("complaint", "help", "report"))
_SIMILAR: frozenset[str] = frozenset(("complaint", "help", "suggestion"))
_SKIP = frozenset(
    (
        "跳过",
        "没有",
        "无",
        "不知道",
        "不清楚",
        "说不清",
        "不留",
        "不用",
        "不方便",
        "不想留",
        "不填",
        "skip",
        "none",
        "no",
    )
)
_YES = frozenset(
    (
        "1",
        "确认",
        "确认提交",
        "提交",
        "对",
        "对的",
        "是",
        "是的",
        "没错",
        "好",
        "好的",
        "可以",
        "对,提交",
        "yes",
        "confirm",
        "ok",
        "right, send it",
    )
)
_CHANGE = frozenset(("2", "修改", "改", "要改", "改一改", "要改一改", "不对", "change", "change something"))
_DROP = frozenset(("3", "取消", "不提交", "不提交了", "不说了", "算了", "cancel", "do not send it"))
_QUESTION = re.compile(
    r"[?？]|怎么|如何|多少钱|几点|什么(?:材料|条件|手续)|能不能|可不可以|吗$|\bhow\b|\bwhere\b|\bwhen\b"
)
_LEAVING = frozenset(("person", "menu", "progress", "hot", "urgent", "anger", "phone", "stop_waiting", "how_long"))


# ---- beginning, and what happens beside -------------------------------------------------------------------------


def start(scene: Scene, matter: str = "") -> Decision:
    """The citizen wants to tell something. matter: when it came along."""
    memory = scene.memory
    old = memory.draft
    if old.get("matter") and not matter and memory.flow != FLOW and drafts.age(old, scene.turn) <= KEPT_SECONDS:
        options = (
            Offered(key="1", label=words.RESUME_YES(scene.language), kind="say", target="接着写"),
            Offered(key="2", label=words.RESUME_NEW(scene.language), kind="say", target="说另一件事"),
        )
        prompt = words.RESUME(scene.language, matter=phrases.short(old["matter"], 40))
        return _offered(scene, {**old, "asking": "resume"}, Offer(prompt, options), "report_resume")
    said = matter or (memory.asked if memory.unsure and len(memory.asked) >= SHORTEST else "")
    return _next(scene, drafts.told(drafts.lately({}, memory, scene.turn), said))


def remembered(memory: Memory, turn: Turn) -> Memory:
    """What was sent outside of the flow, for a matter that may be told next."""
    now = int(turn.now.timestamp())
    if turn.happened in ("image", "voice", "video", "file") and turn.message_id:
        entry = f"picture:{turn.message_id}:{now}"
    elif turn.happened == "location" and turn.latitude is not None and turn.longitude is not None:
        entry = f"place:{turn.latitude:.6f}:{turn.longitude:.6f}:{now}:{phrases.short(turn.detail, 80)}"
    else:
        return memory
    return dialogue.changed(memory, lately=(*memory.lately, entry)[-4:])


def happening(scene: Scene) -> Decision | None:
    """A picture or a place in the flow; None for anything else."""
    turn, draft = scene.turn, dict(scene.memory.draft)
    if turn.happened == "location" and turn.latitude is not None and turn.longitude is not None:
        draft |= {"latitude": f"{turn.latitude:.6f}", "longitude": f"{turn.longitude:.6f}"}
        draft["place"] = phrases.short(turn.detail, drafts.FIELD_CHARS) or draft.get("place", "") or "见位置"
        return _next(scene, draft, words.PLACE_KEPT)
    if turn.happened in ("image", "video", "file", "voice") and turn.message_id:
        pictures = [*draft.get("pictures", "").split(), turn.message_id][-PICTURES:]
        draft["pictures"] = " ".join(pictures)
        return _next(scene, draft, words.PICTURE_KEPT)
    return None


def beside(memory: Memory) -> Memory:
    """The memory as another matter is to see it while this one waits."""
    return dialogue.changed(memory, flow="", flow_state={}, offered=())


def kept(before: Memory, decision: Decision, scene: Scene) -> Decision:
    """The decision on another matter, with this one still open; unless it began something of its own."""
    memory = decision.memory
    if decision.handoff is not None or memory.flow or decision.ask is not None:
        return decision
    going_on = dialogue.changed(memory, flow=FLOW, flow_state=before.flow_state, offered=before.offered)
    return Decision(
        decision.intent,
        going_on,
        (*decision.says, Say(words.GO_ON(scene.language))),
        alarm=decision.alarm,
        feedback=decision.feedback,
        entries=decision.entries,
        confidence=decision.confidence,
    )


# ---- a text in the flow -----------------------------------------------------------------------------------------


def step(scene: Scene) -> Decision | None:
    """The next text; None when it is about something else."""
    draft = dict(scene.memory.draft)
    asking, text, written = draft.get("asking", ""), scene.text, scene.turn.text.strip()
    choice = _choice(scene)
    if choice in ("接着写", "说另一件事") and asking == "resume":
        return _next(scene, draft if choice == "接着写" else drafts.lately({}, scene.memory, scene.turn))
    if text in _DROP and (asking == "confirm" or text != "3"):
        return _dropped(scene)
    command = intents.command(text)
    if command is not None and command.kind in _LEAVING:
        return None
    if command is not None and command.kind == "cancel":
        return _dropped(scene)
    if draft.get("matter") and (edited := drafts.edited(draft, written)):
        return _next(scene, edited, words.CHANGED)
    if draft.get("matter") and drafts.CONFIDENTIAL.search(text) and asking != "confidential":
        return _next(scene, {**drafts.told(draft, written if asking == "matter" else ""), "confidential": "yes"})
    answered = _ANSWERS.get(asking, _matter)
    if asking not in ("", "matter", "change") and choice == "" and _QUESTION.search(text):
        return None
    return answered(scene, draft, choice)


def _matter(scene: Scene, draft: Draft, _: str) -> Decision | None:
    written = scene.turn.text.strip()
    if len(scene.text) < SHORTEST and not draft.get("matter") and "more" not in draft:
        return _asked(scene, {**draft, "more": "1"}, "matter", words.ASK_MORE)
    return _next(scene, drafts.told(draft, written))


def _kind(scene: Scene, draft: Draft, choice: str) -> Decision | None:
    kind = choice if choice in words.KINDS else telling.kind(scene.text)
    return _next(scene, {**draft, "kind": kind or "help"})


def _place(scene: Scene, draft: Draft, _: str) -> Decision | None:
    if scene.text in _SKIP:
        return _next(scene, drafts.skipping(draft, "place"))
    return _next(scene, drafts.told({**draft, "place": phrases.short(scene.turn.text, drafts.FIELD_CHARS)}, ""))


def _when(scene: Scene, draft: Draft, _: str) -> Decision | None:
    if scene.text in _SKIP:
        return _next(scene, drafts.skipping(draft, "when"))
    return _next(scene, {**draft, "when": phrases.short(scene.turn.text, drafts.FIELD_CHARS)})


def _phone(scene: Scene, draft: Draft, _: str) -> Decision | None:
    phone, name = telling.phone(scene.text), telling.name(scene.turn.text)
    if phone:
        return _next(scene, {**draft, "phone": phone, **({"caller": name} if name else {})})
    if scene.text in _SKIP or "phone_again" in draft:
        return _next(scene, drafts.skipping(draft, "phone"))
    return _asked(scene, {**draft, "phone_again": "1"}, "phone", words.ASK_PHONE)


def _confidential(scene: Scene, draft: Draft, choice: str) -> Decision | None:
    yes = choice == "要保密" or (choice == "" and bool(re.match(r"要|是|好|对|保密|yes", scene.text)))
    return _next(scene, {**draft, "confidential": "yes" if yes else "no"})


def _declined(scene: Scene, draft: Draft, choice: str) -> Decision | None:
    if choice == "不说了":
        return _dropped(scene)
    if choice == "还是要说":
        return _next(scene, {**draft, "anyway": "1"})
    return _next(scene, drafts.told({**draft, "anyway": "1"}, scene.turn.text.strip()))


def _similar(scene: Scene, draft: Draft, choice: str) -> Decision | None:
    number = choice if choice.startswith("DG") else ""
    if not number:
        return _next(scene, {**draft, "similar": "none"})
    wish = JoinTicket(number, draft.get("matter", ""), draft.get("caller", ""), draft.get("phone", ""))
    said = Say(words.JOINED(scene.language, number=number))
    return Decision("report_joined", _without_draft(scene.memory), (said,), wish=wish)


def _confirm(scene: Scene, draft: Draft, choice: str) -> Decision | None:
    text = scene.text
    if choice == "确认提交" or text in _YES:
        return _file(scene, draft)
    if choice == "取消":
        return _dropped(scene)
    if choice == "修改" or text in _CHANGE:
        return _asked(scene, draft, "change", words.WHICH_CHANGE)
    if len(text) < SHORTEST:
        return _next(scene, draft)
    return _next(scene, drafts.told(draft, scene.turn.text.strip()))


def _change(scene: Scene, draft: Draft, _: str) -> Decision | None:
    told = telling.read(scene.text)
    changes = {"phone": told.phone, "place": told.place, "when": told.when}
    found = {name: value for name, value in changes.items() if value}
    if not found:
        return _next(scene, drafts.told(draft, scene.turn.text.strip()))
    return _next(scene, {**draft, **found}, words.CHANGED)


def _resume(scene: Scene, draft: Draft, _: str) -> Decision | None:
    """Neither chosen: what is written belongs to the matter left, or begins another."""
    return _next(scene, drafts.told(drafts.lately({}, scene.memory, scene.turn), scene.turn.text.strip()))


_ANSWERS = {
    "matter": _matter,
    "kind": _kind,
    "place": _place,
    "when": _when,
    "phone": _phone,
    "confidential": _confidential,
    "declined": _declined,
    "similar": _similar,
    "confirm": _confirm,
    "change": _change,
    "resume": _resume,
}


# ---- what is asked next -----------------------------------------------------------------------------------------


def _next(scene: Scene, draft: Draft, opening: Phrase | None = None) -> Decision:
    """Ask for the first thing that is missing; when nothing is, show the summary."""
    language, turn = scene.language, scene.turn
    first = f"{opening(language)}" if opening else ""
    if not draft.get("matter"):
        return _asked(scene, draft, "matter", words.ASK_MATTER, first)
    cause = telling.declined(draft["matter"]) if "anyway" not in draft else None
    if cause is not None:
        options = (
            Offered(key="1", label=words.TELL_ANYWAY(language), kind="say", target="还是要说"),
            Offered(key="2", label=words.TELL_NOT(language), kind="say", target="不说了"),
        )
        prompt = f"{words.DECLINED[cause](language)}{words.DECLINED_THEN(language)}"
        return _offered(scene, {**draft, "asking": "declined"}, Offer(prompt, options), "report_declined")
    kind = draft.get("kind", "")
    if not kind:
        kinds = tuple(
            Offered(key=str(number), label=label(language), kind="say", target=name)
            for number, (name, label) in enumerate(words.KINDS.items(), 1)
        )
        offer = Offer(f"{first}{words.ASK_KIND(language)}", kinds)
        return _offered(scene, {**draft, "asking": "kind"}, offer, "report_kind")
    skipped = draft.get("skipped", "").split()
    if kind in _PLACED and not draft.get("place") and "place" not in skipped:
        return _asked(scene, draft, "place", words.ASK_PLACE, first)
    if kind in _PLACED and not draft.get("when") and "when" not in skipped:
        return _asked(scene, draft, "when", words.ASK_WHEN, first)
    if not draft.get("phone") and not turn.phone and "phone" not in skipped and kind != "praise":
        return _asked(scene, draft, "phone", words.ASK_PHONE, first)
    if kind == "report" and not draft.get("confidential"):
        options = (
            Offered(key="1", label=words.YES_CONFIDENTIAL(language), kind="say", target="要保密"),
            Offered(key="2", label=words.NO_CONFIDENTIAL(language), kind="say", target="不用保密"),
        )
        offer = Offer(f"{first}{words.ASK_CONFIDENTIAL(language)}", options)
        return _offered(scene, {**draft, "asking": "confidential"}, offer, "report_confidential")
    if kind in _SIMILAR and draft.get("confidential") != "yes" and not draft.get("similar"):
        ask = AskSimilar(draft["matter"][:400], draft.get("place", ""))
        if turn.facts is None or not isinstance(turn.facts.asked, AskSimilar):
            return Decision("report_similar", scene.memory, ask=ask)
        if turn.facts.similar:
            return _offer_similar(scene, draft, turn.facts.similar)
        draft = {**draft, "similar": "none"}
    return _summary(scene, draft, first)


def _offer_similar(scene: Scene, draft: Draft, similar: tuple[Similar, ...]) -> Decision:
    language = scene.language
    options = [
        Offered(
            key=str(number),
            label=phrases.short(words.SIMILAR_ONE(language, title=one.title, stage=one.stage), 60),
            kind="say",
            target=one.number,
        )
        for number, one in enumerate(similar, 1)
    ]
    last = words.SIMILAR_NONE(language)
    options.append(Offered(key=str(len(options) + 1), label=last, kind="say", target="另外反映"))
    offer = Offer(words.SIMILAR(language), tuple(options))
    return _offered(scene, {**draft, "asking": "similar"}, offer, "report_similar")


def _summary(scene: Scene, draft: Draft, first: str) -> Decision:
    language = scene.language
    phone = draft.get("phone", "") or scene.turn.phone
    pictures = len(draft.get("pictures", "").split())
    lines = [
        (words.LINE_KIND, words.KINDS[drafts.kind_of(draft)](language)),
        (words.LINE_MATTER, phrases.short(draft["matter"], 200)),
        (words.LINE_PLACE, draft.get("place", "")),
        (words.LINE_WHEN, draft.get("when", "")),
        (words.LINE_NAME, draft.get("caller", "")),
        (words.LINE_PHONE, masked(phone) if phone.startswith("+") else phone),
        (words.LINE_PICTURES, str(pictures) if pictures else ""),
    ]
    shown = [phrase(language, value=value) for phrase, value in lines if value]
    if draft.get("confidential") == "yes":
        shown.append(words.LINE_CONFIDENTIAL(language))
    options = (
        Offered(key="1", label=words.SEND(language), kind="say", target="确认提交"),
        Offered(key="2", label=words.CHANGE(language), kind="say", target="修改"),
        Offered(key="3", label=words.DROP(language), kind="say", target="取消"),
    )
    prompt = "\n".join((f"{first}{words.SUMMARY(language)}", *shown))
    return _offered(scene, {**draft, "asking": "confirm"}, Offer(prompt, options), "report_summary")


def _file(scene: Scene, draft: Draft) -> Decision:
    facts = scene.turn.facts
    if facts is None or not isinstance(facts.asked, AskNumber):
        return Decision("report_file", scene.memory, ask=AskNumber())
    if facts.name is None:
        return Decision("report_not_filed", scene.memory, (scene.say(words.NOT_FILED),))
    filing = Filing(
        name=facts.name,
        kind=drafts.kind_of(draft),
        matter=draft["matter"],
        happened=draft.get("when", ""),
        place=draft.get("place", ""),
        latitude=drafts.number(draft.get("latitude")),
        longitude=drafts.number(draft.get("longitude")),
        caller=draft.get("caller", ""),
        phone=draft.get("phone", "") or scene.turn.phone,
        confidential=draft.get("confidential") == "yes",
        pictures=tuple(draft.get("pictures", "").split()),
    )
    said = scene.say(words.FILED, number=facts.name.number, code=facts.name.code)
    return Decision("report_filed", _without_draft(scene.memory), (said,), file=filing)


# ---- small things -----------------------------------------------------------------------------------------------


def _choice(scene: Scene) -> str:
    """The target of the open choice that was taken by number or label; "" for none."""
    offered = scene.memory.offered
    for option in offered:
        if scene.turn.text.strip() == option.label:
            return option.target
    command = intents.command(scene.text)
    if command is None or command.kind != "pick" or not offered:
        return ""
    number = len(offered) if command.number == -1 else command.number
    return offered[number - 1].target if 1 <= number <= len(offered) else ""


def _asked(scene: Scene, draft: Draft, asking: str, phrase: Phrase, first: str = "") -> Decision:
    memory = _with_draft(scene, {**draft, "asking": asking})
    return Decision(f"report_{asking}", memory, (Say(f"{first}{phrase(scene.language)}"),))


def _offered(scene: Scene, draft: Draft, offer: Offer, intent: str) -> Decision:
    memory = dialogue.changed(_with_draft(scene, draft), offered=offer.options)
    return Decision(intent, memory, (offer,))


def _with_draft(scene: Scene, draft: Draft) -> Memory:
    now = int(scene.turn.now.timestamp())
    memory = dialogue.untold(scene.memory, "feedback_line")
    return dialogue.changed(
        memory, flow=FLOW, flow_state={"since": str(now)}, offered=(), unsure=0, draft={**draft, "at": str(now)}
    )


def _without_draft(memory: Memory) -> Memory:
    return dialogue.changed(memory, flow="", flow_state={}, offered=(), draft={}, lately=(), asked="", unsure=0)


def _dropped(scene: Scene) -> Decision:
    return Decision("report_dropped", _without_draft(scene.memory), (scene.say(words.DROPPED),))
