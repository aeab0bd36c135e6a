"""Sending, looking up and fetching, against a server that answers as Twilio does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from channels.contract import (
    Address,
    CannotTell,
    ChannelError,
    Choice,
    Choices,
    Event,
    Media,
    OutboundMessage,
    Part,
    PermanentChannelError,
    Receipt,
    TemporaryChannelError,
    Text,
    UncertainChannelError,
    Unreachable,
)
from channels.http import Http
from channels.sms.channel import SmsChannel
from channels.sms.twilio.client import MEDIA_BYTES, PAGES
from channels.sms.twilio.provider import TwilioProvider
from tests.channels.sms.fake_twilio import FakeTwilio
from tests.channels.sms.sms_account import ACCOUNT, CITIZEN, OURS, PUBLIC, TOKEN, config

SINCE = datetime(2026, 3, 1, 8, 0, 0, 700_000, tzinfo=UTC)


@pytest.fixture
def platform(io_loop: Any) -> Iterator[FakeTwilio]:
    fake = FakeTwilio()
    yield fake
    io_loop.run_sync(fake.close, timeout=10)


@pytest.fixture
def channel(io_loop: Any, platform: FakeTwilio) -> Iterator[SmsChannel]:
    made = SmsChannel(TwilioProvider(config(api_base=platform.url), http=Http(timeout=2.0)))
    yield made
    io_loop.run_sync(made.close, timeout=10)


def outbound(*parts: Part, message_id: str = "01KABC") -> OutboundMessage:
    address = Address(channel="sms", account=ACCOUNT, external_id=CITIZEN)
    return OutboundMessage(message_id=message_id, address=address, parts=parts, request_id="r")


def listed(body: str, seconds: float, sid: str = "SM1", **more: Any) -> dict[str, Any]:
    made = format_datetime(SINCE + timedelta(seconds=seconds))
    return {"sid": sid, "body": body, "date_created": made, "date_sent": None, "direction": "outbound-api", **more}


class TestSending:
    @pytest.mark.gen_test
    async def test_one_message_as_twilio_wants_it(self, channel: SmsChannel, platform: FakeTwilio) -> None:
        receipt = await channel.send(outbound(Text(text="您好 1+1=2 & 50%"), message_id="01K#2"))
        (call,) = platform.calls
        assert receipt.provider_id == f"SM{1:032x}"
        assert (call.method, call.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
        assert call.user == f"{ACCOUNT}:{TOKEN}"
        assert call.form == {
            "To": CITIZEN,
            "From": OURS,
            "Body": "您好 1+1=2 & 50%",
            "StatusCallback": f"{PUBLIC}/sms/status?message=01K%232",
        }

    @pytest.mark.gen_test
    async def test_a_messaging_service_chooses_the_number(self, platform: FakeTwilio) -> None:
        provider = TwilioProvider(config(api_base=platform.url, messaging_service_sid="MG1"))
        await SmsChannel(provider).send(outbound(Text(text="您好")))
        await provider.close()
        (call,) = platform.calls
        assert call.form["MessagingServiceSid"] == "MG1"
        assert "From" not in call.form

    @pytest.mark.gen_test
    async def test_many_parts_are_one_message(self, channel: SmsChannel, platform: FakeTwilio) -> None:
        options = (Choice(key="1", label="社保"), Choice(key="2", label="居住证"))
        await channel.send(outbound(Text(text="您好"), Choices(prompt="请选择", options=options)))
        (call,) = platform.calls
        assert call.form["Body"] == "您好\n请选择\n1. 社保\n2. 居住证\n请回复数字选择。"

    @pytest.mark.gen_test
    async def test_nothing_to_show_is_not_sent(self, channel: SmsChannel, platform: FakeTwilio) -> None:
        with pytest.raises(PermanentChannelError):
            await channel.send(outbound(Event(name="typing"), Text(text=" ")))
        assert platform.calls == []

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        ("status", "said", "kind", "code", "retry_after"),
        [
            (429, {"code": 20429, "message": "Too Many Requests"}, TemporaryChannelError, "20429", 2.0),
            (429, b"", TemporaryChannelError, "429", 2.0),
            (429, {"code": 14107, "message": "rate"}, TemporaryChannelError, "14107", 5.0),
            (400, {"code": 21611, "message": "queue"}, TemporaryChannelError, "21611", 60.0),
            (400, {"code": 63018, "message": "rate"}, TemporaryChannelError, "63018", 5.0),
            (401, {"code": 20003, "message": "Authenticate"}, TemporaryChannelError, "20003", 60.0),
            (401, b"no", TemporaryChannelError, "401", 60.0),
            (503, {"code": 20503, "message": "Service unavailable"}, TemporaryChannelError, "20503", 5.0),
            (503, b"<html>", UncertainChannelError, "503", None),
            (500, {"code": 20500, "message": "Internal"}, UncertainChannelError, "20500", None),
            (500, {"code": 20999, "message": "?"}, UncertainChannelError, "20999", None),
            (502, b"", UncertainChannelError, "502", None),
            (400, {"code": 21610, "message": "unsubscribed"}, Unreachable, "21610", None),
            (400, {"code": 21211, "message": "To"}, PermanentChannelError, "21211", None),
            (400, {"code": 21614, "message": "landline"}, PermanentChannelError, "21614", None),
            (403, {"code": 21408, "message": "region"}, PermanentChannelError, "21408", None),
            (400, {"code": 21612, "message": "route"}, PermanentChannelError, "21612", None),
            (400, {"code": 21617, "message": "long"}, PermanentChannelError, "21617", None),
            (400, {"code": 29999, "message": "+8613800138000 is new"}, PermanentChannelError, "29999", None),
            (418, b"[" * 500_000, PermanentChannelError, "418", None),
            (400, {"code": "x", "message": ["odd"]}, PermanentChannelError, "400", None),
        ],
    )
    async def test_refusals(
        self,
        channel: SmsChannel,
        platform: FakeTwilio,
        status: int,
        said: Any,
        kind: type[ChannelError],
        code: str,
        retry_after: float | None,
    ) -> None:
        platform.answers = [(status, said)]
        with pytest.raises(kind) as raised:
            await channel.send(outbound(Text(text="您好")))
        error = raised.value
        assert type(error) is kind
        assert error.code == code
        assert getattr(error, "retry_after", None) == retry_after
        assert "13800138000" not in str(error)
        if isinstance(said, dict) and isinstance(said["code"], int):
            assert error.documentation == f"https://www.twilio.com/docs/api/errors/{code}"
        assert len(platform.calls) == 1

    @pytest.mark.gen_test
    async def test_twilio_names_the_time(self, channel: SmsChannel, platform: FakeTwilio) -> None:
        platform.answers = [(429, {"code": 20429, "message": ""}, ("Retry-After", "17"))]
        with pytest.raises(TemporaryChannelError) as raised:
            await channel.send(outbound(Text(text="您好")))
        assert raised.value.retry_after == 17

    @pytest.mark.gen_test
    @pytest.mark.parametrize("answer", ["hang up", (201, b"no JSON"), (201, {"sid": None}), (201, [])])
    async def test_accepted_perhaps(self, channel: SmsChannel, platform: FakeTwilio, answer: Any) -> None:
        platform.answers = [answer]
        with pytest.raises(UncertainChannelError):
            await channel.send(outbound(Text(text="您好")))

    @pytest.mark.gen_test
    async def test_nobody_there(self) -> None:
        provider = TwilioProvider(config(api_base="http://127.0.0.1:1"))
        with pytest.raises(TemporaryChannelError):
            await SmsChannel(provider).send(outbound(Text(text="您好")))
        await provider.close()


class TestFinding:
    @pytest.mark.gen_test
    async def test_the_message_that_was_sent(self, channel: SmsChannel, platform: FakeTwilio) -> None:
        platform.pages = [
            {
                "messages": [
                    listed("另一条", 9, "SM4"),
                    listed("您好", 8, "SM3"),
                    listed("您好", 0, "SM2"),
                    listed("您好", -2, "SM1"),
                ],
                "next_page_uri": None,
            }
        ]
        assert await channel.find(outbound(Text(text="您好")), SINCE) == Receipt(provider_id="SM2")
        (call,) = platform.calls
        assert call.query == {"To": CITIZEN, "PageSize": "100"}
        assert call.user == f"{ACCOUNT}:{TOKEN}"

    @pytest.mark.gen_test
    async def test_not_there(self, channel: SmsChannel, platform: FakeTwilio) -> None:
        platform.pages = [
            {
                "messages": [
                    listed("您好", 5, direction="inbound"),
                    listed("您好吗", 5),
                    {"sid": "SM9", "body": "您好", "date_created": "yesterday"},
                    "odd",
                ]
            }
        ]
        assert await channel.find(outbound(Text(text="您好")), SINCE) is None

    @pytest.mark.gen_test
    async def test_a_trial_account_says_so_in_every_message(self, channel: SmsChannel, platform: FakeTwilio) -> None:
        platform.pages = [{"messages": [listed("Sent from your Twilio trial account - 您好", 1)]}]
        assert await channel.find(outbound(Text(text="您好")), SINCE) == Receipt(provider_id="SM1")

    @pytest.mark.gen_test
    @pytest.mark.parametrize("host", ["", "https://api.twilio.com", "http://192.0.2.1:9"])
    async def test_pages_are_turned_while_they_are_young_enough(
        self, channel: SmsChannel, platform: FakeTwilio, host: str
    ) -> None:
        """Twilio gives paths where its description has whole addresses; both are asked where the account is."""
        following = f"{host}/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=100&PageToken=PASM1&Page="
        platform.pages = [
            {"messages": [listed("一", 9)], "next_page_uri": following + "1"},
            {"messages": [listed("您好", 3, "SM7")], "next_page_uri": following + "2"},
            {"messages": [listed("您好", -900)], "next_page_uri": following + "3"},
        ]
        assert await channel.find(outbound(Text(text="您好")), SINCE) == Receipt(provider_id="SM7")
        assert [call.query.get("Page") for call in platform.calls] == [None, "1", "2"]

    @pytest.mark.gen_test
    async def test_too_many_to_tell(self, channel: SmsChannel, platform: FakeTwilio) -> None:
        following = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=0"
        platform.pages = [{"messages": [listed("一", 9)], "next_page_uri": following}]
        with pytest.raises(CannotTell):
            await channel.find(outbound(Text(text="您好")), SINCE)
        assert len(platform.calls) == PAGES

    @pytest.mark.gen_test
    @pytest.mark.parametrize("following", ["@evil.example/x", "https://[evil", "/elsewhere", 7])
    async def test_a_next_page_that_is_none(
        self, channel: SmsChannel, platform: FakeTwilio, following: str | int
    ) -> None:
        """It is not asked for, and what was not seen is not taken for absent."""
        platform.pages = [{"messages": [listed("一", 9)], "next_page_uri": following}]
        with pytest.raises(CannotTell):
            await channel.find(outbound(Text(text="您好")), SINCE)
        assert len(platform.calls) == 1

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        "answer",
        [
            "hang up",
            (500, b""),
            (401, {"code": 20003, "message": ""}),
            (400, {"code": 20001, "message": ""}),
            (200, {"messages": "none"}),
            (200, b"x" * 2_000_000),
        ],
    )
    async def test_it_could_not_be_asked(self, channel: SmsChannel, platform: FakeTwilio, answer: Any) -> None:
        platform.answers = [answer]
        with pytest.raises(TemporaryChannelError):
            await channel.find(outbound(Text(text="您好")), SINCE)


class TestFetching:
    @pytest.mark.gen_test
    async def test_a_picture_with_the_accounts_password(self, channel: SmsChannel, platform: FakeTwilio) -> None:
        platform.answers = [(200, b"\xff\xd8picture", ("Content-Type", "image/jpeg"))]
        media = Media(url=f"{platform.url}/2010-04-01/Accounts/AC/Messages/MM/Media/ME")
        assert await channel.fetch(media) == (b"\xff\xd8picture", "image/jpeg")
        assert platform.calls[0].user == f"{ACCOUNT}:{TOKEN}"

    @pytest.mark.gen_test
    async def test_where_twilio_sends_on_to_the_password_does_not_go(self, platform: FakeTwilio) -> None:
        with pytest.raises(PermanentChannelError):
            # the store speaks http here, which is allowed to the interface itself only
            await self._redirected(platform, ("localhost:*",), "http://localhost:1/media")
        assert [call.user for call in platform.calls] == [f"{ACCOUNT}:{TOKEN}"]

    @pytest.mark.gen_test
    async def test_a_redirect_on_the_interface_itself(self, platform: FakeTwilio) -> None:
        platform.answers = [(307, b"", ("Location", "/elsewhere")), (200, b"file", ("Content-Type", "text/vcard"))]
        provider = TwilioProvider(config(api_base=platform.url))
        assert await provider.fetch(Media(url=f"{platform.url}/media")) == (b"file", "text/vcard")
        await provider.close()

    @pytest.mark.gen_test
    async def test_a_redirect_to_the_store_goes_without_the_password(self, platform: FakeTwilio) -> None:
        asked: list[tuple[str, Any]] = []

        class Store(Http):
            """The real client, but that the store, which has TLS, is the server at hand."""

            async def request(self, method: str, url: str, **options: Any) -> Any:
                asked.append((url, options.get("auth")))
                return await super().request(method, url.replace("https://mms.twiliocdn.com", platform.url), **options)

        platform.answers = [(307, b"", ("Location", "https://mms.twiliocdn.com/f?X-Sig=1")), (200, b"file")]
        provider = TwilioProvider(config(api_base=platform.url), http=Store())
        data, _ = await provider.fetch(Media(url=f"{platform.url}/media", content_type="image/png"))
        await provider.close()
        assert data == b"file"
        assert asked[1] == ("https://mms.twiliocdn.com/f?X-Sig=1", None)
        assert [call.user for call in platform.calls] == [f"{ACCOUNT}:{TOKEN}", None]

    @pytest.mark.gen_test
    async def test_round_and_round(self, platform: FakeTwilio) -> None:
        platform.answers = [(302, b"", ("Location", "/again"))] * 9
        with pytest.raises(PermanentChannelError):
            await self._redirected(platform, (), "/again")
        assert len(platform.calls) == 3

    async def _redirected(self, platform: FakeTwilio, hosts: tuple[str, ...], to: str) -> tuple[bytes, str]:
        platform.answers = platform.answers or [(307, b"", ("Location", to))]
        provider = TwilioProvider(config(api_base=platform.url, media_hosts=hosts))
        try:
            return await provider.fetch(Media(url=f"{platform.url}/media"))
        finally:
            await provider.close()

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        "url",
        [
            None,
            "cat.jpg",
            "file:///etc/passwd",
            "http://api.twilio.com/x",
            "https://api.twilio.com.evil.example/x",
            "https://api.twilio.com:8443/x",
            "https://api.twilio.com@evil.example/x",
            "https://evil.example\\@api.twilio.com/x",
            "http://127.0.0.1:1/x",
            "http://169.254.169.254/latest/meta-data",
            "https://[::1]/x",
            "https://[/x",
            "https://api.twilio.com:99999/x",
        ],
    )
    async def test_addresses_that_are_not_twilios(self, channel: SmsChannel, platform: FakeTwilio, url: Any) -> None:
        with pytest.raises(PermanentChannelError):
            await channel.fetch(Media(url=url))
        assert platform.calls == []

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            ((404, {"code": 20404, "message": ""}), PermanentChannelError),
            ((410, b""), PermanentChannelError),
            ((401, {"code": 20003, "message": ""}), TemporaryChannelError),
            ((503, b""), TemporaryChannelError),
            ("hang up", TemporaryChannelError),
            ((200, b"x" * (MEDIA_BYTES + 1)), PermanentChannelError),
        ],
    )
    async def test_what_cannot_be_had(
        self, channel: SmsChannel, platform: FakeTwilio, answer: Any, kind: type[ChannelError]
    ) -> None:
        platform.answers = [answer]
        with pytest.raises(kind):
            await channel.fetch(Media(url=f"{platform.url}/media"))
