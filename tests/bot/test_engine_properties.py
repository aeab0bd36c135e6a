"""What holds for every turn, whatever is sent and whatever is remembered."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import dialogue, drafts, filing, rating, reading
from bot.answers import Answers
from bot.contract import (
    AskMine,
    AskNumber,
    AskProgress,
    AskSimilar,
    Decision,
    Draft,
    Facts,
    Known,
    Lately,
    Memory,
    Offer,
    Offered,
    Say,
    Similar,
    TicketName,
    Turn,
    Waiting,
)
from bot.engine import Engine
from tests.bot import emergency_cases as cases
from tests.bot.conversation import ENTRIES, NOON, WITH_TICKETS, Conversation

ENGINE = Engine(Answers(ENTRIES), hot=("residence", "gone"))
ANSWERS = {entry.answer for entry in ENTRIES}

_written = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "1",
            "2",
            "9",
            "没用",
            "返回",
            "人工",
            "取消",
            "取消排队",
            "谢谢",
            "菜单",
            "你好",
            "垃圾",
            "查进度",
            "我要投诉",
            "都不是",
            "绑定手机",
            "绑定手机13800138000",
            "138 0013 8000",
            "042917",
            "123456",
            "重发",
            "换号码",
        ]
    ),
    st.sampled_from(
        ["居住证", "居住证怎么办", "公积金", "工资", "噪音怎么办", "要多少钱", "hello", "how to get a permit"]
    ),
    st.sampled_from([text for text, _ in cases.TUNING_POSITIVE] + list(cases.TUNING_NEGATIVE)),
    st.text(min_size=1, max_size=4).map(lambda text: (text * 20_000)[:20_000]),
)
_happened = st.tuples(
    st.sampled_from(
        [
            "follow",
            "menu_click",
            "image",
            "voice",
            "video",
            "location",
            "link",
            "file",
            "unknown",
            "something-new",
            "opt_out",
            "opt_in",
            "help",
        ]
    ),
    st.one_of(st.sampled_from(["ask", "person", "hot", "progress", "emergency"]), st.text(max_size=2_000)),
)
_offered = st.lists(
    st.builds(
        Offered,
        key=st.just(""),
        label=st.text(max_size=30),
        kind=st.sampled_from(["entry", "say"]),
        target=st.one_of(
            st.sampled_from(["residence", "gone", "人工", "都不是", "1", "热门问题"]), st.text(max_size=20)
        ),
    ),
    max_size=4,
).map(lambda offered: tuple(one.model_copy(update={"key": str(n)}) for n, one in enumerate(offered, 1)))
_memory = st.builds(
    Memory,
    offered=_offered,
    answered=st.lists(st.sampled_from(["residence", "fund", "gone"]), max_size=5).map(tuple),
    asked=st.text(max_size=50),
    unsure=st.integers(0, 5),
    flow=st.sampled_from(["", "choose", "report", "progress", "emergency", "phone", "unknown"]),
    flow_state=st.dictionaries(
        st.sampled_from(["since", "number", "more", "phone", "last", "code", "sent_at", "tries", "codes", "beside"]),
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(["1", "3", "042917", "+8613800138000", "choose", str(int(NOON.timestamp() * 1000) - 1000)]),
        ),
        max_size=6,
    ),
    language=st.sampled_from(["zh", "en"]),
    told=st.lists(st.sampled_from(["wait", "feedback_line", "helpful", "anger"]), max_size=4, unique=True).map(tuple),
)
_waiting = st.builds(
    Waiting,
    staffed=st.booleans(),
    attended=st.booleans(),
    speaks=st.none() | st.just(frozenset()) | st.just(frozenset({"en"})),
    ahead=st.integers(0, 10_000),
    opens=st.none() | st.integers(0, 20_000).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    minutes=st.integers(0, 600),
)
_owner = st.sampled_from(["bot", "queue", "agent"])


def check(turn: Turn, decision: Decision) -> None:
    assert ENGINE.respond(turn) == decision
    if turn.owner == "bot":
        assert decision.says
    for say in decision.says:
        text = say.text if isinstance(say, Say) else say.prompt
        assert text.strip()
        if not (isinstance(say, Say) and say.text in ANSWERS):
            assert len(text.encode("utf-8", "replace")) <= 2_048
        if isinstance(say, Offer):
            keys = [option.key for option in say.options]
            assert keys
            assert len(set(keys)) == len(keys)
            assert decision.memory.offered == say.options
    memory = decision.memory
    assert len(memory.offered) <= max(dialogue.MAX_OPTIONS, len(turn.memory.offered))
    assert len(memory.answered) <= dialogue.MAX_ANSWERED
    assert len(memory.asked) <= dialogue.MAX_ASKED
    assert len(memory.told) <= dialogue.MAX_TOLD
    assert len(memory.flow_state) <= 8 or set(memory.flow_state) <= {*turn.memory.flow_state, "beside"}
    assert memory.unsure <= 99
    if decision.alarm:
        assert decision.says
        assert (decision.handoff is not None and decision.handoff.urgent) or turn.owner == "agent"
    if decision.release:
        assert turn.owner == "queue"
    if decision.prove or decision.join:
        assert turn.owner == "bot"
        assert turn.channel != "sms"
    if decision.prove:
        assert decision.prove.code == turn.dice
        assert not any(turn.dice in said for said in map(str, decision.says))
    if decision.join:
        assert turn.memory.flow_state["code"] in reading.plain(turn.text).replace(" ", "")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=_written, memory=_memory, waiting=_waiting, owner=_owner)
def test_every_text(text: str, memory: Memory, waiting: Waiting, owner: str) -> None:
    turn = Turn(text, memory, NOON, "web", waiting, owner=owner, dice="042917")  # type: ignore[arg-type]
    check(turn, ENGINE.respond(turn))


@settings(max_examples=200, deadline=None)
@given(happened=_happened, memory=_memory, waiting=_waiting, owner=_owner)
def test_every_happening(happened: tuple[str, str], memory: Memory, waiting: Waiting, owner: str) -> None:
    turn = Turn("", memory, NOON, "wechat", waiting, happened[0], happened[1], owner, dice="042917")  # type: ignore[arg-type]
    check(turn, ENGINE.respond(turn))


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(_written, max_size=12), waiting=_waiting)
def test_whole_conversations_stay_bounded(texts: list[str], waiting: Waiting) -> None:
    memory, owner = Memory(), "bot"
    for text in texts:
        turn = Turn(text, memory, NOON, "web", waiting, owner=owner, dice="042917")  # type: ignore[arg-type]
        decision = ENGINE.respond(turn)
        check(turn, decision)
        assert len(decision.memory.model_dump_json()) < 16_000
        memory = Memory.model_validate_json(decision.memory.model_dump_json())
        owner = "queue" if decision.handoff and owner == "bot" else "bot" if decision.release else owner


# ---- with tickets ----

NUMBER = "DG202611200000076"
_about_tickets = st.sampled_from(
    [
        "我要投诉",
        "我要举报",
        "我要投诉育华路路灯坏了没人修",
        "昨天晚上东城街道万达广场对面工地太吵，电话13800138000",
        "就是这件事",
        "跳过",
        "确认",
        "不对",
        "修改",
        "3",
        "4",
        "我的工单",
        "补充：还有一盏 {x}",
        "补充",
        f"补充 {NUMBER} 还有",
        "改地点",
        "改内容",
        "地点是鸿福路8号",
        "不用保密",
        "保密",
        f"{NUMBER} 048213",
        NUMBER,
        "DG202611200000077",
        f"评价 {NUMBER} 解决 满意",
        f"评价 {NUMBER} 未解决 不满意",
        "评价",
        "不满意",
        "接着写",
        "说另一件事",
        "加入",
        "另外说",
        "法院已经判决了",
        "还是要告诉你们",
        "report a problem",
        "my tickets",
    ]
)
_answer = st.builds(
    Facts,
    st.one_of(
        st.just(AskNumber()),
        st.just(AskMine()),
        st.builds(AskProgress, st.just(NUMBER), st.sampled_from(["", "048213"])),
        st.builds(AskSimilar, st.text(max_size=5), st.text(max_size=5)),
    ),
    name=st.one_of(st.none(), st.just(TicketName(NUMBER, "048213"))),
    tickets=st.lists(
        st.builds(
            Known,
            st.just(NUMBER),
            st.text(max_size=200),
            st.text(max_size=200),
            st.lists(st.text(max_size=300), max_size=12).map(tuple),
            st.text(max_size=300),
            open=st.booleans(),
            rate=st.booleans(),
        ),
        max_size=5,
    ).map(tuple),
    similar=st.lists(
        st.builds(Similar, st.just(NUMBER), st.text(max_size=200), st.text(max_size=200), st.text(max_size=200)),
        max_size=2,
    ).map(tuple),
    limited=st.booleans(),
)
_seconds = st.integers(int(NOON.timestamp()) - 10**6, int(NOON.timestamp()) + 100)
_draft = st.builds(
    Draft,
    at=_seconds,
    kind=st.sampled_from([None, "help", "complaint", "report", "suggestion", "praise", "consultation"]),
    matter=st.one_of(st.just(""), st.text(max_size=200), st.just("昨天育华路路灯坏了没人修")),
    happened=st.text(max_size=drafts.FIELD_CHARS),
    place=st.text(max_size=drafts.FIELD_CHARS),
    latitude=st.one_of(st.none(), st.floats(-90, 90)),
    longitude=st.one_of(st.none(), st.floats(-180, 180)),
    caller=st.text(max_size=12),
    phone=st.sampled_from(["", "+8613800138000", "0769-22112345"]),
    confidential=st.sampled_from([None, True, False]),
    pictures=st.lists(st.text(min_size=1, max_size=10), max_size=drafts.PICTURES).map(tuple),
    asking=st.sampled_from([*filing._ANSWERS, "", "odd"]),
    settled=st.lists(
        st.sampled_from(["place", "time", "phone", "similar", "elsewhere", "place once"]), unique=True
    ).map(tuple),
    unread=st.text(max_size=drafts.LATELY_CHARS),
)
_lately = st.builds(
    Lately,
    kind=st.sampled_from(["words", "place", "picture"]),
    text=st.text(max_size=drafts.LATELY_CHARS),
    at=_seconds,
    latitude=st.one_of(st.none(), st.floats(-90, 90)),
    longitude=st.one_of(st.none(), st.floats(-180, 180)),
)
_ticket_memory = st.builds(
    lambda memory, flow, draft, lately, ticket, offered: memory.model_copy(
        update={"flow": flow, "draft": draft, "lately": lately, "ticket": ticket, "offered": offered or memory.offered}
    ),
    _memory,
    st.sampled_from(["report", "report", "", "choose", "progress", "supplement", "reason", "phone", "emergency"]),
    st.one_of(st.none(), _draft),
    st.lists(_lately, max_size=drafts.LATELY).map(tuple),
    st.sampled_from(["", NUMBER]),
    st.sampled_from([(), rating.survey(NUMBER).options]),
)


def check_tickets(turn: Turn, decision: Decision) -> None:
    assert WITH_TICKETS.respond(turn) == decision
    if decision.ask is not None:
        assert turn.facts is None, "a turn asks once"
        assert turn.owner == "bot"
        return
    if turn.owner == "bot":
        assert decision.says
    for say in decision.says:
        text = say.text if isinstance(say, Say) else say.prompt
        assert text.strip()
        if not (isinstance(say, Say) and say.text in ANSWERS):
            assert len(text.encode("utf-8", "replace")) <= 2_048
        if isinstance(say, Offer):
            assert [option.key for option in say.options] == [str(n) for n in range(1, len(say.options) + 1)]
            assert decision.memory.offered == say.options
    if decision.file is not None:
        assert turn.facts is not None
        assert decision.file.name == turn.facts.name
        assert 0 < len(decision.file.matter) <= drafts.MATTER_CHARS
        assert decision.memory.draft is None
    if decision.file is not None or decision.wish is not None:
        assert turn.owner == "bot"
    memory = decision.memory
    assert len(memory.lately) <= drafts.LATELY
    assert len(memory.told) <= dialogue.MAX_TOLD
    if memory.draft is not None:
        draft = memory.draft
        assert len(draft.matter) <= drafts.MATTER_CHARS
        assert max(map(len, (draft.place, draft.happened, draft.unread))) <= drafts.LATELY_CHARS
        assert len(draft.pictures) <= drafts.PICTURES
        assert len(draft.settled) == len(set(draft.settled)) <= 12


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.one_of(_written, _about_tickets, _about_tickets),
    memory=_ticket_memory,
    waiting=_waiting,
    owner=st.sampled_from(["bot", "bot", "bot", "queue", "agent"]),
    facts=st.one_of(st.none(), _answer),
)
def test_every_text_with_tickets(text: str, memory: Memory, waiting: Waiting, owner: str, facts: Facts | None) -> None:
    turn = Turn(text, memory, NOON, "web", waiting, owner=owner, dice="042917", facts=facts)  # type: ignore[arg-type]
    check_tickets(turn, WITH_TICKETS.respond(turn))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(happened=_happened, memory=_ticket_memory, facts=st.one_of(st.none(), _answer), id=st.sampled_from(["", "m1"]))
def test_every_happening_with_tickets(happened: tuple[str, str], memory: Memory, facts: Facts | None, id: str) -> None:
    turn = Turn(
        "",
        memory,
        NOON,
        "wechat",
        Waiting(True, 0),
        *happened,
        dice="042917",
        message_id=id,
        latitude=23.0 if id else None,
        longitude=113.0 if id else None,
        facts=facts,
    )
    check_tickets(turn, WITH_TICKETS.respond(turn))


_things = st.one_of(
    _about_tickets,
    _about_tickets,
    _written,
    st.sampled_from(
        [("image", ""), ("location", "鸿福路"), ("voice", ""), ("menu_click", "file_ticket"), ("menu_click", "rate")]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    things=st.lists(_things, max_size=16),
    answers=st.lists(_answer, min_size=1, max_size=4),
    hours=st.sampled_from([0, 0, 1, 5]),
)
def test_whole_conversations_with_tickets_stay_bounded(things: list[object], answers: list[Facts], hours: int) -> None:
    """Facts of any kind, for whatever was asked."""
    citizen = Conversation(WITH_TICKETS)
    citizen.answers = answers
    for thing in things:
        decision = (
            citizen.do(*thing, latitude=23.0, longitude=113.0)
            if isinstance(thing, tuple)
            else citizen.write(str(thing))
        )
        assert decision.ask is None
        packed = decision.memory.model_dump_json()
        assert len(packed) < 24_000
        assert Memory.model_validate_json(packed) == decision.memory
        citizen.wait(hours=hours)
