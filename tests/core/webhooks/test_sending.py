"""Posting to another system that fails, hangs, redirects and goes; by several processes that die."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateway.core.model import milliseconds
from gateway.core.ports import StoreUnavailable
from gateway.core.webhooks import Sender
from gateway.core.webhooks.rules import Policy
from gateway.core.webhooks.sender import AT_ONCE
from tests.core.dying import dying_after
from tests.core.tickets.conftest import Clock
from tests.core.webhooks.conftest import Offices, Receivers
from tests.receiver import BIG


@pytest.mark.gen_test
async def test_signed_posted_once_and_written_down(offices: Offices, receivers: Receivers, now: Clock) -> None:
    office, receiver = offices(), receivers("204")
    webhook = await office.subscribe(receiver)
    ticket = await office.file()
    for _ in range(2):
        await office.send()
    (heard,) = receiver.heard
    assert heard.trusted
    assert (heard.id, heard.signatures) == (f"{ticket.id}#00001:{webhook.id}", 1)
    assert heard.timestamp == int(now().timestamp())
    assert heard.type == "application/json"
    assert heard.agent.startswith("Yixian/")
    (row,) = await office.rows(webhook)
    assert (row.state, row.status, row.attempts, row.error, row.tried_at) == ("delivered", 204, 1, "", now())


@pytest.mark.gen_test
async def test_tried_again_under_the_same_id_with_longer_pauses_until_a_day_is_over(
    offices: Offices, receivers: Receivers, now: Clock
) -> None:
    office, receiver = offices(), receivers("500")
    webhook = await office.subscribe(receiver)
    await office.file()
    begun, pauses = now(), []
    while True:
        await office.send()
        (row,) = await office.rows(webhook)
        if row.state == "failed":
            break
        assert (row.state, row.status, row.error) == ("pending", 500, "status")
        pauses.append(row.due / 1000 - now().timestamp())
        now.move(seconds=pauses[-1] - 0.001)
        await office.send()
        assert len(receiver.heard) == len(pauses), "not before it is due"
        now.move(seconds=0.001)
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses[-1] == 3600
    assert timedelta(hours=22) < now() - begun <= timedelta(hours=24)
    assert len(receiver.heard) == len(pauses) + 1 == row.attempts
    assert len(set(receiver.ids)) == 1
    assert len({heard.timestamp for heard in receiver.heard}) == row.attempts, "each attempt is signed anew"
    assert all(heard.trusted for heard in receiver.heard)
    now.move(days=1)
    await office.send()
    assert len(receiver.heard) == row.attempts


@pytest.mark.gen_test
async def test_pauses_are_spread_and_never_shorter_than_asked(
    offices: Offices, receivers: Receivers, now: Clock
) -> None:
    for chance, act, pause in (
        (0.0, "500", 2.5),
        (1.0, "500", 5.0),
        (0.0, "429:60", 60.0),
        (0.0, "503:999999", 3600.0),
    ):
        office, receiver = offices(chance=lambda chance=chance: chance), receivers(act)
        webhook = await office.subscribe(receiver)
        await office.file()
        await office.send()
        (row,) = await office.rows(webhook)
        assert (row.due - milliseconds(office.now())) / 1000 == pause
        await office.webhooks.remove(webhook.id, by="root")


@pytest.mark.parametrize(
    ("act", "error", "status"),
    [
        ("redirect", "status", 307),
        ("302", "status", 302),
        ("404", "status", 404),
        ("cut", "no_answer", None),
        ("hang", "timeout", None),
    ],
)
@pytest.mark.gen_test
async def test_what_is_no_success_is_tried_again(
    offices: Offices, receivers: Receivers, now: Clock, act: str, error: str, status: int | None
) -> None:
    office, receiver = offices(timeout=0.5), receivers(act, "200")
    webhook = await office.subscribe(receiver)
    await office.file()
    await office.send()
    (row,) = await office.rows(webhook)
    assert (row.state, row.error, row.status) == ("pending", error, status)
    assert len(receiver.heard) == 1, "a redirect is not followed"
    now.move(seconds=5)
    await office.send()
    (row,) = await office.rows(webhook)
    assert (row.state, row.error, row.status) == ("delivered", "", 200)
    assert len(set(receiver.ids)) == 1


@pytest.mark.gen_test
async def test_answers_are_not_read_to_their_end(offices: Offices, receivers: Receivers) -> None:
    office = offices(timeout=1.0)
    large, endless = receivers("big"), receivers("drip")
    webhooks = [await office.subscribe(receiver) for receiver in (large, endless)]
    await office.file()
    await office.send()
    for webhook in webhooks:
        (row,) = await office.rows(webhook)
        assert (row.state, row.status) == ("delivered", 200)
    assert large.written < BIG


@pytest.mark.gen_test
async def test_gone_ends_the_webhook_and_what_waits_for_it(offices: Offices, receivers: Receivers, now: Clock) -> None:
    office, receiver = offices(), receivers("503", "410")
    webhook = await office.subscribe(receiver)
    await office.file()
    await office.send()
    await office.file()
    await office.send()
    stopped = await office.webhooks.get(webhook.id)
    assert (stopped.active, stopped.why_inactive) == (False, "gone")
    now.move(minutes=1)
    await office.send()
    assert len(receiver.heard) == 2
    assert [(row.state, row.status, row.error) for row in await office.rows(webhook)] == [
        ("failed", 503, "inactive"),
        ("failed", 410, "gone"),
    ]
    await office.file()
    assert len(await office.rows(webhook)) == 2, "nothing is kept for it"
    lines = await office.store.find("audit", {"about": webhook.id}, sort=[("at", 1)], limit=9)
    assert [(line["actor"], line["action"]) for line in lines] == [("root", "webhook.add"), ("system", "webhook.gone")]


@pytest.mark.gen_test
async def test_gone_at_an_address_that_was_changed_meanwhile_ends_nothing(
    offices: Offices, receivers: Receivers
) -> None:
    office, old, new = offices(), receivers("hang", "410"), receivers()
    webhook = await office.subscribe(old)
    await office.file()
    sending = asyncio.ensure_future(office.send())
    await old.arrival()
    await office.webhooks.change(webhook.id, {"url": new.url}, by="root")
    await office.webhooks.gone(webhook)
    old.let_go()
    await sending
    assert (await office.webhooks.get(webhook.id)).active


@pytest.mark.gen_test
async def test_killed_after_the_post_it_is_sent_again_under_the_same_id(
    offices: Offices, receivers: Receivers, now: Clock
) -> None:
    office, other, receiver = offices(), offices(), receivers()
    webhook = await office.subscribe(receiver)
    await office.file()
    # one write claims it; the next one would have said what became of it
    dying = dying_after(office.store, 1)
    killed = Sender(dying, office.webhooks, office.ledger, office.poster, now, policy=Policy())
    await killed.sweep(patience=15.0)
    (row,) = await office.rows(webhook)
    assert (row.state, len(receiver.heard)) == ("sending", 1)
    await other.webhooks.refresh()
    now.move(seconds=29)
    await other.send()
    assert len(receiver.heard) == 1, "its lease holds"
    now.move(seconds=2)
    await other.send()
    assert receiver.ids == [row.id, row.id]
    assert receiver.heard[0].body == receiver.heard[1].body
    (row,) = await office.rows(webhook)
    assert (row.state, row.attempts) == ("delivered", 2)


@pytest.mark.gen_test
async def test_killed_before_the_post_it_is_sent_later(offices: Offices, receivers: Receivers, now: Clock) -> None:
    office, receiver = offices(), receivers()
    webhook = await office.subscribe(receiver)
    await office.file()
    killed = Sender(
        dying_after(office.store, 0),
        office.webhooks,
        office.ledger,
        office.poster,
        now,
        policy=Policy(),
    )
    await killed.sweep(patience=15.0)
    assert receiver.heard == []
    await office.send()
    assert [row.state for row in await office.rows(webhook)] == ["delivered"]


@pytest.mark.gen_test(timeout=60)
async def test_several_processes_send_each_once(offices: Offices, receivers: Receivers) -> None:
    processes, receiver = [offices() for _ in range(3)], receivers()
    webhook = await processes[0].subscribe(receiver)
    for _ in range(20):
        await processes[0].file()
    for process in processes:
        await process.webhooks.refresh()
    for _ in range(5):
        await asyncio.gather(*(process.send() for process in processes))
    assert len(receiver.ids) == len(set(receiver.ids)) == 20
    assert {(row.state, row.attempts) for row in await processes[0].rows(webhook)} == {("delivered", 1)}


@pytest.mark.gen_test
async def test_while_one_process_waits_for_the_answer_no_other_sends(
    offices: Offices, receivers: Receivers, now: Clock
) -> None:
    office, other, receiver = offices(), offices(), receivers("hang")
    webhook = await office.subscribe(receiver)
    await office.file()
    await other.webhooks.refresh()
    sending = asyncio.ensure_future(office.send())
    await receiver.arrival()
    now.move(seconds=25)
    await other.send()
    assert len(receiver.heard) == 1
    receiver.let_go()
    await sending
    assert [row.state for row in await office.rows(webhook)] == ["delivered"]


@pytest.mark.gen_test
async def test_what_came_of_a_claim_that_ran_out_does_not_overwrite_a_later_one(
    offices: Offices, receivers: Receivers, now: Clock
) -> None:
    office, other, receiver = offices(), offices(), receivers("hang", "500")
    webhook = await office.subscribe(receiver)
    await office.file()
    await other.webhooks.refresh()
    sending = asyncio.ensure_future(office.send())
    await receiver.arrival()
    now.move(seconds=31)
    await other.send()
    receiver.let_go()
    await sending
    (row,) = await office.rows(webhook)
    assert (row.state, row.status, row.attempts) == ("pending", 500, 2)


@pytest.mark.gen_test
async def test_a_system_that_hangs_keeps_only_its_own_waiting(offices: Offices, receivers: Receivers) -> None:
    office, hanging, quick = offices(), receivers("hang"), receivers()
    first, second = await office.subscribe(hanging), await office.subscribe(quick)
    for _ in range(AT_ONCE + 4):
        await office.file()
    await office.sender.sweep(patience=2.0)
    assert len(quick.heard) == AT_ONCE + 4
    assert len(hanging.heard) == AT_ONCE, "and no more at the same time"
    await office.file()
    await office.sender.sweep(patience=1.0)
    assert len(quick.heard) == AT_ONCE + 5
    hanging.let_go()
    await office.send()
    assert {row.state for row in (*await office.rows(first), *await office.rows(second))} == {"delivered"}


@pytest.mark.gen_test
async def test_an_orderly_end_lets_what_is_under_way_end_and_begins_nothing(
    offices: Offices, receivers: Receivers
) -> None:
    office, receiver = offices(), receivers("hang")
    webhook = await office.subscribe(receiver)
    for _ in range(AT_ONCE + 1):
        await office.file()
    await office.sender.sweep(patience=0.01)
    await receiver.arrival(AT_ONCE)
    ending = asyncio.ensure_future(office.sender.drain())
    await asyncio.sleep(0.05)
    assert not ending.done()
    receiver.let_go()
    await ending
    await office.send()
    states = [row.state for row in await office.rows(webhook)]
    assert (states.count("delivered"), states.count("pending")) == (AT_ONCE, 1)


@pytest.mark.gen_test
async def test_one_that_cannot_be_sent_does_not_keep_the_others_waiting(offices: Offices, receivers: Receivers) -> None:
    office, receiver = offices(), receivers()
    webhook = await office.subscribe(receiver)
    lost, kept = await office.file(), await office.file()
    await office.store.delete("tickets", [lost.id])
    await office.send()
    assert [heard.body["ticket"]["number"] for heard in receiver.heard] == [kept.id]
    assert [(row.state, row.error) for row in await office.rows(webhook)] == [("pending", "defect"), ("delivered", "")]


@pytest.mark.gen_test
async def test_while_the_store_is_away_nothing_is_lost(offices: Offices, receivers: Receivers) -> None:
    office, receiver = offices(), receivers()
    webhook = await office.subscribe(receiver)
    await office.file()

    class Away:
        def __getattr__(self, _: str) -> object:
            async def call(*_: object, **__: object) -> object:
                raise StoreUnavailable("away")

            return call

    sender = office.sender
    sender._store = Away()  # type: ignore[assignment]
    await sender.sweep(patience=15.0)
    sender._store = office.store
    await sender.sweep(patience=15.0)
    assert [row.state for row in await office.rows(webhook)] == ["delivered"]
