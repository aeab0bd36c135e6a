"""`/api/v1/desk/kb/inbox` and `/try`: what citizens asked in vain, and what they would be told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints
from tornado.routing import URLSpec

from bot.contract import Offer, Say
from gateway.core.knowledge import Editor, Inbox, TryBox
from gateway.core.knowledge.inbox import MOST_IN_GROUP, Group, Kind, Order
from gateway.core.knowledge.trying import Trial
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.kb import EDITS, PATH, EntryView, Note, Request, Text, Written, operation

QuestionIds = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")], ...],
    Field(min_length=1, max_length=MOST_IN_GROUP, description="The questions that are settled by it."),
]


class Question(Request):
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class InboxQuery(Request):
    order: Order = "frequent"


class EntryOfQuestions(Written):
    ids: QuestionIds


class SimilarOfQuestions(Request):
    ids: QuestionIds
    entry_id: str = Field(min_length=1, max_length=128)
    wordings: tuple[Text, ...] = Field(min_length=1, max_length=100)


class Dismissal(Request):
    ids: QuestionIds
    reason: Note = ""


class Ranked(BaseModel):
    entry_id: str
    question: str
    answer: str
    unit: str
    score: float = Field(description="Orders the entries of one question, and means nothing across questions.")


class Said(BaseModel):
    text: str
    options: tuple[str, ...] = Field((), description="What is offered to choose from.")

    @classmethod
    def of(cls, said: Say | Offer) -> Said:
        if isinstance(said, Say):
            return cls(text=said.text)
        return cls(text=said.prompt, options=tuple(option.label for option in said.options))


class TrialView(BaseModel):
    kind: Literal["sure", "unsure", "nothing"] = Field(
        description="The first is given as the answer; the first few are offered; none is near enough."
    )
    confidence: float = Field(ge=0, le=1, description="The estimated probability that the first is right.")
    ranked: tuple[Ranked, ...]
    intent: str = Field(description="The rule of the bot that decided.")
    says: tuple[Said, ...] = Field(description="What somebody who has just come would be told.")

    @classmethod
    def of(cls, trial: Trial) -> TrialView:
        return cls(
            kind=trial.kind,
            confidence=trial.confidence,
            ranked=tuple(
                Ranked(
                    entry_id=found.entry.id,
                    question=found.entry.question,
                    answer=found.entry.answer,
                    unit=found.entry.unit,
                    score=found.score,
                )
                for found in trial.ranked
            ),
            intent=trial.intent,
            says=tuple(map(Said.of, trial.says)),
        )


class WordingView(BaseModel):
    text: str
    ids: tuple[str, ...] = Field(description="The questions that were asked so, the latest first.")


class NearView(BaseModel):
    entry_id: str
    question: str = Field(description="The entry's; empty when the bot does not give it any more.")


class GroupView(BaseModel):
    """Questions about one thing. Numbers of people are masked."""

    wordings: tuple[WordingView, ...] = Field(description="The most frequent first.")
    count: int
    latest_at: datetime
    kinds: dict[Kind, int] = Field(
        description="Nothing was found; only choices were offered; the answer was of no help."
    )
    unhelpful: tuple[NearView, ...] = Field(description="Entries that were of no help.")
    near: tuple[NearView, ...] = Field(description="Entries these may be other wordings of, nearest first.")

    @classmethod
    def of(cls, group: Group) -> GroupView:
        return cls(
            wordings=tuple(WordingView(text=wording.text, ids=wording.ids) for wording in group.wordings),
            count=group.count,
            latest_at=datetime.fromtimestamp(group.latest_ms / 1000, UTC),
            kinds=dict(group.kinds),
            unhelpful=tuple(NearView.model_validate(one, from_attributes=True) for one in group.unhelpful),
            near=tuple(NearView.model_validate(one, from_attributes=True) for one in group.near),
        )


class InboxView(BaseModel):
    groups: tuple[GroupView, ...]
    total: int = Field(description="Groups, those that are not shown included.")
    questions: int = Field(description="Of the last 30 days.")


class _InboxHandler(DeskHandler):
    def initialize(self, access: Access, editor: Editor, inbox: Inbox) -> None:
        super().initialize(access)
        self.editor = editor
        self.inbox = inbox


class Try(DeskHandler):
    def initialize(self, access: Access, box: TryBox) -> None:
        super().initialize(access)
        self.box = box

    @needs(EDITS)
    async def post(self) -> None:
        self.reply(TrialView.of(await self.box.ask(self.body(Question).question)))


class Waiting(_InboxHandler):
    @needs(EDITS)
    async def get(self) -> None:
        found = await self.inbox.look(self.query(InboxQuery).order)
        groups = tuple(map(GroupView.of, found.groups))
        self.reply(InboxView(groups=groups, total=found.total, questions=found.questions))


class IntoEntry(_InboxHandler):
    @needs(EDITS)
    async def post(self) -> None:
        given = self.body(EntryOfQuestions)
        values = given.model_dump(exclude={"ids"})
        made = await self.inbox.make_entry(given.ids, values, by=self.person.username)
        self.reply(EntryView.of(made, self.editor.now()), 201)


class IntoSimilar(_InboxHandler):
    @needs(EDITS)
    async def post(self) -> None:
        given = self.body(SimilarOfQuestions)
        changed = await self.inbox.make_similar(given.ids, given.entry_id, given.wordings, by=self.person.username)
        held = await self.editor.held(changed, self.person)
        self.reply(EntryView.of(changed, self.editor.now(), held=held))


class Dismiss(_InboxHandler):
    @needs(EDITS)
    async def post(self) -> None:
        given = self.body(Dismissal)
        await self.inbox.dismiss(given.ids, by=self.person.username, reason=given.reason)
        self.set_status(204)


OPERATIONS = (
    operation(
        "post",
        "/try",
        "Ask the knowledge base and the bot",
        (200, "The nearest entries, and what the bot would say", TrialView),
        takes=Question,
    ),
    operation(
        "get",
        "/inbox",
        "What citizens asked in vain",
        (200, "Grouped by meaning, at most 100 groups", InboxView),
        query=InboxQuery,
    ),
    operation(
        "post",
        "/inbox/entry",
        "Make questions a draft",
        (201, "The draft; the questions are settled", EntryView),
        409,
        422,
        takes=EntryOfQuestions,
    ),
    operation(
        "post",
        "/inbox/similar",
        "Make questions wordings of an entry",
        (200, "The entry afterwards; the questions are settled", EntryView),
        404,
        409,
        422,
        takes=SimilarOfQuestions,
        description="A published entry is found by them at once.",
    ),
    operation(
        "post", "/inbox/dismiss", "Dismiss questions", (204, "Settled without an entry", None), 409, takes=Dismissal
    ),
)


def routes(access: Access, editor: Editor, inbox: Inbox, box: TryBox) -> list[URLSpec]:
    given = {"access": access, "editor": editor, "inbox": inbox}
    return [
        URLSpec(f"{PATH}/try", Try, {"access": access, "box": box}),
        URLSpec(f"{PATH}/inbox", Waiting, given),
        URLSpec(f"{PATH}/inbox/entry", IntoEntry, given),
        URLSpec(f"{PATH}/inbox/similar", IntoSimilar, given),
        URLSpec(f"{PATH}/inbox/dismiss", Dismiss, given),
    ]
