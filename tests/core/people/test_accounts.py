"""Accounts as an administrator keeps them, and the first one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.errors import Conflict, Invalid, NotFound
from gateway.core.people import Role
from gateway.core.units import Unit
from tests.core.people.conftest import PASSWORD, People


async def _unit(people: People, id: str = "dept-cg") -> None:
    await people.store.insert("units", Unit(id=id, name="城市管理局", short="城管", kind="department").document())


@pytest.mark.gen_test
async def test_an_account_is_made_once(new_people: Callable[..., People]) -> None:
    here, there = new_people(), new_people()
    found = await asyncio.gather(here.add("Li.Na "), there.add("li.na"), return_exceptions=True)
    assert sorted(str(type(one).__name__) for one in found) == ["Conflict", "str"]
    account = await here.accounts.get("li.na")
    assert (account.name, account.roles, account.must_change_password) == ("李娜", ("agent",), False)


@pytest.mark.gen_test
@pytest.mark.parametrize("username", ["", "a", "-ab", "李娜", "a b", "a/b", "a\x00b", "$ne", "x" * 65])
async def test_what_is_no_user_name(people: People, username: str) -> None:
    with pytest.raises(Invalid):
        await people.add(username)


@pytest.mark.gen_test
async def test_units_roles_need_a_unit_that_is_there(people: People) -> None:
    for roles, unit in ((("unit_clerk",), None), (("unit_clerk",), "dept-cg"), (("agent", "unit_clerk"), "dept-cg")):
        with pytest.raises(Invalid):
            await people.add("chen", *roles, unit=unit)
    await _unit(people)
    await people.add("chen", "unit_clerk", unit="dept-cg")
    assert (await people.accounts.get("chen")).unit == "dept-cg"
    with pytest.raises(Invalid):
        await people.accounts.change("chen", by="root", roles=("agent",), unit="dept-cg")
    account = await people.accounts.change("chen", by="root", roles=("agent",))
    assert (account.roles, account.unit) == (("agent",), None)


@pytest.mark.gen_test
async def test_a_change_tells_the_audit_log_before_and_after(people: People) -> None:
    await people.add()
    await people.accounts.change("li.na", by="root", name="李 娜", roles=("shift_leader",))
    (line,) = await people.store.find("audit", {"action": "account.change"}, limit=5)
    assert (line["actor"], line["about"]) == ("root", "li.na")
    assert line["before"] == {"name": "李娜", "roles": ["agent"], "unit": None}
    assert line["after"] == {"name": "李 娜", "roles": ["shift_leader"], "unit": None}


@pytest.mark.gen_test
async def test_nobody_takes_their_own_rights_away_or_gives_themselves_others(people: People) -> None:
    await people.add("root", "administrator")
    roles: tuple[Role, ...] = ("administrator", "knowledge_editor")
    with pytest.raises(Conflict):
        await people.accounts.change("root", by="root", roles=roles)
    for call in (
        people.accounts.disable("root", by="root", reason="x"),
        people.accounts.reset_password("root", "另一个足够长的密码 43", by="root"),
        people.accounts.remove_totp("root", by="root"),
    ):
        with pytest.raises(Conflict):
            await call
    assert (await people.accounts.change("root", by="root", name="管理员")).name == "管理员"


@pytest.mark.gen_test
async def test_changes_at_the_same_time_are_all_made(new_people: Callable[..., People]) -> None:
    here, there = new_people(), new_people()
    await here.add()
    await asyncio.gather(
        here.accounts.change("li.na", by="root", name="一"),
        there.accounts.disable("li.na", by="root", reason="离岗"),
        here.accounts.change("li.na", by="root", roles=("supervisor",)),
    )
    account = await here.accounts.get("li.na")
    assert (account.name, account.disabled, account.roles, account.epoch) == ("一", True, ("supervisor",), 1)
    assert len(await here.audit("li.na")) == 4


@pytest.mark.gen_test
async def test_what_is_not_there(people: People) -> None:
    for call in (
        people.accounts.get("nobody"),
        people.accounts.get("$where"),
        people.accounts.enable("nobody", by="root"),
        people.accounts.unlock("nobody", by="root"),
        people.accounts.sessions("nobody"),
    ):
        with pytest.raises(NotFound):
            await call


@pytest.mark.gen_test
async def test_pages_in_the_order_of_names(people: People) -> None:
    await _unit(people)
    for name in ("c.c", "a.a", "b.b"):
        await people.add(name)
    await people.add("aa", "unit_head", unit="dept-cg")
    first = await people.accounts.page(limit=2)
    rest = await people.accounts.page(after=first[-1].id, limit=9)
    assert [account.id for account in [*first, *rest]] == ["a.a", "aa", "b.b", "c.c"]
    assert [account.id for account in await people.accounts.page(unit="dept-cg")] == ["aa"]


@pytest.mark.gen_test
async def test_found_by_name_by_user_name_and_by_role(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.core.people.accounts._STRETCH", 2)
    await _unit(people)
    for name in ("a.a", "b.b", "c.c", "d.d"):
        await people.add(name)
    await people.add("zhang.min", "unit_head", unit="dept-cg")
    await people.accounts.change("d.d", by="root", name="Zhang Wei")

    async def found(**asked: Any) -> list[str]:
        return [account.id for account in await people.accounts.page(**asked)]

    assert await found(text=" zhang ") == ["d.d", "zhang.min"]
    assert await found(text="ZHANG", limit=1) == ["d.d"]
    assert await found(text="zhang", after="d.d") == ["zhang.min"]
    assert await found(text="zhang", unit="dept-cg") == ["zhang.min"]
    assert await found(role="unit_head") == ["zhang.min"]
    assert await found(text="nobody") == []


@pytest.mark.gen_test
async def test_a_killed_process_leaves_no_change_unrecorded(people: People) -> None:
    """Whatever was decided before the kill is written down at the next start, or before the next change; once."""
    await people.add()
    document = await people.store.get("accounts", "li.na")
    assert document is not None
    (line,) = await people.store.find("audit", {"about": "li.na"}, limit=5)
    for carry_on in (people.accounts.catch_up(), people.accounts.change("li.na", by="root", name="一")):
        await people.store.delete("audit", [line["_id"]])
        await carry_on
        assert await people.store.get("audit", line["_id"]) == line
    await people.accounts.catch_up()
    assert await people.audit("li.na") == ["account.add", "account.change"]


class TestTheFirst:
    @pytest.mark.gen_test
    async def test_one_is_made_up_once_by_several_processes(self, new_people: Callable[..., People]) -> None:
        processes = [new_people() for _ in range(4)]
        found = await asyncio.gather(*(one.accounts.ensure_administrator("", "") for one in processes))
        (password,) = [one for one in found if one is not None]
        signed_in = await processes[0].entrance.who(await processes[1].sign_in("admin", password))
        assert signed_in is not None
        assert (signed_in.roles, signed_in.must_change_password) == (("administrator",), True)
        assert await processes[2].accounts.ensure_administrator("", "") is None
        kept = await processes[0].store.find("audit", {}, limit=9) + await processes[0].store.find("accounts", {})
        assert password not in str(kept)

    @pytest.mark.gen_test
    async def test_the_configured_one_is_made_once_and_then_left_alone(self, people: People) -> None:
        assert await people.accounts.ensure_administrator("Root", PASSWORD) is None
        person = await people.entrance.who(await people.sign_in("root"))
        assert person is not None
        assert (person.roles, person.must_change_password) == (("administrator",), False)
        await people.accounts.reset_password("root", "后来换过的新密码 3", by="other")
        await people.accounts.ensure_administrator("Root", PASSWORD)
        assert await people.sign_in("root", "后来换过的新密码 3")

    @pytest.mark.gen_test
    async def test_none_is_made_up_when_there_is_anybody(self, people: People) -> None:
        await people.add()
        assert await people.accounts.ensure_administrator("", "") is None
