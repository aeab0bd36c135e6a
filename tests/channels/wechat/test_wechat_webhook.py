"""The callback address over real HTTP: verification, the three modes, refusals, replies in time, retries."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from channels.contract import Text
from channels.wechat.codec import CAPABILITIES
from channels.wechat.crypto import Cipher, sign
from channels.wechat.webhook import routes
from channels.wechat.xml import MAX_BYTES, parse
from tests.channels.wechat.wechat_account import (
    ACCOUNT,
    AES_KEY,
    APP_ID,
    NOW,
    OPENID,
    TOKEN,
    RecordingIntake,
    config,
    event_xml,
    plain_query,
    sealed,
    text_xml,
    unsealed,
)


class Site:
    """One gateway's callback address, the intake behind it, and a clock that stands where it is put."""

    def __init__(self, **settings: Any) -> None:
        self.intake = RecordingIntake()
        self.now: float = NOW
        self.server = HTTPServer(Application(routes(config(**settings), self.intake, lambda: self.now)))
        socket, self.port = bind_unused_port()
        self.server.add_socket(socket)
        self.client = AsyncHTTPClient(force_instance=True)

    async def call(self, path: str, body: bytes | str | None = None, **options: Any) -> HTTPResponse:
        options.setdefault("method", "GET" if body is None else "POST")
        url = f"http://127.0.0.1:{self.port}{path}"
        return await self.client.fetch(url, body=body, raise_error=False, allow_nonstandard_methods=True, **options)

    async def send(self, xml: str | bytes, **options: Any) -> HTTPResponse:
        """A callback in safe mode."""
        path, body = sealed(xml, **options)
        return await self.call(path, body)

    async def close(self) -> None:
        self.client.close()
        self.server.stop()
        await self.server.close_all_connections()


@pytest.fixture
def open_site(io_loop: Any) -> Any:
    opened: list[Site] = []

    def open_(**settings: Any) -> Site:
        opened.append(Site(**settings))
        return opened[-1]

    yield open_
    for site in opened:
        io_loop.run_sync(site.close, timeout=10)


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    return open_site()


def refused(response: HTTPResponse, status: int, code: str) -> None:
    assert response.code == status, response.body
    error = json.loads(response.body)["error"]
    assert set(error) == {"code", "message", "details"}
    assert error["code"] == code
    assert response.headers["Content-Type"].startswith("application/json")
    assert "Traceback" not in response.body.decode()


def damaged(data: bytes, chance: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(broken) + 1)
        piece = chance.choice(
            [b"", b"&", b"=", b"<", b"]]>", b"%", b"\xff", b"<a/>", b"&e;", bytes(chance.randbytes(4))]
        )
        broken[at : at + chance.randint(0, 20)] = piece
    return bytes(broken)


class TestVerification:
    @pytest.mark.gen_test
    async def test_the_echo_comes_back(self, site: Site) -> None:
        response = await site.call(plain_query(echostr="5833258582299191661"))
        assert (response.code, response.body) == (200, b"5833258582299191661")
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"

    @pytest.mark.gen_test
    async def test_a_wrong_signature_gets_nothing_back(self, site: Site) -> None:
        response = await site.call(plain_query(echostr="5833").replace("signature=", "signature=0"))
        refused(response, 403, "bad_signature")
        assert b"5833" not in response.body

    @pytest.mark.gen_test
    @pytest.mark.parametrize("query", ["", "?signature=&timestamp=&nonce=", "?signature=%ff%fe&echostr=1", "?%%%=&=&&"])
    async def test_broken_queries(self, site: Site, query: str) -> None:
        refused(await site.call("/wechat" + query), 403, "bad_signature")

    @pytest.mark.gen_test
    async def test_nothing_to_echo(self, site: Site) -> None:
        refused(await site.call(plain_query()), 400, "malformed_xml")

    @pytest.mark.gen_test
    async def test_a_stale_verification(self, site: Site) -> None:
        refused(await site.call(plain_query(timestamp=NOW - 301, echostr="1")), 403, "stale_timestamp")

    @pytest.mark.gen_test
    async def test_a_parameter_given_twice(self, site: Site) -> None:
        refused(await site.call(plain_query(echostr="1") + "&timestamp=1"), 400, "malformed_xml")

    @pytest.mark.gen_test
    async def test_any_text_comes_back_as_it_was(self, site: Site) -> None:
        response = await site.call(plain_query(echostr="你好😀"))
        assert response.body.decode() == "你好😀"

    @pytest.mark.gen_test
    async def test_the_encrypted_variant(self, site: Site) -> None:
        echostr = Cipher(AES_KEY, APP_ID).seal(b"1616140317555161061")
        signed = {"timestamp": str(NOW), "nonce": "n", "echostr": echostr}
        signed["msg_signature"] = sign(TOKEN, str(NOW), "n", echostr)
        response = await site.call("/wechat?" + urlencode(signed))
        assert (response.code, response.body) == (200, b"1616140317555161061")


