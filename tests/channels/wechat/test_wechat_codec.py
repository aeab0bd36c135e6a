"""What each message and event becomes, what a repeat is known by, and that replies cannot break out of their XML."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.contract import Choice, Choices, Event, File, Image, InboundMessage, Link, Location, Text, Video, Voice
from channels.wechat.codec import REPLY_WINDOW, SILENT_EVENTS, decode, reply_xml
from channels.wechat.errors import CallbackError, Malformed
from channels.wechat.xml import parse
from tests.channels.wechat.wechat_account import ACCOUNT, APP_ID, NOW, OPENID, event_xml, text_xml

RECEIVED = datetime.fromtimestamp(NOW + 1, UTC)


def message(xml: str) -> InboundMessage:
    return decode(parse(xml.encode()), account=APP_ID, request_id="request-1", now=RECEIVED)


def of_type(msgtype: str, fields: str) -> InboundMessage:
    return message(
        f"<xml><ToUserName>{ACCOUNT}</ToUserName><FromUserName>{OPENID}</FromUserName><CreateTime>{NOW}</CreateTime>"
        f"<MsgType>{msgtype}</MsgType>{fields}<MsgId>42</MsgId></xml>"
    )


def test_text() -> None:
    got = message(text_xml(" 居住证\n怎么办 "))
    assert got.parts == (Text(text=" 居住证\n怎么办 "),)
    assert got.address.key == f"wechat:{APP_ID}:{OPENID}"
    assert got.provider_id == "23456789012345678"
    assert got.sent_at == datetime.fromtimestamp(NOW, UTC)
    assert (got.request_id, got.reply_window) == ("request-1", REPLY_WINDOW)
    assert got.platform_fields == {
        "MsgId": "23456789012345678",
        "MsgType": "text",
        "ToUserName": ACCOUNT,
        "CreateTime": str(NOW),
    }


def test_image() -> None:
    (part,) = of_type("image", "<PicUrl>http://mmbiz.qpic.cn/x/0</PicUrl><MediaId>m1</MediaId>").parts
    assert isinstance(part, Image)
    assert (part.media.platform_id, part.media.url) == ("m1", "http://mmbiz.qpic.cn/x/0")


def test_voice_with_and_without_recognition() -> None:
    (heard,) = of_type("voice", "<MediaId>m</MediaId><Format>amr</Format><Recognition>停水了</Recognition>").parts
    assert isinstance(heard, Voice)
    assert (heard.recognition, heard.media.content_type) == ("停水了", "audio/amr")
    (unheard,) = of_type("voice", "<MediaId>m</MediaId><Format>speex</Format><Recognition></Recognition>").parts
    assert isinstance(unheard, Voice)
    assert unheard.recognition is None


@pytest.mark.parametrize("msgtype", ["video", "shortvideo"])
def test_video(msgtype: str) -> None:
    (part,) = of_type(msgtype, "<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>").parts
    assert isinstance(part, Video)
    assert part.thumbnail is not None
    assert (part.media.platform_id, part.thumbnail.platform_id) == ("m", "t")


def test_location() -> None:
    (part,) = of_type(
        "location", "<Location_X>23.02</Location_X><Location_Y>113.75</Location_Y><Label>鸿福路</Label>"
    ).parts
    assert part == Location(latitude=23.02, longitude=113.75, label="鸿福路")


@pytest.mark.parametrize("latitude", ["", "north", "nan", "inf", "91", "1e999"])
def test_a_place_that_is_none_is_unknown(latitude: str) -> None:
    got = of_type("location", f"<Location_X>{latitude}</Location_X><Location_Y>113</Location_Y>")
    (part,) = got.parts
    assert isinstance(part, Event)
    assert (part.name, part.key, part.data["Location_X"]) == ("unknown", "location", latitude)
    assert got.reply_window == REPLY_WINDOW


def test_link_and_file() -> None:
    (link,) = of_type("link", "<Title>题</Title><Description>述</Description><Url>https://x.cn</Url>").parts
    assert link == Link(url="https://x.cn", title="题", description="述")
    (file,) = of_type("file", "<Title>a.zip</Title><FileKey>k</FileKey><FileTotalLen>222</FileTotalLen>").parts
    assert isinstance(file, File)
    assert (file.media.name, file.media.platform_id, file.media.size) == ("a.zip", "k", 222)


@pytest.mark.parametrize(
    ("xml", "name", "key"),
    [
        (event_xml("subscribe"), "subscribe", ""),
        (event_xml("subscribe", "<EventKey>qrscene_hall-3</EventKey><Ticket>T</Ticket>"), "subscribe", "hall-3"),
        (event_xml("unsubscribe"), "unsubscribe", ""),
        (event_xml("SCAN", "<EventKey>hall-3</EventKey>"), "scan", "hall-3"),
        (event_xml("LOCATION", "<Latitude>23</Latitude><Longitude>113</Longitude>"), "location", ""),
        (event_xml("CLICK", "<EventKey>ask</EventKey>"), "click", "ask"),
        (event_xml("VIEW", "<EventKey>https://x.cn</EventKey>"), "view", "https://x.cn"),
        (event_xml("view_miniprogram", "<EventKey>p</EventKey>"), "view", "p"),
        (event_xml("scancode_waitmsg", "<EventKey>6</EventKey>"), "scancode_waitmsg", "6"),
        (event_xml("scancode_push", "<EventKey>6</EventKey>"), "status", "6"),
        (event_xml("pic_sysphoto", "<EventKey>6</EventKey>"), "status", "6"),
        (event_xml("location_select", "<EventKey>6</EventKey>"), "status", "6"),
        (event_xml("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID><Status>success</Status>"), "status", ""),
        (event_xml("subscribe_msg_sent_event"), "status", ""),
        (event_xml("kf_create_session"), "status", ""),
        (event_xml("invented_tomorrow"), "unknown", "invented_tomorrow"),
        (event_xml(""), "unknown", ""),
    ],
)
def test_events(xml: str, name: str, key: str) -> None:
    got = message(xml)
    (part,) = got.parts
    assert isinstance(part, Event)
    assert (part.name, part.key) == (name, key)
    assert (got.reply_window == 0) == (name in SILENT_EVENTS)


def test_unknown_types_keep_their_fields() -> None:
    (part,) = of_type("hologram", "<Depth>3</Depth><Layers><L>1</L><L>2</L></Layers>").parts
    assert part == Event(
        name="unknown", key="hologram", data={"Depth": "3", "Layers": {"L": ["1", "2"]}, "MsgId": "42"}
    )


@pytest.mark.parametrize("msgtype", ["text", "image", "voice", "video", "location", "link"])
def test_types_without_their_fields_are_unknown(msgtype: str) -> None:
    (part,) = of_type(msgtype, "").parts
    assert isinstance(part, Event)
    assert (part.name, part.key) == ("unknown", msgtype)


@pytest.mark.parametrize("content", ["<a>1</a>", "<x:include xmlns:x='y' href='file:///etc/passwd'/>"])
def test_content_that_is_not_text_is_unknown(content: str) -> None:
    (part,) = of_type("text", f"<Content>{content}</Content>").parts
    assert isinstance(part, Event)


@pytest.mark.parametrize(
    "change",
    [
        ("<FromUserName><![CDATA[" + OPENID + "]]></FromUserName>", ""),
        ("<FromUserName><![CDATA[" + OPENID + "]]>", "<FromUserName><a>o1</a>"),
        ("<FromUserName>", "<FromUserName>o2</FromUserName><FromUserName>"),
        (OPENID, "o1]]>&#13;&#10;<![CDATA[X-Injected: 1"),
        (OPENID, "o" * 257),
        ("<MsgType><![CDATA[text]]></MsgType>", ""),
        ("<MsgType>", "<MsgType>image</MsgType><MsgType>"),
        ("<MsgId>", "<MsgId>1</MsgId><MsgId>"),
        ("<MsgId>", "<MsgId><a/>"),
        ("<ToUserName>", "<ToUserName/><ToUserName>"),
    ],
)
def test_a_broken_envelope_is_malformed(change: tuple[str, str]) -> None:
    with pytest.raises(Malformed):
        message(text_xml().replace(*change))


@pytest.mark.parametrize("created", ["", "１２３", "99999999999999999999", "-1", "1e9", "9999999999", "later"])
def test_a_time_that_is_none_is_the_time_of_receipt(created: str) -> None:
    assert message(text_xml().replace(str(NOW), created)).sent_at == RECEIVED


class TestRepeats:
    """What the provider id says about two callbacks."""

    def test_message_ids_are_text(self) -> None:
        assert message(text_xml(msg_id="007")).provider_id == "007"
        assert message(text_xml(msg_id="not-a-number")).provider_id == "not-a-number"

    @pytest.mark.parametrize("msg_id", ["9" * 400, "a:b", "中", "a b"])
    def test_odd_message_ids_stay_apart_and_short(self, msg_id: str) -> None:
        one, other = message(text_xml(msg_id=msg_id)), message(text_xml(msg_id=msg_id + "1"))
        assert one.provider_id == message(text_xml(msg_id=msg_id)).provider_id
        assert one.provider_id != other.provider_id
        assert len(one.provider_id) <= 200
        assert one.provider_id.isascii()

    def test_without_a_message_id_the_content_tells(self) -> None:
        def without(xml: str) -> str:
            return message(xml.replace("<MsgId>23456789012345678</MsgId>", "")).provider_id

        assert without(text_xml("一")) == without(text_xml("一"))
        assert without(text_xml("一")) != without(text_xml("二"))

    def test_an_event_is_known_by_sender_time_event_and_key(self) -> None:
        click = event_xml("CLICK", "<EventKey>ask</EventKey>")
        assert message(click).provider_id == message(click).provider_id
        others = [
            event_xml("CLICK", "<EventKey>hot</EventKey>"),
            event_xml("SCAN", "<EventKey>ask</EventKey>"),
            event_xml("CLICK", "<EventKey>ask</EventKey>", created=NOW + 1),
            click.replace(OPENID, "oAnother"),
        ]
        assert len({message(xml).provider_id for xml in [click, *others]}) == 5

    def test_two_reports_in_one_second_are_two(self) -> None:
        def sent(template: str) -> str:
            return event_xml(
                "subscribe_msg_sent_event",
                f"<SubscribeMsgSentEvent><List><MsgID>{template}</MsgID></List></SubscribeMsgSentEvent>",
            )

        assert message(sent("1")).provider_id != message(sent("2")).provider_id

    def test_event_ids_never_look_like_message_ids(self) -> None:
        assert message(event_xml("TEMPLATESENDJOBFINISH", "<MsgID>7</MsgID>")).provider_id.startswith("event-")

    @given(st.text(max_size=300), st.text(max_size=300))
    def test_ids_are_short_and_plain(self, msg_id: str, key: str) -> None:
        def escaped(text: str) -> str:
            legal = "".join(c for c in text if c.isprintable())
            return legal.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

        for xml in (
            text_xml().replace("23456789012345678", escaped(msg_id)),
            event_xml("CLICK", f"<EventKey>{escaped(key)}</EventKey>"),
        ):
            provider_id = message(xml).provider_id
            assert provider_id.isascii()
            assert provider_id.isprintable()
            assert len(provider_id) <= 230


def replied(*parts: Any) -> dict[str, Any]:
    return dict(parse(reply_xml(to=OPENID, sender=ACCOUNT, parts=parts, timestamp=NOW)))


def test_a_reply_is_addressed_back() -> None:
    assert replied(Text(text="你好")) == {
        "ToUserName": OPENID,
        "FromUserName": ACCOUNT,
        "CreateTime": str(NOW),
        "MsgType": "text",
        "Content": "你好",
    }


@pytest.mark.parametrize("text", ["]]>", "]]]]>>", "]]><MsgType>x</MsgType><![CDATA[", "<a>&amp;", "]]", "]", "😀\t\n"])
def test_reply_text_cannot_leave_its_element(text: str) -> None:
    assert replied(Text(text=text))["Content"] == text


@settings(max_examples=300)
@given(st.text(alphabet=st.one_of(st.sampled_from("]]>><![CDATA&;\x00\x08\ud800\ufffe"), st.characters()), max_size=60))
def test_any_reply_text_is_well_formed(text: str) -> None:
    got = replied(Text.model_construct(text=text))
    assert set(got) == {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"}
    assert "]]>" not in text or "]]>" in got["Content"]


def test_choices_are_numbered_lines() -> None:
    options = (Choice(key="1", label="居住证"), Choice(key="2", label="社保"))
    assert replied(Choices(prompt="您想问：", options=options))["Content"] == "您想问：\n1. 居住证\n2. 社保"


_TAGS = ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "EventKey", "Content", "Location_X"]
_LEAF = st.sampled_from(
    ["", "text", "event", "location", "voice", "file", "1", "CLICK", "nan", "<![CDATA[]]>", "中文", "&#9;"]
)
_NODE = st.recursive(
    st.tuples(st.sampled_from(_TAGS), _LEAF),
    lambda inner: st.tuples(st.sampled_from(_TAGS), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def _render(node: Any) -> str:
    tag, inner = node
    return f"<{tag}>{inner if isinstance(inner, str) else ''.join(map(_render, inner))}</{tag}>"


@settings(max_examples=500, deadline=None)
@given(st.lists(_NODE, max_size=10))
def test_any_document_decodes_or_raises_the_typed_error(nodes: list[Any]) -> None:
    try:
        got = message("<xml>" + "".join(map(_render, nodes)) + "</xml>")
    except CallbackError:
        return
    assert len(got.parts) == 1
    assert got.provider_id
