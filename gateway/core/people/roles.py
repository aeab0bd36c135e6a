"""What people of the hotline may do. A role is a set of scopes; an endpoint names the scopes it needs, never roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from gateway.core.errors import Invalid

Role = Literal["agent", "shift_leader", "unit_clerk", "unit_head", "knowledge_editor", "supervisor", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
UNIT_ROLES: frozenset[Role] = frozenset(("unit_clerk", "unit_head"))
_BESIDE_ANY: frozenset[Role] = frozenset(("knowledge_editor",))

Scope = Literal[
    "conversations.handle",
    "conversations.unit",
    "conversations.lead",
    "canned.manage",
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
    "figures.read",
]
SCOPES: frozenset[str] = frozenset(get_args(Scope))

# The administrator keeps the house and sees no tickets; who handles tickets keeps no house.
_SCOPES: dict[Role, frozenset[Scope]] = {
    "agent": frozenset(("conversations.handle", "tickets.read", "tickets.file", "tickets.handle", "personal.reveal")),
    "shift_leader": frozenset(
        (
            "conversations.handle",
            "conversations.lead",
            "canned.manage",
            "tickets.read",
            "tickets.file",
            "tickets.handle",
            "tickets.decide",
            "tickets.export",
            "confidential.read",
            "personal.reveal",
            "deliveries.manage",
            "figures.read",
        )
    ),
    "unit_clerk": frozenset(("conversations.unit", "tickets.read_unit", "unit.handle", "personal.reveal")),
    "unit_head": frozenset(
        (
            "conversations.unit",
            "tickets.read_unit",
            "unit.handle",
            "unit.decide",
            "tickets.export",
            "personal.reveal",
            "figures.read",
        )
    ),
    "knowledge_editor": frozenset(("knowledge.edit",)),
    "supervisor": frozenset(
        (
            "tickets.read",
            "tickets.supervise",
            "tickets.export",
            "confidential.read",
            "personal.reveal",
            "audit.read",
            "figures.read",
        )
    ),
    "administrator": frozenset(
        (
            "people.manage",
            "units.manage",
            "calendar.manage",
            "canned.manage",
            "webhooks.manage",
            "deliveries.manage",
            "audit.read",
        )
    ),
}


def scopes_of(roles: tuple[Role, ...]) -> frozenset[str]:
    """All that any of these roles may do."""
    return frozenset(scope for role in roles for scope in _SCOPES[role])


def check_roles(roles: tuple[Role, ...], unit: str | None) -> None:
    """Raises `Invalid` for what one person must not be at once: duties that watch each other are kept apart, and who
    has a unit sees its tickets only."""
    held = frozenset(roles)
    if not held or len(held) < len(roles):
        raise Invalid("至少要有一个角色，每个角色只写一次")
    if held & UNIT_ROLES and held - UNIT_ROLES - _BESIDE_ANY:
        raise Invalid("单位的角色不能和热线的角色放在一个人身上", roles=list(roles))
    if "administrator" in held and held - {"administrator"} - _BESIDE_ANY:
        raise Invalid("系统管理员不能同时办理工单或督查", roles=list(roles))
    if bool(held & UNIT_ROLES) != (unit is not None):
        raise Invalid("单位的角色要写明单位，其他角色没有单位", roles=list(roles))


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
