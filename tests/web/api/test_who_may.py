"""The server lets in whom the table says, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.app import OPERATIONS
from tests.web.api.office import DESK, Office
from tests.web.api.who_may import ASKS_FOR, CALLERS, CITIZENS, MOVES, NO_ROLE, ROLES, SEE, allowed

_NOWHERE = "DG202601010000000"  # a number there is none of


def _is_let_in(status: int, body: Any) -> bool:
    """Whether the door opened; what is refused behind it is another matter."""
    if status == 401:
        return False
    return not (status == 403 and "needs" in body["error"]["details"])


def test_every_operation_has_its_row() -> None:
    described = {(operation.method, operation.path) for operation in OPERATIONS}
    assert described - ASKS_FOR.keys() == set(), "say in who_may.py whom it is for"
    assert ASKS_FOR.keys() - described == set()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_only_who_may_is_let_in(office: Office, operation: Any) -> None:
    wanted = ASKS_FOR[operation.method, operation.path]
    path = office.path(operation.path)
    for caller in CALLERS:
        answer = office.call(caller, operation.method, path, None if operation.method == "get" else {})
        if operation.path == f"{DESK}/session" and answer.status_code == 204:
            office.signed_out(caller)
        body = answer.json() if "json" in answer.headers.get("Content-Type", "") else None
        assert answer.status_code < 500, (caller, body)
        if allowed(caller, wanted):
            assert _is_let_in(answer.status_code, body), (caller, body)
            continue
        known = caller in (*ROLES, NO_ROLE) and wanted != CITIZENS
        assert answer.status_code == (403 if known else 401), (caller, body)
        assert body["error"]["code"] in ("forbidden", "unauthorized", "session_invalid")


def test_every_move_has_its_row(office: Office) -> None:
    described = office.http.get(f"{office.url}/api/openapi.json", timeout=20).json()
    schemas = described["components"]["schemas"]
    one_of = schemas["TicketMove"]["oneOf"]
    named = {schemas[shape["$ref"].rpartition("/")[2]]["properties"]["move"]["const"] for shape in one_of}
    assert named == MOVES.keys()


@pytest.mark.parametrize("move", MOVES)
def test_only_who_may_makes_a_move(office: Office, move: str) -> None:
    wanted, particulars = MOVES[move]
    for caller in ROLES:
        answer = office.call(caller, "POST", f"{DESK}/tickets/{_NOWHERE}/moves", {"move": move, **particulars})
        # who may is told that there is no such ticket
        assert answer.status_code == (404 if allowed(caller, wanted) else 403), (caller, answer.text)


@pytest.mark.parametrize("caller", CALLERS)
def test_tickets_are_known_to_whom_they_concern(office: Office, caller: str) -> None:
    for name in SEE["shift_leader"]:
        number = office.tickets[name]
        for path in ("", "/events", "/reporters"):
            status = office.call(caller, "GET", f"{DESK}/tickets/{number}{path}").status_code
            assert (status == 200) == (name in SEE[caller]), (name, path, status)
            assert status in (200, 401, 403, 404)
    for asked in ({"limit": 100}, {"q": "奇想灯"}, {"state": "signed"}, {"unit": "test-lights"}):
        answer = office.call(caller, "GET", f"{DESK}/tickets", **asked)
        found = {ticket["number"] for ticket in answer.json().get("tickets", ())}
        hidden = {office.tickets[name] for name in SEE["shift_leader"] - SEE[caller]}
        assert not found & hidden, asked
