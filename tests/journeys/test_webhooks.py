"""The city's portal is told how a ticket goes, by a gateway that is killed while it tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tornado.ioloop import IOLoop

from tests.journeys.test_desk_api import MATTER, PASSWORD, People, people
from tests.receiver import Receiver
from tests.running import RunningGateway

__all__ = ["people"]  # a fixture

TYPES = ["ticket.submitted", "ticket.dispatched", "ticket.signed"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    settings = {"HOTLINE_ADMIN__USERNAME": "root", "HOTLINE_ADMIN__PASSWORD": PASSWORD}
    gateway = RunningGateway(tmp_path_factory.mktemp("webhooks") / "data", settings)
    gateway.start()
    yield gateway
    assert gateway.stop() == 0
    assert '"exception"' not in gateway.log()


@pytest.fixture
def portal(io_loop: IOLoop) -> Iterator[Receiver]:
    made = Receiver("200")
    yield made
    io_loop.run_sync(made.close)


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=150)
async def test_told_what_happens_and_told_again_after_a_kill(
    office: RunningGateway, people: People, portal: Receiver
) -> None:
    root, alice, unit = people["root"], people["alice"], people["wang"]
    status, made = await root.call("POST", "/webhooks", {"name": "市民门户", "url": portal.url, "types": TYPES})
    assert status == 201, made
    portal.secret = made["secret"]
    path = f"/webhooks/{made['webhook']['id']}"
    assert (await root.call("POST", f"{path}/ping"))[0] == 202
    await portal.arrival()
    assert portal.heard[0].body["type"] == "webhook.ping"

    _, filed = await alice.call("POST", "/tickets", MATTER)
    number = filed["number"]
    assert (await alice.dispatch(number, "test-water"))[0] == 200
    await portal.arrival(3)
    assert portal.of("ticket.dispatched").body["ticket"]["unit"] == "test-water"

    portal.acts = ["hang", "200"]
    assert (await unit.move(number, "sign"))[0] == 200
    await portal.arrival(4)
    office.kill()
    portal.let_go()
    office.start()
    await portal.arrival(5, within=60)
    first, second = portal.heard[3:]
    assert (first.id, first.body) == (second.id, second.body)
    assert first.body["type"] == "ticket.signed"
    assert all(heard.trusted for heard in portal.heard)

    _, log = await root.call("GET", f"{path}/deliveries?limit=1")
    assert (log["deliveries"][0]["id"], log["deliveries"][0]["attempts"]) == (second.id, 2)
    for secret in ("13800138000", "陈先生", "奇想灯"):
        assert secret not in str([heard.body for heard in portal.heard])
