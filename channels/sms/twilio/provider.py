"""Twilio as one carrier among others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from channels.contract import Media, Receipt
from channels.http import Http
from channels.sms.config import SmsConfig
from channels.sms.fields import Fields, form
from channels.sms.provider import Acknowledgement, Inbound, Request, StatusReport
from channels.sms.twilio.client import TwilioClient
from channels.sms.twilio.codec import to_inbound, to_status
from channels.sms.twilio.signature import verified


class TwilioProvider:
    """Implements `channels.sms.provider.Provider` for one Twilio account."""

    # TwiML that says nothing: replies go out by the interface
    inbound_acknowledgement = Acknowledgement(
        200, "text/xml; charset=utf-8", b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
    )
    status_acknowledgement = Acknowledgement(204, "", b"")

    def __init__(self, config: SmsConfig, *, http: Http | None = None) -> None:
        self._config = config
        self._http = http or Http()
        self._client = TwilioClient(config, self._http)

    def inbound(self, request: Request) -> Sequence[Inbound]:
        return [to_inbound(self._verified(request), account=self._config.account_sid, at=request.at)]

    def status(self, request: Request) -> Sequence[StatusReport]:
        fields = self._verified(request)
        # ours came with the address we gave, which the signature covers
        ours = Fields(form(request.target.partition("?")[2].encode())).getall("message")
        return [to_status(fields, ours[0] if len(ours) == 1 else "", phone_off_retry=self._config.phone_off_retry)]

    def _verified(self, request: Request) -> Fields:
        return verified(request, token=self._config.auth_token, public_url=self._config.public_url)

    async def send(self, to: str, text: str, message_id: str) -> Receipt:
        return await self._client.send(to, text, message_id)

    async def find(self, to: str, text: str, since: datetime) -> Receipt | None:
        return await self._client.find(to, text, since)

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        return await self._client.fetch(media)

    async def close(self) -> None:
        await self._http.close()
