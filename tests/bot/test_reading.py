"""One form for all the ways to write the same."""

from __future__ import annotations

import pytest

from bot import reading


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("１２３", "123"),
        ("②", "2"),
        ("Ｈｅｌｌｏ　Ｗｏｒｌｄ", "hello world"),
        ("轉人工", "转人工"),
        ("  你好\u200b  \t吗 ", "你好 吗"),
        ("我家\r\n着火了", "我家,着火了"),
        ("請問居住證怎麼辦理，辦理費用", "请问居住证怎么办理,办理费用"),
        ("皇后後天剪頭髮\ud800", "皇后后天剪头发"),
        ("嗰邊冇人，噚日又壞咗", "那边没人,昨天又坏了"),
        ("呢度冇水，嘈到瞓唔着", "这里没水,吵到瞓不着"),
        ("唔該晒", "唔该晒"),
        ("喇叭 劳动仲裁 嘈杂", "喇叭 劳动仲裁 嘈杂"),
        ("琴晚俾人打咗", "昨晚被人打了"),
        ("点解要等，你话点搞", "为什么要等,你话怎么办"),
        ("唔知点办好，边个负责，去边度", "不知怎么办好,谁负责,去哪里"),
        ("楼上成日嘈，仲未搞掂", "楼上整天吵,还未搞定"),
        ("", ""),
    ],
)
def test_plain(text: str, plain: str) -> None:
    assert reading.plain(text) == plain


def test_a_long_text_keeps_its_head_and_tail() -> None:
    read = reading.plain("头" + "中" * 20_000 + "尾")
    assert read[0] == "头"
    assert read[-1] == "尾"
    assert len(read) <= reading.HEAD_CHARS + reading.TAIL_CHARS + 1


def test_what_is_kept_is_what_was_written() -> None:
    assert reading.folded("Ａ栋 ３楼") == "A栋 3楼"
    assert reading.clean(" 東城\u200b Ａ栋\n三楼 ", 20) == "東城 Ａ栋\n三楼"
    assert len(reading.clean("长" * 100, 10)) == 10


@pytest.mark.parametrize(
    ("text", "before", "language"),
    [
        ("社保怎么办", "en", "zh"),
        ("how do I renew my permit", "zh", "en"),
        ("hello", "zh", "en"),
        ("ETC", "zh", "zh"),
        ("2", "en", "en"),
        ("😀", "en", "en"),
        ("ok", "zh", "zh"),
    ],
)
def test_language(text: str, before: str, language: str) -> None:
    assert reading.language(text, before) == language


@pytest.mark.parametrize(("text", "has"), [("😀😀", False), ("？！…", False), ("", False), ("a", True), ("１", True)])
def test_has_words(text: str, has: bool) -> None:
    assert reading.has_words(text) is has


@pytest.mark.parametrize(
    "text",
    [
        "早点解决",
        "几点解散",
        "快点搞定",
        "网点办理",
        "哪个网点办",
        "宜家花园",
        "小提琴晚上扰民",
        "琴日花园",
        "完成日期",
        "仲恺大道",
        "旁边个体户",
        "一边度假",
        "好耐心",
        "然而家里没人",
        "房屋企业",
        "联系度假村",
        "打听日期",
    ],
)
def test_standard_words_are_not_taken_for_cantonese(text: str) -> None:
    assert reading.plain(text) == text
