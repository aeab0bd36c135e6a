"""Who has a conversation tries again what failed in it; nobody else, and nothing that has not failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from channels.contract import Address, PermanentChannelError, Text
from gateway.core.delivery import DeadLetters
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from gateway.web.desk import resending
from tests.core.conftest import Now, new_process
from tests.core.delivering import Platform, Process
from tests.core.handoff.conftest import channels, office, person
from tests.web.desk.site import Site

__all__ = ["channels", "new_process", "office"]  # fixtures

PHONE = Address(channel="sms", account="AC1", external_id="+8613800000000")


@pytest.mark.gen_test
async def test_who_has_it_tries_again_what_failed(
    office: Callable[..., Any],
    open_site: Callable[..., Site],
    open_store: Callable[..., MongoStore],
    redis_connection: RedisConnection,
    bus: RedisBus,
    now: Now,
) -> None:
    desks, sms, store = await office(), Platform(), open_store()
    letters = DeadLetters(store, bus, ["sms"], now)
    site = open_site(also=lambda access: resending.routes(access, desks.desk, letters))
    process = Process(store, bus, RedisLimits(redis_connection), now, {"sms": sms})
    lin, zhao = await site.program("agent", username="lin"), await site.program("shift_leader", username="zhao")
    conversation = await desks.writes(PHONE, "人工")
    row = await desks.desk.take(person("lin"), conversation.id)
    sms.script["甲"] = [PermanentChannelError("filtered", code="30007")]
    said = await desks.desk.answer(person("lin"), row.id, [Text(text="甲")], client_id="answer-1")
    messages = f"/conversations/{row.id}/messages"
    retry = f"{messages}/{said.seq}/retry"
    assert (await lin.call("POST", retry)).status == 409  # on its way
    await process.deliver()

    refused = await zhao.call("POST", retry)
    assert (refused.status, refused.body["error"]["details"]["reason"]) == (409, "not_yours")
    for number in (1, 999):  # the citizen's, and one there is not
        assert (await lin.call("POST", f"{messages}/{number}/retry")).status == 404
    again = await lin.call("POST", retry)
    assert (again.status, again.body["id"], again.body["delivery"]["state"]) == (200, said.id, "queued")
    await process.deliver()
    assert (PHONE.external_id, "甲") in sms.taken
    (line,) = await store.find("audit", {"about": said.id})
    assert (line["actor"], line["action"], line["before"]) == ("lin", "delivery.retry", "failed")
    assert (await lin.call("POST", retry)).status == 409  # through