class TestModes:
    @pytest.mark.gen_test
    async def test_safe_mode_is_answered_encrypted(self, site: Site) -> None:
        response = await site.send(text_xml("你好"))
        assert response.code == 200
        reply = unsealed(response.body)
        assert (reply["ToUserName"], reply["FromUserName"], reply["Content"]) == (OPENID, ACCOUNT, "收到")
        (message,) = site.intake.accepted
        assert message.parts == (Text(text="你好"),)
        assert message.address.account == APP_ID
        assert message.request_id == response.headers["X-Request-Id"]

    @pytest.mark.gen_test
    async def test_safe_mode_refuses_open_messages(self, site: Site) -> None:
        refused(await site.call(plain_query(), text_xml()), 403, "encryption_required")
        assert site.intake.calls == 0

    @pytest.mark.gen_test
    async def test_compatible_mode_believes_the_encrypted_part(self, open_site: Callable[..., Site]) -> None:
        site = open_site(mode="compatible")
        outside = "<FromUserName>oForged</FromUserName><MsgType>text</MsgType><Content>forged</Content>"
        path, body = sealed(text_xml("真的"), outside=outside)
        response = await site.call(path, body)
        assert unsealed(response.body)["ToUserName"] == OPENID
        assert site.intake.accepted[0].parts == (Text(text="真的"),)

    @pytest.mark.gen_test
    async def test_compatible_mode_takes_open_messages_and_answers_openly(self, open_site: Callable[..., Site]) -> None:
        site = open_site(mode="compatible")
        response = await site.call(plain_query(), text_xml())
        assert parse(response.body)["Content"] == "收到"

    @pytest.mark.gen_test
    async def test_plain_mode(self, open_site: Callable[..., Site]) -> None:
        site = open_site(aes_key="")
        response = await site.call(plain_query(encrypt_type="raw"), text_xml())
        assert parse(response.body)["Content"] == "收到"
        refused(await site.call(plain_query(nonce="2") + "0", text_xml(msg_id="2")), 403, "bad_signature")

    @pytest.mark.gen_test
    async def test_without_a_key_the_open_part_is_read(self, open_site: Callable[..., Site]) -> None:
        site = open_site(aes_key="")
        inner = text_xml().removeprefix("<xml>").removesuffix("</xml>")
        path, _ = sealed(text_xml())
        response = await site.call(path, f"<xml>{inner}<Encrypt>AAAA</Encrypt></xml>")
        assert parse(response.body)["Content"] == "收到"
        refused(await site.call(*sealed(text_xml())), 400, "malformed_xml")

    @pytest.mark.gen_test
    async def test_another_account(self, open_site: Callable[..., Site]) -> None:
        site = open_site(account_id="gh_another")
        refused(await site.send(text_xml()), 400, "wrong_account")
        refused(await site.send(text_xml(), app_id="wx-another"), 400, "bad_ciphertext")


