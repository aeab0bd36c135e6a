"""What the bot has, page by page, and what somebody looks for, over the real stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from channels.contract import Address
from gateway.core.contacts import Contacts
from gateway.core.errors import Forbidden, Invalid
from gateway.core.handoff import Finding
from gateway.core.people import Person, scopes_of
from gateway.core.vault import Key, Vault
from tests.core.conftest import Now
from tests.core.handoff.conftest import Office, person

Open = Callable[[], Awaitable[Office]]
ALICE = person("alice")
WANG = Person("wang", "Wang", ("unit_head",), "water", scopes_of(("unit_head",)))
pytestmark = pytest.mark.timeout(60)


def web(name: str) -> Address:
    return Address(channel="web", account="web", external_id=name)


def sms(phone: str) -> Address:
    return Address(channel="sms", account="+8676912345", external_id=phone)


def finding(process: Office, now: Now) -> Finding:
    vault = Vault([Key("1", b"k" * 32)])
    contacts = Contacts(process.store, process.conversations, now, sms_account="+8676912345")
    return Finding(process.store, contacts, process.desk, lambda: vault)


@pytest.mark.gen_test(timeout=30)
async def test_what_the_bot_has_is_listed_the_latest_first_page_by_page(office: Open, now: Now) -> None:
    process = await office()
    found = finding(process, now)
    ids = []
    for name in ("b1", "b2", "b3", "b4"):
        ids.append((await process.writes(web(name), "公积金怎么提取")).id)
        if name != "b2":  # two at the same moment
            now.move(1)
    await process.conversations.open(web("silent"))
    waits = await process.writes(web("b5"), "转人工")

    first, more = await found.with_bot(ALICE, limit=2)
    assert more is not None
    second, end = await found.with_bot(ALICE, before=more, limit=2)
    assert end is None
    rows = (*first, *second)
    assert [row.id for row in rows[:1]] == [ids[3]]
    assert {row.id for row in rows} == set(ids), "neither one that waits for a person nor one where nothing was said"
    heard = [row.heard_at for row in rows if row.heard_at]
    assert len(heard) == 4
    assert heard == sorted(heard, reverse=True)
    assert {(row.latest.text, row.latest.direction) for row in rows if row.latest} == {("公积金怎么提取", "in")}
    with pytest.raises(Invalid):
        await found.with_bot(ALICE, before="nothing any page said")

    now.move(1)
    await process.writes(web("b1"), "工地半夜施工很吵怎么办")
    (again,), _ = await found.with_bot(ALICE, limit=1)
    assert (again.id, again.latest and again.latest.text) == (ids[0], "工地半夜施工很吵怎么办"), "heard of again"
    await process.desk.take(ALICE, ids[0])
    assert ids[0] not in {row.id for row in (await found.with_bot(ALICE))[0]}
    now.move(1)
    await process.desk.close(ALICE, ids[0], category="咨询已答复")
    assert (await found.with_bot(ALICE))[0][0].id == ids[0], "ended, it can still be found"
    assert waits.id not in {row.id for row in (await found.with_bot(ALICE))[0]}


@pytest.mark.gen_test(timeout=30)
async def test_found_by_a_phone_with_the_other_conversations_of_its_owner(office: Open, now: Now) -> None:
    process = await office()
    found = finding(process, now)
    phone = await process.writes(sms("+8613800138111"), "公积金怎么提取")
    identity = await process.conversations.open(web("joined"))
    document = {**identity.model_copy(update={"contact_id": phone.contact_id}).document()}
    assert await process.store.replace("identities", document)
    await process.writes(web("stranger"), "公积金怎么提取")
    for text in ("13800138111", "+86 138 0013 8111", "电话13800138111"):
        assert {row.id for row in await found.by_text(ALICE, text)} == {phone.id, identity.conversation_id}, text
    for text in ("13800138112", "021", "公积金", ""):
        assert await found.by_text(ALICE, text) == (), text


@pytest.mark.gen_test(timeout=30)
async def test_found_by_what_tells_a_citizen_apart_in_lists(office: Open, now: Now) -> None:
    process = await office()
    found = finding(process, now)
    web_one = await process.writes(web("apart"), "公积金怎么提取")
    sms_one = await process.writes(sms("+8613800138222"), "转人工")
    end = web_one.contact_id[-4:]
    for text in (end, end.lower(), f"网页 {end}"):
        assert web_one.id in {row.id for row in await found.by_text(ALICE, text)}, text
    for text in ("8222", "短信 138****8222"):
        assert [row.id for row in await found.by_text(ALICE, text)] == [sms_one.id], text


@pytest.mark.gen_test(timeout=30)
async def test_a_units_people_find_only_what_is_theirs_to_see(office: Open, now: Now) -> None:
    process = await office()
    found = finding(process, now)
    bots = await process.writes(sms("+8613800138333"), "公积金怎么提取")
    assert await found.with_bot(WANG) == ((), None)
    assert await found.by_text(WANG, "13800138333") == ()
    assert await found.by_text(WANG, "8333") == ()
    assert await found.of_identities(WANG, [bots.identity]) == ()
    assert [row.id for row in await found.of_identities(ALICE, [bots.identity, bots.identity])] == [bots.id]
    editor = Person("ed", "Ed", ("knowledge_editor",), None, scopes_of(("knowledge_editor",)))
    with pytest.raises(Forbidden):
        await found.with_bot(editor)
    with pytest.raises(Forbidden):
        await found.by_text(editor, "8333")
