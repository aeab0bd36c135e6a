"""Twilio's interface for messages: create, look up, list, media.

Source: https://www.twilio.com/docs/messaging/api/message-resource and the OpenAPI description Twilio publishes.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from simulator import twilio_messages as resource
from simulator.faults import Outcome
from simulator.journal import Accepted
from simulator.twilio_line import TwilioLine
from simulator.twilio_messages import API, ERRORS, MOST_CHARACTERS, Handset, Message, Messages
from simulator.world import Said, World, exchange, json_response

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_HANDSETS = 200_000
_EARLY_WITHIN = 5.0  # seconds that callbacks before the answer may hold it up
_PAGE = 50

Showing = Callable[[Message], None]


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Twilio:
    """The platform's state and its interface. show: told of every message it takes for a handset."""

    def __init__(self, world: World, line: TwilioLine) -> None:
        self._world = world
        self._account = world.account.twilio
        self._line = line
        self._authorization = "Basic " + b64encode(
            f"{self._account.account_sid}:{self._account.auth_token}".encode()
        ).decode("ascii")
        self.show: Showing = lambda message: None
        self.reset()

    def reset(self) -> None:
        """No messages, no handsets."""
        self.messages = Messages()
        self._handsets: OrderedDict[str, Handset] = OrderedDict()

    def handset(self, number: str) -> Handset:
        """What is known of a number; made when nothing is."""
        known = self._handsets.get(number)
        if known is None:
            known = self._handsets[number] = Handset(number)
            if len(self._handsets) > _HANDSETS:
                self._handsets.popitem(last=False)
        return known

    def forget(self, number: str) -> None:
        self._handsets.pop(number, None)

    def routes(self) -> list[web.RouteDef]:
        messages = f"{API}/Accounts/{{account}}/Messages"
        return [
            web.post(f"{messages}.json", self._create),
            web.get(f"{messages}.json", self._called(self._list)),
            web.get(f"{messages}/{{sid}}/Media.json", self._called(self._list_media)),
            web.get(f"{messages}/{{sid}}/Media/{{media}}", self._called(self._media)),
            web.get(f"{messages}/{{sid}}", self._called(self._one)),
            web.get("/twilio-media/{media}", self._stored),
            web.route("*", f"{API}/{{rest:.*}}", self._unknown),
        ]

    # how every call is taken

    def _error(self, status: int, code: int, message: str) -> web.Response:
        self._world.journal.refuse("twilio", code)
        content = {
            "code": code,
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        response = json_response(content, status)
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return response

    def _refusal(self, code: int) -> web.Response:
        status, message = ERRORS.get(code, (400, "Refused"))
        return self._error(status, code, message)

    def _faulty(self, outcome: Outcome) -> web.Response:
        if outcome.kind == "code":
            return self._refusal(outcome.number)
        if outcome.number == 429:
            return self._refusal(20429)
        return self._error(outcome.number, 20500 if outcome.number == 500 else outcome.number, "Service unavailable")

    def _check(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if not secrets.compare_digest(given.encode(), self._authorization.encode()):
            raise Refused(20003)
        if request.match_info.get("account", self._account.account_sid) != self._account.account_sid:
            raise Refused(20404)

    def _called(self, work: Callable[[web.Request], web.Response]) -> Callable[[web.Request], Awaitable[web.Response]]:
        """A call that sends nothing; under faults only when they are for everything."""

        async def handle(request: web.Request) -> web.Response:
            def act() -> Said:
                try:
                    self._check(request)
                    return Said(work(request))
                except Refused as refused:
                    return Said(self._refusal(refused.code))

            plan = self._world.faults["twilio"]
            outcome = plan.next() if plan.settings.everything else Outcome()
            return await exchange(request, self._world, outcome, self._faulty, act)

        return handle

    # sending

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.read()

        async def act() -> Said:
            try:
                self._check(request)
                form = parse_qsl(body.decode(), keep_blank_values=True)
                message, entry = self._take(form)
            except Refused as refused:
                return Said(self._refusal(refused.code))
            except ValueError:
                return Said(self._refusal(20001))
            # What the caller reads is how it stood when it was taken, however long the answer takes.
            response = json_response(resource.as_json(message, self._account.account_sid, message.created), 201)
            await self._follow(message)
            return Said(response, entry)

        return await exchange(request, self._world, self._world.faults["twilio"].next(), self._faulty, act)

    def _take(self, form: list[tuple[str, str]]) -> tuple[Message, Accepted]:
        given = dict(form)
        media = sum(1 for name, _ in form if name == "MediaUrl")
        to, text, callback = given.get("To", "").strip(), given.get("Body", ""), given.get("StatusCallback", "")
        service = given.get("MessagingServiceSid", "")
        if not to:
            raise Refused(21604)
        if not _NUMBER.fullmatch(to):
            raise Refused(21211)
        if service:
            if service != self._account.messaging_service_sid:
                raise Refused(21701)
        else:
            self._check_sender(given.get("From", "").strip(), to)
        if not text and not media:
            raise Refused(21602)
        if len(text) > MOST_CHARACTERS:
            raise Refused(21617)
        if callback and (urlsplit(callback).scheme not in ("http", "https") or not urlsplit(callback).hostname):
            raise Refused(21609)
        handset = self._handsets.get(to)
        if (handset is not None and handset.landline) or re.fullmatch(self._world.behaviour.landlines, to):
            raise Refused(21614)
        if handset is not None and handset.opted_out:
            raise Refused(21610)
        message = self._outbound(to, text, handset, service=service or None, media=media, callback=callback)
        entry = self._world.journal.accept(
            "twilio", "sms", self._account.account_sid, to=to, text=text, provider_id=message.sid
        )
        return message, entry

    def _check_sender(self, sender: str, to: str) -> None:
        if not sender:
            raise Refused(21603)
        if not _NUMBER.fullmatch(sender):
            raise Refused(21212)
        if sender == to:
            raise Refused(21266)
        if sender != self._account.from_number:
            raise Refused(21606)

    def _outbound(
        self,
        to: str,
        text: str,
        handset: Handset | None,
        *,
        service: str | None = None,
        media: int = 0,
        callback: str = "",
    ) -> Message:
        step = self._world.behaviour.step
        failure = handset.failure if handset is not None else None
        names = ["accepted" if service else "queued", "sending", "sent", "undelivered" if failure else "delivered"]
        message = Message(
            sid=("MM" if media else "SM") + secrets.token_hex(16),
            to=to,
            sender=self._account.from_number,
            body=text,
            created=self._world.now(),
            steps=tuple((step * index, name) for index, name in enumerate(names)),
            service=service,
            error=failure,
            media_count=media,
            callback=callback,
        )
        self.messages.add(message)
        return message

    async def _follow(self, message: Message) -> None:
        """What happens after a message was taken: the phone shows it, callbacks report it."""
        self.show(message)
        if not message.callback or "off" in self._world.behaviour.orders():
            return
        if "early" in self._world.behaviour.orders():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EARLY_WITHIN):
                    await self._line.report(message)
        else:
            self._world.courier.spawn(self._line.report(message))

    def received(self, sender: str, text: str, files: tuple[str, ...]) -> Message:
        """Record a citizen's message."""
        message = Message(
            sid=("MM" if files else "SM") + secrets.token_hex(16),
            to=self._account.from_number,
            sender=sender,
            body=text,
            created=self._world.now(),
            steps=((0.0, "received"),),
            direction="inbound",
            service=self._account.messaging_service_sid,
            files=files,
            media_count=len(files),
        )
        self.messages.add(message)
        return message

    def answered(self, to: str, text: str) -> None:
        """Record a message of the TwiML that an inbound callback was answered with."""
        handset = self.handset(to)
        if handset.opted_out:
            self._world.journal.refuse("twilio", 21610)
            return
        message = self._outbound(to, text, handset)
        message.direction = "outbound-reply"
        self._world.journal.accept(
            "twilio", "passive", self._account.account_sid, to=to, text=text, provider_id=message.sid
        )
        self.show(message)

    # looking up

    def _known(self, request: web.Request) -> Message:
        message = self.messages.get(request.match_info["sid"].removesuffix(".json"))
        if message is None:
            raise Refused(20404)
        return message

    def _one(self, request: web.Request) -> web.Response:
        if not request.match_info["sid"].endswith(".json"):
            raise Refused(20404)
        return json_response(resource.as_json(self._known(request), self._account.account_sid, self._world.now()))

    def _list(self, request: web.Request) -> web.Response:
        query = parse_qsl(request.url.raw_query_string, keep_blank_values=True)
        try:
            wanted = resource.asked(query)
            size = int(request.query.get("PageSize", _PAGE))
            number = int(request.query.get("Page", 0))
        except ValueError:
            raise Refused(20001) from None
        if not 1 <= size <= 1000 or number < 0:
            raise Refused(20001)
        token = request.query.get("PageToken", "")
        now = self._world.now()
        rows, more = self.messages.page(wanted, now, size, number, token.removeprefix("PA") or None)
        path = f"{API}/Accounts/{self._account.account_sid}/Messages.json"
        base = (self._world.own_url if self._world.behaviour.absolute_pages else "") + path
        filters = [(name, value) for name, value in query if name not in ("Page", "PageSize", "PageToken")]

        def uri(page: int, *rest: tuple[str, str]) -> str:
            return f"{base}?{urlencode([*filters, ('PageSize', str(size)), ('Page', str(page)), *rest])}"

        first = number * size
        return json_response(
            {
                "end": first + max(len(rows) - 1, 0),
                "first_page_uri": uri(0),
                "messages": [resource.as_json(message, self._account.account_sid, now) for message in rows],
                "next_page_uri": uri(number + 1, ("PageToken", "PA" + rows[-1].sid)) if more else None,
                "page": number,
                "page_size": size,
                "previous_page_uri": uri(number - 1) if number else None,
                "start": first,
                "uri": uri(number),
            }
        )

    # media

    def media_url(self, message: Message, media_id: str) -> str:
        """What a callback names as MediaUrl."""
        return (
            f"{self._world.own_url}{API}/Accounts/{self._account.account_sid}/Messages/{message.sid}/Media/{media_id}"
        )

    def _media_json(self, message: Message, media_id: str) -> dict[str, Any]:
        file = self._world.media.get(media_id)
        if file is None:
            raise Refused(20404)
        parent = f"{API}/Accounts/{self._account.account_sid}/Messages/{message.sid}"
        return {
            "account_sid": self._account.account_sid,
            "content_type": file.content_type,
            "date_created": resource.date(message.created),
            "date_updated": resource.date(message.created),
            "parent_sid": message.sid,
            "sid": media_id,
            "uri": f"{parent}/Media/{media_id}.json",
        }

    def _list_media(self, request: web.Request) -> web.Response:
        message = self._known(request)
        kept = [media_id for media_id in message.files if self._world.media.get(media_id) is not None]
        path = f"{API}/Accounts/{self._account.account_sid}/Messages/{message.sid}/Media.json?PageSize=50&Page=0"
        uri = (self._world.own_url if self._world.behaviour.absolute_pages else "") + path
        return json_response(
            {
                "end": max(len(kept) - 1, 0),
                "first_page_uri": uri,
                "media_list": [self._media_json(message, media_id) for media_id in kept],
                "next_page_uri": None,
                "page": 0,
                "page_size": 50,
                "previous_page_uri": None,
                "start": 0,
                "uri": uri,
            }
        )

    def _media(self, request: web.Request) -> web.Response:
        message, name = self._known(request), request.match_info["media"]
        media_id = name.removesuffix(".json")
        file = self._world.media.get(media_id)
        if file is None or media_id not in message.files:
            raise Refused(20404)
        if name.endswith(".json"):
            return json_response(self._media_json(message, media_id))
        if self._world.behaviour.media_redirect:
            return web.Response(status=307, headers={"Location": f"{self._world.own_url}/twilio-media/{media_id}"})
        return web.Response(body=file.data, content_type=file.content_type)

    async def _stored(self, request: web.Request) -> web.Response:
        """Where a redirect leads: whoever knows the address may have the file."""
        file = self._world.media.get(request.match_info["media"])
        if file is None:
            return web.Response(status=404)
        return web.Response(body=file.data, content_type=file.content_type)

    async def _unknown(self, request: web.Request) -> web.Response:
        return self._refusal(20404)
