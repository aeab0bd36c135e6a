"""Webhooks as operators keep them, and the log of what was sent."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.errors import Conflict, Invalid, NotFound
from gateway.core.sealed import SEALED, renew
from gateway.core.vault import Key, Vault
from gateway.core.webhooks.registry import MOST
from tests.core.dying import dying_after
from tests.core.tickets.conftest import Clock
from tests.core.webhooks.conftest import Offices, Receivers

URL = "https://portal.example.gov.cn/hotline"


@pytest.mark.gen_test
async def test_the_secret_is_shown_once_and_sealed(offices: Offices, receivers: Receivers) -> None:
    office = offices()
    webhook, secret = await office.webhooks.add("门户", URL, ("ticket.closed",), by="root")
    stored = await office.store.get("webhooks", webhook.id)
    assert secret not in str(stored)
    assert secret not in repr(webhook)
    assert office.webhooks.secrets(await office.webhooks.get(webhook.id)) == [secret]
    assert secret not in str(await office.store.find("audit", {"about": webhook.id}, limit=9))


@pytest.mark.gen_test
async def test_both_secrets_sign_for_a_day_after_a_rotation(offices: Offices, receivers: Receivers, now: Clock) -> None:
    office, old, new = offices(), receivers(), receivers()
    webhook = await office.subscribe(old)
    _, new.secret = await office.webhooks.rotate(webhook.id, by="root")
    assert new.secret != old.secret
    for receiver in (old, new):
        await office.webhooks.change(webhook.id, {"url": receiver.url}, by="root")
        await office.file()
        await office.send()
        (heard,) = receiver.heard
        assert (heard.trusted, heard.signatures) == (True, 2)
    now.move(days=1)
    for receiver, trusted in ((old, False), (new, True)):
        await office.webhooks.change(webhook.id, {"url": receiver.url}, by="root")
        await office.file()
        await office.send()
        assert (receiver.heard[-1].trusted, receiver.heard[-1].signatures) == (trusted, 1)


@pytest.mark.gen_test
async def test_secrets_come_under_a_new_key(offices: Offices, receivers: Receivers) -> None:
    office = offices()
    webhook, first = await office.webhooks.add("门户", URL, ("ticket.closed",), by="root")
    _, second = await office.webhooks.rotate(webhook.id, by="root")
    both = Vault([Key("2", b"n" * 32), Key("1", b"k" * 32)])
    for about in SEALED:
        async for _ in renew(office.store, both, about):
            pass
    office.webhooks._vault = Vault([Key("2", b"n" * 32)])
    assert office.webhooks.secrets(await office.webhooks.get(webhook.id)) == [second, first]


@pytest.mark.gen_test
async def test_changes_are_known_to_other_processes_and_written_to_the_audit_log(offices: Offices) -> None:
    office, other = offices(), offices()
    webhook, _ = await office.webhooks.add(
        " 门户 ".strip(), f"{URL}?key=s3cret", ("ticket.closed",), by="root", reason="上线"
    )
    await other.webhooks.refresh()
    assert other.webhooks.all() == [webhook]
    await other.webhooks.change(webhook.id, {"name": "新门户", "types": ("ticket.signed",)}, by="li", reason="改名")
    await office.webhooks.change(webhook.id, {"confidential": True}, by="li", reason="督查要用")
    await office.webhooks.disable(webhook.id, by="li", reason="停机")
    await office.webhooks.enable(webhook.id, by="li")
    await office.webhooks.rotate(webhook.id, by="li")
    unchanged = await office.webhooks.get(webhook.id)
    assert await office.webhooks.change(webhook.id, {"name": "新门户"}, by="li") == unchanged
    await office.webhooks.remove(webhook.id, by="li", reason="不用了")
    await other.webhooks.refresh()
    assert other.webhooks.all() == []
    with pytest.raises(NotFound):
        await office.webhooks.get(webhook.id)
    lines = await office.store.find("audit", {"about": webhook.id}, limit=20)
    lines.sort(key=lambda line: line["_id"])
    assert [(line["actor"], line["action"], line["reason"]) for line in lines] == [
        ("root", "webhook.add", "上线"),
        ("li", "webhook.change", "改名"),
        ("li", "webhook.change", "督查要用"),
        ("li", "webhook.disable", "停机"),
        ("li", "webhook.enable", ""),
        ("li", "webhook.rotate", ""),
        ("li", "webhook.remove", "不用了"),
    ]
    assert (lines[1]["before"]["name"], lines[1]["after"]["name"]) == ("门户", "新门户")
    assert "s3cret" not in str(lines)
    stored = await office.store.get("webhooks", webhook.id)
    assert stored is not None
    assert not {"secret", "former_secret"} & stored.keys()


@pytest.mark.gen_test
async def test_a_change_whose_process_was_killed_is_written_down_by_another(offices: Offices) -> None:
    office, other = offices(), offices()
    webhook, _ = await office.webhooks.add("门户", URL, ("ticket.closed",), by="root")
    office.webhooks._store = dying_after(office.store, 2)
    with pytest.raises(Exception, match="killed"):
        await office.webhooks.disable(webhook.id, by="root", reason="停机")
    await other.webhooks.refresh()
    lines = await other.store.find("audit", {"about": webhook.id}, sort=[("at", 1)], limit=9)
    assert {line["action"] for line in lines} == {"webhook.add", "webhook.disable"}


@pytest.mark.gen_test
async def test_what_is_refused(offices: Offices) -> None:
    office = offices(networks=())
    for url in ("http://portal.example.gov.cn/", "https://127.0.0.1/", "门户"):
        with pytest.raises(Invalid):
            await office.webhooks.add("门户", url, ("ticket.closed",), by="root")
    with pytest.raises(Invalid, match="理由"):
        await office.webhooks.add("门户", URL, ("ticket.closed",), confidential=True, by="root")
    webhook, _ = await office.webhooks.add("门户", URL, ("ticket.closed",), by="root")
    with pytest.raises(Invalid, match="理由"):
        await office.webhooks.change(webhook.id, {"confidential": True}, by="root", reason=" ")
    with pytest.raises(Invalid, match="内部地址"):
        await office.webhooks.change(webhook.id, {"url": "https://10.0.0.1/"}, by="root")
    with pytest.raises(NotFound):
        await office.webhooks.change("01J0000000000000000000000", {"name": "甲"}, by="root")
    for _ in range(MOST - 1):
        await office.webhooks.add("门户", URL, ("ticket.closed",), by="root")
    with pytest.raises(Conflict, match=str(MOST)):
        await office.webhooks.add("门户", URL, ("ticket.closed",), by="root")


@pytest.mark.gen_test
async def test_all_that_change_one_at_once_are_in_it(offices: Offices) -> None:
    processes = [offices() for _ in range(4)]
    webhook, _ = await processes[0].webhooks.add("门户", URL, ("ticket.closed",), by="root")
    name, types, url = {"name": "新门户"}, {"types": ("ticket.signed",)}, {"url": f"{URL}/2"}
    await asyncio.gather(
        processes[0].webhooks.change(webhook.id, name, by="root"),
        processes[1].webhooks.change(webhook.id, types, by="root"),
        processes[2].webhooks.change(webhook.id, url, by="root"),
    )
    changed = await processes[3].webhooks.get(webhook.id)
    assert (changed.name, changed.types, changed.url) == ("新门户", ("ticket.signed",), f"{URL}/2")


@pytest.mark.gen_test
async def test_a_ping_tries_the_way(offices: Offices, receivers: Receivers) -> None:
    office, receiver = offices(), receivers()
    webhook = await office.subscribe(receiver, types=("ticket.closed",))
    delivery = await office.log.ping(webhook.id, by="root")
    await office.send()
    (heard,) = receiver.heard
    assert heard.trusted
    assert heard.body == {"id": delivery.event, "type": "webhook.ping", "occurred_at": "2026-03-02T01:00:00Z"}
    assert [(row.id, row.state) for row in await office.log.list(webhook.id)] == [(delivery.id, "delivered")]
    await office.webhooks.disable(webhook.id, by="root", reason="停机")
    with pytest.raises(Conflict):
        await office.log.ping(webhook.id, by="root")


@pytest.mark.gen_test
async def test_what_failed_is_sent_again_from_the_beginning(offices: Offices, receivers: Receivers, now: Clock) -> None:
    office, receiver = offices(patience=1.0), receivers("500", "500", "200")
    webhook = await office.subscribe(receiver)
    other = await office.subscribe(receivers())
    await office.file()
    await office.send()
    (failed,) = await office.log.list(webhook.id, state="failed")
    now.move(days=3)
    again = await office.log.redeliver(webhook.id, failed.id, by="root", reason="对方修好了")
    assert (again.state, again.attempts) == ("pending", 0)
    with pytest.raises(Conflict):
        await office.log.redeliver(webhook.id, failed.id, by="root")
    for id, delivery in ((other.id, failed.id), (webhook.id, "x"), ("x", failed.id)):
        with pytest.raises(NotFound):
            await office.log.redeliver(id, delivery, by="root")
    await office.send()
    await office.log.redeliver(webhook.id, failed.id, by="root")
    await office.send()
    (row,) = await office.log.list(webhook.id)
    assert (row.state, row.attempts) == ("delivered", 1)
    assert len(set(receiver.ids)) == 1
    assert len(receiver.ids) == 3
    lines = await office.store.find("audit", {"about": webhook.id}, limit=9)
    assert [line["reason"] for line in lines if line["action"] == "webhook.redeliver"].count("对方修好了") == 1


@pytest.mark.gen_test
async def test_the_log_page_by_page_and_by_state(offices: Offices, receivers: Receivers, now: Clock) -> None:
    office, receiver = offices(patience=1.0), receivers("200", "500", "200")
    webhook = await office.subscribe(receiver)
    await office.subscribe(receivers())
    for _ in range(7):
        await office.file()  # at the same moment: the place tells them apart
        await office.send()
    whole = await office.log.list(webhook.id)
    assert [row.event for row in whole] == sorted((row.event for row in whole), reverse=True)
    pages, before = [], ""
    while page := await office.log.list(webhook.id, before=before, limit=3):
        pages += page
        before = page[-1].place
    assert pages == whole
    assert [row.id for row in await office.log.list(webhook.id, state="failed")] == [whole[5].id]
    assert len(await office.log.list(webhook.id, state="delivered", before=whole[2].place)) == 3


@pytest.mark.gen_test
async def test_the_log_forgets_what_ended_long_ago(offices: Offices, receivers: Receivers, now: Clock) -> None:
    office, well, ill, removed = offices(), receivers(), receivers("500"), receivers()
    webhooks = [await office.subscribe(receiver) for receiver in (well, ill, removed)]
    await office.file()
    await office.send()
    await office.webhooks.remove(webhooks[2].id, by="root")
    now.move(days=29, hours=23)
    await office.file()
    assert await office.log.sweep() == 0
    now.move(hours=2)
    assert await office.log.sweep() == 2, "what waits is kept however old it is"
    assert [len(await office.rows(webhook)) for webhook in webhooks] == [1, 2, 0]
