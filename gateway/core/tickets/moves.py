"""What can be done to a ticket: one shape a move, the same name on the screen, in the API and in the log.

Each says who may (`scope`; none for the citizen's and the system's own), in which states, and how it is called.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.core.tickets.model import (
    OPEN,
    WITH_UNIT,
    Attachment,
    Card,
    Declined,
    Kind,
    Reason,
    State,
    Supervision,
    Verdict,
    Words,
)

UnitId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
_ENDED: frozenset[State] = frozenset(("answered", "declined", "merged", "closed"))
_LIVE: frozenset[State] = OPEN | _ENDED


class Move(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    scope: ClassVar[str] = ""
    states: ClassVar[frozenset[State]] = _LIVE
    label: ClassVar[str] = ""

    move: str


# ---- the hotline ----


class AnswerAtOnce(Move):
    """Answered without a unit (即时答复办结)."""

    scope, states, label = "tickets.handle", frozenset({"submitted"}), "直接答复"
    move: Literal["answer"] = "answer"
    text: Words


class Decline(Move):
    """Not accepted, with the reason and the right channel (不予受理)."""

    scope, states, label = "tickets.handle", frozenset({"submitted"}), "不予受理"
    move: Literal["decline"] = "decline"
    cause: Declined
    words: str = Field("", max_length=1000, description="In addition to the reason and the channel.")


class Dispatch(Move):
    """To the responsible unit: by function (按职承办), by territory (属地承办), or jointly (交叉会办)."""

    scope, states, label = "tickets.handle", frozenset({"submitted"}), "转派"
    move: Literal["dispatch"] = "dispatch"
    lead: UnitId
    joint: tuple[UnitId, ...] = Field((), max_length=10)
    mode: Literal["function", "territory", "joint"] = "function"
    note: str = Field("", max_length=2000)


class AddJoint(Move):
    """Further units that answer to the lead (会办)."""

    scope, states, label = "tickets.handle", WITH_UNIT, "增加会办"
    move: Literal["add_joint"] = "add_joint"
    joint: tuple[UnitId, ...] = Field(min_length=1, max_length=10)
    reason: Reason


class Approve(Move):
    """The unit's reply is fit to be told; the citizen is called back."""

    scope, states, label = "tickets.handle", frozenset({"replied"}), "审核通过"
    move: Literal["approve"] = "approve"
    text: Words | None = Field(None, description="The reply as the citizen is to read it; else as the unit wrote it.")


class SendBack(Move):
    """The reply does not answer the citizen; the unit's clock has stood still meanwhile."""

    scope, states, label = "tickets.handle", frozenset({"replied"}), "退回重写"
    move: Literal["send_back"] = "send_back"
    reason: Reason


class CallBack(Move):
    """An agent called; with what the citizen said, when reached."""

    scope, states, label = "tickets.handle", frozenset({"callback"}), "回访"
    move: Literal["call_back"] = "call_back"
    reached: bool
    note: str = Field("", max_length=1000)
    solved: bool | None = None
    verdict: Verdict | None = None


class Close(Move):
    """Without the citizen's verdict, once the attempts to reach them are used up."""

    scope, states, label = "tickets.handle", frozenset({"callback"}), "办结"
    move: Literal["close"] = "close"
    reason: Reason


class Merge(Move):
    """The same matter as another ticket; who told it is told of that one, and rates on their own."""

    scope, states, label = "tickets.handle", OPEN - {"callback"}, "并案"
    move: Literal["merge"] = "merge"
    into: str = Field(pattern=r"^DG[0-9]{15}$")
    reason: Reason


class Note(Move):
    """For colleagues; the citizen never sees it."""

    scope, label = "tickets.handle|unit.handle", "内部备注"
    move: Literal["note"] = "note"
    text: Words


class Attach(Move):
    """A file for the ticket."""

    scope, label = "tickets.handle|unit.handle", "添加附件"
    move: Literal["attach"] = "attach"
    attachment: Attachment


class Mark(Move):
    """Overlays: urgency, complexity, confidentiality, kind, whom a report is about. None leaves as it is."""

    scope, states, label = "tickets.decide", OPEN, "标记"
    move: Literal["mark"] = "mark"
    urgent: bool | None = None
    complex: bool | None = None
    confidential: bool | None = None
    kind: Kind | None = None
    accused: tuple[UnitId, ...] | None = Field(None, max_length=20)
    reason: Reason


class Recuse(Move):
    """Somebody with a conflict of interest must not handle it."""

    scope, states, label = "tickets.decide", OPEN, "回避"
    move: Literal["recuse"] = "recuse"
    person: str = Field(min_length=1, max_length=64)
    reason: Reason


class DecideReturn(Move):
    scope, states, label = "tickets.decide", WITH_UNIT, "审批退单"
    move: Literal["decide_return"] = "decide_return"
    grant: bool
    reason: Reason


class DecideExtension(Move):
    scope, states, label = "tickets.decide", WITH_UNIT | {"replied"}, "审批延期"
    move: Literal["decide_extension"] = "decide_extension"
    grant: bool
    reason: Reason


# ---- the unit ----


class Sign(Move):
    scope, states, label = "unit.handle", frozenset({"dispatched"}), "签收"
    move: Literal["sign"] = "sign"


