"""`/api/v1/desk/tickets/export`: tickets as a table to take away, sent as it is made."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from datetime import datetime
from typing import Any, Literal

from pydantic import Field
from tornado.iostream import StreamClosedError
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.ports import StoreUnavailable
from gateway.core.tickets.exports import CONTENT_TYPES, MOST_ROWS, Exports
from gateway.core.tickets.words import BEIJING
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.tickets import TicketFilters

log = logging.getLogger("hotline.http")

_STALLS = 30.0  # seconds for one piece to be taken


class ExportQuery(TicketFilters):
    format: Literal["csv", "xlsx"] = Field("csv", description="CSV is UTF-8 with a mark by which Excel knows it.")


class Export(DeskHandler):
    def initialize(self, access: Access, exports: Exports) -> None:
        super().initialize(access)
        self.exports = exports

    @needs("tickets.export")
    async def get(self) -> None:
        asked = self.query(ExportQuery)
        async with aclosing(self.exports.pieces(self.person, asked.filters(), asked.format)) as pieces:
            first = await anext(pieces)  # what cannot be exported is told as an error, before anything is sent
            name = f"tickets-{datetime.now(BEIJING):%Y%m%d-%H%M}.{asked.format}"
            self.set_header("Content-Type", CONTENT_TYPES[asked.format])
            self.set_header("Content-Disposition", f'attachment; filename="{name}"')
            self.set_header("X-Row-Limit", str(MOST_ROWS))
            try:
                await self._send(first)
                async for piece in pieces:
                    await self._send(piece)
            except (TimeoutError, StreamClosedError, StoreUnavailable) as error:
                # half a table must not pass for a whole one: the connection ends without the last chunk
                log.warning("an export was cut short", extra={"about": type(error).__name__})
                connection: Any = self.request.connection
                connection.close()
                return
        self.finish()

    async def _send(self, piece: bytes) -> None:
        self.write(piece)
        async with asyncio.timeout(_STALLS):
            await self.flush()


_operation = StaffOperations("desk: tickets", "/api/v1/desk/tickets", ("tickets.export",))

OPERATIONS = (
    _operation(
        "get",
        "/export",
        "Tickets as a table",
        (200, "The file, sent as it is made", None),
        422,
        429,
        query=ExportQuery,
        description=(
            f"At most {MOST_ROWS} tickets, which `X-Row-Limit` says; a last row tells when there are more. Names and "
            "phones are shown in part, of confidential reports not at all. Recorded in the audit log with the filters "
            "and the number of rows."
        ),
        binary=True,
    ),
)


def routes(access: Access, exports: Exports) -> list[URLSpec]:
    return [URLSpec(r"/api/v1/desk/tickets/export", Export, {"access": access, "exports": exports})]
