"""Every recorded and hostile case of the test data gets its verdict, at the callback address."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from channels.contract import Address, File, Image, OutboundMessage, Receipt, Text, Video, Voice
from channels.sms.channel import SmsChannel
from channels.sms.fields import Fields, form
from channels.sms.segments import count
from channels.sms.twilio.provider import TwilioProvider
from tests.channels.sms.fake_twilio import FakeTwilio
from tests.channels.sms.sms_account import Site, config, conformance, sign

SIGNATURES = conformance("twilio_signatures.json")["vectors"]
RECORDED = conformance("twilio_webhooks.json")
WEBHOOKS = RECORDED["webhooks"]
BAD = conformance("bad_inputs.json")


def _id(case: dict[str, Any]) -> str:
    return str(case.get("id") or case.get("desc") or case.get("input"))


def _raw(case: dict[str, Any]) -> bytes:
    if "form_body_base64" in case:
        return base64.b64decode(case["form_body_base64"])
    return (case.get("form_body") or case.get("body") or "").encode()


@pytest.mark.gen_test
@pytest.mark.parametrize("case", SIGNATURES, ids=_id)
async def test_signatures(case: dict[str, Any], open_site: Callable[..., Site]) -> None:
    path = "/" + case["url"].split("/", 3)[3]
    base = case["url"].removesuffix(path)
    site = open_site(anywhere=True, public_url=base, auth_token=case["auth_token"], account_sid="ACother")
    body = None if case["method"] == "GET" else _raw(case)
    headers = {"Content-Type": case["content_type"]} if case["content_type"] else {}
    response = await site.call(path, body, case["signature"], headers=headers, method=case["method"])
    error = json.loads(response.body)["error"]["code"]
    # None of these is a short message, so that a good signature leads to another refusal.
    assert (error != "bad_signature") is case["valid"]
    assert response.code == (403 if error in ("bad_signature", "wrong_account") else 400)
    assert not site.intake.accepted


@pytest.mark.gen_test
@pytest.mark.parametrize("case", WEBHOOKS, ids=_id)
async def test_recorded_callbacks(case: dict[str, Any], open_site: Callable[..., Site]) -> None:
    expected, raw = case["expected"], _raw(case)
    site = open_site(account_sid=expected["account_sid"] or "ACany")
    is_status = case["kind"].startswith("status")
    target = "/sms/status?message=01ABC" if is_status else "/sms/inbound"
    pairs = form(raw)
    assert {name: values[0] for name, values in Fields(pairs).items()} == expected.get("fields", {})
    signature = sign(site.config.public_url + target, pairs)
    response = await site.call(target, raw, signature)
    if is_status:
        assert response.code == 204
        _check_report(site, expected)
        return
    assert not site.reports.kept
    if not expected["message_sid"] or not expected["from"] or ":" in expected["from"]:
        code = "not_sms" if expected["from"] and ":" in expected["from"] else "malformed_message"
        assert (response.code, json.loads(response.body)["error"]["code"]) == (400, code)
        assert not site.intake.accepted
        return
    assert response.code == 200
    (message,) = site.intake.accepted
    assert message.provider_id == expected["message_sid"]
    assert message.address.external_id == expected["from"]
    assert message.platform_fields["To"] == expected["to"]
    texts = [part.text for part in message.parts if isinstance(part, Text)]
    assert texts == ([expected["body"]] if expected["body"] or not expected["media"] else [])
    media = [part.media for part in message.parts if isinstance(part, Image | Voice | Video | File)]
    assert [{"url": item.url, "content_type": item.content_type} for item in media] == expected["media"]


def _check_report(site: Site, expected: dict[str, Any]) -> None:
    if not expected["message_sid"]:
        assert site.reports.kept == []
        return
    (report,) = site.reports.kept
    states = {"undelivered": "failed"}
    assert report.state == states.get(expected["status"], expected["status"])
    assert (report.message_id, report.provider_id) == ("01ABC", expected["message_sid"])
    assert report.code == (expected["error_code"] or "")
    assert not report.temporary


@pytest.mark.gen_test
@pytest.mark.parametrize("status", RECORDED["message_status_enum"])
async def test_every_status_is_acknowledged(status: str, site: Site) -> None:
    response = await site.post([("MessageSid", "SM1"), ("MessageStatus", status)], "/sms/status?message=01ABC")
    assert response.code == 204
    told = {"sent", "delivered", "read", "failed", "undelivered", "canceled"}
    assert len(site.reports.kept) == (status in told)


@pytest.mark.gen_test
@pytest.mark.parametrize("case", RECORDED["api_create_response_examples"], ids=_id)
async def test_twilios_own_examples_of_answers(case: dict[str, Any]) -> None:
    platform = FakeTwilio(answers=[(case["status"], case["json"])])
    channel = SmsChannel(TwilioProvider(config(api_base=platform.url)))
    address = Address(channel="sms", account="AC1", external_id=case["json"]["to"])
    body = case["json"].get("body") or "x"
    sent = await channel.send(OutboundMessage("01ABC", address, (Text(text=body),), "r"))
    await channel.close()
    await platform.close()
    assert sent == Receipt(provider_id=case["json"]["sid"])
    assert platform.calls[0].form["Body"] == body


@pytest.mark.gen_test
@pytest.mark.parametrize("case", BAD["twilio_forms"], ids=_id)
async def test_hostile_forms(case: dict[str, Any], open_site: Callable[..., Site]) -> None:
    url = urlsplit(case["url"])
    site = open_site(
        anywhere=True,
        public_url=f"{url.scheme}://{url.netloc}",
        auth_token=case["auth_token"],
        account_sid="AC" + "a" * 32,
    )
    raw = _raw(case)
    if case["params"]:
        assert form(raw) == [tuple(pair) for pair in case["params"]]
    response = await site.call(url.path, raw, case["signature"], headers={"Content-Type": case["content_type"]})
    verdict = {"dup-from": 400, "sig-nonascii": 403, **dict.fromkeys(_UNSIGNED, 403)}.get(case["id"], 200)
    assert response.code == verdict, response.body
    if verdict != 200:
        assert not site.intake.accepted
        return
    (message,) = site.intake.accepted
    # to the byte, controls and markup too
    assert message.parts == (Text(text=dict(form(raw)).get("Body", "")),)
    assert response.body == b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


_UNSIGNED = ("form-pct-truncated", "form-raw-latin1", "form-semicolon")


@pytest.mark.parametrize("case", BAD["urlencoded_parser"]["cases"], ids=lambda case: ascii(case["input"]))
def test_forms_are_read_as_the_standard_says(case: dict[str, Any]) -> None:
    assert form(case["input"].encode()) == [tuple(pair) for pair in case["output"]]


@pytest.mark.parametrize("case", BAD["sms_segments"]["cases"], ids=_id)
def test_segments(case: dict[str, Any]) -> None:
    counted = count(case["body"])
    assert (counted.encoding, counted.segments) == (case["encoding"], case["segments"])
    if "characters" in case:
        assert counted.characters == case["characters"]
