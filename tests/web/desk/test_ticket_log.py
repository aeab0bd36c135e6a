"""The log of a ticket over HTTP: beside who did what and why, what came of it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.tickets import moves
from gateway.core.tickets.outcomes import Outcome
from tests.web.desk.office import LEADER, LIGHTS, SUPERVISOR, WATER, Office
from tests.web.desk.site import Program

REASON = "因为是这样"


async def _told(agent: Program, number: str) -> list[tuple[str, dict[str, Any]]]:
    """Each move, and what came of it."""
    events = (await agent.call("GET", f"/tickets/{number}/events")).body["events"]
    outcomes = [Outcome.model_validate(event["outcome"]) for event in events]
    return [
        (event["move"], came.model_dump(exclude_defaults=True)) for event, came in zip(events, outcomes, strict=True)
    ]


@pytest.mark.gen_test(timeout=60)
async def test_whom_a_ticket_went_to_and_what_was_decided(office: Office) -> None:
    agent = await office.site.program("agent")
    ticket = await office.file()
    await office.move(LEADER, ticket.id, moves.Mark(complex=True, kind="help", reason=REASON))
    await office.move(LEADER, ticket.id, moves.Dispatch(lead="water", joint=("bureau",), mode="joint"))
    await office.move(WATER, ticket.id, moves.Sign(), moves.AskReturn(reason=REASON))
    await office.move(LEADER, ticket.id, moves.DecideReturn(grant=True, reason=REASON), moves.Dispatch(lead="lights"))
    await office.move(LEADER, ticket.id, moves.AddJoint(joint=("water",), reason=REASON))
    await office.move(LIGHTS, ticket.id, moves.Sign(), moves.AskExtension(workdays=1.5, reason=REASON))
    await office.move(LEADER, ticket.id, moves.DecideExtension(grant=False, reason=REASON))
    given = await office.move(SUPERVISOR, ticket.id, moves.GiveCard(colour="yellow", reason=REASON))
    card = given.cards[0].id
    await office.move(LIGHTS, ticket.id, moves.Appeal(card=card, reason=REASON))
    await office.move(SUPERVISOR, ticket.id, moves.DecideAppeal(card=card, grant=True, reason=REASON))
    assert await _told(agent, ticket.id) == [
        ("file", {}),
        ("mark", {"complex": True, "kind": "help"}),
        ("dispatch", {"lead": "water", "joint": ("bureau",)}),
        ("sign", {}),
        ("ask_return", {}),
        ("decide_return", {"granted": True}),
        ("dispatch", {"lead": "lights"}),
        ("add_joint", {"joint": ("water",)}),
        ("sign", {}),
        ("ask_extension", {"workdays": 1.5}),
        ("decide_extension", {"granted": False}),
        ("give_card", {"card": "yellow", "cause": "supervisor", "unit": "lights"}),
        ("appeal", {}),
        ("decide_appeal", {"granted": True}),
    ]


@pytest.mark.gen_test(timeout=60)
async def test_what_calls_brought_and_why_it_was_declined(office: Office) -> None:
    agent = await office.site.program("agent")
    ticket = await office.file()
    await office.move(LEADER, ticket.id, moves.Dispatch(lead="lights"))
    await office.move(LIGHTS, ticket.id, moves.Sign(), moves.Reply(text="修好了"))
    await office.move(LEADER, ticket.id, moves.Approve(), moves.CallBack(reached=False))
    await office.move(LEADER, ticket.id, moves.CallBack(reached=True, solved=True, verdict="fairly"))
    assert (await _told(agent, ticket.id))[-2:] == [
        ("call_back", {"reached": False}),
        ("call_back", {"reached": True, "solved": True, "verdict": "fairly"}),
    ]
    declined = await office.file("法院判得不对")
    await office.move(LEADER, declined.id, moves.Decline(cause="litigation"))
    assert (await _told(agent, declined.id))[-1] == ("decline", {"declined": "litigation"})


@pytest.mark.gen_test(timeout=60)
async def test_what_time_did(office: Office) -> None:
    ticket = await office.file()
    await office.move(LEADER, ticket.id, moves.Dispatch(lead="lights"))
    office.now.move(12 * 24 * 3600)
    await office.ledger.sweep()
    agent = await office.site.program("agent")
    told = await _told(agent, ticket.id)
    assert ("card", {"card": "yellow", "cause": "unsigned", "unit": "lights"}) in told
    assert ("card", {"card": "red", "cause": "long_overdue", "unit": "lights"}) in told
