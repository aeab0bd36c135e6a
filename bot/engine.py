"""The bot's only door: `Engine(answers).respond(turn)`. Pure; the same turn gives the same decision.

Order: danger, who owns the conversation, commands and choices, flows, the knowledge base.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from bot import asking, dialogue, emergency, filing, intents, lately, phrases, progress, proof, rating, reading, telling
from bot import ticket_phrases as words_on_tickets
from bot.contract import Decision, Handoff, Say, Turn
from bot.dialogue import Option, Scene
from bot.emergency import Danger
from bot.intents import Command
from bot.phrases import Phrase

if TYPE_CHECKING:
    from bot.answers.types import Entry, Finding

OFFERED = 3
HOT_OFFERED = 6
# From this turn in a row without an answer on, a person is fetched without being asked for.
TURNS_UNTIL_PERSON = 3

_LATIN_WORD = re.compile(r"[a-z]{3,}")


class KnowledgeBase(Protocol):
    """What the bot needs of `bot.answers.Answers`."""

    def find(self, query: str, k: int = 3) -> Finding: ...

    def entry(self, id: str) -> Entry | None: ...


class Engine:
    """The bot over one knowledge base. `hot` names the entries asked most often, best first; it may be empty.
    tickets: whoever decides on its decisions answers what they ask about tickets; without, a person reads a matter."""

    def __init__(self, answers: KnowledgeBase, hot: Sequence[str] = (), *, tickets: bool = False) -> None:
        self._answers = answers
        self._hot = tuple(hot)
        self._tickets = tickets

    def respond(self, turn: Turn) -> Decision:
        """Decide one turn. Never raises for anything a citizen can send; bounded work for any length of text."""
        memory = turn.memory
        held = turn.owner == "queue" and dialogue.in_despair(memory)
        late = bool(memory.flow_state) and dialogue.expired(memory, turn) and not held
        answers_late = late and memory.flow == filing.FLOW
        if late:
            memory = dialogue.out_of_flow(memory)
        memory = filing.unexpired(memory, turn)
        if turn.happened:
            scene = Scene(turn, "", memory, memory.language)
            return self._on_happening(scene)
        language = reading.language(turn.text, memory.language)
        if language != memory.language:
            memory = dialogue.changed(memory, language=language)
        scene = Scene(turn, reading.plain(turn.text), memory, "en" if language == "en" else "zh")
        danger = emergency.find(turn.text)
        # our own words sent back by a button are a choice; the number is said all the same
        chosen = turn.owner == "bot" and self._labelled(scene) > 0
        if danger is not None and danger.certain and not chosen:
            return self._in_danger(scene, danger)
        if turn.owner == "agent":
            return Decision("agent", memory)
        decision = self._in_queue(scene) if turn.owner == "queue" else self._with_bot(scene, answers_late)
        return dialogue.doubting(decision, scene, danger.number) if danger is not None else decision

    def _in_danger(self, scene: Scene, danger: Danger) -> Decision:
        """What the text says of a ticket besides is kept, too."""
        with_bot = self._tickets and scene.turn.owner == "bot"
        kept = (rating.given(scene) or progress.added(scene)) if with_bot else None
        if kept is None or kept.wish is None:
            return dialogue.emergency(scene, danger)
        scene = scene.with_memory(dialogue.changed(scene.memory, lately=kept.memory.lately))
        return replace(dialogue.emergency(scene, danger), wish=kept.wish)

    # ---- text, by owner ----

    def _in_queue(self, scene: Scene) -> Decision:
        command = intents.command(scene.text)
        kind = command.kind if command else ""
        if kind in ("stop_waiting", "cancel"):
            return dialogue.noted(scene) if dialogue.in_despair(scene.memory) else dialogue.release(scene)
        if kind in ("person", "how_long", "greet", "progress", "urge", "menu", "anger", "hours"):
            return Decision("queue_position", scene.memory, (dialogue.position(scene),))
        if kind == "urgent":
            return dialogue.urgent(scene)
        return dialogue.noted(scene)

    def _with_bot(self, scene: Scene, answers_late: bool) -> Decision:
        """answers_late: a matter was left half told so long ago that its question is open no more."""
        if answers_late and self._tickets and (again := filing.asked_again(scene)):
            return again
        if not reading.has_words(scene.turn.text):
            return Decision("no_words", scene.memory, (scene.say(phrases.NO_WORDS),))
        before = scene.memory
        if self._tickets and (decision := self._naming_ticket(scene)):
            return decision
        if before.flow == proof.FLOW:
            step = proof.step(scene)
        elif self._tickets and before.flow in _STEPS:
            step = None if self._asks_what_is_known(scene) else _STEPS[before.flow](scene)
        else:
            return self._answered(scene)
        return step or self._kept(scene, self._answered(scene.with_memory(dialogue.beside(before))))

    def _naming_ticket(self, scene: Scene) -> Decision | None:
        """A text or a choice that names a ticket, in or out of a flow."""
        flow = scene.memory.flow
        if flow == "emergency":
            return None
        option = dialogue.chosen(scene)
        said = dialogue.saying(scene, option.target) if option is not None and option.kind == "say" else scene
        if flow in _GOING_ON:
            said = said.with_memory(dialogue.beside(said.memory))
        decision = rating.given(said) or progress.named(said)
        return self._kept(scene, decision) if decision is not None and flow in _GOING_ON else decision

    def _asks_what_is_known(self, scene: Scene) -> bool:
        """Whether a text in a flow is a question that has its answer, and no answer to what was asked."""
        asks = telling.asks(reading.folded(scene.turn.text)) or progress.adds_more(scene)
        if dialogue.chosen(scene) is not None or not asks:
            return False
        return intents.command(scene.text) is None and self._find(scene).kind == "sure"

    @staticmethod
    def _kept(scene: Scene, decision: Decision) -> Decision:
        """The decision on another matter, with the flow it met still waiting. scene: as it was before."""
        if scene.memory.flow == filing.FLOW:
            return filing.kept(scene, decision)
        return decision if scene.memory.flow in _ENDING else dialogue.kept(scene.memory, decision)

    def _answered(self, scene: Scene) -> Decision:
        label = self._labelled(scene)
        if label:
            return self._pick(scene, Command("pick", label))
        command = intents.command(scene.text)
        decision = self._obey(scene, command) if command else None
        flow = scene.memory.flow
        if decision is None and self._tickets and flow != "emergency":
            decision = progress.supplement(scene) or filing.opened(scene)
        if decision is not None:
            return decision
        if flow in ("report", "progress") and not self._tickets:
            return dialogue.matter_told(scene)
        if flow == "emergency":
            return replace(dialogue.noted(scene), handoff=Handoff("emergency", urgent=True))
        return self._look_up(scene)

    @staticmethod
    def _labelled(scene: Scene) -> int:
        """The number of the open choice whose label the citizen wrote or a button sent, or 0."""
        for number, option in enumerate(scene.memory.offered, 1):
            if scene.turn.text.strip() == option.label:
                return number
        return 0

    # ---- commands ----

    def _obey(self, scene: Scene, command: Command) -> Decision | None:
        """None when the words are no command here and are looked up as a question."""
        memory, kind = scene.memory, command.kind
        choosing = memory.flow == "choose"
        if kind == "pick":
            return self._pick(scene, command) if memory.offered else None
        if kind == "none_of_these" or (choosing and scene.text in _REFUSALS):
            return self._neither(scene) if memory.offered else None
        if kind == "person":
            return dialogue.hand_over(scene, "person", "asked")
        if kind == "unhelpful":
            # with choices open it is a word on them, not on the answer before
            return self._neither(scene) if choosing and memory.offered else self._unhelpful(scene)
        if kind == "helpful":
            memory, feedback = (memory, None) if choosing else dialogue.rated(scene, helpful=True)
            words = phrases.HELPFUL if feedback else phrases.WELCOME
            return Decision("helpful", memory, (scene.say(words),), feedback=feedback)
        if kind == "back":
            return self._back(scene)
        if self._tickets and (decision := _on_tickets(scene, kind)):
            return decision
        if kind in ("urge", "withdraw", "lost_number"):
            return dialogue.hand_over(scene, kind, "asked")
        if kind in ("report", "progress"):
            words = phrases.REPORT if kind == "report" else phrases.PROGRESS
            return Decision(kind, dialogue.in_flow(memory, kind, scene.turn), (scene.say(words),))
        if kind == "phone":
            return proof.start(scene, command.detail)
        if kind == "hot":
            return self._show_hot(scene)
        if kind == "anger":
            return self._anger(scene)
        if kind == "urgent":
            return dialogue.urgent(scene)
        if kind == "hours":
            return dialogue.hours(scene)
        if kind in ("menu", "greet"):
            if memory.flow in ("report", "progress"):
                scene = scene.with_memory(dialogue.out_of_flow(memory))
            return dialogue.menu(scene, phrases.GREET if kind == "greet" else phrases.MENU, kind)
        if kind == "cancel" and memory.flow in ("report", "progress"):
            return Decision("cancel", dialogue.out_of_flow(memory), (scene.say(phrases.CANCELLED),))
        plain: dict[str, Phrase] = {
            "acknowledge": phrases.ACKNOWLEDGED,
            "thanks": phrases.THANKED,
            "stop_messages": phrases.STOP_MESSAGES,
            "bye": phrases.BYE,
            "cancel": phrases.ACKNOWLEDGED,
            "stop_waiting": phrases.NOT_WAITING,
            "ask": phrases.ASK_AGAIN if memory.unsure else phrases.ASK,
        }
        if kind in plain:
            return Decision(kind, memory, (scene.say(plain[kind]),))
        return None

    def _pick(self, scene: Scene, command: Command) -> Decision:
        offered = scene.memory.offered
        number = len(offered) if command.number == -1 else command.number
        if not 1 <= number <= len(offered):
            memory, choices = dialogue.again(scene, phrases.NO_SUCH_NUMBER(scene.language, number=number))
            return Decision("pick_missed", memory, (choices,))
        chosen = offered[number - 1]
        if chosen.kind == "entry":
            return self._answer(scene, chosen.target, asked=scene.memory.asked, intent="pick", keep_offer=True)
        said = dialogue.saying(scene, chosen.target)
        meant = intents.command(said.text)
        decision = self._obey(said, meant) if meant and meant.kind != "pick" else None
        return decision or self._look_up(said)

    def _neither(self, scene: Scene) -> Decision:
        if scene.memory.unsure >= TURNS_UNTIL_PERSON - 1 and scene.turn.waiting.answered:
            return dialogue.hand_over(scene, "none_of_these", "unsure", phrases.HANDED_OVER)
        return dialogue.ways_on(scene, phrases.NEITHER_THEN, "none_of_these", (dialogue.other_words(scene.language),))

    def _unhelpful(self, scene: Scene) -> Decision:
        memory, feedback = dialogue.rated(scene, helpful=False)
        if not memory.answered:
            return dialogue.ways_on(
                scene, phrases.UNHELPFUL_NO_ANSWER, "unhelpful", (dialogue.other_words(scene.language),)
            )
        near: list[Option] = []
        if memory.asked:
            hits = self._answers.find(memory.asked, OFFERED + dialogue.MAX_ANSWERED).hits
            fresh = [hit.entry_id for hit in hits if hit.entry_id not in memory.answered]
            near = self._entries(fresh[:OFFERED])
        decision = dialogue.ways_on(scene.with_memory(memory), phrases.UNHELPFUL, "unhelpful", near)
        return replace(decision, feedback=feedback, entries=tuple(target for _, _, target in near))

    def _back(self, scene: Scene) -> Decision:
        memory = scene.memory
        if memory.flow in ("report", "progress"):
            return Decision("cancel", dialogue.out_of_flow(memory), (scene.say(phrases.CANCELLED),))
        if memory.offered and memory.flow != "choose":
            reopened, choices = dialogue.again(scene, phrases.OFFER_AGAIN(scene.language))
            return Decision("back", reopened, (choices,))
        earlier = memory.answered if memory.flow == "choose" else memory.answered[:-1]
        if earlier:
            scene = scene.with_memory(dialogue.changed(memory, answered=earlier[:-1]))
            return self._answer(scene, earlier[-1], asked=memory.asked, intent="back", keep_offer=False)
        return dialogue.menu(scene, phrases.NOTHING_BEFORE, "back")

    def _anger(self, scene: Scene) -> Decision:
        if "anger" in scene.memory.told:
            return dialogue.hand_over(scene, "anger", "anger", phrases.ANGER_AGAIN)
        scene = scene.with_memory(dialogue.told(scene.memory, "anger"))
        return dialogue.ways_on(scene, phrases.ANGER, "anger")

    def _show_hot(self, scene: Scene) -> Decision:
        entries = self._entries(self._hot[:HOT_OFFERED])
        if not entries:
            return Decision("hot", scene.memory, (scene.say(phrases.HOT_NONE),))
        memory, choices = dialogue.offer(scene, phrases.HOT, entries)
        return Decision("hot", memory, (choices,), entries=tuple(target for _, _, target in entries))

    # ---- the knowledge base ----

    def _look_up(self, scene: Scene) -> Decision:
        query, finding = asking.query(scene.turn.text), self._find(scene)
        if self._tickets:
            told_on = filing.continued(scene, near=finding.kind == "unsure") if finding.kind != "sure" else None
            if told_on is not None:
                return told_on
            scene = scene.with_memory(lately.remembered(scene.memory, scene.turn))
        if finding.kind != "sure":
            finding, query = self._in_context(scene, query, finding)
        first = finding.hits[0].entry_id if finding.hits else ""
        if finding.kind == "sure" and first:
            return self._answer(
                scene, first, asked=query, intent="answer", keep_offer=False, confidence=finding.confidence
            )
        memory = dialogue.changed(
            scene.memory, unsure=min(scene.memory.unsure + 1, 99), asked=query[: dialogue.MAX_ASKED]
        )
        scene = scene.with_memory(memory)
        near = self._near(scene, query, finding)
        if not near and self._tickets and filing.waiting(memory) and "draft" not in memory.told:
            return filing.resume_offered(scene, query)
        if not near and memory.unsure >= TURNS_UNTIL_PERSON and scene.turn.waiting.answered:
            decision = dialogue.hand_over(scene, "nothing", "unsure", phrases.HANDED_OVER)
            return _with_figures(decision, (), finding.confidence)
        again = memory.unsure >= 2
        if not near:
            words = phrases.NOTHING_AGAIN if again else phrases.NOTHING
            return _with_figures(dialogue.ways_on(scene, words, "nothing"), (), finding.confidence)
        language = scene.language
        last = (dialogue.person(language), dialogue.neither(language)) if again else (dialogue.neither(language),)
        memory, choices = dialogue.offer(scene, phrases.UNSURE_AGAIN if again else phrases.UNSURE, (*near, *last))
        decision = Decision("unsure", dialogue.untold(memory, "feedback_line"), (choices,))
        return _with_figures(decision, tuple(target for _, _, target in near), finding.confidence)

    def _find(self, scene: Scene) -> Finding:
        return self._answers.find(asking.query(scene.turn.text), OFFERED)

    def _near(self, scene: Scene, query: str, finding: Finding) -> list[Option]:
        """The entries worth offering. To somebody who writes English, a Chinese entry without one word in common is
        no choice but a riddle."""
        if finding.kind != "unsure" or not reading.has_letters(query):
            return []
        ids = [hit.entry_id for hit in finding.hits[:OFFERED]]
        if scene.language == "en":
            words = set(_LATIN_WORD.findall(query.lower()))
            ids = [id for id in ids if words & self._latin_words(id)]
        return self._entries(ids)

    def _latin_words(self, entry_id: str) -> set[str]:
        entry = self._answers.entry(entry_id)
        return set(_LATIN_WORD.findall(" ".join((entry.question, *entry.similar)).lower())) if entry else set()

    def _in_context(self, scene: Scene, query: str, finding: Finding) -> tuple[Finding, str]:
        """A short follow-up (要带什么材料) is asked again together with the question before it, one hidden behind what
        leads to it by itself, where that finds the same entry first: what leads to it may well belong to it."""
        memory = scene.memory
        if (alone := asking.alone(query)) and finding.hits:
            asked = self._answers.find(alone, OFFERED)
            same = bool(asked.hits) and asked.hits[0].entry_id == finding.hits[0].entry_id
            finding = asked if same and asked.confidence > finding.confidence else finding
        if finding.kind == "sure" or not asking.leans(query, scene.text):
            return finding, query
        # what was answered is named best by the entry, what was only offered by the citizen
        last = self._answers.entry(memory.answered[-1]) if memory.answered and memory.flow != "choose" else None
        before = (last.question if last else "") or memory.asked
        if not before:
            return finding, query
        whole = f"{before[:60]} {query}"
        together = self._answers.find(whole, OFFERED)
        if not together.hits or together.kind == "nothing":
            return finding, query
        if last is not None and together.hits[0].entry_id == last.id:
            # that was the answer already, so it did not say enough: put what lies around it
            together = replace(together, kind="unsure")
        return together, whole

    def _answer(
        self, scene: Scene, entry_id: str, *, asked: str, intent: str, keep_offer: bool, confidence: float | None = None
    ) -> Decision:
        entry = self._answers.entry(entry_id)
        if entry is None or not entry.answer.strip():
            return dialogue.ways_on(scene, phrases.GONE, "gone")
        memory = dialogue.answered(scene.memory, entry_id, asked, keep_offer)
        text = entry.answer.strip()
        if "feedback_line" not in memory.told:
            english = scene.language == "en" and not text.isascii()
            line = (phrases.ANSWER_IN_CHINESE if english else phrases.FEEDBACK_LINE)(scene.language)
            joined = f"{text}\n\n{line}"
            if len(joined.encode("utf-8", "replace")) <= dialogue.MAX_MESSAGE_BYTES:
                text = joined
                memory = dialogue.told(memory, "feedback_line")
        return Decision(intent, memory, (Say(text),), entries=(entry_id,), confidence=confidence)

    def _entries(self, ids: Sequence[str]) -> list[Option]:
        """The entries that still exist and have an answer, as choices."""
        options: list[Option] = []
        for id in ids:
            entry = self._answers.entry(id)
            if entry is not None and entry.answer.strip():
                label = entry.question.strip() or (entry.similar[0] if entry.similar else "") or entry.answer
                options.append((label, "entry", id))
        return options

    # ---- what is not text ----

    def _on_happening(self, scene: Scene) -> Decision:
        turn, memory = scene.turn, scene.memory
        happened = turn.happened
        if happened == "menu_click" and turn.detail.strip().lower() == "emergency":
            return dialogue.urgent(scene)
        if happened in phrases.CONSENT:
            # the carriers' rules ask for the confirmation, whoever owns the conversation
            return Decision(happened, memory, (scene.say(phrases.CONSENT[happened]),))
        if turn.owner == "agent":
            return Decision("agent", memory)
        if turn.owner == "queue":
            if happened == "menu_click":
                return Decision("queue_position", memory, (dialogue.position(scene),))
            return Decision("follow", memory) if happened == "follow" else dialogue.noted(scene)
        if happened == "follow":
            return Decision("follow", memory, (scene.say(phrases.FOLLOW),))
        if happened == "menu_click":
            decision = self._clicked(scene)
            return self._kept(scene, decision) if memory.flow in _GOING_ON else decision
        if memory.flow == "emergency":
            return replace(dialogue.noted(scene), handoff=Handoff("emergency", urgent=True))
        if self._tickets:
            told = filing.happening(scene) if memory.flow == filing.FLOW else None
            told = told or (filing.continued(scene) if memory.flow in ("", "choose") else None)
            if told is not None:
                return told
            memory = lately.remembered(memory, turn)
            scene = scene.with_memory(memory)
            if memory.flow == progress.ADDING and happened in ("image", "video", "file", "voice"):
                return Decision("supplement_ask", memory, (scene.say(words_on_tickets.ADD_PICTURE),))
        elif memory.flow in ("report", "progress") and happened in ("image", "video", "file", "location"):
            return Decision(happened, memory, (scene.say(phrases.ADDED),))
        if happened == "location":
            label = phrases.short(turn.detail, 60)
            said = scene.say(phrases.LOCATION, label=label) if label else scene.say(phrases.LOCATION_BARE)
            return Decision("location", memory, (said,))
        known = happened in phrases.NOT_TEXT
        words = phrases.NOT_TEXT[happened] if known else phrases.UNKNOWN
        return Decision(happened if known else "unknown", memory, (scene.say(words),))

    def _clicked(self, scene: Scene) -> Decision:
        """A click on the channel's menu; what a key means is the same as writing the command."""
        key = scene.turn.detail.strip().lower()
        if key == "file_ticket" and self._tickets and scene.memory.flow == filing.FLOW:
            return filing.start(scene)
        scene = scene.with_memory(dialogue.out_of_flow(scene.memory))
        if key == "numbers":
            return Decision("numbers", scene.memory, (scene.say(phrases.NUMBERS),))
        if key == "rate" and self._tickets:
            return progress.to_rate(scene)
        if key == "rate":
            return Decision("rate", scene.memory, (scene.say(phrases.RATE),))
        kind = _CLICKS.get(key)
        decision = self._obey(scene, Command(kind)) if kind else None
        return decision or dialogue.menu(scene, phrases.MENU, "menu")


