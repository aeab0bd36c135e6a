"""A desk whose sockets are fed by the bus, with pages open on it, and another process that delivers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from channels.contract import Address, Text
from gateway.core.alarms.standing import Alarms
from gateway.core.model import Message
from gateway.storage.redis import RedisBus
from gateway.web.desk.conversation_views import MessageView
from gateway.web.desk.hub import DeskHub
from gateway.web.desk.telling import Telling
from tests.core.delivering import Platform, Process
from tests.core.handoff.conftest import Office, person
from tests.web.desk.site import Program, Site

PHONE = Address(channel="sms", account="AC1", external_id="+8613800000000")


class Page:
    """An open page of a desk."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self.welcome: dict[str, Any] = {}

    async def watch(self, id: str, after: int | None = None) -> None:
        await self.say(type="watch", conversation_id=id, after=after)
        await self.until("watched")

    async def say(self, **fields: Any) -> None:
        await self._connection.send_json(fields)

    async def until(self, *types: str) -> dict[str, Any]:
        """The next frame of one of these types; of any when none are named."""
        async with asyncio.timeout(10):
            while True:
                frame: dict[str, Any] = await self._connection.receive_json()
                if not types or frame["type"] in types:
                    return frame

    async def closed(self) -> int | None:
        """How, as soon as it is."""
        async with asyncio.timeout(10):
            async for _ in self._connection:
                pass
        return self._connection.close_code

    async def told(self, *kinds: str) -> list[str]:
        """The types of what was told up to now, of messages unless others are named."""
        await self.say(type="ping")
        types: list[str] = []
        while (frame := await self.until(*(kinds or ("message", "delivery")), "pong"))["type"] != "pong":
            types.append(frame["type"])
        return types


class Live:
    """A process's desk with its sockets, and another process that delivers. deaf: to these topics, as when what the bus
    carries is lost."""

    def __init__(
        self,
        office: Office,
        site: Site,
        hub: DeskHub,
        telling: Telling,
        alarms: Alarms,
        process: Process,
        sms: Platform,
    ) -> None:
        self.telling = telling
        self.office = office
        self.site = site
        self.process = process
        self.sms = sms
        self.deaf: set[str] = set()
        self.changed: list[asyncio.Future[None]] = []
        self.alarms = alarms
        self._hub = hub

    async def feed(self, bus: RedisBus) -> None:
        tell = {
            "conversation": self._hub.on_event,
            "outcome": self._hub.on_outcome,
            "allowance": self._hub.on_allowance,
        }
        async for topic, event in bus.subscribe():
            if topic in tell and topic not in self.deaf:
                tell[topic](event)
                if topic == "outcome":
                    await self.telling.outcome(event)
            elif topic == "note":
                await self.telling.note(event)
            elif topic == "kept":
                await self.telling.kept(event)
            elif topic == "looked":
                self.telling.looked(event)
            elif topic == "ticket":
                self.changed.append(asyncio.ensure_future(self.telling.ticket(event)))
            elif topic == "alarm":
                await self.alarms.on_raised(event)
            elif topic == "alarm_seen_to":
                self.alarms.on_seen_to(event)
            elif topic == "alarm_escalated":
                self.alarms.on_escalated(event)

    @asynccontextmanager
    async def page(self, who: Program) -> AsyncIterator[Page]:
        async with aiohttp.ClientSession() as http:
            address = f"{self.site.url}/ws/desk"
            async with http.ws_connect(address, headers={"Authorization": f"Bearer {who.token}"}) as connection:
                page = Page(connection)
                page.welcome = await page.until("welcome")
                yield page

    async def taken(self, username: str) -> tuple[str, int]:
        """A conversation that waits on the phone and is taken; with its last number."""
        conversation = await self.office.writes(PHONE, "人工")
        row = await self.office.desk.take(person(username), conversation.id)
        await self.process.deliver()
        return row.id, row.seq

    async def answer(self, username: str, id: str, text: str) -> Message:
        parts = [Text(text=text)]
        return await self.office.desk.answer(person(username), id, parts, client_id=f"answer-{text}")

    async def provider_id(self, message: Message) -> str:
        return (await self.process.message(message.id)).provider_id or ""

    async def shown(self, message: Message) -> dict[str, Any]:
        return MessageView.of(await self.process.message(message.id)).model_dump(mode="json")
