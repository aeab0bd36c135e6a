"""Whatever is asked within or without the description, by anybody: no defect shows, and every answer is one that the
description promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from channels.description import Operation
from gateway.app import OPERATIONS
from gateway.web.desk.tickets import TicketMove
from tests.web.api.office import DESK, Office
from tests.web.api.who_may import ASKS_FOR, CALLERS, CITIZEN, EVERYBODY, MOVES, SIGNED_OUT, allowed

EXAMPLES = 20
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_ENDS = (("delete", f"{DESK}/session"), ("post", f"{DESK}/session/password"))  # the session of who asks


@pytest.fixture(scope="module")
def described(disturbed: Office) -> Any:
    """As it is served; who calls is said by us, not made up from the description."""
    description = disturbed.http.get(f"{disturbed.url}/api/openapi.json", timeout=20).json()
    for methods in description["paths"].values():
        for operation in methods.values():
            del operation["security"]
    return schemathesis.openapi.from_dict(description)


def _takes_away(operation: Operation) -> bool:
    """What others ask about is still there for them."""
    return operation.method == "delete" or operation.path.rpartition("/")[2] in ("remove", "disable", "retire")


def _takes(operation: Operation) -> bool:
    return bool(operation.takes or operation.query or operation.parameters or operation.upload)


def _examples(operation: Operation) -> int:
    if operation.takes is TicketMove:
        return EXAMPLES * 4  # it is many operations in one
    return EXAMPLES if _takes(operation) else len(CALLERS)


def _cases(operation: Operation, described: APIOperation[Any]) -> st.SearchStrategy[Case]:
    """What fits the description, and what does not; nothing can be wrong about what takes nothing."""
    fits = described.as_strategy(generation_mode=GenerationMode.POSITIVE)
    return fits | described.as_strategy(generation_mode=GenerationMode.NEGATIVE) if _takes(operation) else fits


def _with_known(draw: Callable[..., Any], known: dict[str, list[str]], value: Any, name: str = "") -> Any:
    """The value, with names of things that are there in most places that take one."""
    if isinstance(value, dict):
        return {key: _with_known(draw, known, one, str(key)) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_known(draw, known, one, name) for one in value]
    if name in known and isinstance(value, str) and draw(st.integers(0, 2)) < 2:
        return draw(st.sampled_from(known[name]))
    return value


def _callers(operation: Operation, case: Case) -> list[str]:
    """Who may ask this."""
    wanted = ASKS_FOR[operation.method, operation.path]
    if isinstance(case.body, dict) and operation.takes is TicketMove:
        wanted, _ = MOVES.get(str(case.body.get("move")), (wanted, {}))
    if wanted == EVERYBODY and not operation.staff:
        return [CITIZEN, SIGNED_OUT]
    return [caller for caller in CALLERS if allowed(caller, wanted)]


@st.composite
def requests_of(draw: Callable[..., Any], operation: Operation, cases: st.SearchStrategy[Case], office: Office) -> Any:
    """Who asks, and what; mostly somebody who may, about something that is there."""
    case = draw(cases)
    for name in case.path_parameters or {}:
        known = office.names(operation.path, name)
        if known and draw(st.integers(0, 4)) < 4:
            # as it is written in an address
            case.path_parameters[name] = quote(draw(st.sampled_from(known)), safe="")
    if isinstance(case.query, dict):
        case.query = _with_known(draw, office.known, case.query)
    if isinstance(case.body, dict | list) and not operation.upload:
        case.body = _with_known(draw, office.known, case.body)
    may = _callers(operation, case)
    return draw(st.sampled_from(may if draw(st.integers(0, 7)) < 7 else CALLERS)), case


@pytest.mark.parametrize("operation", sorted(OPERATIONS, key=_takes_away), ids=lambda one: f"{one.method} {one.path}")
def test_every_answer_is_one_that_is_promised(disturbed: Office, described: Any, operation: Operation) -> None:
    one = described[operation.path][operation.method.upper()]

    @settings(
        max_examples=_examples(operation),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        # a smaller request may find another state
        phases=[Phase.generate],
    )
    @given(requests_of(operation, _cases(operation, one), disturbed))
    def holds(request: tuple[str, Case]) -> None:
        caller, case = request
        headers = {**(case.headers or {}), **disturbed.headers(caller)}
        response = case.call(base_url=disturbed.url, session=disturbed.http, headers=headers, timeout=20)
        disturbed.http.cookies.clear()
        case.validate_response(response, checks=CHECKS, headers=headers)
        if (operation.method, operation.path) in _ENDS and response.status_code < 300:
            disturbed.signed_out(caller)

    holds()
