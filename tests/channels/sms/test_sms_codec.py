"""What callbacks become, and what parts become: pure functions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Choice, Choices, Event, File, Image, Link, Location, Media, Text, Video, Voice
from channels.sms.codec import CAPABILITIES, HOW_TO_CHOOSE, HOW_TO_CHOOSE_ENGLISH, to_message, to_text
from channels.sms.config import SmsConfig
from channels.sms.consent import read
from channels.sms.fields import Fields, form
from channels.sms.twilio.codec import to_inbound, to_status
from channels.sms.twilio.errors import CATALOGUE, documentation
from tests.channels.sms.sms_account import ACCOUNT, SID, config, message

AT = datetime(2026, 1, 1, tzinfo=UTC)
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME" + "0" * 32


def decoded(body: str | None = "您好", **changes: str) -> Any:
    return to_message(to_inbound(Fields(message(body, **changes)), account=ACCOUNT, at=AT), "r").parts


class TestParts:
    @pytest.mark.parametrize(
        ("content_type", "kind"),
        [
            ("image/jpeg", Image),
            ("audio/amr", Voice),
            ("video/3gpp", Video),
            ("text/vcard", File),
            ("application/pdf", File),
            ("IMAGE/PNG", Image),
            ("", File),
        ],
    )
    def test_media_by_their_type(self, content_type: str, kind: type[Image | Voice | Video | File]) -> None:
        (part,) = decoded("", NumMedia="1", MediaUrl0=MEDIA, MediaContentType0=content_type)
        assert isinstance(part, kind)
        assert part.media == Media(platform_id="ME" + "0" * 32, url=MEDIA, content_type=content_type or None)

    def test_text_comes_before_the_pictures(self) -> None:
        parts = decoded("看图", NumMedia="2", MediaUrl0=MEDIA, MediaUrl1="cat.jpg")
        assert parts == (
            Text(text="看图"),
            File(media=Media(platform_id="ME" + "0" * 32, url=MEDIA)),
            File(media=Media(url="cat.jpg")),
        )

    @pytest.mark.parametrize("number", ["1e3", "-1", "999999999999", "", "x", "１"])
    def test_any_number_of_media(self, number: str) -> None:
        assert decoded("x", NumMedia=number) == (Text(text="x"),)

    def test_no_more_than_twilio_sends(self) -> None:
        many = {f"MediaUrl{number}": f"u{number}" for number in range(50)}
        assert len(decoded("", NumMedia="50", **many)) == 10

    def test_a_place(self) -> None:
        place = {"Latitude": "23.0207", "Longitude": "113.7518", "Address": "鸿福路", "Label": "市民中心"}
        assert decoded("", **place) == (Location(latitude=23.0207, longitude=113.7518, label="市民中心 鸿福路"),)

    @pytest.mark.parametrize("latitude", ["nan", "inf", "91", "", "x", "1_0e9"])
    def test_no_place(self, latitude: str) -> None:
        assert decoded("在这", Latitude=latitude, Longitude="113") == (Text(text="在这"),)

    def test_nothing_at_all_is_an_empty_text(self) -> None:
        assert decoded(None) == (Text(text=""),)

    def test_a_text_longer_than_any_is_cut(self) -> None:
        (part,) = decoded("长" * 30_000)
        assert len(part.text) == 20_000


class TestConsent:
    @pytest.mark.parametrize(
        ("text", "name", "word"),
        [
            ("STOP", "opt_out", "STOP"),
            ("stop", "opt_out", "STOP"),
            (" Stop.\n", "opt_out", "STOP"),
            ("ＳＴＯＰ！", "opt_out", "STOP"),
            ("“退订”", "opt_out", "退订"),
            ("《退订》。", "opt_out", "退订"),
            ("退订！！", "opt_out", "退订"),
            ("td", "opt_out", "TD"),
            ("ＴＤ", "opt_out", "TD"),
            ("T", "opt_out", "T"),
            ("'t'", "opt_out", "T"),
            ("\u200b退订\ufeff", "opt_out", "退订"),
            ("Unsubscribe", "opt_out", "UNSUBSCRIBE"),
            ("END", "opt_out", "END"),
            ("quit", "opt_out", "QUIT"),
            ("StopAll", "opt_out", "STOPALL"),
            ("revoke", "opt_out", "REVOKE"),
            ("optout", "opt_out", "OPTOUT"),
            ("cancel", "opt_out", "CANCEL"),
            ("start", "opt_in", "START"),
            ("yes", "opt_in", "YES"),
            ("Unstop", "opt_in", "UNSTOP"),
            ("恢复订阅", "opt_in", "恢复订阅"),
            ("恢复。", "opt_in", "恢复"),
            ("Help!", "help", "HELP"),
            ("info", "help", "INFO"),
            ("帮助？", "help", "帮助"),
        ],
    )
    def test_words(self, text: str, name: str, word: str) -> None:
        assert read(text) == (name, word)
        assert decoded(text) == (Event(name=name, key=word, data={"text": text}),)

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", "。", "怎么退订", "退订短信", "please stop", "stop it", "TDD", "T恤", "A T", "yes!", "“info”"),
            *("停", "不要恢复", "帮助我", "STOP" + " " * 100, "S T O P"),
        ],
    )
    def test_other_messages(self, text: str) -> None:
        assert read(text) is None
        assert decoded(text) == (Text(text=text),)

    @pytest.mark.parametrize(
        ("asked", "name"), [("STOP", "opt_out"), ("START", "opt_in"), ("HELP", "help"), ("stop", "opt_out")]
    )
    @pytest.mark.parametrize(("text", "key"), [("Arret", "Arret"), ("yes", "YES"), ("退订。", "退订")])
    def test_what_twilio_read_and_answered_wins(self, asked: str, name: str, text: str, key: str) -> None:
        assert decoded(text, OptOutType=asked) == (Event(name=name, key=key, data={"text": text, "handled": "true"}),)

    def test_an_unknown_type_is_our_own_reading(self) -> None:
        assert decoded("您好", OptOutType="OTHER") == (Text(text="您好"),)

    def test_a_word_under_a_picture_is_not_a_wish(self) -> None:
        parts = decoded("T", MediaUrl0=MEDIA)
        assert parts[0] == Text(text="T")

    @given(st.text(max_size=80))
    def test_any_text_can_be_read(self, text: str) -> None:
        found = read(text)
        assert found is None or found[1].upper() == found[1]


class TestText:
    def test_every_part_in_one_text(self) -> None:
        parts = (
            Text(text="您好\n"),
            Link(url="https://x.cn/1", title="指南"),
            Event(name="typing"),
            Choices(options=(Choice(key="1", label="是"),)),
        )
        assert to_text(parts) == f"您好\n指南\nhttps://x.cn/1\n1. 是\n{HOW_TO_CHOOSE}"

    def test_how_to_choose_is_said_in_the_language_of_the_question(self) -> None:
        asked = Choices(prompt="Is it solved?", options=(Choice(key="1", label="Solved, satisfied"),))
        assert to_text([asked]) == f"Is it solved?\n1. Solved, satisfied\n{HOW_TO_CHOOSE_ENGLISH}"

    def test_controls_are_left_out(self) -> None:
        assert to_text([Text(text="a\x00\x1b\tb\x7f\u2028")]) == "a\tb"

    def test_the_longest_is_sent_whole(self) -> None:
        assert to_text([Text(text="字" * 1600)]) == "字" * 1600

    def test_a_longer_one_ends_with_a_sentence(self) -> None:
        text = to_text([Text(text="这是一句话。" * 400)])
        assert text.endswith("这是一句话。…")
        assert 1500 < len(text) <= 1600

    def test_emoji_count_twice(self) -> None:
        text = to_text([Text(text="😀" * 900)])
        assert text == "😀" * 799 + "…"

    @given(st.text(alphabet=st.sampled_from("字。a \n😀👨‍👩‍👧é́🇨🇳"), max_size=4000))
    def test_never_longer_than_one_message(self, text: str) -> None:
        sent = to_text([Text(text=text)])
        assert len(sent.encode("utf-16-le")) // 2 <= (CAPABILITIES.max_text_chars or 0)
        assert sent == text.strip() or sent.endswith("…")


class TestConfig:
    @pytest.mark.parametrize(
        "changes",
        [
            {"account_sid": ""},
            {"auth_token": ""},
            {"from_number": ""},
            {"public_url": ""},
            {"public_url": "hotline.example.cn"},
            {"public_url": "https://"},
            {"public_url": "https://x.cn/?a=1"},
            {"api_base": "ftp://x"},
            {"api_base": "https://[x"},
        ],
    )
    def test_what_it_cannot_work_with(self, changes: dict[str, str]) -> None:
        with pytest.raises(ValueError, match=r"SMS channel|api_base"):
            config(**changes)

    def test_the_password_is_not_shown(self) -> None:
        assert "a-token" not in repr(config())
        assert isinstance(config(from_number="", messaging_service_sid="MG1"), SmsConfig)


def test_the_catalogue_names_a_page_and_a_meaning_for_each_code() -> None:
    assert documentation(21610) == "https://www.twilio.com/docs/api/errors/21610"
    assert all(entry.meaning and entry.meaning.isascii() for entry in CATALOGUE.values())


def test_a_phone_that_is_off_is_tried_again_when_the_operator_says() -> None:
    fields = Fields([("MessageSid", SID), ("MessageStatus", "undelivered"), ("ErrorCode", "30003")])
    report = to_status(fields, "01K#1", phone_off_retry=7.5).report
    assert report is not None
    assert (report.temporary, report.retry_after) == (True, 7.5)


@given(st.lists(st.tuples(st.text(), st.text())))
def test_forms_are_read_as_they_were_written(pairs: list[tuple[str, str]]) -> None:
    if all(name or value for name, value in pairs):
        assert form(urlencode(pairs).encode()) == pairs


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form(raw: bytes) -> None:
    for name, value in form(raw):
        (name + value).encode()
