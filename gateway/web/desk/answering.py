"""What helps people answer: who is at a desk, canned replies, the knowledge base."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from tornado.routing import URLSpec

from channels.description import Operation, Parameter
from gateway.core.handoff import Agent, ConversationDesk
from gateway.core.handoff.canned import Canned, CannedReplies
from gateway.core.knowledge import Knowledge
from gateway.core.people import Accounts
from gateway.web.desk.access import Access, DeskHandler, needs

ANSWERS = ("conversations.handle", "conversations.unit")
LEADS = "conversations.lead"
WRITES_CANNED = "canned.manage"
_SUGGESTED = 3
_FOUND = 10
_LOOKED_AT = 30  # messages back for the citizen's last question

Skill = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OwnState(_Shape):
    state: Literal["available", "away"] = Field(description="Whether one wants to be given conversations.")


class AgentChange(_Shape):
    state: Literal["available", "away"] | None = None
    capacity: int | None = Field(None, ge=0, le=50, description="Conversations at once.")
    skills: tuple[Skill, ...] | None = Field(None, max_length=20)


class AgentView(BaseModel):
    username: str
    name: str
    state: Literal["available", "away"]
    capacity: int
    skills: tuple[str, ...]
    unit: str = Field(description="The code of theirs; empty for the people of the hotline.")
    connected: bool
    load: int = Field(description="Conversations they have, without those put aside.")


class AgentList(BaseModel):
    agents: tuple[AgentView, ...]


class NewCanned(_Shape):
    shortcut: Annotated[str, StringConstraints(pattern=r"^\S{1,20}$")] = Field(
        description="Typed after `/`; no two have the same."
    )
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class CannedView(BaseModel):
    id: str
    shortcut: str
    title: str
    text: str

    @classmethod
    def of(cls, reply: Canned) -> CannedView:
        return cls.model_validate(reply, from_attributes=True)


class CannedList(BaseModel):
    replies: tuple[CannedView, ...]


class KnowledgeQuery(_Shape):
    q: str = Field(min_length=1, max_length=200)


class AnswerFound(BaseModel):
    entry_id: str
    question: str
    answer: str
    score: float = Field(description="Orders the entries of one search, and means nothing across searches.")


class AnswerList(BaseModel):
    answers: tuple[AnswerFound, ...]


class Suggestions(BaseModel):
    question: str = Field(description="The citizen's last one; empty when they asked none lately.")
    confidence: float = Field(description="The probability that the first answer is right.")
    answers: tuple[AnswerFound, ...]


class _AnsweringHandler(DeskHandler):
    def initialize(
        self,
        access: Access,
        desk: ConversationDesk,
        accounts: Accounts,
        replies: CannedReplies,
        knowledge: Knowledge,
    ) -> None:
        super().initialize(access)
        self.desk = desk
        self.accounts = accounts
        self.replies = replies
        self.knowledge = knowledge

    def agent(self, agent: Agent, loads: dict[str, int]) -> AgentView:
        return AgentView(
            username=agent.id,
            name=agent.name or agent.id,
            state=agent.state,
            capacity=agent.capacity,
            skills=agent.skills,
            unit=agent.unit,
            connected=self.desk.agents.is_here(agent.id),
            load=loads.get(agent.id, 0),
        )


class Agents(_AnsweringHandler):
    @needs(*ANSWERS)
    async def get(self) -> None:
        loads = self.desk.board.loads()
        self.reply(AgentList(agents=tuple(self.agent(agent, loads) for agent in self.desk.agents.all())))


class OwnAgent(_AnsweringHandler):
    @needs(*ANSWERS)
    async def put(self) -> None:
        given, person = self.body(OwnState), self.person
        agent = await self.desk.agents.set(person.username, name=person.name, state=given.state, unit=person.unit or "")
        await self.desk.agents.beat(person.username)
        self.reply(self.agent(agent, self.desk.board.loads()))


class OneAgent(_AnsweringHandler):
    @needs(LEADS)
    async def put(self, username: str) -> None:
        given = self.body(AgentChange)
        account = await self.accounts.get(username)
        agent = await self.desk.agents.set(
            account.id, name=account.name, state=given.state, capacity=given.capacity, skills=given.skills
        )
        self.reply(self.agent(agent, self.desk.board.loads()))


class AllCanned(_AnsweringHandler):
    @needs(*ANSWERS, WRITES_CANNED)
    async def get(self) -> None:
        self.reply(CannedList(replies=tuple(map(CannedView.of, await self.replies.all()))))

    @needs(WRITES_CANNED)
    async def post(self) -> None:
        given = self.body(NewCanned)
        reply = await self.replies.add(given.shortcut, given.title, given.text, by=self.person.username)
        self.reply(CannedView.of(reply), 201)


class OneCanned(_AnsweringHandler):
    @needs(WRITES_CANNED)
    async def put(self, id: str) -> None:
        given = self.body(NewCanned)
        reply = await self.replies.change(id, given.shortcut, given.title, given.text, by=self.person.username)
        self.reply(CannedView.of(reply))

    @needs(WRITES_CANNED)
    async def delete(self, id: str) -> None:
        await self.replies.remove(id, by=self.person.username)
        self.set_status(204)


class KnowledgeFound(_AnsweringHandler):
    @needs(*ANSWERS)
    async def get(self) -> None:
        found = await self.knowledge.search(self.query(KnowledgeQuery).q, _FOUND)
        self.reply(
            AnswerList(
                answers=tuple(
                    AnswerFound(
                        entry_id=one.entry.id, question=one.entry.question, answer=one.entry.answer, score=one.score
                    )
                    for one in found
                )
            )
        )


class SuggestedAnswers(_AnsweringHandler):
    @needs(*ANSWERS)
    async def get(self, id: str) -> None:
        question = await self.desk.last_question(self.person, id, _LOOKED_AT)
        finding = self.knowledge.find(question, _SUGGESTED) if question else None
        answers = []
        for hit in finding.hits if finding and finding.kind != "nothing" else ():
            entry = self.knowledge.entry(hit.entry_id)
            if entry is not None:
                answers.append(
                    AnswerFound(entry_id=entry.id, question=entry.question, answer=entry.answer, score=hit.score)
                )
        confidence = finding.confidence if finding else 0.0
        self.reply(Suggestions(question=question, confidence=confidence, answers=tuple(answers)))


_TAG = "desk: answering"
_READ = (401, 403, 503)
_WRITE = (400, 401, 403, 404, 409, 413, 415, 503)
_USERNAME = (Parameter("username", "path", "A user name", required=True),)
_CANNED = (Parameter("id", "path", "The canned reply", required=True),)
_CONVERSATION = (Parameter("id", "path", "The conversation", required=True),)


def _operation(
    method: str, path: str, summary: str, model: type[BaseModel] | None, status: int = 200, **more: Any
) -> Operation:
    given: dict[str, Any] = {"scopes": ANSWERS, "errors": _READ if method == "get" else _WRITE} | more
    answers = {status: (summary, model)}
    return Operation(method, f"/api/v1/desk{path}", summary, answers, staff=True, tag=_TAG, **given)


OPERATIONS = (
    _operation("get", "/agents", "Who answers citizens, and who is at a desk", AgentList),
    _operation("put", "/agents/me", "Say whether one wants to be given conversations", AgentView, takes=OwnState),
    _operation(
        "put",
        "/agents/{username}",
        "Set how much somebody is given, and of what",
        AgentView,
        takes=AgentChange,
        parameters=_USERNAME,
        scopes=(LEADS,),
    ),
    _operation("get", "/canned", "Canned replies", CannedList, scopes=(*ANSWERS, WRITES_CANNED)),
    _operation("post", "/canned", "Add a canned reply", CannedView, 201, takes=NewCanned, scopes=(WRITES_CANNED,)),
    _operation(
        "put",
        "/canned/{id}",
        "Change a canned reply",
        CannedView,
        takes=NewCanned,
        parameters=_CANNED,
        scopes=(WRITES_CANNED,),
    ),
    _operation(
        "delete", "/canned/{id}", "Remove a canned reply", None, 204, parameters=_CANNED, scopes=(WRITES_CANNED,)
    ),
    _operation(
        "get", "/knowledge", "Search the knowledge base", AnswerList, query=KnowledgeQuery, errors=(400, *_READ)
    ),
    _operation(
        "get",
        "/conversations/{id}/suggestions",
        "Answers to the citizen's last question",
        Suggestions,
        parameters=_CONVERSATION,
        errors=(401, 403, 404, 503),
    ),
)


def routes(
    access: Access, desk: ConversationDesk, accounts: Accounts, replies: CannedReplies, knowledge: Knowledge
) -> list[URLSpec]:
    given = {"access": access, "desk": desk, "accounts": accounts, "replies": replies, "knowledge": knowledge}
    id = r"([0-9A-HJKMNP-TV-Z]{26})"
    return [
        URLSpec(r"/api/v1/desk/agents", Agents, given),
        URLSpec(r"/api/v1/desk/agents/me", OwnAgent, given),
        URLSpec(r"/api/v1/desk/agents/([a-z0-9._-]{1,64})", OneAgent, given),
        URLSpec(r"/api/v1/desk/canned", AllCanned, given),
        URLSpec(rf"/api/v1/desk/canned/{id}", OneCanned, given),
        URLSpec(r"/api/v1/desk/knowledge", KnowledgeFound, given),
        URLSpec(rf"/api/v1/desk/conversations/{id}/suggestions", SuggestedAnswers, given),
    ]
