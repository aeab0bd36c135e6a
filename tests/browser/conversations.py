"""The desk's conversations as agents use them, and citizens who write over the API or from the demo's phones."""

from __future__ import annotations

import json
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.desk import Desk

PATH = "/desk/conversations"


def _asked(url: str, method: str, body: Any = None, **headers: str) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
    with urllib.request.urlopen(request, timeout=15) as answer:
        return json.loads(answer.read() or b"null")


class Citizen:
    """A visitor of the web, over the API."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/v1"
        session = _asked(f"{self._url}/sessions", "POST", {})
        self.conversation_id: str = session["conversation_id"]
        self.label = f"网页 {session['contact_id'][-4:]}"
        self._headers = {"Authorization": f"Bearer {session['token']}"}

    def say(self, *texts: str) -> None:
        for text in texts:
            said = {"client_id": uuid.uuid4().hex, "text": text}
            _asked(f"{self._url}/messages", "POST", said, **self._headers)

    def heard(self) -> list[str]:
        """Every text of ours, in order."""
        page = _asked(f"{self._url}/messages?after=0&limit=200", "GET", **self._headers)
        parts = (part for one in page["messages"] if one["direction"] == "out" for part in one["parts"])
        return [part["text"] for part in parts if part["type"] == "text"]


class Phone:
    """One of the demo's phones. kind: wechat or sms."""

    def __init__(self, url: str, kind: str) -> None:
        self._url = f"{url}/simulator/phones"
        self._headers = {"X-Requested-With": "simulator", "Origin": url}
        self._id: str = _asked(self._url, "POST", {"kind": kind}, **self._headers)["id"]

    def say(self, *texts: str) -> None:
        for text in texts:
            self.act(type="text", text=text)

    def act(self, **act: Any) -> None:
        _asked(f"{self._url}/{self._id}/messages", "POST", act, **self._headers)

    def reachable(self, is_: bool) -> None:
        self.is_now(reachable=is_)

    def is_now(self, **state: Any) -> None:
        """What its platform knows of it: reachable, landline, opted_out, fails_with; following, refuses."""
        _asked(f"{self._url}/{self._id}/state", "POST", state, **self._headers)


@dataclass(frozen=True, slots=True)
class Conversations:
    """Somebody's page of conversations."""

    desk: Desk

    @classmethod
    def of(cls, context: BrowserContext, url: str, username: str, id: str = "") -> Conversations:
        """Open it and sign in; live from then on."""
        desk = Desk.open(context, url, f"{PATH}/{id}" if id else PATH)
        desk.sign_in(username)
        page = cls(desk)
        expect(page.thread if id else page.rows).to_be_visible()
        return page

    @property
    def page(self) -> Page:
        return self.desk.page

    @property
    def rows(self) -> Locator:
        return self.page.get_by_role("region", name="会话", exact=True)

    def show(self, name: str) -> None:
        """One of the lists."""
        self.rows.get_by_role("button", name=name).click()

    def row(self, citizen: str) -> Locator:
        return self.rows.get_by_role("link").filter(has_text=citizen)

    def look(self, citizen: str) -> None:
        self.row(citizen).click()
        expect(self.head.get_by_role("heading", name=citizen)).to_be_visible()

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("region", name="会话内容")

    @property
    def head(self) -> Locator:
        return self.thread.locator("header").first

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def about(self) -> Locator:
        return self.page.get_by_role("complementary", name="市民资料")

    @property
    def reply(self) -> Locator:
        return self.page.get_by_role("textbox", name="回复", exact=True)

    @property
    def note(self) -> Locator:
        return self.page.get_by_role("textbox", name="内部备注", exact=True)

    def take(self) -> None:
        self.head.get_by_role("button", name="接手").click()
        expect(self.head).to_contain_text("由您接待")

    def say(self, text: str) -> None:
        self.reply.fill(text)
        self.reply.press("Enter")

    def whisper(self, text: str) -> None:
        self.page.get_by_role("tab", name="内部备注").click()
        self.note.fill(text)
        self.page.get_by_role("button", name="记下备注").click()

    def numbers(self) -> list[int]:
        """The numbers of the messages drawn, in their order."""
        found: list[int] = self.log.locator("[data-seq]").evaluate_all(
            "rows => rows.map(row => Number(row.dataset.seq))"
        )
        return found
