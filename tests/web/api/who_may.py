"""Who may call what, written down apart from the code: which roles have a scope, which scopes an operation asks for.

An operation that is added gets its row here, by who thought about whom it is for.
"""

from __future__ import annotations

from typing import Any

# scope → roles
HAVE: dict[str, set[str]] = {
    "conversations.handle": {"agent", "shift_leader"},
    "conversations.unit": {"unit_clerk", "unit_head"},
    "conversations.lead": {"shift_leader"},
    "canned.manage": {"shift_leader", "administrator"},
    "tickets.read": {"agent", "shift_leader", "supervisor"},
    "tickets.read_unit": {"unit_clerk", "unit_head"},
    "tickets.file": {"agent", "shift_leader"},
    "tickets.handle": {"agent", "shift_leader"},
    "tickets.decide": {"shift_leader"},
    "tickets.supervise": {"supervisor"},
    "tickets.export": {"shift_leader", "supervisor", "unit_head"},
    "unit.handle": {"unit_clerk", "unit_head"},
    "unit.decide": {"unit_head"},
    "confidential.read": {"shift_leader", "supervisor"},
    "personal.reveal": {"agent", "shift_leader", "unit_clerk", "unit_head", "supervisor"},
    "knowledge.edit": {"knowledge_editor"},
    "deliveries.manage": {"shift_leader", "administrator"},
    "people.manage": {"administrator"},
    "units.manage": {"administrator"},
    "calendar.manage": {"administrator"},
    "webhooks.manage": {"administrator"},
    "audit.read": {"supervisor", "administrator"},
    "figures.read": {"shift_leader", "supervisor", "unit_head"},
}
ROLES = ("agent", "shift_leader", "unit_clerk", "unit_head", "knowledge_editor", "supervisor", "administrator")
NO_ROLE, CITIZEN, SIGNED_OUT = "no_role", "citizen", "signed_out"
CALLERS = (*ROLES, NO_ROLE, CITIZEN, SIGNED_OUT)

EVERYBODY, CITIZENS, STAFF = ("everybody",), ("citizens",), ("staff",)
_ANSWERS = ("conversations.handle", "conversations.unit")
_READ = ("tickets.read", "tickets.read_unit")
_CARDS = ("tickets.supervise", "unit.handle", "unit.decide")
_MOVE = ("tickets.handle", "tickets.decide", "unit.handle", "unit.decide", "tickets.supervise")

# (method, path) → any of these
ASKS_FOR: dict[tuple[str, str], tuple[str, ...]] = {
    ("post", "/api/v1/sessions"): EVERYBODY,
    ("post", "/api/v1/messages"): CITIZENS,
    ("get", "/api/v1/messages"): CITIZENS,
    ("post", "/api/v1/read"): CITIZENS,
    ("post", "/api/v1/uploads"): CITIZENS,
    ("get", "/api/v1/uploads/{blob_id}"): CITIZENS,
    ("post", "/api/v1/tickets"): CITIZENS,
    ("get", "/api/v1/tickets"): CITIZENS,
    ("get", "/api/v1/tickets/{number}"): EVERYBODY,
    ("post", "/api/v1/tickets/{number}/rating"): EVERYBODY,
    ("post", "/api/v1/tickets/{number}/supplements"): EVERYBODY,
    ("get", "/api/v1/places"): EVERYBODY,
    ("post", "/api/v1/desk/session"): EVERYBODY,
    ("get", "/api/v1/desk/session"): STAFF,
    ("delete", "/api/v1/desk/session"): STAFF,
    ("post", "/api/v1/desk/session/password"): STAFF,
    ("post", "/api/v1/desk/session/totp"): STAFF,
    ("post", "/api/v1/desk/session/totp/confirm"): STAFF,
    ("post", "/api/v1/desk/session/totp/remove"): STAFF,
    ("get", "/api/v1/desk/sessions"): STAFF,
    ("delete", "/api/v1/desk/sessions/{id}"): STAFF,
    ("get", "/api/v1/desk/people"): ("people.manage",),
    ("post", "/api/v1/desk/people"): ("people.manage",),
    ("get", "/api/v1/desk/people/{username}"): ("people.manage",),
    ("patch", "/api/v1/desk/people/{username}"): ("people.manage",),
    ("post", "/api/v1/desk/people/{username}/disable"): ("people.manage",),
    ("post", "/api/v1/desk/people/{username}/enable"): ("people.manage",),
    ("post", "/api/v1/desk/people/{username}/unlock"): ("people.manage",),
    ("post", "/api/v1/desk/people/{username}/password"): ("people.manage",),
    ("post", "/api/v1/desk/people/{username}/totp/remove"): ("people.manage",),
    ("get", "/api/v1/desk/people/{username}/sessions"): ("people.manage",),
    ("delete", "/api/v1/desk/people/{username}/sessions"): ("people.manage",),
    ("get", "/api/v1/desk/deliveries"): ("deliveries.manage",),
    ("post", "/api/v1/desk/deliveries/{id}/retry"): ("deliveries.manage",),
    ("post", "/api/v1/desk/deliveries/{id}/drop"): ("deliveries.manage",),
    ("get", "/api/v1/desk/channels"): ("deliveries.manage",),
    ("get", "/api/v1/desk/tickets"): _READ,
    ("post", "/api/v1/desk/tickets"): ("tickets.file",),
    ("get", "/api/v1/desk/work"): _READ,
    ("get", "/api/v1/desk/tickets/{number}"): _READ,
    ("get", "/api/v1/desk/tickets/{number}/events"): _READ,
    ("get", "/api/v1/desk/tickets/{number}/reporters"): _READ,
    ("post", "/api/v1/desk/tickets/{number}/reveals"): ("personal.reveal",),
    ("post", "/api/v1/desk/tickets/{number}/moves"): _MOVE,
    ("get", "/api/v1/desk/tickets/{number}/suggestion"): ("tickets.handle",),
    ("get", "/api/v1/desk/units"): STAFF,
    ("post", "/api/v1/desk/units"): ("units.manage",),
    ("get", "/api/v1/desk/units/{id}"): STAFF,
    ("patch", "/api/v1/desk/units/{id}"): ("units.manage",),
    ("post", "/api/v1/desk/units/{id}/retire"): ("units.manage",),
    ("post", "/api/v1/desk/units/{id}/restore"): ("units.manage",),
    ("get", "/api/v1/desk/calendar/{year}"): STAFF,
    ("put", "/api/v1/desk/calendar/{year}"): ("calendar.manage",),
    ("get", "/api/v1/desk/limits"): STAFF,
    ("put", "/api/v1/desk/limits"): ("calendar.manage",),
    ("get", "/api/v1/desk/figures"): ("figures.read",),
    ("get", "/api/v1/desk/figures/entries"): ("figures.read",),
    ("get", "/api/v1/desk/figures/tickets"): ("figures.read",),
    ("get", "/api/v1/desk/webhooks"): ("webhooks.manage",),
    ("post", "/api/v1/desk/webhooks"): ("webhooks.manage",),
    ("get", "/api/v1/desk/webhooks/{id}"): ("webhooks.manage",),
    ("patch", "/api/v1/desk/webhooks/{id}"): ("webhooks.manage",),
    ("post", "/api/v1/desk/webhooks/{id}/disable"): ("webhooks.manage",),
    ("post", "/api/v1/desk/webhooks/{id}/enable"): ("webhooks.manage",),
    ("post", "/api/v1/desk/webhooks/{id}/remove"): ("webhooks.manage",),
    ("post", "/api/v1/desk/webhooks/{id}/rotate"): ("webhooks.manage",),
    ("post", "/api/v1/desk/webhooks/{id}/ping"): ("webhooks.manage",),
    ("get", "/api/v1/desk/webhooks/{id}/deliveries"): ("webhooks.manage",),
    ("post", "/api/v1/desk/webhooks/{id}/deliveries/{delivery}/redeliver"): ("webhooks.manage",),
    ("get", "/api/v1/desk/conversations"): _ANSWERS,
    ("get", "/api/v1/desk/conversations/search"): _ANSWERS,
    ("get", "/api/v1/desk/conversations/{id}"): _ANSWERS,
    ("get", "/api/v1/desk/conversations/{id}/messages"): _ANSWERS,
    ("post", "/api/v1/desk/alarms/see_to"): _ANSWERS,
    ("post", "/api/v1/desk/conversations/{id}/messages"): _ANSWERS,
    ("post", "/api/v1/desk/conversations/{id}/messages/{seq}/retry"): _ANSWERS,
    ("post", "/api/v1/desk/conversations/{id}/notes"): _ANSWERS,
    ("put", "/api/v1/desk/conversations/{id}/draft"): _ANSWERS,
    ("post", "/api/v1/desk/conversations/{id}/moves"): _ANSWERS,
    ("get", "/api/v1/desk/conversations/{id}/files/{blob_id}"): _ANSWERS,
    ("get", "/api/v1/desk/conversations/{id}/files/{blob_id}/played"): _ANSWERS,
    ("get", "/api/v1/desk/conversations/{id}/suggestions"): _ANSWERS,
    ("get", "/api/v1/desk/conversations/{id}/ticket"): ("tickets.file",),
    ("post", "/api/v1/desk/conversations/{id}/ticket"): ("tickets.file",),
    ("get", "/api/v1/desk/agents"): _ANSWERS,
    ("put", "/api/v1/desk/agents/me"): _ANSWERS,
    ("put", "/api/v1/desk/agents/{username}"): ("conversations.lead",),
    ("get", "/api/v1/desk/canned"): (*_ANSWERS, "canned.manage"),
    ("post", "/api/v1/desk/canned"): ("canned.manage",),
    ("put", "/api/v1/desk/canned/{id}"): ("canned.manage",),
    ("delete", "/api/v1/desk/canned/{id}"): ("canned.manage",),
    ("get", "/api/v1/desk/knowledge"): _ANSWERS,
    ("get", "/api/v1/desk/tickets/counts"): _READ,
    ("get", "/api/v1/desk/tickets/export"): ("tickets.export",),
    ("get", "/api/v1/desk/tickets/{number}/attachments"): _READ,
    ("post", "/api/v1/desk/tickets/{number}/attachments"): ("tickets.handle", "unit.handle"),
    ("get", "/api/v1/desk/tickets/{number}/attachments/{id}"): _READ,
    ("get", "/api/v1/desk/tickets/{number}/attachments/{id}/played"): _READ,
    ("get", "/api/v1/desk/held"): ("tickets.supervise",),
    ("get", "/api/v1/desk/cards"): _CARDS,
    ("get", "/api/v1/desk/appeals"): _CARDS,
    ("get", "/api/v1/desk/audit"): ("audit.read",),
    ("get", "/api/v1/desk/kb/entries"): ("knowledge.edit",),
    ("post", "/api/v1/desk/kb/entries"): ("knowledge.edit",),
    ("get", "/api/v1/desk/kb/entries/{id}"): ("knowledge.edit",),
    ("put", "/api/v1/desk/kb/entries/{id}"): ("knowledge.edit",),
    ("post", "/api/v1/desk/kb/entries/{id}/moves"): ("knowledge.edit",),
    ("post", "/api/v1/desk/kb/entries/{id}/remove"): ("knowledge.edit",),
    ("get", "/api/v1/desk/kb/entries/{id}/versions"): ("knowledge.edit",),
    ("get", "/api/v1/desk/kb/entries/{id}/compare"): ("knowledge.edit",),
    ("post", "/api/v1/desk/kb/try"): ("knowledge.edit",),
    ("get", "/api/v1/desk/kb/inbox"): ("knowledge.edit",),
    ("post", "/api/v1/desk/kb/inbox/entry"): ("knowledge.edit",),
    ("post", "/api/v1/desk/kb/inbox/similar"): ("knowledge.edit",),
    ("post", "/api/v1/desk/kb/inbox/dismiss"): ("knowledge.edit",),
}

