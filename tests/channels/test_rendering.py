"""Replies fit their channel: rich parts become words, long text is cut where a reader would pause, nothing is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.contract import (
    Capabilities,
    Choice,
    Choices,
    Event,
    File,
    Image,
    Link,
    Location,
    Media,
    Part,
    Text,
    Video,
    Voice,
)
from channels.rendering import as_text, first_fitting, fit, is_english, shorten, split

WECHAT = Capabilities(max_text_bytes=2048)
SHORT = Capabilities(max_text_chars=20)
CHOICES = Choices(prompt="请选：", options=(Choice(key="1", label="社保"), Choice(key="2", label="居住证")))


def texts(parts: list[Part], capabilities: Capabilities) -> list[str]:
    return [as_text(part) for message in fit(parts, capabilities) for part in message]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (CHOICES, "请选：\n1. 社保\n2. 居住证"),
        (Choices(options=(Choice(key="9", label="返回"),)), "9. 返回"),
        (Link(url="https://x.cn", title="办事指南", description=""), "办事指南\nhttps://x.cn"),
        (Location(latitude=23.02, longitude=113.75, label="鸿福路"), "位置：鸿福路"),
        (Location(latitude=23.02, longitude=113.75), "位置：23.020000,113.750000"),
        (Image(media=Media(url="https://x.cn/a.png")), "[图片] https://x.cn/a.png"),
        (Voice(media=Media(platform_id="m"), recognition="停水了"), "停水了"),
        (Voice(media=Media(platform_id="m")), "[语音]"),
        (Video(media=Media(platform_id="m")), "[视频]"),
        (File(media=Media(name="表格.xlsx")), "[文件] 表格.xlsx"),
        (Event(name="subscribe"), ""),
    ],
)
def test_rich_parts_in_words(part: Part, text: str) -> None:
    assert as_text(part) == text
    assert texts([part], WECHAT) == ([text] if text else [])


def test_parts_a_channel_can_show_stay() -> None:
    capabilities = Capabilities(parts=frozenset({"text", "choices"}))
    assert fit([Text(text="一"), CHOICES, Text(text="二"), Text(text="三")], capabilities) == [
        [Text(text="一")],
        [CHOICES],
        [Text(text="二\n三")],
    ]


@pytest.mark.parametrize("parts", [[], [Text(text="")], [Text(text=" \n")], [Event(name="x")]])
def test_nothing_to_show_is_no_message(parts: list[Part]) -> None:
    assert fit(parts, WECHAT) == []


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("第一句话在这里。第二句话在这里很长。第三句。", ["第一句话在这里。第二句话在这里很长。", "第三句。"]),
        ("一二三四五六七八九十，一二三四五六七八九十一", ["一二三四五六七八九十，", "一二三四五六七八九十一"]),
        ("take bus number twelve to the hall", ["take bus number ", "twelve to the hall"]),
        ("他在电话里问：“哪里办理？”工作人员答：“一楼。”好", ["他在电话里问：“哪里办理？”", "工作人员答：“一楼。”好"]),
        ("一" * 45, ["一" * 20, "一" * 20, "一" * 5]),
    ],
)
def test_cut_where_a_reader_pauses(text: str, pieces: list[str]) -> None:
    assert split(text, SHORT) == pieces


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("It was passed to 市城市管理和综合执法局, who will reply by 2 Mar, 24:00.", True),
        ("Your complaint “育华路育才小学门口的路灯连着三天晚上都不亮” (DG202603020000015)\nThere is a reply.", True),
        ("已转给市水务局，全文 https://example.gov.cn/a/very/long/address/in/latin/letters", False),
        ("用 APP 或 WeChat 都可以办理居住证", False),
        ("12345", False),
        ("", False),
    ],
)
def test_which_language_a_text_is_for(text: str, english: bool) -> None:
    assert is_english(text) is english


def test_where_the_whole_can_be_read_is_said_in_its_language() -> None:
    link = "https://x.cn/m/abc"
    for text, note in (("请带身份证办理。" * 20, f"全文：{link}"), ("Bring your card. " * 20, f"In full: {link}")):
        shortened = shorten([Text(text=text)], 80, link)
        assert shortened is not None
        assert shortened[0].text.endswith(f"…\n{note}")  # type: ignore[union-attr]


def test_a_paragraph_before_a_sentence() -> None:
    assert split("标题一二三四五六七八九十\n正文。正文正文正文正文", SHORT) == [
        "标题一二三四五六七八九十\n",
        "正文。正文正文正文正文",
    ]


@pytest.mark.parametrize(
    "seen_as_one",
    ["👨‍👩‍👧‍👦", "🇨🇳", "é", "👍🏽", "❤️", "1️⃣"],
    ids=["family", "flag", "accent", "tone", "variant", "keycap"],
)
@pytest.mark.parametrize("offset", range(5))
def test_characters_seen_as_one_stay_whole(seen_as_one: str, offset: int) -> None:
    text = "a" * offset + seen_as_one * 300
    pieces = split(text, Capabilities(max_text_bytes=100))
    assert "".join(pieces) == text
    for piece in pieces:
        assert len(piece.encode()) <= 100
        assert (len(piece.lstrip("a")) % len(seen_as_one)) == 0


@pytest.mark.parametrize(
    ("text", "messages"),
    [("a" * 2048, 1), ("a" * 2049, 2), ("中" * 682 + "ab", 1), ("中" * 683, 2), ("😀" * 512, 1), ("😀" * 512 + "a", 2)],
)
def test_the_limit_is_in_bytes(text: str, messages: int) -> None:
    assert len(texts([Text(text=text)], WECHAT)) == messages


_TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("中文，。！？\n a1.🇨🇳\u200d\u0301👨👍\r"), st.characters()), max_size=300
)


@settings(max_examples=300, deadline=None)
@given(_TEXT, st.integers(1, 60), st.one_of(st.none(), st.integers(4, 100)))
def test_nothing_is_lost_and_every_piece_fits(text: str, chars: int, size: int | None) -> None:
    pieces = split(text, Capabilities(max_text_chars=chars, max_text_bytes=size))
    assert "".join(pieces) == text
    for piece in pieces:
        assert 0 < len(piece) <= chars
        assert size is None or len(piece.encode(errors="replace")) <= size


def test_a_hundred_thousand_characters_take_no_time() -> None:
    pieces = split("中" * 100_000, WECHAT)
    assert len(pieces) == 147
    assert all(unicodedata.category(piece[0]) == "Lo" for piece in pieces)


class TestFirstFitting:
    """One message that carries as many whole replies as it can."""

    def test_all(self) -> None:
        assert first_fitting([(Text(text="一"),), (CHOICES,)], WECHAT) == (
            [Text(text="一\n请选：\n1. 社保\n2. 居住证")],
            2,
        )

    def test_some(self) -> None:
        replies = [(Text(text="一"),), (Text(text="长" * 20),), (Text(text="二"),)]
        assert first_fitting(replies, SHORT) == ([Text(text="一")], 1)

    def test_none(self) -> None:
        assert first_fitting([(Text(text="长" * 21),)], SHORT) == ([], 0)
        assert first_fitting([], SHORT) == ([], 0)

    def test_replies_that_say_nothing_are_carried(self) -> None:
        assert first_fitting([(Event(name="x"),), (Text(text="一"),)], SHORT) == ([Text(text="一")], 2)
