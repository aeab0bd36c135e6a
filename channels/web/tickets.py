"""The citizen API's tickets: file one, look one up, add to it, rate it. Handlers parse, ask, answer."""

from __future__ import annotations

from typing import Any

from tornado.routing import URLSpec

from channels.contract import Address, NotDone
from channels.handling import ApiError
from channels.web.api import CitizenHandler
from channels.web.ports import Progress, Tickets
from channels.web.schemas import (
    PlaceList,
    RatingRequest,
    SupplementRequest,
    TicketFiled,
    TicketList,
    TicketProgress,
    TicketRequest,
    TicketTold,
)
from channels.web.sending import Web

_STATUS = {"not_found": 404, "too_many_requests": 429, "refused": 409, "invalid": 400, "not_accepted": 422}
FILED_AN_HOUR = 20  # by one visitor
ADDED_AN_HOUR = 60  # from one address


class _TicketHandler(CitizenHandler):
    tickets: Tickets

    def initialize(self, web: Web, tickets: Tickets) -> None:  # type: ignore[override]
        super().initialize(web)
        self.tickets = tickets

    def known_visitor(self) -> Address | None:
        """The visitor, when there is one; number and code need none."""
        return self.visitor() if self.request.headers.get("Authorization") else None

    def told(self, progress: Progress, words: str) -> TicketTold:
        """The ticket after these words were said of it."""
        shown = TicketProgress.of(progress).model_dump()
        return TicketTold(**shown, emergency=self.tickets.emergency(words))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, NotDone):
            told = ApiError(
                _STATUS.get(error.code, 409), error.code, error.message, retry_after=error.retry_after, **error.details
            )
            self.set_status(told.status)
            kwargs["exc_info"] = (ApiError, told, None)
            status_code = told.status
        super().write_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        if isinstance(value, NotDone):
            value = ApiError(_STATUS.get(value.code, 409), value.code, value.message)
        super().log_exception(typ, value, tb)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, NotDone):
            status_code = _STATUS.get(error.code, 409)
        super().send_error(status_code, **kwargs)


class AllTickets(_TicketHandler):
    async def post(self) -> None:
        visitor = self.visitor()
        request = self.body(TicketRequest)
        await self.web.within(f"tickets:{visitor.key}", FILED_AN_HOUR, 3600.0)
        told = self.tickets.told(
            kind=request.kind,
            matter=request.matter,
            happened=request.happened,
            place=request.place.label,
            latitude=request.place.latitude,
            longitude=request.place.longitude,
            name=request.name,
            phone=request.phone,
            confidential=request.confidential,
            blobs=request.attachments,
        )
        name, progress = await self.tickets.file(visitor, request.client_id, told, self.language)
        filed = TicketFiled(
            number=name.number,
            code=name.code,
            emergency=self.tickets.emergency(request.matter),
            ticket=TicketProgress.of(progress),
        )
        self.reply(filed, 201)

    async def get(self) -> None:
        found = await self.tickets.mine(self.visitor(), self.language)
        self.reply(TicketList(tickets=tuple(map(TicketProgress.of, found))))


class OneTicket(_TicketHandler):
    async def get(self, number: str) -> None:
        code = self.get_query_argument("code", "")[:16]
        who, visitor = f"address:{self.address}", self.known_visitor()
        progress = await self.tickets.progress(number, code, who, visitor, self.language)
        self.reply(TicketProgress.of(progress))


class TicketRating(_TicketHandler):
    async def post(self, number: str) -> None:
        request = self.body(RatingRequest)
        progress = await self.tickets.rate(
            number,
            request.code,
            f"address:{self.address}",
            self.known_visitor(),
            self.language,
            solved=request.solved,
            verdict=request.verdict,
            text=request.words,
        )
        self.reply(self.told(progress, request.words))


class TicketSupplements(_TicketHandler):
    async def post(self, number: str) -> None:
        request = self.body(SupplementRequest)
        await self.web.within(f"supplements:{self.address}", ADDED_AN_HOUR, 3600.0)
        progress = await self.tickets.supplement(
            number,
            request.code,
            f"address:{self.address}",
            self.known_visitor(),
            self.language,
            client_id=request.client_id,
            text=request.words,
            blobs=request.attachments,
        )
        self.reply(self.told(progress, request.words), 201)


class Places(_TicketHandler):
    async def get(self) -> None:
        self.set_header("Cache-Control", "private, max-age=3600")
        self.reply(PlaceList(places=tuple(self.tickets.places())))


def routes(web: Web, tickets: Tickets) -> list[URLSpec]:
    given = {"web": web, "tickets": tickets}
    one = r"/api/v1/tickets/(DG[0-9]{15})"
    return [
        URLSpec(r"/api/v1/tickets", AllTickets, given),
        URLSpec(one, OneTicket, given),
        URLSpec(f"{one}/rating", TicketRating, given),
        URLSpec(f"{one}/supplements", TicketSupplements, given),
        URLSpec(r"/api/v1/places", Places, given),
    ]
