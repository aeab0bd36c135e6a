"""The chat page as a person uses it: by what it says and shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect


@dataclass(frozen=True, slots=True)
class Chat:
    page: Page
    url: str

    @classmethod
    def open(cls, context: BrowserContext, url: str) -> Chat:
        page = context.new_page()
        page.goto(url)
        chat = cls(page, url)
        expect(chat.field).to_be_visible()
        return chat

    def another(self) -> Chat:
        """A further page of the same visitor."""
        return Chat.open(self.page.context, self.url)

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def said(self) -> Locator:
        """What the citizen said, waiting or stored."""
        return self.log.locator(".theirs .bubble")

    @property
    def answers(self) -> Locator:
        return self.log.locator(".ours .bubble")

    @property
    def options(self) -> Locator:
        """The choices last offered."""
        return self.log.locator(".options").last.get_by_role("button")

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def ask(self, text: str) -> None:
        """Say it and wait for what is answered."""
        before = self.answers.count()
        self.say(text)
        expect(self.answers.nth(before)).to_be_visible()

    def numbers(self) -> list[int]:
        """The numbers of the stored messages on the page, in the order shown."""
        found: list[int] = self.log.locator("[data-seq]").evaluate_all(
            "rows => rows.map(row => Number(row.dataset.seq))"
        )
        return found

    def stored(self) -> list[dict[str, Any]]:
        """The conversation as the gateway has it."""
        token = self.page.evaluate("localStorage.getItem('yixian.session')")
        answer = self.page.request.get(
            f"{self.url}/api/v1/messages?after=0&limit=200", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.ok, answer.text()
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages
