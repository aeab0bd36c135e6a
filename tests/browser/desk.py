"""The desk as staff use it: by what it says and shows; and an office of people to sign in."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.chromium import SETTINGS

Found = TypeVar("Found")
PASSWORD = "Lantern-7314-quiet"
OFFICE = {**SETTINGS, "HOTLINE_ADMIN__USERNAME": "root", "HOTLINE_ADMIN__PASSWORD": PASSWORD}
PEOPLE: tuple[tuple[str, str, str, str | None], ...] = (
    ("lin", "林小雨", "agent", None),
    ("zhao", "赵敏", "shift_leader", None),
    ("wang", "王建国", "unit_head", "housing"),
    ("chen", "陈晓", "unit_clerk", "housing"),
    ("sun", "孙立", "supervisor", None),
)
MATTER: dict[str, Any] = {
    "kind": "complaint",
    "title": "小区电梯坏了三天没人修",
    "matter": "南城街道阳光花园 3 栋的电梯坏了三天，物业一直说在等配件，楼里有老人下不了楼。",
    "happened": "11月23日早上开始",
    "place": {"label": "南城街道阳光花园3栋"},
    "name": "陈先生",
    "phone": "13800138000",
}


class Caller:
    """A person's session over the API, to prepare what a page then shows."""

    def __init__(self, url: str, username: str, password: str = PASSWORD) -> None:
        self._url = url
        self._token = ""
        self._token = self("POST", "/session", username=username, password=password)["token"]

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        """What the desk's API answers. Raises `HTTPError` for a refusal."""
        request = urllib.request.Request(f"{self._url}/api/v1/desk{path}", method=method)
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        if method != "GET":
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with urllib.request.urlopen(request, timeout=15) as answer:
            return json.loads(answer.read() or b"null")

    def file(self, **changes: Any) -> str:
        """File a ticket; its number."""
        number: str = self("POST", "/tickets", **{**MATTER, **changes})["number"]
        return number

    def move(self, number: str, move: str, **particulars: Any) -> Any:
        return self("POST", f"/tickets/{number}/moves", move=move, **particulars)


def staff(url: str) -> None:
    """Fill an office: everybody in `PEOPLE`, with a password of their own."""
    root = Caller(url, "root")
    for username, name, role, unit in PEOPLE:
        made = root("POST", "/people", username=username, name=name, roles=[role], unit=unit)
        Caller(url, username, made["password"])("POST", "/session/password", old=made["password"], new=PASSWORD)


def until(look: Callable[[], Found]) -> Found:
    """What is found there, as soon as there is something; 30 s at most."""
    for _ in range(300):
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen")


def clear(url: str) -> None:
    """Leave no conversation to people, and nobody at their desk."""
    for username, _, role, _ in PEOPLE:
        if role != "supervisor":
            Caller(url, username)("PUT", "/agents/me", state="away")
    zhao = Caller(url, "zhao")
    for row in zhao("GET", "/conversations?list=everyone")["conversations"]:
        try:
            zhao("POST", f"/conversations/{row['id']}/moves", move="back_to_bot")
        except urllib.error.HTTPError as refused:
            if refused.code != 409:  # else it went back with the one it followed
                raise


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody's desk in a browser of their own."""

    page: Page
    url: str

    @classmethod
    def open(cls, context: BrowserContext, url: str, path: str = "/desk") -> Desk:
        page = context.new_page()
        page.goto(url + path)
        return cls(page, url)

    @classmethod
    def of(cls, context: BrowserContext, url: str, username: str, path: str = "/desk") -> Desk:
        """Open it and sign in."""
        desk = cls.open(context, url, path)
        desk.sign_in(username)
        expect(desk.navigation).to_be_visible()
        return desk

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码", exact=True).fill(password)
        self.page.get_by_role("button", name="登录", exact=True).click()

    @property
    def navigation(self) -> Locator:
        return self.page.get_by_role("navigation", name="工作台导航")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def news(self) -> Locator:
        """What was said to be done."""
        return self.page.locator(".toast")

    def alarm(self, whose: str) -> Locator:
        """The line of the strip that says who may be in danger, or which ticket tells of it."""
        return self.page.get_by_role("list", name="可能有危险").get_by_role("listitem").filter(has_text=whose)

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def do(self, move: str, send: str | None = None, **fields: str) -> None:
        """Open a move's form, fill in fields by their labels, send it, and see it said."""
        self.page.get_by_role("button", name=move, exact=True).click()
        for label, text in fields.items():
            self.dialog.get_by_label(re.compile(rf"^{label}")).fill(text)
        self.dialog.get_by_role("button", name=send or move, exact=True).click()
        expect(self.dialog).to_have_count(0)
