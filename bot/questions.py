"""What a citizen who tells a matter is asked next: one question, or the summary when nothing is missing. Pure; the
answers are read in `bot.filing`.

`Draft.asking` names the question that is open. One that was put on purpose (to correct something) stays until it is
answered; the others follow from what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import dialogue, drafts, elsewhere, phrases, reading
from bot import ticket_phrases as words
from bot.contract import AskSimilar, Decision, Draft, Memory, Offer, Offered, Say
from bot.dialogue import Scene
from bot.phrases import Phrase

FLOW = "report"
SHOWN_CHARS = 40  # of the citizen's words, shown to them again

_WRITTEN: dict[str, Phrase] = {
    "matter": words.ASK_MATTER,
    "matter_more": words.ASK_MATTER_MORE,
    "matter_again": words.ASK_MATTER_AGAIN,
    "place": words.ASK_PLACE,
    "time": words.ASK_WHEN,
    "phone": words.ASK_PHONE,
    "phone_again": words.ASK_PHONE_AGAIN,
    "caller": words.ASK_CALLER,
}
_CHOSEN: dict[str, tuple[Phrase, tuple[tuple[Phrase, str], ...]]] = {
    "this": (words.ASK_THIS, ((words.LABEL_THIS, "就是这件事"), (words.LABEL_OTHER, "是另一件事"))),
    "resume": (
        words.RESUME,
        ((words.LABEL_RESUME, "接着写"), (words.LABEL_ANOTHER, "说另一件事"), (words.LABEL_DROP, "取消")),
    ),
    "kind": (words.ASK_KIND, tuple((label, words.KINDS[kind].zh) for kind, label in words.LABEL_KINDS.items())),
    "confidential": (
        words.ASK_CONFIDENTIAL,
        ((words.LABEL_CONFIDENTIAL, "要保密"), (words.LABEL_NOT_CONFIDENTIAL, "不用保密")),
    ),
    "change": (
        words.WHICH_CHANGE,
        (
            (words.LABEL_CHANGE_MATTER, "改内容"),
            (words.LABEL_CHANGE_PLACE, "改地点"),
            (words.LABEL_CHANGE_TIME, "改时间"),
            (words.LABEL_CHANGE_PHONE, "改电话"),
            (words.LABEL_CHANGE_CALLER, "改称呼"),
            (words.LABEL_CHANGE_KIND, "改类别"),
            (words.LABEL_WITHOUT_PICTURES, "不要照片"),
        ),
    ),
}
# joined matters are those of a place, and nobody hears of what is confidential
_JOINED_KINDS = frozenset(("help", "complaint", "suggestion"))


def put(scene: Scene, draft: Draft, opening: str = "") -> Decision:
    """Put the next question. opening: said before it. Asks for similar tickets once, before the summary."""
    asking, language = draft.asking, scene.language
    if asking in _WRITTEN:
        return _written(scene, draft, asking, opening)
    if asking in _CHOSEN:
        return _chosen(scene, draft, asking, opening)
    reason = elsewhere.find(reading.folded(draft.matter)) if "elsewhere" not in draft.settled else None
    if reason is not None:
        prompt = f"{words.ELSEWHERE[reason](language)}{words.ELSEWHERE_THEN(language)}"
        ways = ((words.LABEL_ANYWAY(language), "还是要告诉你们"), (words.LABEL_ENOUGH(language), "取消"))
        return _offered(scene, draft, "elsewhere", prompt, ways)
    question = drafts.missing(draft)
    if question in _WRITTEN:
        return _written(scene, draft, question, opening)
    if question is not None:
        return _chosen(scene, draft, question, opening)
    if "similar" not in draft.settled and draft.place and not draft.confidential and draft.kind in _JOINED_KINDS:
        ask = AskSimilar(draft.matter, draft.place)
        facts = dialogue.found(scene.turn, ask)
        if facts is None:
            return Decision("report_similar", scene.memory, ask=ask)
        joinable = [
            (words.LABEL_JOIN(language, title=phrases.short(one.title, 24), stage=one.stage), f"加入 {one.number}")
            for one in facts.similar
        ]
        if joinable:
            joinable.append((words.LABEL_OWN(language), "另外说"))
            return _offered(scene, draft, "similar", words.SIMILAR(language), joinable)
        draft = drafts.settled(draft, "similar")
    return _summary(scene, draft, opening)


def with_draft(scene: Scene, draft: Draft) -> Memory:
    """The memory with the matter in it, and the flow going on."""
    now = int(scene.turn.now.timestamp())
    memory = scene.memory if draft.asking == "resume" else dialogue.untold(scene.memory, "draft")
    state = {"since": str(now)}
    draft = draft.model_copy(update={"at": now})
    return dialogue.changed(memory, flow=FLOW, flow_state=state, offered=(), unsure=0, draft=draft)


def _written(scene: Scene, draft: Draft, asking: str, opening: str) -> Decision:
    memory = with_draft(scene, draft.model_copy(update={"asking": asking}))
    return Decision(f"report_{asking}", memory, (Say(f"{opening}{_WRITTEN[asking](scene.language)}"),))


def _chosen(scene: Scene, draft: Draft, asking: str, opening: str) -> Decision:
    phrase, choices = _CHOSEN[asking]
    language = scene.language
    filled = {"words": draft.unread, "matter": draft.matter} if asking in ("this", "resume") else {}
    prompt = phrase(language, **{name: phrases.short(value, SHOWN_CHARS) for name, value in filled.items()})
    options = tuple((label(language), target) for label, target in choices if target != "不要照片" or draft.pictures)
    return _offered(scene, draft, asking, f"{opening}{prompt}", options)


def _summary(scene: Scene, draft: Draft, opening: str) -> Decision:
    language = scene.language
    prompt = f"{opening}{words.SUMMARY(language)}\n{drafts.summary(draft, language)}"
    options = (
        (words.LABEL_CONFIRM(language), "确认"),
        (words.LABEL_CHANGE(language), "修改"),
        (words.LABEL_CANCEL(language), "取消"),
    )
    return _offered(scene, draft, "summary", prompt, options)


def _offered(scene: Scene, draft: Draft, asking: str, prompt: str, options: Sequence[tuple[str, str]]) -> Decision:
    offered = tuple(
        Offered(key=str(number), label=phrases.short(label), kind="say", target=target)
        for number, (label, target) in enumerate(options, 1)
    )
    memory = with_draft(scene, draft.model_copy(update={"asking": asking}))
    return Decision(f"report_{asking}", dialogue.changed(memory, offered=offered), (Offer(prompt, offered),))