# What reads the next text in a flow; None from it is a text about something else.
_STEPS: dict[str, Callable[[Scene], Decision | None]] = {
    filing.FLOW: filing.step,
    progress.FLOW: progress.step,
    progress.ADDING: progress.adding,
    rating.FLOW: rating.step,
}
# Flows that a look-up or a click does not end, and those that end with any other matter.
_GOING_ON = frozenset((proof.FLOW, filing.FLOW))
_ENDING = frozenset((progress.ADDING, rating.FLOW))
_REFUSALS = frozenset({"不是", "都不是", "不对", "都不对", "没有", "no", "错", "不行"})
_CLICKS: dict[str, intents.Kind] = {
    "ask": "ask",
    "person": "person",
    "progress": "progress",
    "file_ticket": "report",
    "hot": "hot",
    "help": "menu",
    "menu": "menu",
}


def _on_tickets(scene: Scene, kind: str) -> Decision | None:
    """A command about tickets obeyed; None when it is none, or does not apply."""
    left = filing.waiting(scene.memory)
    match kind:
        case "report":
            return filing.start(scene)
        case "progress":
            return progress.start(scene)
        case "mine":
            return progress.mine(scene)
        case "rate":
            return progress.to_rate(scene)
        case "how_long" if scene.memory.ticket:
            return progress.start(scene)
        case "urge":
            # with none here, the words may become a matter
            return progress.urged(scene.with_memory(lately.remembered(scene.memory, scene.turn)))
        case "withdraw":
            return progress.withdrawn(scene)
        case "lost_number":
            return progress.number_lost(scene)
        case "resume" if left:
            return filing.resume(scene)
        case "greet" if left and "draft" not in scene.memory.told:
            return filing.resume_offered(scene)
        case _:
            return None


def _with_figures(decision: Decision, entries: tuple[str, ...], confidence: float | None) -> Decision:
    return replace(decision, entries=entries, confidence=confidence)
