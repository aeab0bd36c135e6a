"""The composition root: the only place that names concrete channels and stores."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
from tornado.httpserver import HTTPServer
from tornado.routing import URLSpec
from tornado.web import Application

from bot.answers import Lexicon
from bot.dialogue import nobody_came
from bot.engine import Engine
from bot.rating import survey
from channels import rendering
from channels.contract import Channel
from channels.handling import BODY_LIMIT
from channels.sms import webhook as sms_webhook
from channels.sms.channel import SmsChannel
from channels.web import api as web_api
from channels.web import description as web_description
from channels.web import socket as web_socket
from channels.web import tickets as web_tickets
from channels.web.hub import Hub
from channels.web.schemas import Error
from channels.web.sending import Web
from channels.web.sessions import Sessions
from channels.wechat import webhook as wechat_webhook
from channels.wechat.channel import WeChatChannel
from config.settings import Settings
from gateway import VERSION
from gateway.background import Background
from gateway.configured import (
    SEED,
    channel_setups,
    delivery_policy,
    handoff_policy,
    now_of,
    rates,
    sms_account,
    sms_provider,
    staff,
    ticket_policy,
    vault,
    web_config,
    webhook_networks,
    webhook_policy,
    wechat_config,
)
from gateway.core.alarms.standing import Alarms
from gateway.core.audit import AuditLog
from gateway.core.channel_health import ChannelWatch, Traffic
from gateway.core.contacts import Contacts
from gateway.core.conversations import Conversations
from gateway.core.delivery import Courier, DeadLetters, Links, Rendering, Reporting
from gateway.core.figures import Figures, Summing
from gateway.core.handoff import Agents, Board, ConversationDesk, Farewell, Finding, Following, Rounds
from gateway.core.handoff.canned import CannedReplies
from gateway.core.health import Health
from gateway.core.intake import Intake
from gateway.core.knowledge import Editor, Inbox, Knowledge, TryBox
from gateway.core.media import MediaKeeper
from gateway.core.queue import Hours, Queue
from gateway.core.tickets.attachments import Attachments
from gateway.core.tickets.counter import Counter
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.exports import Exports
from gateway.core.tickets.from_conversation import FromConversation
from gateway.core.tickets.ledger import Ledger
from gateway.core.tickets.notices import Notices
from gateway.core.tickets.operators_calendar import OperatorsCalendar
from gateway.core.tickets.operators_limits import OperatorsLimits
from gateway.core.tickets.reporters import Reporters
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.search import Search
from gateway.core.tickets.suggesting import Suggesting
from gateway.core.tickets.towns import Towns
from gateway.core.tickets.window import Window
from gateway.core.tickets.wishes import Wishes
from gateway.core.tickets.workdays import Calendar
from gateway.core.turns import Traits
from gateway.core.units import Units
from gateway.core.visits import Visits
from gateway.core.webhooks import DeliveryLog, Sender, Webhooks
from gateway.playing import Player
from gateway.posting import Poster
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RESUMED, RedisBus, RedisConnection, RedisLimits, RedisLocks, RedisPresence
from gateway.tokens import SharedTokens, WeChatAccount
from gateway.web import links, openapi, operation, pages, simulator
from gateway.web.desk import alarms as alarms_api
from gateway.web.desk import answering, attachments, deliveries, exports, oversight, resending, suggestions
from gateway.web.desk import audit as audit_api
from gateway.web.desk import calendar as calendar_api
from gateway.web.desk import channels as channels_api
from gateway.web.desk import conversations as conversations_api
from gateway.web.desk import figures as figures_api
from gateway.web.desk import kb as kb_api
from gateway.web.desk import kb_inbox as kb_inbox_api
from gateway.web.desk import limits as limits_api
from gateway.web.desk import people as people_api
from gateway.web.desk import session as session_api
from gateway.web.desk import socket as desk_socket
from gateway.web.desk import tickets as tickets_api
from gateway.web.desk import units as units_api
from gateway.web.desk import webhooks as webhooks_api
from gateway.web.desk.access import Access
from gateway.web.desk.hub import DeskHub
from gateway.web.desk.telling import Telling
from gateway.web.edge import Edge, Nowhere
from gateway.web.memory import return_large_blocks
from gateway.web.simulator import SimulatorDoor

log = logging.getLogger("hotline.app")

HEADER_LIMIT = 16 * 1024
BODY_TIMEOUT = 30.0
STAFF_SEEN_FOR = 25.0  # seconds after its last word for which a page at a desk counts as there
_ABOUT = (
    "The citizen API of a 12345 hotline, for the web and the mobile app; and, under `/api/v1/desk`, what the people of "
    "the hotline and of the units work with.\n\n" + web_description.SOCKET
)

OPERATIONS = (
    *web_description.OPERATIONS,
    *session_api.OPERATIONS,
    *people_api.OPERATIONS,
    *conversations_api.OPERATIONS,
    *alarms_api.OPERATIONS,
    *answering.OPERATIONS,
    *deliveries.OPERATIONS,
    *resending.OPERATIONS,
    *channels_api.OPERATIONS,
    *tickets_api.OPERATIONS,
    *oversight.OPERATIONS,
    *exports.OPERATIONS,
    *attachments.OPERATIONS,
    *audit_api.OPERATIONS,
    *suggestions.OPERATIONS,
    *units_api.OPERATIONS,
    *kb_api.OPERATIONS,
    *kb_inbox_api.OPERATIONS,
    *calendar_api.OPERATIONS,
    *limits_api.OPERATIONS,
    *webhooks_api.OPERATIONS,
    *figures_api.OPERATIONS,
)


class Gateway:
    """One gateway process: its stores, its channels, its background work.

    mongo_url, redis_url: where the stores are, embedded or not. clock: seconds since the epoch.
    """

    def __init__(
        self, settings: Settings, mongo_url: str, redis_url: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self._clock = clock
        now = now_of(clock)
        self.store = MongoStore(mongo_url, settings.mongo_database, timeout=settings.store_timeout)
        self._redis = RedisConnection(redis_url, f"{settings.redis_prefix}:", timeout=min(settings.store_timeout, 2.0))
        self.bus = RedisBus(self._redis)
        self.health = Health({"mongo": self.store.ping, "redis": self._redis.ping})
        self.hub = Hub()
        self.board = Board(self.store, now)
        self.agents = Agents(self.store, RedisPresence(self._redis, ttl=STAFF_SEEN_FOR), now)
        self.queue = Queue(self.board, Hours.parse(settings.people.hours, settings.people.days), self.agents)
        self.knowledge = Knowledge(self.store, Lexicon.load(SEED / "lexicon"), now)
        bot = Engine(self.knowledge, tickets=True)
        limits = RedisLimits(self._redis)
        self.accounts, self.entrance = staff(settings, self.store, limits, now)
        others = partial(self.accounts.others_with, "knowledge.edit")
        self.editor = Editor(self.knowledge, self.bus, now, others=others)
        self.inbox = Inbox(self.store, self.knowledge, self.editor, now)
        self.try_box = TryBox(self.knowledge, bot, now)
        self.conversations = Conversations(
            self.store,
            self.bus,
            now,
            traits={
                "web": Traits(pull=True),
                "wechat": Traits(split=partial(rendering.split, capabilities=WeChatChannel.capabilities)),
            },
        )
        self.vault = vault(settings)
        self.units = Units(self.store, now, self.bus)
        self.calendar = OperatorsCalendar(self.store, calendar := Calendar())
        search, towns = Search(self.store), Towns(self.units)
        hooks = webhook_policy(settings)
        networks = webhook_networks(settings)
        self.webhooks = Webhooks(self.store, self.bus, now, vault=self.vault, policy=hooks, networks=networks)
        self.ledger = Ledger(
            self.store,
            self.bus,
            now,
            vault=self.vault,
            search=search,
            rules=Rules(calendar, ticket_policy(settings)),
            unit_name=self.units.short,
            digits=_digits,
            outlet=self.webhooks.outlet,
            locate=towns.located,
        )
        self.limits = OperatorsLimits(self.store, self.ledger.rules, self.bus)
        self.suggesting = Suggesting(self.store, self.units, towns, RedisLocks(self._redis), now)
        self._poster = Poster(networks)
        self.sender = Sender(self.store, self.webhooks, self.ledger, self._poster, now, policy=hooks)
        self.webhook_log = DeliveryLog(self.store, self.webhooks, now, hooks)
        self.desk = Desk(self.store, self.ledger, search, self.units, now)
        self.exports = Exports(self.store, self.ledger, self.desk.lists, self.units, now)
        self.attachments = Attachments(self.store, self.desk, now)
        self.audit = AuditLog(self.store, lambda: self.vault)
        self.figures = Figures(self.store, self.desk.sight, self.units, now)
        self.summing = Summing(self.store, RedisLocks(self._redis), now, calendar)
        self.counter = Counter(self.store, limits, self.ledger, search, now, unit_name=self.units.short)
        self.notices = Notices(self.store, self.conversations, self.ledger, now, survey=survey)
        self.wishes = Wishes(self.store, self.conversations, self.ledger, now)
        self.window = Window(
            self.store,
            self.conversations,
            now,
            ledger=self.ledger,
            counter=self.counter,
            wishes=self.wishes,
            unit_name=self.units.short,
            places=self.units.places,
        )
        self.intake = Intake(
            self.store,
            self.conversations,
            bot,
            self.queue,
            now,
            counter=self.counter,
            unit_of=self._unit_of,
            healthy=self.health.healthy,
        )
        self.channels: dict[str, Channel] = {}
        accounts: dict[str, WeChatAccount] = {}
        self._wechat = wechat_config(settings)
        if self._wechat is not None:
            tokens = SharedTokens(self._redis, self._wechat.app_id)
            self.channels["wechat"] = wechat = WeChatChannel(self._wechat, clock, tokens=tokens)
            accounts["wechat"] = WeChatAccount(tokens, wechat.client)
        self._sms = sms_provider(settings)
        if self._sms is not None:
            self.channels["sms"] = SmsChannel(self._sms)
        self.contacts = Contacts(self.store, self.conversations, now, sms_account=sms_account(settings))
        farewell = Farewell(self.store, self.conversations, self.channels, now)
        following = Following(self.store, self.conversations, self.board, now, farewell=farewell)
        self.conversation_desk = ConversationDesk(
            self.store,
            self.conversations,
            now,
            contacts=self.contacts,
            board=self.board,
            following=following,
            agents=self.agents,
            farewell=farewell,
        )
        self.finding = Finding(self.store, self.contacts, self.conversation_desk, lambda: self.vault)
        self.alarms = Alarms(self.store, self.bus, now, desk=self.conversation_desk, sight=self.desk.sight)
        self.conversation_desk.attended = self.alarms.attended
        self.desk_hub = DeskHub()
        self.board.changed = self.desk_hub.on_row
        self.canned = CannedReplies(self.store, now)
        self.from_conversation = FromConversation(
            self.store, self.desk, self.ledger, Reporters(self.store, self.ledger)
        )
        self.rounds = Rounds(
            self.conversations,
            self.board,
            self.agents,
            now,
            following=following,
            policy=handoff_policy(settings),
            staffed=self.queue.staffed,
            sorry=nobody_came,
        )
        policy = delivery_policy(settings)
        self.links = Links(self.store, settings.public_url, settings.signing_key(), now)
        self.courier = Courier(
            self.store,
            self.conversations,
            self.channels,
            limits,
            now,
            rendering=Rendering(rendering.first_fitting, rendering.shorten),
            links=self.links,
            policy=policy,
            rates=rates(settings),
            presence=RedisPresence(self._redis),
        )
        self.traffic = Traffic(now)
        self.courier.counts.heard = self.traffic.went
        self.reports = Reporting(self.store, self.bus, now, policy=policy, heard=self.traffic.went)
        self.watch = ChannelWatch(
            self.store,
            now,
            setups=channel_setups(settings),
            courier=self.courier,
            health=self.health,
            traffic=self.traffic,
            sockets=lambda: len(self.hub),
            accounts=accounts,
        )
        self.letters = DeadLetters(self.store, self.bus, list(self.channels), now)
        self._access = Access(self.entrance, settings.public_url, frozenset(settings.web.trusted_proxies))
        self._media = MediaKeeper(self.store, self.bus, self.channels, now)
        self._web = Web(
            config=web_config(settings),
            sessions=Sessions(settings.signing_key(), settings.web.session_lifetime, clock),
            intake=self.intake,
            threads=Visits(self.store, limits, self.conversations, self.intake, now),
            clock=clock,
        )
        self._simulator = None
        if settings.demo_mode and settings.simulator_url:
            self._simulator = SimulatorDoor(
                settings.simulator_url, public_url=settings.public_url, trusted_proxies=settings.web.trusted_proxies
            )
        self._background = Background()
        self._telling = Telling(
            self.desk_hub, self.conversation_desk, self.alarms, store=self.store, sight=self.desk.sight
        )
        self._knowledge_changed = asyncio.Event()

    # -- life -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Wait for the stores and begin the background work. Raises `StoresMissing` when they stay away."""
        await self.health.wait(self.settings.start_timeout)
        await self.knowledge.load()
        await self.board.refresh()
        await self.alarms.refresh()
        await self.accounts.catch_up()
        await self.units.refresh()
        await self.calendar.refresh()
        await self.limits.refresh()
        await self.watch.start()
        await self.webhooks.refresh()
        self._hear()
        self._background.hold(self.health.watch())
        self._background.hold(self._background.listen(self.bus))
        every = self._background.every
        every(15.0, partial(self.board.refresh, pause=0.1))
        every(5.0, self.alarms.refresh)
        every(1.0, self.alarms.escalate)
        every(1.0, self.rounds.sweep)
        every(5.0, self.intake.sweep)
        every(2.0, self._media.sweep)
        every(1.0, self.contacts.sweep)
        every(10.0, self.units.refresh)
        every(60.0, self.calendar.refresh)
        every(5.0, self.limits.refresh)
        every(5.0, self.suggesting.refresh)
        every(1.0, self.ledger.sweep)
        every(1.0, self.notices.sweep)
        every(1.0, self.wishes.sweep)
        every(10.0, self.webhooks.refresh)
        every(1.0, self.sender.sweep)
        every(600.0, self.webhook_log.sweep)
        every(30.0, self.summing.sweep)
        every(0.0, self.courier.work)
        every(1.0, self.courier.doubts.look_into)
        every(60.0, self.entrance.sweep)
        every(5.0, self.watch.write)
        every(600.0, self.watch.sweep)
        every(3600.0, self.inbox.sweep)
        every(0.05, self._follow_knowledge)

    async def close(self) -> None:
        """Tell the sockets, finish the turns under way, let go of the stores."""
        await self._broadcast({"type": "bye", "retry_after": 2})
        self.desk_hub.tell_everybody(type="bye", retry_after=2)
        await asyncio.gather(self.intake.close(), self.courier.drain(), self.sender.drain())
        await self._background.stop()
        for channel in self.channels.values():
            await channel.close()
        if self._simulator is not None:
            await self._simulator.close()
        await self._poster.close()
        await self.knowledge.close()
        await self._redis.close()
        await self.store.close()

    def server(self) -> HTTPServer:
        return_large_blocks()
        return HTTPServer(
            self.application(),
            max_body_size=BODY_LIMIT,
            max_header_size=HEADER_LIMIT,
            body_timeout=BODY_TIMEOUT,
            idle_connection_timeout=75.0,
        )

    def application(self) -> Application:
        player = Player()
        routes: list[URLSpec] = []
        if self._wechat is not None:
            routes += wechat_webhook.routes(self._wechat, self.intake, self._clock)
        if self._sms is not None:
            routes += sms_webhook.routes(self._sms, self.intake, self.reports, self._clock)
        if self._simulator is not None:
            routes += simulator.routes(self._simulator)
        routes += web_api.routes(self._web)
        routes += web_tickets.routes(self._web, self.window)
        routes += web_socket.routes(self._web, self.hub)
        routes += operation.routes(self.intake, self.courier, self.health, lambda: len(self.hub))
        routes += session_api.routes(self._access)
        routes += people_api.routes(self._access, self.accounts)
        routes += conversations_api.routes(
            self._access, self.conversation_desk, self.finding, self.from_conversation, self.accounts, player=player
        )
        routes += answering.routes(self._access, self.conversation_desk, self.accounts, self.canned, self.knowledge)
        routes += desk_socket.routes(self._access, self.conversation_desk, self.desk_hub, self.alarms)
        routes += alarms_api.routes(self._access, self.alarms)
        routes += deliveries.routes(self._access, self.letters)
        routes += resending.routes(self._access, self.conversation_desk, self.letters)
        routes += channels_api.routes(self._access, self.watch)
        routes += tickets_api.routes(self._access, self.desk)
        routes += oversight.routes(self._access, self.desk)
        routes += exports.routes(self._access, self.exports)
        routes += attachments.routes(self._access, self.desk, self.attachments, player)
        routes += audit_api.routes(self._access, self.audit)
        routes += suggestions.routes(self._access, self.desk, self.suggesting)
        routes += units_api.routes(self._access, self.units)
        routes += kb_api.routes(self._access, self.knowledge, self.editor)
        routes += kb_inbox_api.routes(self._access, self.editor, self.inbox, self.try_box)
        routes += calendar_api.routes(self._access, self.calendar, now_of(self._clock))
        routes += limits_api.routes(self._access, self.limits, now_of(self._clock))
        routes += webhooks_api.routes(self._access, self.webhooks, self.webhook_log)
        routes += figures_api.routes(self._access, self.desk, self.figures)
        routes += links.routes(self.links, lambda parts: "\n".join(map(rendering.as_text, parts)))
        routes += openapi.routes(OPERATIONS, Error, version=VERSION, about=_ABOUT)
        routes += pages.routes(self.settings.web.allowed_origins)
        return Edge(
            routes,
            default_handler_class=Nowhere,
            compress_response=True,
            log_function=_log_request,
            websocket_ping_interval=30,
            websocket_ping_timeout=20,
            websocket_max_message_size=web_socket.FRAME_LIMIT,
        )

    # -- live events ----------------------------------------------------------------------------------------------

    def _hear(self) -> None:
        """What each live event of any process is to this one."""
        on, desks = self._background.on, self._telling
        on("conversation", self.board.on_event, self.hub.dispatch, self.desk_hub.on_event, self.traffic.on_event)
        on("delivery", lambda _: self.courier.wake())
        on("allowance", self.desk_hub.on_allowance)
        on("outcome", self.desk_hub.on_outcome, desks.outcome)
        on("typing", lambda event: desks.typing(event) if event.get("who") == "citizen" else self.hub.typing(event))
        on("note", desks.note)
        on("kept", desks.kept)
        on("looked", desks.looked)
        on("ticket", desks.ticket)
        on("alarm", self.alarms.on_raised)
        on("alarm_seen_to", self.alarms.on_seen_to)
        on("alarm_escalated", self.alarms.on_escalated)
        on("notice", lambda event: self._broadcast({"type": "notice", "text": event["text"]}))
        on("units", lambda _: self.units.refresh())
        on("limits", lambda _: self.limits.refresh())
        on("webhooks", lambda _: self.webhooks.refresh())
        on("knowledge", lambda _: self._knowledge_changed.set())
        on(RESUMED, lambda _: self.board.refresh(), lambda _: self.alarms.refresh())
        on(RESUMED, lambda _: self.hub.resync(), lambda _: self.desk_hub.resync())

    async def _broadcast(self, frame: Mapping[str, Any]) -> None:
        await self.hub.broadcast(orjson.dumps(frame))

    async def _follow_knowledge(self) -> None:
        """Every second, and at once when another process says that something changed."""
        self._knowledge_changed.clear()
        await self.knowledge.refresh()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._knowledge_changed.wait(), 1.0)

    def _unit_of(self, entry: str) -> str | None:
        """The code of the unit whose knowledge an entry is, as far as its name tells."""
        unit = self.units.named(self.knowledge.shelf.unit(entry))
        return unit.id if unit else None


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}d}"


def _log_request(handler: Any) -> None:
    """Slow or failed requests only; the rest is in the metrics."""
    took = handler.request.request_time()
    status = handler.get_status()
    if status >= 500 or took > 2.0:
        log.warning(
            "slow or failed request",
            extra={"status": status, "path": handler.request.path, "seconds": round(took, 3)},
        )
