"""The desk's pages that read something, and what may lie between such a page and the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Route

API = "**/api/v1/desk/**"


@dataclass(frozen=True, slots=True)
class Reading:
    """A page. path: `{number}` stands for a ticket, `{webhook}` for another system, `{entry}` for an entry of the
    knowledge base. nothing: what to add to the path so that the page finds nothing; None where there always is
    something, or where the page has to be asked by hand."""

    name: str
    username: str
    path: str
    nothing: str | None = None

    def at(self, **ids: str) -> str:
        return self.path.format(**ids)


READINGS = (
    Reading("tickets", "lin", "/desk/tickets", "?q=无此事"),
    Reading("ticket", "lin", "/desk/tickets/{number}"),
    Reading("unit", "wang", "/desk/unit"),
    Reading("overdue", "sun", "/desk/supervision", ""),
    Reading("cards", "sun", "/desk/supervision?tab=cards", "&unit=water"),
    Reading("figures", "zhao", "/desk/figures"),
    Reading("behind", "zhao", "/desk/figures/tickets?fact=overdue", "&on=2020-01-01"),
    Reading("board", "zhao", "/desk/board"),
    Reading("canned", "zhao", "/desk/office/canned"),
    Reading("entries", "he", "/desk/knowledge", "?q=无此事"),
    Reading("entry", "he", "/desk/knowledge/entries/{entry}"),
    Reading("inbox", "he", "/desk/knowledge/inbox"),
    Reading("people", "root", "/desk/office/people"),
    Reading("person", "root", "/desk/office/people/chen"),
    Reading("units", "root", "/desk/office/units"),
    Reading("calendar", "root", "/desk/office/calendar"),
    Reading("limits", "root", "/desk/office/limits"),
    Reading("channels", "root", "/desk/office/channels"),
    Reading("webhooks", "root", "/desk/office/webhooks"),
    Reading("webhook", "root", "/desk/office/webhooks/{webhook}"),
    Reading("deliveries", "root", "/desk/office/deliveries", ""),
    Reading("audit", "root", "/desk/office/audit"),
    Reading("own", "root", "/desk/own"),
)


def _but_who_is_signed_in(route: Route) -> bool:
    return route.request.url.endswith("/session")


@contextmanager
def held_up(context: BrowserContext) -> Iterator[None]:
    """The gateway does not answer within; what was asked meanwhile is answered at the end."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        if _but_who_is_signed_in(route):
            route.fallback()
        else:
            waiting.append(route)

    context.route(API, hold)
    yield
    for route in waiting:
        route.continue_()
    context.unroute(API, hold)


@contextmanager
def failing(context: BrowserContext, status: int) -> Iterator[None]:
    """Within, the gateway answers all but who is signed in with this status; 0: it cannot be reached."""

    def fail(route: Route) -> None:
        if _but_who_is_signed_in(route):
            route.fallback()
        elif status:
            route.fulfill(status=status, content_type="application/json", body="{}")
        else:
            route.abort()

    context.route(API, fail)
    yield
    context.unroute(API, fail)
