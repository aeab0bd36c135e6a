"""A gateway at work for the tests of the whole API: somebody of each role, a citizen, and tickets in many states."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import requests

from channels.contract import Text
from gateway.core.model import Delivery, Message, Sender
from gateway.core.people import Accounts, Attempts, Lifetimes, Passwords, Pauses, Sessions
from gateway.storage.mongo import MongoStore
from tests.running import RunningGateway
from tests.web.api.who_may import CITIZEN, NO_ROLE, ROLES, SIGNED_OUT

API = "/api/v1"
DESK = f"{API}/desk"
PASSWORD = "育华路的灯-2026-很亮"
MANY = "1000000"
SETTINGS = {
    "HOTLINE_DEMO": "false",
    "HOTLINE_ADMIN__USERNAME": "root",
    "HOTLINE_ADMIN__PASSWORD": PASSWORD,
    "HOTLINE_WEB__SESSIONS_PER_ADDRESS": MANY,
    "HOTLINE_WEB__REQUESTS_PER_ADDRESS": MANY,
    "HOTLINE_WEB__MESSAGES_PER_VISITOR": MANY,
    "HOTLINE_WEB__UPLOADS_PER_VISITOR": MANY,
    "HOTLINE_DESK__SIGN_INS_PER_ADDRESS": MANY,
    "HOTLINE_DESK__ATTEMPTS": MANY,
    "HOTLINE_TICKETS__URGENT": "1s",
    "HOTLINE_WEBHOOKS__NETWORKS": '["127.0.0.0/8"]',
}
LIGHTS, WATER, SPARE = "test-lights", "test-water", "test-spare"
UNITS = ((LIGHTS, "奇想路灯管理所", "路灯所"), (WATER, "奇想水务局", "水务"), (SPARE, "奇想备用局", "备用"))
UNIT_OF = {"unit_clerk": LIGHTS, "unit_head": WATER}
TARGETS = {"target.agent": "agent", "target.clerk": "unit_clerk"}  # whom others do things to
MATTER = {"kind": "complaint", "matter": "育华路12号门口的奇想灯坏了三天", "place": {"label": "育华路"}}
NOBODY = "http://127.0.0.1:9/hook"  # where no other system listens
_WITHIN = 30.0

Headers = Mapping[str, str]


class Office:
    """tickets: name → number. known: names that are there, by the parameter or field that takes them."""

    def __init__(self, gateway: RunningGateway) -> None:
        self.gateway = gateway
        self.url = gateway.url
        self.http = requests.Session()
        self.http.trust_env = False
        self.tickets: dict[str, str] = {}
        self.known: dict[str, list[str]] = {}
        self._headers: dict[str, Headers] = {SIGNED_OUT: {}}

    def close(self) -> None:
        self.http.close()

    # -- calling --------------------------------------------------------------------------------------------------

    def headers(self, caller: str) -> Headers:
        """What lets somebody in: a citizen's token, or a browser's cookie with what its page says beside it."""
        if caller not in self._headers:
            self._headers[caller] = self._signed_in(caller)
        return self._headers[caller]

    def names(self, path: str, parameter: str) -> list[str]:
        """Those a parameter of this path may have that are there; none where none is known."""
        if path.startswith(f"{API}/tickets/"):
            return [self.tickets["citizens"], self.tickets["answered"]]
        if path.endswith("/attachments/{id}") and parameter == "number":
            return [self.tickets["signed"]]
        kind = path.partition(f"/{{{parameter}}}")[0].rpartition("/")[2]
        return self.known.get(parameter) or self.known.get(kind, [])

    def path(self, described: str) -> str:
        """With the first name that is there, or one of nothing, for each parameter."""

        def name(found: re.Match[str]) -> str:
            return quote([*self.names(described, found[1]), "none"][0], safe="")

        return re.sub(r"\{(\w+)\}", name, described)

    def signed_out(self, caller: str) -> None:
        """The session has ended; the next call begins another."""
        if caller != SIGNED_OUT:
            self._headers.pop(caller, None)

    def call(self, caller: str, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        return self.http.request(
            method, self.url + path, json=body, params=query, headers=dict(self.headers(caller)), timeout=20
        )

    def done(self, caller: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """What is said to somebody who may, and whose request is right."""
        answer = self.call(caller, method, path, body, **query)
        assert answer.ok, (caller, method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def uploaded(self, caller: str, path: str) -> Any:
        picture = ("x.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png")
        headers = dict(self.headers(caller))
        kept = self.http.post(self.url + path, files={"file": picture}, headers=headers, timeout=20)
        assert kept.status_code == 201, kept.text
        return kept.json()

    def _signed_in(self, caller: str) -> Headers:
        if caller == CITIZEN:
            begun = self.done(SIGNED_OUT, "POST", f"{API}/sessions", {})
            self.known["conversations"] = [begun["conversation_id"]]
            return {"Authorization": f"Bearer {begun['token']}"}
        return self._browser(caller, PASSWORD)

    def _browser(self, username: str, password: str) -> Headers:
        given = {"username": username, "password": password}
        answer = self.http.post(f"{self.url}{DESK}/session", json=given, timeout=20)
        self.http.cookies.clear()
        assert answer.status_code == 201, answer.text
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"], "Origin": self.url}

    # -- setting up -----------------------------------------------------------------------------------------------

    def open(self) -> None:
        self._headers["administrator"] = self._browser("root", PASSWORD)
        root = "administrator"
        for id, name, short in UNITS:
            unit = {"id": id, "name": name, "short": short, "kind": "department"}
            self.done(root, "POST", f"{DESK}/units", unit)
        # whatever is published today; and limits may reach into the next year
        this_year = datetime.now(UTC).year
        for year in (this_year, this_year + 1):
            self.done(root, "PUT", f"{DESK}/calendar/{year}", {"days": [{"day": f"{year}-01-01", "workday": False}]})
        asyncio.run(self._add_people())
        self._headers.pop(root)
        self._register_webhooks()
        self._file_tickets()
        self._as_citizen()
        self._be_answered()
        self.known |= {
            "number": [*self.tickets.values()],
            "username": [*TARGETS],
            "year": ["2030", "2031"],
            "seq": ["1", "2"],
            "units": [unit for unit, *_ in UNITS],
            "deliveries": [f"dead-{count}" for count in range(3)],
            "reporter": self._reporters(),
            "card": self._cards(),
            "delivery": self._told(),
            "attachments": [self.uploaded("agent", f"{DESK}/tickets/{self.tickets['signed']}/attachments")["id"]],
            "entries": self._entries(),
        }
        self.known |= dict.fromkeys(("into", "q"), self.known["number"])
        self.known |= dict.fromkeys(("unit", "lead", "joint", "under", "accused", "parent"), self.known["units"])
        self.known |= {"person": self.known["username"], "entry_id": self.known["entries"]}

    async def _add_people(self) -> None:
        """Past the API where it could not: somebody without a role. Passwords that need not be changed."""
        store = MongoStore(self.gateway.stores()[0], "hotline")

        def now() -> datetime:
            return datetime.now(UTC).replace(microsecond=0)

        attempts = Attempts(store, now, Pauses(free=5, first=1, longest=2))
        sessions = Sessions(store, now, Lifetimes(3600, 3600))
        accounts = Accounts(store, now, passwords=Passwords(), sessions=sessions, attempts=attempts)
        people = [*((role, role) for role in ROLES), (NO_ROLE, "agent"), *TARGETS.items()]
        for username, role in people:
            unit = UNIT_OF.get(role)
            await accounts.add(username, username, (role,), unit, PASSWORD, by="test", lasting=True)  # type: ignore[arg-type]
        await accounts.update(NO_ROLE, lambda one: one.model_copy(update={"roles": ()}), by="test", action="test")
        for count in range(3):
            await store.insert("messages", _dead(f"dead-{count}", now()).document())
        await store.close()

    def _register_webhooks(self) -> None:
        webhook = {"url": NOBODY, "types": ["ticket.dispatched"], "confidential": True, "reason": "协办"}
        made = [
            self.done("administrator", "POST", f"{DESK}/webhooks", {"name": name, **webhook})
            for name in ("门户", "大厅")
        ]
        self.known["webhooks"] = [one["webhook"]["id"] for one in made]
        self.known["url"] = [NOBODY]

    def _file_tickets(self) -> None:
        for name in ("new", "dispatched", "signed", "overdue", "replied", "callback", "supervised", "merged"):
            self.tickets[name] = self.done("agent", "POST", f"{DESK}/tickets", MATTER)["number"]
            if name == "overdue":
                self.move("shift_leader", name, "mark", urgent=True, reason="人身安全")
            if name not in ("new", "merged"):
                self.move("agent", name, "dispatch", lead=LIGHTS)
        secret = {**MATTER, "kind": "report", "confidential": True, "accused": [WATER], "phone": "13800138000"}
        self.tickets["confidential"] = self.done("shift_leader", "POST", f"{DESK}/tickets", secret)["number"]
        self.move("shift_leader", "confidential", "dispatch", lead=LIGHTS)
        self.move("agent", "merged", "merge", into=self.tickets["new"], reason="同一件事")
        for name in ("signed", "overdue", "replied", "callback", "supervised"):
            self.move("unit_clerk", name, "sign")
        for name in ("replied", "callback"):
            self.move("unit_clerk", name, "reply", text="灯已经换好")
        self.move("agent", "callback", "approve")
        self.move("supervisor", "supervised", "supervise", reason="迟迟没有办")

    def move(self, caller: str, ticket: str, move: str, **particulars: Any) -> None:
        self.done(caller, "POST", f"{DESK}/tickets/{self.tickets[ticket]}/moves", {"move": move, **particulars})

    def _as_citizen(self) -> None:
        self.done(CITIZEN, "POST", f"{API}/messages", {"client_id": "m1", "text": "公积金怎么提取"})
        self.known["code"] = []
        for name in ("citizens", "answered"):
            filing = {"client_id": name, "kind": "suggestion", "matter": "建议鸿福路公交站加一个遮雨棚"}
            filed = self.done(CITIZEN, "POST", f"{API}/tickets", filing)
            self.tickets[name] = filed["number"]
            self.known["code"].append(filed["code"])
        self.move("agent", name, "dispatch", lead=LIGHTS)
        self.move("unit_clerk", name, "sign")
        self.move("unit_clerk", name, "reply", text="已经列入计划")
        self.move("agent", name, "approve")
        self.known["blob_id"] = [self.uploaded(CITIZEN, f"{API}/uploads")["media"]["blob_id"]]

    def _be_answered(self) -> None:
        """A conversation that an agent has taken over, and what is said again and again."""
        self.done(CITIZEN, "POST", f"{API}/messages", {"client_id": "m2", "text": "我要人工"})
        (conversation,) = self.known["conversations"]
        self.done("agent", "POST", f"{DESK}/conversations/{conversation}/moves", {"move": "take"})
        hello = {"shortcut": "nh", "title": "问好", "text": "您好，我是人工客服"}
        self.known["canned"] = [self.done("shift_leader", "POST", f"{DESK}/canned", hello)["id"]]

    def _reporters(self) -> list[str]:
        found = []
        for name in ("new", "confidential"):
            number = self.tickets[name]
            listed = self.done("shift_leader", "GET", f"{DESK}/tickets/{number}/reporters")
            found += [one["id"] for one in listed["reporters"]]
        return found

    def _told(self) -> list[str]:
        """What the other systems were to be told."""
        found = []
        for webhook in self.known["webhooks"]:
            page = self.done("administrator", "GET", f"{DESK}/webhooks/{webhook}/deliveries")
            found += [one["id"] for one in page["deliveries"]]
        assert found
        return found

    def _entries(self) -> list[str]:
        """Of the sample knowledge base."""
        page = self.done("knowledge_editor", "GET", f"{DESK}/kb/entries", limit=3)
        return [entry["id"] for entry in page["entries"]]

    def _cards(self) -> list[str]:
        """Of the ticket that is late; time gives it one."""
        deadline = time.monotonic() + _WITHIN
        while time.monotonic() < deadline:
            cards = self.done("supervisor", "GET", f"{DESK}/tickets/{self.tickets['overdue']}")["cards"]
            if cards:
                return [card["id"] for card in cards]
            time.sleep(0.2)
        raise AssertionError("the overdue ticket was given no card")


def _dead(id: str, at: datetime) -> Message:
    """A message that reached nobody."""
    return Message(
        id=id,
        identity="sms:AC1:+8613800138000",
        conversation_id="C1",
        seq=1,
        state="numbered",
        direction="out",
        sender=Sender(kind="bot"),
        parts=(Text(text="您反映的路灯已经修好"),),
        sent_at=at,
        accepted_at=at,
        delivery=Delivery(state="failed", at=at, attempts=3, code="30003", meaning="unreachable", channel="sms"),
    )
