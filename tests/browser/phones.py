"""The demo page as a person uses it: two phones, each by what its screen says and shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page, expect


@dataclass(frozen=True, slots=True)
class Phone:
    place: Locator

    @property
    def field(self) -> Locator:
        return self.place.get_by_role("textbox", name="写消息")

    @property
    def log(self) -> Locator:
        return self.place.get_by_role("log")

    @property
    def said(self) -> Locator:
        return self.log.locator(".me .bubble")

    @property
    def answers(self) -> Locator:
        return self.log.locator(".hotline .bubble")

    @property
    def failures(self) -> Locator:
        """What is written below bubbles that did not arrive."""
        return self.log.locator(".state.failed")

    @property
    def notices(self) -> Locator:
        """What the phone says above and below its conversation."""
        return self.place.get_by_role("status").or_(self.place.get_by_role("alert"))

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def ask(self, text: str, answer: str | re.Pattern[str]) -> None:
        """Say it and wait for an answer with these words that was not there before."""
        said, answers = self.said.count(), self.answers.filter(has_text=answer)
        before = answers.count()
        self.say(text)
        expect(self.said.nth(said)).to_have_text(text)
        expect(answers.nth(before)).to_be_visible()

    def press(self, name: str) -> None:
        self.place.get_by_role("button", name=name, exact=True).click()

    def switch(self, name: str) -> Locator:
        return self.place.get_by_role("switch", name=name)


@dataclass(frozen=True, slots=True)
class Demo:
    page: Page
    url: str

    @classmethod
    def open(cls, context: BrowserContext, url: str) -> Demo:
        page = context.new_page()
        page.goto(f"{url}/simulator")
        demo = cls(page, url)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return demo

    @property
    def wechat(self) -> Phone:
        return Phone(self.page.get_by_role("region", name="微信手机", exact=True))

    @property
    def sms(self) -> Phone:
        return Phone(self.page.get_by_role("region", name="短信手机", exact=True))

    @property
    def tabs(self) -> Locator:
        """What a narrow screen shows one of: WeChat, SMS, the guide."""
        return self.page.get_by_role("navigation").get_by_role("button")

    def show(self, tab: str) -> None:
        """On a narrow screen."""
        self.tabs.filter(has_text=tab).click()