# move → what it asks for, and particulars with which it could be made
MOVES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "answer": (("tickets.handle",), {"text": "已经答复"}),
    "decline": (("tickets.handle",), {"cause": "litigation"}),
    "dispatch": (("tickets.handle",), {"lead": "test-lights"}),
    "add_joint": (("tickets.handle",), {"joint": ["test-water"], "reason": "一起办理"}),
    "approve": (("tickets.handle",), {}),
    "send_back": (("tickets.handle",), {"reason": "没有答到点上"}),
    "call_back": (("tickets.handle",), {"reached": False}),
    "close": (("tickets.handle",), {"reason": "市民同意"}),
    "merge": (("tickets.handle",), {"into": "DG202601010000000", "reason": "同一件事"}),
    "note": (("tickets.handle", "unit.handle"), {"text": "备注"}),
    "mark": (("tickets.decide",), {"urgent": True, "reason": "人身安全"}),
    "recuse": (("tickets.decide",), {"person": "agent", "reason": "亲属"}),
    "decide_return": (("tickets.decide",), {"grant": True, "reason": "不归它管"}),
    "decide_extension": (("tickets.decide",), {"grant": True, "reason": "情况复杂"}),
    "sign": (("unit.handle",), {}),
    "contact": (("unit.handle",), {}),
    "reply": (("unit.handle",), {"text": "灯已经换好"}),
    "reply_jointly": (("unit.handle",), {"text": "水管已经修好"}),
    "ask_return": (("unit.handle",), {"reason": "不归我们管"}),
    "ask_extension": (("unit.decide",), {"workdays": 2, "reason": "要等零件"}),
    "answer_supervision": (("unit.decide",), {"text": "已经整改"}),
    "appeal": (("unit.decide",), {"card": "c", "reason": "按时办结了"}),
    "supervise": (("tickets.supervise",), {"reason": "迟迟没有办"}),
    "end_supervision": (("tickets.supervise",), {"reason": "已经办好"}),
    "give_card": (("tickets.supervise",), {"colour": "yellow", "reason": "弄虚作假"}),
    "decide_appeal": (("tickets.supervise",), {"card": "c", "grant": True, "reason": "理由成立"}),
}

# role → the tickets of `office` it may know of; the clerk works at the unit that handles them, the head at the one that
# the confidential one is about
SEE: dict[str, set[str]] = {
    "agent": {"new", "dispatched", "signed", "overdue", "replied", "callback", "supervised", "merged"},
    "shift_leader": {"new", "dispatched", "signed", "overdue", "replied", "callback", "supervised", "merged"}
    | {"confidential"},
    "unit_clerk": {"dispatched", "signed", "overdue", "replied", "callback", "supervised", "confidential"},
    "unit_head": set(),
    "knowledge_editor": set(),
    "supervisor": {"new", "dispatched", "signed", "overdue", "replied", "callback", "supervised", "merged"}
    | {"confidential"},
    "administrator": set(),
    NO_ROLE: set(),
    CITIZEN: set(),
    SIGNED_OUT: set(),
}


def allowed(caller: str, wanted: tuple[str, ...]) -> bool:
    if wanted == EVERYBODY:
        return True
    if wanted == CITIZENS:
        return caller == CITIZEN
    if wanted == STAFF:
        return caller in (*ROLES, NO_ROLE)
    return any(caller in HAVE[scope] for scope in wanted)
