"""Webhooks over HTTP, as administrators keep them."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote

import pytest
from tornado.routing import URLSpec

from gateway.core.vault import Key, Vault
from gateway.core.webhooks import DeliveryLog, Policy, Webhooks
from gateway.core.webhooks.model import DELIVERIES, WebhookDelivery
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from gateway.web.desk import webhooks as api
from gateway.web.desk.access import Access
from gateway.web.desk.webhooks import DeliveryPage, DeliveryView, WebhookList, WebhookSecret, WebhookView
from tests.core.conftest import Now
from tests.web.desk.site import Program, Site

URL = "https://portal.example.gov.cn/hotline"
NEW = {"name": "市民门户", "url": URL, "types": ["ticket.dispatched", "ticket.closed"]}


@pytest.fixture
def office(open_site: Callable[..., Site], bus: RedisBus, now: Now, open_store: Callable[..., MongoStore]) -> Site:
    """A site with webhooks."""
    store = open_store()
    webhooks = Webhooks(
        store, bus, now, vault=Vault([Key("1", b"k" * 32)]), policy=Policy(), networks=(ip_network("10.20.0.0/16"),)
    )

    def also(access: Access) -> list[URLSpec]:
        return api.routes(access, webhooks, DeliveryLog(store, webhooks, now, Policy()))

    return open_site(also=also)


async def _administrator(site: Site) -> Program:
    return await site.program("administrator", username="root")


async def _add(root: Program, **about: Any) -> WebhookSecret:
    answer = await root.call("POST", "/webhooks", {**NEW, **about})
    assert answer.status == 201, answer.body
    return WebhookSecret.model_validate(answer.body)


@pytest.mark.gen_test
async def test_added_with_a_secret_that_is_shown_once(office: Site) -> None:
    root = await _administrator(office)
    made = await _add(root)
    assert made.secret.startswith("whsec_")
    listed = await root.call("GET", "/webhooks")
    one = await root.call("GET", f"/webhooks/{made.webhook.id}")
    assert WebhookList.model_validate(listed.body).webhooks == (made.webhook,)
    assert WebhookView.model_validate(one.body) == made.webhook
    assert not made.webhook.confidential
    assert "secret" not in {key.partition("_")[0] for key in one.body}
    assert made.secret not in str((listed.body, one.body))


@pytest.mark.gen_test
async def test_changed_stopped_and_removed_with_the_name_of_who_did(office: Site) -> None:
    root = await _administrator(office)
    made = await _add(root, reason="上线")
    path = f"/webhooks/{made.webhook.id}"
    changed = await root.call("PATCH", path, {"name": "新门户", "url": "https://10.20.0.9/hook", "reason": "搬家"})
    assert (changed.body["name"], changed.body["url"]) == ("新门户", "https://10.20.0.9/hook")
    assert changed.body["types"] == NEW["types"]
    refused = await root.call("PATCH", path, {"confidential": True})
    assert (refused.status, refused.code) == (422, "invalid")
    granted = await root.call("PATCH", path, {"confidential": True, "reason": "督查要用"})
    assert granted.body["confidential"] is True
    assert (await root.call("POST", f"{path}/disable", {})).status == 400
    disabled = await root.call("POST", f"{path}/disable", {"reason": "停机维护"})
    assert (disabled.body["active"], disabled.body["why_inactive"]) == (False, "停机维护")
    assert (await root.call("POST", f"{path}/ping")).status == 409
    enabled = await root.call("POST", f"{path}/enable", {})
    assert (enabled.body["active"], enabled.body["why_inactive"]) == (True, "")
    rotated = WebhookSecret.model_validate((await root.call("POST", f"{path}/rotate", {"reason": "换密钥"})).body)
    assert rotated.secret != made.secret
    assert rotated.webhook.former_secret_until is not None
    assert (await root.call("POST", f"{path}/remove", {"reason": "不用了"})).status == 204
    for method, below, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "甲"}),
        ("POST", "/disable", {"reason": "没有了"}),
        ("POST", "/rotate", {}),
        ("POST", "/ping", None),
        ("GET", "/deliveries", None),
        ("POST", "/deliveries/x/redeliver", {}),
    ):
        assert (await root.call(method, path + below, body)).status == 404
    assert await office.people.audit(made.webhook.id) == [
        f"webhook.{what}" for what in ("add", "change", "change", "disable", "enable", "rotate", "remove")
    ]
    lines = await office.people.store.find("audit", {"about": made.webhook.id}, limit=20)
    assert {line["actor"] for line in lines} == {"root"}
    assert {line["reason"] for line in lines} >= {"上线", "搬家", "督查要用", "停机维护", "换密钥", "不用了"}


@pytest.mark.gen_test
async def test_what_is_not_taken(office: Site) -> None:
    root = await _administrator(office)
    wrongs: tuple[dict[str, Any], ...] = (
        {"name": " "},
        {"types": []},
        {"types": ["ticket.draft"]},
        {"url": "x" * 2001},
        {"secret": "mine"},
        {"confidential": "perhaps"},
    )
    for wrong in wrongs:
        assert (await root.call("POST", "/webhooks", {**NEW, **wrong})).status == 400, wrong
    for url in ("http://portal.example.gov.cn/", "https://10.21.0.1/", "https://localhost/", "portal", ""):
        answer = await root.call("POST", "/webhooks", {**NEW, "url": url})
        assert (answer.status, answer.code) == (422, "invalid"), url
    made = await _add(root)
    assert (await root.call("PATCH", f"/webhooks/{made.webhook.id}", {"reason": "什么也不改"})).status == 400
    assert (await root.call("GET", f"/webhooks/{made.webhook.id}/deliveries?state=lost")).status == 400
    assert (await root.call("GET", "/webhooks/short")).status == 404


@pytest.mark.gen_test
async def test_only_administrators(office: Site) -> None:
    made = await _add(await _administrator(office))
    for role in ("agent", "shift_leader", "supervisor"):
        person = await office.program(role)
        assert (await person.call("GET", "/webhooks")).status == 403
        assert (await person.call("POST", f"/webhooks/{made.webhook.id}/rotate", {})).status == 403
    assert (await office.call("GET", "/webhooks")).status == 401


@pytest.mark.gen_test
async def test_a_ping_the_log_and_what_failed_again(office: Site) -> None:
    root = await _administrator(office)
    path = f"/webhooks/{(await _add(root)).webhook.id}"
    pings = [DeliveryView.model_validate((await root.call("POST", f"{path}/ping")).body) for _ in range(3)]
    assert {(one.type, one.state, one.attempts) for one in pings} == {("webhook.ping", "pending", 0)}
    assert all(one.next_at is not None for one in pings)
    ids: list[str] = []
    more: str | None = ""
    while more is not None:
        page = DeliveryPage.model_validate((await root.call("GET", f"{path}/deliveries?limit=2&before={more}")).body)
        ids += [one.id for one in page.deliveries]
        more = page.next
    assert ids == sorted((one.id for one in pings), reverse=True)
    store = office.people.store
    document = await store.get(DELIVERIES, ids[0])
    assert document is not None
    failed = WebhookDelivery.of(document).model_copy(
        update={"id": f"DG202603020000017#00002:{path[-26:]}", "state": "failed", "error": "timeout", "version": 1}
    )
    await store.insert(DELIVERIES, failed.document())
    answer = await root.call("GET", f"{path}/deliveries?state=failed")
    (shown,) = DeliveryPage.model_validate(answer.body).deliveries
    assert (shown.id, shown.error, shown.next_at) == (failed.id, "timeout", None)
    again = f"{path}/deliveries/{quote(failed.id)}/redeliver"
    assert (await root.call("POST", again, {"reason": "对方修好了"})).body["state"] == "pending"
    refused = await root.call("POST", again, {})
    assert (refused.status, refused.code) == (409, "conflict")