class Contact(Move):
    """The unit has spoken with the citizen."""

    scope, states, label = "unit.handle", frozenset({"signed"}), "已联系市民"
    move: Literal["contact"] = "contact"
    note: str = Field("", max_length=1000)


class Reply(Move):
    """What the unit found and did. without_joint: although a joint unit has not answered."""

    scope, states, label = "unit.handle", frozenset({"signed"}), "答复"
    move: Literal["reply"] = "reply"
    text: Words
    without_joint: bool = False


class ReplyJointly(Move):
    """A joint unit's answer to the lead."""

    scope, states, label = "unit.handle", WITH_UNIT, "会办答复"
    move: Literal["reply_jointly"] = "reply_jointly"
    text: Words


class AskReturn(Move):
    """Clearly not this unit's duty (退单申请): once, soon after dispatch; the clock keeps running."""

    scope, states, label = "unit.handle", WITH_UNIT, "申请退单"
    move: Literal["ask_return"] = "ask_return"
    reason: Reason


class AskExtension(Move):
    """More time (延期申请): once, before expiry, no longer than the limit itself."""

    scope, states, label = "unit.decide", frozenset({"signed"}), "申请延期"
    move: Literal["ask_extension"] = "ask_extension"
    workdays: float = Field(gt=0, le=10)
    reason: Reason


class AnswerSupervision(Move):
    scope, label = "unit.decide", "回复督办"
    move: Literal["answer_supervision"] = "answer_supervision"
    text: Words


class Appeal(Move):
    """Against a card."""

    scope, label = "unit.decide", "申诉"
    move: Literal["appeal"] = "appeal"
    card: str
    reason: Reason


# ---- supervision ----


class Supervise(Move):
    scope, label = "tickets.supervise", "督办"
    move: Literal["supervise"] = "supervise"
    reason: Reason


class EndSupervision(Move):
    scope, label = "tickets.supervise", "结束督办"
    move: Literal["end_supervision"] = "end_supervision"
    reason: Reason


class GiveCard(Move):
    scope, label = "tickets.supervise", "发牌"
    move: Literal["give_card"] = "give_card"
    colour: Literal["yellow", "red"]
    reason: Reason


class DecideAppeal(Move):
    scope, label = "tickets.supervise", "裁定申诉"
    move: Literal["decide_appeal"] = "decide_appeal"
    card: str
    grant: bool
    reason: Reason


# ---- the citizen ----


class Rate(Move):
    """The citizen's verdict, in the way they gave it."""

    states, label = frozenset({"callback", "answered", "closed"}), "评价"
    move: Literal["rate"] = "rate"
    solved: bool
    verdict: Verdict
    words: str = Field("", max_length=1000)
    via: str = Field("", max_length=16)


class RateBeside(Move):
    """The verdict of somebody who joined the ticket: kept, and the ticket goes its way."""

    states, label = frozenset({"callback", "answered", "closed"}), "评价"
    move: Literal["rate_beside"] = "rate_beside"
    reporter: str
    solved: bool
    verdict: Verdict


class Supplement(Move):
    """What the citizen adds afterwards."""

    states, label = OPEN, "补充"
    move: Literal["supplement"] = "supplement"
    text: str = Field("", max_length=4000)
    attachments: tuple[Attachment, ...] = Field((), max_length=9)


class Join(Move):
    """Somebody else tells the same matter."""

    states, label = OPEN, "加入"
    move: Literal["join"] = "join"
    reporter: str


# ---- time ----


class Remind(Move):
    """what: remind (most of the time is used), contact (the citizen was not spoken to in time)."""

    move: Literal["remind"] = "remind"
    what: str


class CardFromClock(Move):
    """Given by the clock."""

    move: Literal["card"] = "card"
    card: Card
    supervision: Supervision | None = None


class AskAgain(Move):
    """The citizen has not answered the survey; they are asked once more."""

    states = frozenset({"callback"})
    move: Literal["ask_again"] = "ask_again"


class GiveUp(Move):
    """All attempts to reach the citizen are used up."""

    states = frozenset({"callback"})
    move: Literal["give_up"] = "give_up"


class Archive(Move):
    states = _ENDED
    move: Literal["archive"] = "archive"


StaffMove = Annotated[
    AnswerAtOnce
    | Decline
    | Dispatch
    | AddJoint
    | Approve
    | SendBack
    | CallBack
    | Close
    | Merge
    | Note
    | Mark
    | Recuse
    | DecideReturn
    | DecideExtension
    | Sign
    | Contact
    | Reply
    | ReplyJointly
    | AskReturn
    | AskExtension
    | AnswerSupervision
    | Appeal
    | Supervise
    | EndSupervision
    | GiveCard
    | DecideAppeal,
    Field(discriminator="move"),
]
STAFF_MOVES: tuple[type[Move], ...] = (
    AnswerAtOnce,
    Decline,
    Dispatch,
    AddJoint,
    Approve,
    SendBack,
    CallBack,
    Close,
    Merge,
    Note,
    Mark,
    Recuse,
    DecideReturn,
    DecideExtension,
    Sign,
    Contact,
    Reply,
    ReplyJointly,
    AskReturn,
    AskExtension,
    AnswerSupervision,
    Appeal,
    Supervise,
    EndSupervision,
    GiveCard,
    DecideAppeal,
)
