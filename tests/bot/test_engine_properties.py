"""What holds for every turn, whatever is sent and whatever is remembered."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import dialogue, reading
from bot.answers import Answers
from bot.contract import Decision, Known, Memory, Offer, Offered, Say, Similar, Turn, Waiting
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
_waiting = st.builds(Waiting, staffed=st.booleans(), ahead=st.integers(0, 10_000), opens=st.text(max_size=200))
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


_things = st.one_of(
    _written,
    st.sampled_from(
        [
            "我要投诉",
            "我要举报",
            "育华路路灯坏了没人修",
            "昨天晚上东城街道万达广场对面工地太吵，电话13800138000",
            "跳过",
            "确认",
            "3",
            "4",
            "我的工单",
            "补充：还有一盏",
            "补充",
            "改地点",
            "地点是鸿福路8号",
            "不用保密",
            "DG202611200000071 048213",
            "评价 DG202611200000071 解决 满意",
            "法院已经判决了",
        ]
    ),
    st.sampled_from(
        [("image", ""), ("location", "鸿福路"), ("voice", ""), ("menu_click", "file_ticket"), ("follow", "")]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_things, max_size=14), st.booleans(), st.booleans())
def test_whatever_is_said_about_tickets_stays_bounded(things: list[object], known: bool, similar: bool) -> None:
    citizen = Conversation(WITH_TICKETS)
    if known:
        citizen.tickets = (Known("DG202611200000071", "路灯", "正在办", rate=similar),)
    if similar:
        citizen.similar = (Similar("DG202611200000071", "路灯", "育华路", "正在办"),)
    for thing in things:
        if isinstance(thing, tuple):
            decision = citizen.do(*thing, latitude=23.0, longitude=113.0)
        else:
            decision = citizen.write(str(thing))
        assert decision.ask is None
        assert decision.says or decision.intent in ("queue_kept", "agent", "follow")
        for say in decision.says:
            whole = say.text if isinstance(say, Say) else say.prompt
            assert len(whole.encode("utf-8", "replace")) <= 2_048, decision.intent
        if decision.file is not None:
            assert decision.file.matter
        assert len(decision.memory.model_dump_json()) < 24_000
