"""A ticket nobody handles in time: yellow cards, a red one, supervision; an appeal; and the answer at last. The limits
are seconds, as an operator may set them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.test_desk_api import MATTER, PASSWORD, People, people
from tests.running import RunningGateway

__all__ = ["people"]  # a fixture

LIMITS = {"SIGN": "2s", "FINISH__COMPLAINT": "5s", "RED_AFTER": "3s", "SUPERVISION": "4s", "YELLOWS": "5"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    settings = {"HOTLINE_ADMIN__USERNAME": "root", "HOTLINE_ADMIN__PASSWORD": PASSWORD}
    settings |= {f"HOTLINE_TICKETS__{name}": limit for name, limit in LIMITS.items()}
    gateway = RunningGateway(tmp_path_factory.mktemp("overdue") / "data", settings)
    gateway.start()
    yield gateway
    assert gateway.stop() == 0
    assert '"exception"' not in gateway.log()


async def seen_with(people: People, number: str, *causes: str) -> dict[str, Any]:
    """The ticket once it has cards for these causes, in this order."""
    for _ in range(120):
        _, ticket = await people["sun"].call("GET", f"/tickets/{number}")
        if [card["cause"] for card in ticket["cards"]] == list(causes):
            return dict(ticket)
        await asyncio.sleep(0.25)
    raise AssertionError(ticket["cards"])


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_yellow_red_supervision_and_the_answer_at_last(people: People) -> None:
    alice, unit, sun = people["alice"], people["wang"], people["sun"]
    _, filed = await alice.call("POST", "/tickets", MATTER)
    number = filed["number"]
    assert (await alice.dispatch(number, "test-water"))[0] == 200
    ticket = await seen_with(people, number, "unsigned")
    assert ticket["state"] == "dispatched"
    ticket = await seen_with(people, number, "unsigned", "overdue")
    assert [card["colour"] for card in ticket["cards"]] == ["yellow", "yellow"]
    assert not ticket["supervised"]
    assert number in await alice.numbers("/tickets?overdue=true")
    ticket = await seen_with(people, number, "unsigned", "overdue", "long_overdue")
    assert (ticket["cards"][-1]["colour"], ticket["supervised"]) == ("red", True)
    assert number in await sun.numbers("/tickets?supervised=true")
    ticket = await seen_with(people, number, "unsigned", "overdue", "long_overdue", "supervision_unanswered")
    assert {card["unit"] for card in ticket["cards"]} == {"test-water"}

    status, refused = await unit.move(number, "reply", text="没有签收就答复")
    assert (status, refused["error"]["details"]["reason"]) == (409, "wrong_state")
    assert (await unit.move(number, "sign"))[0] == 200
    assert (await unit.move(number, "answer_supervision", text="人手不足，已加派两人"))[0] == 200
    appealed = ticket["cards"][0]["id"]
    assert (await unit.move(number, "appeal", card=appealed, reason="当天系统停电"))[0] == 200
    assert (await unit.move(number, "decide_appeal", card=appealed, grant=True, reason="自己裁定"))[0] == 403
    status, ticket = await sun.move(number, "decide_appeal", card=appealed, grant=True, reason="停电属实")
    assert (status, [card["stands"] for card in ticket["cards"]]) == (200, [False, True, True, True])
    assert (await unit.move(number, "reply", text="灯已换好"))[1]["state"] == "replied"
    status, ticket = await sun.move(number, "end_supervision", reason="已答复")
    assert (status, ticket["supervised"]) == (200, False)
    assert (await alice.move(number, "approve"))[1]["state"] == "callback"
    assert number not in await alice.numbers("/tickets?overdue=true")

    _, log = await sun.call("GET", f"/tickets/{number}/events")
    moves = [event["move"] for event in log["events"]]
    assert moves.count("card") == 4, "each card once"
    assert moves.count("remind") == 1
    assert [event["seq"] for event in log["events"]] == list(range(1, len(moves) + 1))
