"""Commands are whole messages, in all the ways people type them."""

from __future__ import annotations

import pytest

from bot import intents, reading


def read(text: str) -> intents.Command | None:
    return intents.command(reading.plain(text))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("１", 1),
        ("①", 1),
        ("一", 1),
        ("第一个", 1),
        ("第1个", 1),
        ("选2", 2),
        ("我选2", 2),
        ("2、", 2),
        ("2。", 2),
        ("2.", 2),
        (" 2 ", 2),
        ("（2）", 2),
        ("【2】", 2),
        ("2号", 2),
        ("回复3", 3),
        ("第二条吧", 2),
        ("第三個", 3),
        ("两", 2),
        ("最后一个", -1),
        ("option 2", 2),
        ("the second one", 2),
        ("2nd", 2),
        ("99", 99),
    ],
)
def test_a_number_is_a_pick(text: str, number: int) -> None:
    assert read(text) == intents.Command("pick", number)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("人工", "person"),
        ("转人工！", "person"),
        ("請轉人工", "person"),
        ("我要找人工客服", "person"),
        ("麻烦帮我转一下人工，谢谢", "person"),
        ("能不能换个真人来", "person"),
        ("agent", "person"),
        ("I want to talk to a person please", "person"),
        ("没用", "unhelpful"),
        ("沒用", "unhelpful"),
        ("没解决", "unhelpful"),
        ("谢谢同志", "helpful"),
        ("谢谢您啊师傅", "helpful"),
        ("多谢你哋", "helpful"),
        ("你好呀姑娘", "greet"),
        ("你是真人还是机器人啊", "menu"),
        ("你们是不是死人啊打了八次电话都没人管", "anger"),
        ("不想投诉了，问题解决了", "withdraw"),
        ("不对", "unhelpful"),
        ("答非所问", "unhelpful"),
        ("not helpful", "unhelpful"),
        ("有用", "helpful"),
        ("谢谢", "helpful"),
        ("谢谢您！", "helpful"),
        ("解决了", "helpful"),
        ("thanks", "helpful"),
        ("上一个", "back"),
        ("返回", "back"),
        ("取消排队", "stop_waiting"),
        ("不等了", "stop_waiting"),
        ("菜单", "menu"),
        ("帮助", "menu"),
        ("help", "menu"),
        ("你好", "greet"),
        ("您好啊", "greet"),
        ("hello", "greet"),
        ("查进度", "progress"),
        ("我要投诉", "report"),
        ("我想报事", "report"),
        ("都不是", "none_of_these"),
        ("垃圾", "anger"),
        ("什么破机器人", "anger"),
        ("你们都是骗子", "anger"),
        ("紧急", "urgent"),
        ("还要等多久", "how_long"),
        ("取消", "cancel"),
    ],
)
def test_a_command_is_understood(text: str, kind: str) -> None:
    command = read(text)
    assert command is not None
    assert command.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "公积金怎么转人工审核",
        "装修要人工费吗",
        "垃圾分类怎么分",
        "楼下垃圾没人清",
        "医疗废物怎么处理",
        "我要投诉楼下烧烤店半夜扰民",
        "没用完的医保卡余额能取吗",
        "谢谢，再问一下社保怎么转",
        "这个补贴有用吗",
        "返回原籍要什么手续",
        "一个人可以办几张卡",
        "12345",
        "1.5倍工资怎么算",
        "取消婚姻登记预约怎么操作",
        "智障儿童补贴",
        "人工耳蜗补贴",
        "告诉你们死人了快来",
        "我不想投诉，我想表扬",
        "我不想投诉，我想咨询社保",
        "不用处理他们，修好就行",
        "",
        "。",
    ],
)
def test_a_question_is_no_command(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("kind", sorted(set(intents._KIND_OF.values())))
def test_every_word_of_a_kind_reads_as_that_kind(kind: intents.Kind) -> None:
    for word, of in intents._KIND_OF.items():
        if of == kind:
            command = read(word)
            assert command is not None, word
            assert command.kind == kind, word
