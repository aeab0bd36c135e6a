"""Phones to talk to the gateway with: a WeChat follower's and an SMS handset, and what their screens show."""

from __future__ import annotations

import asyncio
import secrets
import string
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from simulator.media import File
from simulator.twilio import Twilio
from simulator.twilio_line import TwilioLine
from simulator.twilio_messages import OPT_OUT_ANSWERS, Message, opt_out_word
from simulator.wechat import WeChat
from simulator.wechat_line import BROKEN, WeChatLine
from simulator.wechat_rules import Follower
from simulator.world import Problem, World

Kind = Literal["wechat", "sms"]
Sender = Literal["me", "hotline", "platform"]

MOST_PHONES = 200
_EVENTS = 500
_CALLS_AT_ONCE = 32  # callbacks under way of one phone
_NAMES = "安宁晓雨子涵浩然思琪建国志强秀英丽华明杰文静海燕立新春梅"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"


@dataclass(slots=True)
class Phone:
    """One phone. address: the openid or the number. events: what its screen shows, the oldest forgotten first."""

    id: str
    kind: Kind
    name: str
    address: str
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_EVENTS))
    last: int = 0
    used: float = 0.0
    calls: int = 0
    gone: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, sender: Sender, kind: str, text: str, **rest: Any) -> int:
        """Show something; its number."""
        self.last += 1
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.events.append({"n": self.last, "at": at, "from": sender, "type": kind, "text": text, **rest})
        self._wake()
        return self.last

    def change(self, of: int, sender: Sender, kind: str, state: str, reason: str = "") -> None:
        """Tell a new state of what was shown before."""
        self.tell(sender, kind, "", of=of, state=state, reason=reason)

    def drop(self) -> None:
        self.gone = True
        self._wake()

    def _wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def after(self, n: int, wait: float) -> list[dict[str, Any]]:
        """The events numbered above n; waits up to `wait` seconds for one."""
        if self.last <= n and wait > 0 and not self.gone:
            try:
                async with asyncio.timeout(wait):
                    await self.changed.wait()
            except TimeoutError:
                return []
        return [event for event in self.events if event["n"] > n]