class TestRefusals:
    @pytest.mark.gen_test
    async def test_a_changed_ciphertext(self, site: Site) -> None:
        path, body = sealed(text_xml())
        refused(
            await site.call(path, body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[A")), 403, "bad_signature"
        )

    @pytest.mark.gen_test
    @pytest.mark.parametrize("seconds", [-301, 301, -(10**9)])
    async def test_stale_timestamps(self, site: Site, seconds: int) -> None:
        refused(await site.send(text_xml(), timestamp=NOW + seconds), 403, "stale_timestamp")
        assert (await site.send(text_xml(), timestamp=NOW - 299)).code == 200

    @pytest.mark.gen_test
    async def test_a_timestamp_that_is_no_number(self, open_site: Callable[..., Site]) -> None:
        site = open_site(aes_key="")
        for timestamp in ("", "now", "1e9", "-1", "１７６"):
            query = {"signature": sign(TOKEN, timestamp, "n"), "timestamp": timestamp, "nonce": "n"}
            refused(await site.call("/wechat?" + urlencode(query), text_xml()), 403, "stale_timestamp")

    @pytest.mark.gen_test
    async def test_a_plain_signature_serves_one_message_only(self, open_site: Callable[..., Site]) -> None:
        site = open_site(aes_key="")
        assert (await site.call(plain_query(), text_xml("一", msg_id="1"))).code == 200
        refused(await site.call(plain_query(), text_xml("二", msg_id="2")), 403, "replayed_signature")
        assert (await site.call(plain_query(), text_xml("一", msg_id="1"))).code == 200
        assert [message.provider_id for message in site.intake.accepted] == ["1"]

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        "inner",
        [
            "",
            "<xml/>",
            "<root/>",
            "<xml><a>",
            '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><A>&e;</A></xml>',
        ],
    )
    async def test_bad_plaintexts(self, site: Site, inner: str) -> None:
        refused(await site.send(inner), 400, "malformed_xml")
        assert site.intake.calls == 0

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        "body", [b"", b"<xml/>", b"<xml><Encrypt><a/></Encrypt></xml>", b"\xff\xfe", b"{}", b"a" * 5000]
    )
    async def test_bad_bodies(self, site: Site, body: bytes) -> None:
        path, _ = sealed(text_xml())
        refused(await site.call(path, body), 400, "malformed_xml")

    @pytest.mark.gen_test
    @pytest.mark.parametrize("size", [MAX_BYTES + 1, 10 * MAX_BYTES])
    async def test_large_bodies(self, site: Site, size: int) -> None:
        refused(await site.call(sealed("")[0], b"a" * size), 413, "too_large")
        assert (await site.send(text_xml())).code == 200

    @pytest.mark.gen_test(timeout=20)
    async def test_larger_bodies_are_not_even_read(self, site: Site) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b'"too_large"' in answer
        writer.close()

    @pytest.mark.gen_test(timeout=20)
    async def test_a_body_without_an_end(self, site: Site) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"POST /wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
        status = b""
        try:
            for _ in range(1000):
                writer.write(chunk)
                await writer.drain()
            status = await asyncio.wait_for(reader.read(12), 5)
        except ConnectionError:
            pass
        assert status in (b"", b"HTTP/1.1 400", b"HTTP/1.1 413")
        writer.close()
        assert (await site.send(text_xml())).code == 200

    @pytest.mark.gen_test(timeout=20)
    async def test_a_sender_that_stops_is_hung_up_on(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("channels.wechat.webhook._BODY_TIMEOUT", 0.2)
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n<xml>")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()

    @pytest.mark.gen_test(timeout=20)
    async def test_many_half_sent_bodies_do_not_fill_the_memory(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("channels.wechat.webhook._HELD_BYTES", 500_000)
        head = b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
        senders = []
        for _ in range(5):
            _, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(head + b"a" * 199_000)
            await writer.drain()
            senders.append(writer)
        await asyncio.sleep(0.2)
        refused(await site.call(sealed("")[0], b"a" * 199_000), 429, "crowded")
        assert (await site.send(text_xml("小", msg_id="1"))).code == 200
        for writer in senders:
            writer.close()
            await writer.wait_closed()
        await asyncio.sleep(0.2)
        assert (await site.send(text_xml())).code == 200

    @pytest.mark.gen_test(timeout=60)
    @pytest.mark.parametrize("seed", range(8))
    async def test_damaged_requests_are_refused_or_taken_whole(self, site: Site, seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            path, body = sealed(text_xml("一"))
            if chance.random() < 0.5:
                # damage that the sender signed: what is inside is broken
                path, body = sealed(damaged(text_xml("一").encode(), chance))
            elif chance.random() < 0.5:
                body = damaged(body, chance)
            else:
                query = damaged(path.removeprefix("/wechat?").encode(), chance)
                path = "/wechat?" + "".join(f"%{byte:02x}" if byte <= 32 or byte > 126 else chr(byte) for byte in query)
            response = await site.call(path.replace("#", ""), body)
            assert response.code == 200 or 400 <= response.code < 500, (path, body)
        # a message is one that could have been sent: the sender is never cut or joined with another's
        assert all(message.address.external_id for message in site.intake.accepted)

    @pytest.mark.gen_test
    @pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
    async def test_other_methods(self, site: Site, method: str) -> None:
        response = await site.call("/wechat", b"" if method in ("PUT", "PATCH") else None, method=method)
        assert response.code == 405
        if method != "HEAD":
            refused(response, 405, "method_not_allowed")

    @pytest.mark.gen_test
    async def test_a_refusal_is_logged_once_and_tells_nothing(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        await site.send(text_xml("我的身份证是441900", openid="o1&#13;").replace("<![CDATA[o1&#13;]]>", "o1&#13;x"))
        records = [record for record in caplog.records if record.name.startswith("hotline")]
        assert len(records) == 1
        assert "441900" not in caplog.text
        assert OPENID not in caplog.text

    @pytest.mark.gen_test
    async def test_when_the_store_is_away_the_platform_is_asked_to_repeat(self, site: Site) -> None:
        site.intake.down = True
        refused(await site.send(text_xml()), 503, "unavailable")
        site.intake.down = False
        assert (await site.send(text_xml())).code == 200


class TestReplies:
    @pytest.mark.gen_test
    async def test_handed_over_after_the_response(self, site: Site) -> None:
        await site.send(text_xml())
        message = site.intake.accepted[0]
        assert site.intake.handed == [(message.id, (f"{message.id}/1",))]
        assert 4.0 < site.intake.within[0] <= 4.5

    @pytest.mark.gen_test
    async def test_no_reply_is_success(self, site: Site) -> None:
        site.intake.answers = ()
        response = await site.send(text_xml())
        assert (response.code, response.body) == (200, b"success")
        assert site.intake.handed == []

    @pytest.mark.gen_test
    async def test_short_replies_travel_together(self, site: Site) -> None:
        site.intake.answers = ("您好。", "请问什么事？")
        response = await site.send(text_xml())
        assert unsealed(response.body)["Content"] == "您好。\n请问什么事？"
        assert len(site.intake.handed[0][1]) == 2

    @pytest.mark.gen_test
    async def test_what_does_not_fit_is_left_to_delivery(self, site: Site) -> None:
        site.intake.answers = ("您好。", "长" * 682, "再见。")
        response = await site.send(text_xml())
        assert unsealed(response.body)["Content"] == "您好。"
        assert site.intake.handed == [(site.intake.accepted[0].id, (f"{site.intake.accepted[0].id}/1",))]

    @pytest.mark.gen_test
    async def test_a_first_reply_too_long_begins_here_and_is_left_to_delivery_whole(self, site: Site) -> None:
        site.intake.answers = ("带齐材料到窗口办理。" * 100,)
        content = unsealed((await site.send(text_xml())).body)["Content"]
        assert len(content.encode()) <= (CAPABILITIES.max_text_bytes or 0)
        assert content.endswith("。")
        assert site.intake.handed == [(site.intake.accepted[0].id, ())]

    @pytest.mark.gen_test
    async def test_a_full_message_fits(self, site: Site) -> None:
        site.intake.answers = ("中" * 682 + "ab",)
        assert unsealed((await site.send(text_xml())).body)["Content"] == "中" * 682 + "ab"

    @pytest.mark.gen_test
    async def test_late_replies_are_left_to_delivery(self, open_site: Callable[..., Site]) -> None:
        site = open_site(reply_within=0.2)
        site.intake.release.clear()
        began = time.monotonic()
        response = await site.send(text_xml())
        assert (response.code, response.body) == (200, b"success")
        assert time.monotonic() - began < 2
        assert site.intake.handed == []

    @pytest.mark.gen_test
    async def test_retries_join_and_get_the_same_reply(self, site: Site) -> None:
        site.intake.release.clear()
        tries = [site.send(text_xml(), timestamp=NOW + n, nonce=str(n)) for n in range(3)]
        waiting = [asyncio.ensure_future(one) for one in tries]
        await site.intake.waited_for(3)
        site.intake.release.set()
        responses = await asyncio.gather(*waiting)
        assert {unsealed(response.body)["Content"] for response in responses} == {"收到"}
        assert len(site.intake.accepted) == 1

    @pytest.mark.gen_test
    async def test_the_same_request_again_gets_the_same_reply(self, site: Site) -> None:
        path, body = sealed(text_xml())
        first, again = await site.call(path, body), await site.call(path, body)
        assert unsealed(first.body)["Content"] == unsealed(again.body)["Content"]
        assert len(site.intake.accepted) == 1

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        "event", ["TEMPLATESENDJOBFINISH", "LOCATION", "unsubscribe", "subscribe_msg_change_event"]
    )
    async def test_reports_are_kept_and_not_answered(self, site: Site, event: str) -> None:
        response = await site.send(event_xml(event))
        assert (response.code, response.body) == (200, b"success")
        assert len(site.intake.accepted) == 1
        assert site.intake.within == []

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        "xml", [event_xml("subscribe"), event_xml("CLICK", "<EventKey>ask</EventKey>"), event_xml("new")]
    )
    async def test_what_the_citizen_does_is_answered(self, site: Site, xml: str) -> None:
        assert unsealed((await site.send(xml)).body)["Content"] == "收到"

    @pytest.mark.gen_test
    async def test_a_reply_nobody_took_is_not_reported(self, site: Site) -> None:
        site.intake.release.clear()
        path, body = sealed(text_xml())
        _, writer = await asyncio.open_connection("127.0.0.1", site.port)
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await site.intake.waited_for(1)
        writer.close()
        await asyncio.sleep(0.1)
        site.intake.release.set()
        await asyncio.sleep(0.1)
        assert site.intake.handed == []

    @pytest.mark.gen_test
    async def test_a_connection_that_is_not_kept_is_reported_all_the_same(self, site: Site) -> None:
        path, body = sealed(text_xml())
        response = await site.call(path, body, headers={"Connection": "close"})
        assert unsealed(response.body)["Content"] == "收到"
        assert len(site.intake.handed) == 1

    @pytest.mark.gen_test
    async def test_the_request_id_comes_from_the_proxy_when_it_is_one(self, site: Site) -> None:
        path, body = sealed(text_xml())
        response = await site.call(path, body, headers={"X-Request-Id": "proxy-12345678"})
        assert response.headers["X-Request-Id"] == site.intake.accepted[0].request_id == "proxy-12345678"
        response = await site.call(path, body, headers={"X-Request-Id": quote("你好") + " x"})
        assert response.headers["X-Request-Id"].isalnum()
