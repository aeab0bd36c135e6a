"""What people of the hotline may do. A role is a set of scopes; an endpoint names the scopes it needs, never roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["agent", "shift_leader", "unit_clerk", "unit_head", "knowledge_editor", "supervisor", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_NAMES: dict[Role, str] = {
    "agent": "坐席",
    "shift_leader": "班长",
    "unit_clerk": "单位经办人",
    "unit_head": "单位负责人",
    "knowledge_editor": "知识编辑",
    "supervisor": "督查",
    "administrator": "系统管理员",
}
UNIT_ROLES: frozenset[Role] = frozenset(("unit_clerk", "unit_head"))

Scope = Literal[
    "tickets.read",
    "tickets.read_unit",
    "tickets.file",
    "tickets.handle",
    "tickets.decide",
    "tickets.supervise",
    "tickets.export",
    "unit.handle",
    "unit.decide",
    "confidential.read",
    "personal.reveal",
    "knowledge.edit",
    "deliveries.manage",
    "people.manage",
    "units.manage",
    "calendar.manage",
    "webhooks.manage",
    "audit.read",
]
SCOPES: frozenset[str] = frozenset(get_args(Scope))

# The administrator keeps the house and sees no tickets; who handles tickets keeps no house.
_SCOPES: dict[Role, frozenset[Scope]] = {
    "agent": frozenset(("tickets.read", "tickets.file", "tickets.handle", "personal.reveal")),
    "shift_leader": frozenset(
        (
            "tickets.read",
            "tickets.file",
            "tickets.handle",
            "tickets.decide",
            "tickets.export",
            "confidential.read",
            "personal.reveal",
            "deliveries.manage",
        )
    ),
    "unit_clerk": frozenset(("tickets.read_unit", "unit.handle", "personal.reveal")),
    "unit_head": frozenset(("tickets.read_unit", "unit.handle", "unit.decide", "tickets.export", "personal.reveal")),
    "knowledge_editor": frozenset(("knowledge.edit",)),
    "supervisor": frozenset(
        ("tickets.read", "tickets.supervise", "tickets.export", "confidential.read", "personal.reveal", "audit.read")
    ),
    "administrator": frozenset(
        ("people.manage", "units.manage", "calendar.manage", "webhooks.manage", "deliveries.manage", "audit.read")
    ),
}


def scopes_of(roles: tuple[Role, ...]) -> frozenset[str]:
    """All that any of these roles may do."""
    return frozenset(scope for role in roles for scope in _SCOPES[role])


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. unit: whose tickets they see, for the people of units."""

    username: str
    name: str
    roles: tuple[Role, ...]
    unit: str | None
    scopes: frozenset[str]
    session: str = ""
    must_change_password: bool = False