class Phones:
    """All phones; above 200, the one unused for longest is dropped."""

    def __init__(
        self, world: World, wechat: WeChat, wechat_line: WeChatLine, twilio: Twilio, twilio_line: TwilioLine
    ) -> None:
        self._world = world
        self._wechat, self._wechat_line = wechat, wechat_line
        self._twilio, self._twilio_line = twilio, twilio_line
        self._phones: OrderedDict[str, Phone] = OrderedDict()
        self._by_address: dict[str, Phone] = {}
        wechat.show = self._show_wechat
        twilio.show = self._show_sms

    def reset(self) -> None:
        for phone in list(self._phones.values()):
            self._drop(phone)

    def make(self, kind: Kind) -> Phone:
        if kind == "wechat":
            alphabet = string.ascii_letters + string.digits + "_-"
            address = "o" + "".join(secrets.choice(alphabet) for _ in range(27))
            given = "".join(secrets.choice(_NAMES) for _ in range(2))
            name = secrets.choice(_SURNAMES) + given
            self._wechat.followers.add(address)
        else:
            address = self._free_number()
            name = address
            self._twilio.handset(address)
        phone = Phone(secrets.token_hex(8), kind, name, address, used=time.monotonic())
        self._phones[phone.id] = self._by_address[address] = phone
        if len(self._phones) > MOST_PHONES:
            self._drop(next(iter(self._phones.values())))
        return phone

    def _free_number(self) -> str:
        while True:
            number = f"+86138{secrets.randbelow(10**8):08d}"
            if number not in self._by_address:
                return number

    def _drop(self, phone: Phone) -> None:
        del self._phones[phone.id], self._by_address[phone.address]
        if phone.kind == "wechat":
            self._wechat.followers.remove(phone.address)
        else:
            self._twilio.forget(phone.address)
        phone.drop()

    def get(self, phone_id: str) -> Phone:
        """Raises `Problem` 404."""
        phone = self._phones.get(phone_id)
        if phone is None:
            raise Problem(404, "no_such_phone", "no phone has this id")
        phone.used = time.monotonic()
        self._phones.move_to_end(phone_id)
        return phone

    def __len__(self) -> int:
        return len(self._phones)

    def state(self, phone: Phone) -> dict[str, Any]:
        """What can be known of a phone by looking at it."""
        about: dict[str, Any] = {"id": phone.id, "kind": phone.kind, "name": phone.name, "last": phone.last}
        if phone.kind == "wechat":
            follower = self._follower(phone)
            return about | {
                "openid": phone.address,
                "following": follower.following,
                "reachable": follower.reachable,
                "opted_out": False,
                "refuses": follower.refuses,
                "menu": self._wechat.menu,
            }
        handset = self._twilio.handset(phone.address)
        return about | {
            "number": phone.address,
            "following": True,
            "reachable": handset.reachable,
            "opted_out": handset.opted_out,
            "landline": handset.landline,
            "fails_with": handset.fails_with,
            "menu": None,
        }

    def _follower(self, phone: Phone) -> Follower:
        return self._wechat.followers.add(phone.address)

    def change(self, phone: Phone, changes: dict[str, Any]) -> None:
        """following, reachable, refuses of a follower; reachable, landline, opted_out, fails_with of a handset.
        Raises `Problem` for what this kind of phone has not."""
        allowed = (
            {"following", "reachable", "refuses"}
            if phone.kind == "wechat"
            else {"reachable", "landline", "opted_out", "fails_with"}
        )
        wrong = changes.keys() - allowed
        if wrong:
            raise Problem(422, "not_of_this_phone", f"a {phone.kind} phone has no {', '.join(sorted(wrong))}")
        target: Any = self._follower(phone) if phone.kind == "wechat" else self._twilio.handset(phone.address)
        for name, value in changes.items():
            setattr(target, name, value)

    # what the person does

    def act_wechat(self, phone: Phone, kind: str, shown: str, rest: dict[str, str | int]) -> int:
        """A message or an event of a follower; its number. Raises `Problem` when the phone cannot."""
        follower = self._follower(phone)
        event = str(rest.get("Event", ""))
        if not follower.following and event not in ("subscribe", "SCAN"):
            raise Problem(409, "not_following", "only followers can do this")
        if follower.following and event == "subscribe":
            raise Problem(409, "already_following", "the follower follows already")
        self._room(phone)
        now = self._world.now()
        fields = self._wechat_line.fields(phone.address, kind, rest)
        if event:
            follower.following = event != "unsubscribe"
            if event in ("subscribe", "SCAN", "CLICK"):
                follower.acted(now)
        else:
            fields["MsgId"] = self._wechat_line.message_id()
            follower.wrote(now)
        n = phone.tell("me", kind, shown, state="sending")
        self._start(phone, self._call_wechat(phone, n, kind, fields))
        return n

    async def _call_wechat(self, phone: Phone, n: int, kind: str, fields: dict[str, str | int]) -> None:
        outcome = await self._wechat_line.call(phone.address, fields)
        if outcome.state == "broken":
            phone.change(n, "me", kind, "failed", outcome.reason)
            if fields.get("Event") != "unsubscribe":
                phone.tell("platform", "text", BROKEN)
            return
        phone.change(n, "me", kind, "delivered")
        reply = outcome.reply
        if reply is None or phone.gone or not self._follower(phone).following:
            return
        if reply.kind == "transfer_customer_service":
            return
        app_id, answered = self._world.account.wechat.app_id, str(fields.get("MsgId", ""))
        self._world.journal.accept("wechat", "passive", app_id, to=phone.address, text=reply.text, provider_id=answered)
        self._show_wechat(phone.address, reply.kind, reply.text)

    def act_sms(self, phone: Phone, text: str, file: File | None) -> int:
        """An SMS or, with a file, an MMS; its number."""
        if self._twilio.handset(phone.address).landline:
            raise Problem(409, "landline", "a landline sends no messages")
        self._room(phone)
        files: tuple[str, ...] = ()
        if file is not None:
            files = ("ME" + secrets.token_hex(16),)
            self._world.media.put(files[0], file)
        message = self._twilio.received(phone.address, text, files)
        media = [(self._twilio.media_url(message, media_id), file.content_type) for media_id in files if file]
        n = phone.tell("me", "image" if file else "text", text, state="sending")
        word = opt_out_word(text)
        handset = self._twilio.handset(phone.address)
        if word in ("STOP", "START"):
            handset.opted_out = word == "STOP"
        self._start(phone, self._call_twilio(phone, n, message, media, word))
        return n

    async def _call_twilio(
        self, phone: Phone, n: int, message: Message, media: list[tuple[str, str]], word: str | None
    ) -> None:
        kind = "image" if media else "text"
        if word is not None:
            phone.tell("platform", "text", OPT_OUT_ANSWERS[word])
        outcome = await self._twilio_line.receive(message, media, word)
        # A real handset never learns that the hotline was away; who tries a gateway here should.
        phone.change(n, "me", kind, "failed" if outcome.state == "broken" else "delivered", outcome.reason)
        for reply in outcome.replies:
            self._twilio.answered(phone.address, reply)

    def _room(self, phone: Phone) -> None:
        if phone.calls >= _CALLS_AT_ONCE:
            raise Problem(429, "too_many", "too many messages of this phone are under way")

    def _start(self, phone: Phone, work: Any) -> None:
        async def counted() -> None:
            try:
                await work
            finally:
                phone.calls -= 1

        phone.calls += 1
        if not self._world.courier.spawn(counted()):
            phone.calls -= 1
            work.close()
            raise Problem(503, "busy", "too much is under way")

    # what the phone shows

    def _show_wechat(self, openid: str, kind: str, text: str) -> None:
        phone = self._by_address.get(openid)
        if phone is None:
            return
        known = kind if kind in ("text", "image", "voice") else "text"
        phone.tell("hotline", known, text, state="delivered")

    def _show_sms(self, message: Message) -> None:
        phone = self._by_address.get(message.to)
        if phone is None:
            return
        n = phone.tell("hotline", "image" if message.media_count else "text", message.body, state="sending")
        self._world.courier.spawn(self._arrive(phone, n, message))

    async def _arrive(self, phone: Phone, n: int, message: Message) -> None:
        await asyncio.sleep(message.steps[-1][0])
        kind = "image" if message.media_count else "text"
        if message.error is None:
            phone.change(n, "hotline", kind, "delivered")
        else:
            phone.change(n, "hotline", kind, "failed", str(message.error))
