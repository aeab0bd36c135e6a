"""What each role may do, and what nobody may be at once."""

from __future__ import annotations

from itertools import combinations

import pytest

from gateway.core.errors import Invalid
from gateway.core.people.roles import ROLES, SCOPES, UNIT_ROLES, Role, check_roles, scopes_of


def _allowed(*roles: Role) -> bool:
    try:
        check_roles(roles, "u1" if UNIT_ROLES & set(roles) else None)
    except Invalid:
        return False
    return True


def test_every_role_alone_is_allowed_and_may_do_something() -> None:
    assert all(_allowed(role) and scopes_of((role,)) for role in ROLES)


def test_every_scope_is_somebodys() -> None:
    assert scopes_of(ROLES) == SCOPES


def test_two_roles_at_once() -> None:
    """Of a unit and of the hotline, never; the administrator is nothing else; knowledge is anybody's to edit."""
    allowed = {frozenset(pair) for pair in combinations(ROLES, 2) if _allowed(*pair)}
    of_the_hotline = {frozenset(pair) for pair in combinations(("agent", "shift_leader", "supervisor"), 2)}
    of_a_unit = {frozenset(("unit_clerk", "unit_head"))}
    with_knowledge = {frozenset(("knowledge_editor", role)) for role in ROLES if role != "knowledge_editor"}
    assert allowed == of_the_hotline | of_a_unit | with_knowledge


def test_the_administrator_sees_no_tickets() -> None:
    assert not {scope for scope in scopes_of(("administrator", "knowledge_editor")) if scope.startswith("tickets")}


@pytest.mark.parametrize(
    ("roles", "unit"), [((), None), (("agent", "agent"), None), (("agent",), "u1"), (("unit_clerk",), None)]
)
def test_what_is_not_whole(roles: tuple[Role, ...], unit: str | None) -> None:
    with pytest.raises(Invalid):
        check_roles(roles, unit)
