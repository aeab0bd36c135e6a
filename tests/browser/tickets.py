"""The ticket pages as a person uses them: by what they say and show."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page, expect


@dataclass(frozen=True, slots=True)
class TicketsPage:
    page: Page
    url: str

    @classmethod
    def open(cls, context: BrowserContext, url: str, hash: str = "") -> TicketsPage:
        page = context.new_page()
        page.goto(f"{url}/tickets{hash}")
        tickets = cls(page, url)
        expect(tickets.heading).to_be_visible()
        return tickets

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("main").get_by_role("heading", level=2)

    @property
    def story(self) -> Locator:
        """What happened, the latest first."""
        return self.page.get_by_role("main").locator("ol > li")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def go(self, name: str) -> None:
        self.page.get_by_role("navigation").get_by_role("link", name=name).click()

    def choose_kind(self, name: str) -> None:
        self.page.get_by_role("button", name=re.compile(f"^{name}")).click()
        expect(self.heading).to_have_text("是什么事？")

    def write_matter(self, matter: str) -> None:
        self.page.get_by_label("是什么事").fill(matter)

    def add_picture(self, name: str, data: bytes, kind: str = "image/png") -> None:
        self.page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": kind, "buffer": data}  # as the camera would
        )

    def on(self, heading: str) -> None:
        self.press("下一步")
        expect(self.heading).to_have_text(heading)

    def to_check(self, matter: str, *, kind: str = "投诉", place: str = "", phone: str = "") -> None:
        """Answer all questions, up to the summary."""
        self.choose_kind(kind)
        self.write_matter(matter)
        self.on("在哪里，什么时候？")
        self.page.get_by_label("在哪里").fill(place)
        self.on("怎么找到您？")
        self.page.get_by_label("电话").fill(phone)
        self.on("看看对不对")

    def send(self) -> tuple[str, str]:
        """Number and code."""
        self.press("发给我们")
        expect(self.heading).to_have_text("收到了")
        return self.filed()

    def filed(self) -> tuple[str, str]:
        """The number and the code the page shows."""
        number, code = self.page.get_by_role("main").locator("dd").all_inner_texts()
        return number.replace(" ", ""), code

    def look_up(self, number: str, code: str) -> None:
        self.page.get_by_label("编号", exact=True).fill(number)
        self.page.get_by_label("查询码", exact=True).fill(code)
        self.press("查一查")
