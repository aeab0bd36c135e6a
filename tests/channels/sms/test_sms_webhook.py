"""The callback addresses over real HTTP: who is believed, what is kept, what is answered when."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest

from channels.contract import Event, Report, Text
from tests.channels.sms.sms_account import ACCOUNT, CITIZEN, NOW, PUBLIC, SID, Site, message, refused, sign


class TestInbound:
    @pytest.mark.gen_test
    async def test_a_message_is_kept_and_acknowledged(self, site: Site) -> None:
        response = await site.post(message(FromCity="", NumSegments="1"))
        assert response.code == 200
        assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert response.body == b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
        (kept,) = site.intake.accepted
        assert kept.address.key == f"sms:{ACCOUNT}:{CITIZEN}"
        assert (kept.provider_id, kept.sent_at.timestamp(), kept.reply_window) == (SID, NOW, 0)
        assert kept.parts == (Text(text="居住证怎么办"),)
        assert kept.platform_fields == {"To": "+12025550100", "NumMedia": "0", "FromCity": "", "NumSegments": "1"}
        assert kept.request_id == response.headers["X-Request-Id"]

    @pytest.mark.gen_test
    async def test_the_words_for_stopping_are_events(self, site: Site) -> None:
        await site.post(message("退订"))
        (kept,) = site.intake.accepted
        assert kept.parts == (Event(name="opt_out", key="退订", data={"text": "退订"}),)

    @pytest.mark.gen_test
    async def test_a_repeat_is_the_same_message(self, site: Site) -> None:
        for token in ("one", "one"):
            response = await site.post(message(), headers={"I-Twilio-Idempotency-Token": token})
            assert response.code == 200
        assert (site.intake.calls, len(site.intake.accepted)) == (2, 1)

    @pytest.mark.gen_test
    async def test_not_kept_is_not_acknowledged(self, site: Site) -> None:
        site.intake.down = True
        response = await site.post(message())
        refused(response, 503, "unavailable")
        assert int(response.headers["Retry-After"]) >= 1

    @pytest.mark.gen_test
    async def test_a_carrier_that_hangs_up_is_no_fault_of_ours(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        site.intake.open.clear()
        pairs = message()
        body = urlencode(pairs).encode()
        head = (
            f"POST /sms/inbound HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"X-Twilio-Signature: {sign(PUBLIC + '/sms/inbound', pairs)}\r\n\r\n"
        )
        _, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(head.encode() + body)
        async with asyncio.timeout(5):
            while not site.intake.calls:
                await asyncio.sleep(0.01)
            writer.transport.abort()
            await asyncio.sleep(0.1)
            site.intake.open.set()
            while not (lines := [one for one in caplog.records if one.name == "hotline.http"]):
                await asyncio.sleep(0.01)
        assert len(site.intake.accepted) == 1
        (line,) = lines
        assert (line.getMessage(), line.levelno, line.exc_info) == ("nobody waited for the answer", logging.INFO, None)

    @pytest.mark.gen_test
    async def test_by_get(self, site: Site) -> None:
        target = "/sms/inbound?" + urlencode(message())
        assert (await site.call(target, signature=sign(PUBLIC + target))).code == 200
        assert site.intake.accepted[0].parts == (Text(text="居住证怎么办"),)

    @pytest.mark.gen_test
    async def test_by_json(self, site: Site) -> None:
        body = json.dumps({**dict(message()), "NumMedia": 0, "Extra": {"a": [None]}}).encode()
        target = f"/sms/inbound?bodySHA256={sha256(body).hexdigest()}"
        headers = {"Content-Type": "application/json"}
        assert (await site.call(target, body, sign(PUBLIC + target), headers=headers)).code == 200
        (kept,) = site.intake.accepted
        assert kept.platform_fields["Extra"] == '{"a": [null]}'
        assert kept.platform_fields["NumMedia"] == "0"

    @pytest.mark.gen_test
    @pytest.mark.parametrize("body", [b"[]", b"nothing", b"\xff", b"[" * 60_000])
    async def test_signed_json_that_is_no_message(self, site: Site, body: bytes) -> None:
        target = f"/sms/inbound?bodySHA256={sha256(body).hexdigest()}"
        headers = {"Content-Type": "application/json"}
        refused(await site.call(target, body, sign(PUBLIC + target), headers=headers), 400, "malformed_message")

    @pytest.mark.gen_test
    async def test_json_is_believed_only_with_its_hash(self, site: Site) -> None:
        body = json.dumps(dict(message())).encode()
        headers = {"Content-Type": "application/json"}
        right = sha256(body).hexdigest()
        for query in ("", "?bodySHA256=", "?bodySHA256=" + "0" * 64, f"?bodySHA256={right}&bodySHA256=0"):
            target = "/sms/inbound" + query
            refused(await site.call(target, body, sign(PUBLIC + target), headers=headers), 403, "bad_signature")
        target = f"/sms/inbound?bodySHA256={right}"
        refused(await site.call(target, body + b" ", sign(PUBLIC + target), headers=headers), 403, "bad_signature")
        # Twilio has been seen to write it twice
        target = f"/sms/inbound?bodySHA256={right}&bodySHA256={right}"
        assert (await site.call(target, body, sign(PUBLIC + target), headers=headers)).code == 200

    @pytest.mark.gen_test
    @pytest.mark.parametrize("public", [PUBLIC, PUBLIC + ":443", PUBLIC + "/", PUBLIC + "/city/12345/"])
    @pytest.mark.parametrize("port", ["", ":443"])
    async def test_with_and_without_the_port(self, open_site: Callable[..., Site], public: str, port: str) -> None:
        site = open_site(public_url=public)
        prefix = "/city/12345" if "city" in public else ""
        signature = sign(f"{PUBLIC}{port}{prefix}/sms/inbound?x=", message())
        assert (await site.call("/sms/inbound?x=", urlencode(message()), signature)).code == 200

    @pytest.mark.gen_test
    async def test_the_host_header_is_not_believed(self, site: Site) -> None:
        body = urlencode(message())
        signature = sign("https://evil.example/sms/inbound", message())
        for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
            refused(await site.call("/sms/inbound", body, signature, headers=headers), 403, "bad_signature")
        headers = {"Host": "evil.example"}
        right = sign(PUBLIC + "/sms/inbound", message())
        assert (await site.call("/sms/inbound", body, right, headers=headers)).code == 200

    @pytest.mark.gen_test
    @pytest.mark.parametrize("signature", [None, "", "é", "=" * 2000, "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
    async def test_nothing_without_a_signature(self, site: Site, signature: str | None) -> None:
        refused(await site.call("/sms/inbound", urlencode(message()), signature), 403, "bad_signature")
        refused(await site.call("/sms/status?message=1", urlencode(message()), signature), 403, "bad_signature")
        assert not site.intake.calls
        assert not site.reports.kept

    @pytest.mark.gen_test
    async def test_a_signature_for_one_address_opens_no_other(self, site: Site) -> None:
        signature = sign(PUBLIC + "/sms/inbound", message())
        refused(await site.call("/sms/status", urlencode(message()), signature), 403, "bad_signature")

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"AccountSid": "AC" + "9" * 32}, 403, "wrong_account"),
            ({"From": "whatsapp:+14155550100"}, 400, "not_sms"),
            ({"From": "messenger:123"}, 400, "not_sms"),
            ({"From": "rcs:agent"}, 400, "not_sms"),
            ({"From": "BANK"}, 400, "not_sms"),
            ({"From": "+0"}, 400, "not_sms"),
            ({"From": "+" + "1" * 16}, 400, "not_sms"),
            ({"From": "+١٢٣٤٥٦٧"}, 400, "not_sms"),
            ({"From": ""}, 400, "malformed_message"),
            ({"MessageSid": ""}, 400, "malformed_message"),
            ({"MessageSid": SID + "NumMedia0"}, 400, "malformed_message"),
            ({"MessageSid": "a\x00b"}, 400, "malformed_message"),
            ({"MediaUrl0": "https://api.twilio.com/" + "a" * 3000}, 400, "malformed_message"),
            ({"MediaUrl0": "x", "MediaContentType0": "a" * 200}, 400, "malformed_message"),
        ],
    )
    async def test_signed_but_not_taken(self, site: Site, changes: dict[str, str], status: int, code: str) -> None:
        refused(await site.post(message(**changes)), status, code)
        assert not site.intake.calls

    @pytest.mark.gen_test
    async def test_values_that_differ_are_refused_and_equal_ones_are_one(self, site: Site) -> None:
        refused(await site.post([*message(), ("Body", "x")]), 400, "malformed_message")
        assert (await site.post([*message(), ("Body", "居住证怎么办"), ("Extra", "b"), ("Extra", "a")])).code == 200
        assert site.intake.accepted[0].platform_fields["Extra"] == ["b", "a"]

    @pytest.mark.gen_test
    async def test_too_many_fields(self, site: Site) -> None:
        refused(await site.post([(f"f{number}", "") for number in range(1001)]), 400, "malformed_message")

    @pytest.mark.gen_test
    @pytest.mark.parametrize("size", [70_000, 900_000, 3_000_000])
    async def test_too_large(self, site: Site, size: int) -> None:
        refused(await site.call("/sms/inbound", b"Body=" + b"a" * size, "x"), 413, "too_large")
        assert (await site.post(message())).code == 200

    @pytest.mark.gen_test
    async def test_other_methods(self, site: Site) -> None:
        response = await site.call("/sms/inbound", b"", method="PUT")
        refused(response, 405, "method_not_allowed")
        assert response.headers["Allow"] == "GET, POST"

    @pytest.mark.gen_test
    async def test_refusals_are_logged_once_without_content(self, site: Site, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
        target = "/sms/inbound?" + urlencode(message("机密"))
        await site.call(target, signature="wrong")
        logging.getLogger("tornado.access").setLevel(logging.NOTSET)
        (line,) = caplog.records
        assert (line.__dict__["code"], line.__dict__["path"]) == ("bad_signature", "/sms/inbound")
        assert "13800138000" not in str(line.__dict__)
        assert "机密" not in str(line.__dict__)

    @pytest.mark.gen_test
    async def test_damaged_requests_end_in_a_refusal(self, site: Site) -> None:
        chance = random.Random(7)
        body = urlencode(message("你好😀")).encode()
        for _ in range(200):
            broken = bytearray(body)
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(broken))
                broken[at : at + chance.randint(0, 6)] = chance.randbytes(chance.randint(0, 4))
            response = await site.call("/sms/inbound", bytes(broken), sign(PUBLIC + "/sms/inbound", message("你好😀")))
            assert response.code in (200, 400, 403)
            response = await site.call("/sms/status", bytes(broken), "x")
            assert response.code in (400, 403)


class TestStatus:
    @pytest.mark.gen_test
    @pytest.mark.parametrize("status", ["sent", "delivered", "read"])
    async def test_reports(self, site: Site, status: str) -> None:
        response = await _status(site, MessageSid=SID, MessageStatus=status)
        assert (response.code, response.body) == (204, b"")
        assert site.reports.kept == [Report("01K#1", SID, status)]  # type: ignore[arg-type]

    @pytest.mark.gen_test
    @pytest.mark.parametrize("status", ["undelivered", "failed"])
    @pytest.mark.parametrize(
        ("code", "temporary"),
        [
            *(("30003", True), ("30022", True), ("30002", True)),
            *((code, False) for code in ("30004", "30005", "30006", "30007", "30008", "21610", "21614")),
            *((code, False) for code in ("", "99999", "x")),
        ],
    )
    async def test_failures(self, site: Site, status: str, code: str, temporary: bool) -> None:
        await _status(site, SmsSid=SID, SmsStatus=status, ErrorCode=code)
        (report,) = site.reports.kept
        assert (report.state, report.code, report.temporary) == ("failed", code or "undelivered", temporary)
        assert report.meaning
        assert report.meaning.isascii()

    @pytest.mark.gen_test
    async def test_what_was_cancelled_says_so(self, site: Site) -> None:
        await _status(site, MessageSid=SID, MessageStatus="Canceled")
        (report,) = site.reports.kept
        assert (report.state, report.code, report.temporary) == ("failed", "canceled", False)

    @pytest.mark.gen_test
    @pytest.mark.parametrize(("code", "seconds"), [("30003", 300.0), ("30022", 60.0), ("30005", None)])
    async def test_how_long_to_wait_before_another_try(self, site: Site, code: str, seconds: float | None) -> None:
        await _status(site, MessageSid=SID, MessageStatus="undelivered", ErrorCode=code)
        assert site.reports.kept[0].retry_after == seconds

    @pytest.mark.gen_test
    @pytest.mark.parametrize("status", ["queued", "accepted", "scheduled", "sending", "received", "new-word", ""])
    async def test_what_tells_nothing_is_acknowledged(self, site: Site, status: str) -> None:
        assert (await _status(site, MessageSid=SID, MessageStatus=status)).code == 204
        assert site.reports.kept == []

    @pytest.mark.gen_test
    @pytest.mark.parametrize("query", ["", "?message=", "?message=1&message=2", "?other=1"])
    async def test_a_status_that_names_no_message_of_ours(self, site: Site, query: str) -> None:
        response = await site.post([("MessageSid", SID), ("MessageStatus", "sent")], "/sms/status" + query)
        assert response.code == 204
        assert site.reports.kept == []

    @pytest.mark.gen_test
    async def test_the_messages_name_is_signed(self, site: Site) -> None:
        pairs = [("MessageSid", SID), ("MessageStatus", "sent")]
        signature = sign(PUBLIC + "/sms/status?message=1", pairs)
        refused(await site.call("/sms/status?message=2", urlencode(pairs), signature), 403, "bad_signature")

    @pytest.mark.gen_test
    async def test_by_get(self, site: Site) -> None:
        target = "/sms/status?message=01K&" + urlencode({"MessageSid": SID, "MessageStatus": "sent"})
        assert (await site.call(target, signature=sign(PUBLIC + target))).code == 204
        assert site.reports.kept == [Report("01K", SID, "sent")]

    @pytest.mark.gen_test
    async def test_not_kept_is_not_acknowledged(self, site: Site) -> None:
        site.reports.down = True
        refused(await _status(site, MessageSid=SID, MessageStatus="sent"), 503, "unavailable")


async def _status(site: Site, **fields: str) -> Any:
    return await site.post(list(fields.items()), "/sms/status?message=01K%231")
