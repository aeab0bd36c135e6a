"""Sessions: known everywhere at once, ended everywhere at once, and by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.core.errors import NotFound
from gateway.core.people import Lifetimes, csrf_token
from gateway.core.people.sessions import MOST
from tests.core.conftest import Now
from tests.core.people.conftest import HERE, PASSWORD, People


@pytest.mark.gen_test
async def test_the_token_is_kept_nowhere(people: People) -> None:
    await people.add()
    token = await people.sign_in()
    kept = await people.store.find("staff_sessions", {}, limit=10) + await people.store.find("audit", {}, limit=10)
    assert token not in str(kept)
    assert csrf_token(token) not in str(kept)
    assert len(token) >= 43


@pytest.mark.gen_test
@pytest.mark.parametrize("forged", ["", "x", "x" * 43, "x" * 5000, "\x00", "é" * 43, "🙂", "$ne"])
async def test_a_token_that_was_never_given(people: People, forged: str) -> None:
    assert await people.entrance.who(forged) is None


@pytest.mark.gen_test
async def test_another_process_knows_it_and_knows_when_it_is_ended(new_people: Callable[..., People]) -> None:
    here, there = new_people(), new_people()
    await here.add()
    token, other = await here.sign_in(), await here.sign_in()
    person = await there.entrance.who(token)
    assert person is not None
    await there.entrance.end_session(person, person.session)
    assert await here.entrance.who(token) is None
    assert await here.entrance.who(other) is not None
    with pytest.raises(NotFound):
        await here.entrance.end_session(person, person.session)


@pytest.mark.gen_test
@pytest.mark.parametrize("what", ["disable", "end_sessions", "reset_password"])
async def test_what_ends_all_of_them_ends_them_everywhere(new_people: Callable[..., People], what: str) -> None:
    here, there = new_people(), new_people()
    await here.add()
    await here.add("wang.wei")
    tokens = [await here.sign_in() for _ in range(3)]
    untouched = await here.sign_in("wang.wei")
    if what == "disable":
        await there.accounts.disable("li.na", by="root", reason="离岗")
    elif what == "end_sessions":
        await there.accounts.end_sessions("li.na", by="root")
    else:
        await there.accounts.reset_password("li.na", "另一个足够长的密码 43", by="root")
    assert [await here.entrance.who(token) for token in tokens] == [None] * 3
    assert await here.entrance.who(untouched) is not None
    assert len(await here.store.find("staff_sessions", {}, limit=10)) == 1


@pytest.mark.gen_test
async def test_a_sign_in_beside_the_end_of_all_does_not_outlive_it(new_people: Callable[..., People]) -> None:
    """Whichever comes first: a session of before is ended, one of after was allowed."""
    here, there = new_people(), new_people()
    await here.add()
    signing = [asyncio.ensure_future(here.sign_in()) for _ in range(3)]
    await there.accounts.disable("li.na", by="root", reason="离岗")
    found = await asyncio.gather(*signing, return_exceptions=True)
    assert [await there.entrance.who(one) for one in found if isinstance(one, str)] == [None] * sum(
        isinstance(one, str) for one in found
    )


@pytest.mark.gen_test
async def test_roles_count_at_once(people: People) -> None:
    await people.add()
    token = await people.sign_in()
    await people.accounts.change("li.na", by="root", roles=("supervisor",))
    person = await people.entrance.who(token)
    assert person is not None
    assert "tickets.supervise" in person.scopes
    assert "tickets.handle" not in person.scopes


@pytest.mark.gen_test
async def test_it_ends_when_it_is_not_used_and_in_any_case(people: People, now: Now) -> None:
    await people.add()
    token, left = await people.sign_in(), await people.sign_in()
    for _ in range(11):
        now.move(3590)
        assert await people.entrance.who(token) is not None, "used again and again"
    assert await people.entrance.who(left) is None
    now.move(3590)
    now.move(3590 - 11 * 10)
    assert await people.entrance.who(token) is None, "twelve hours after it began"


@pytest.mark.gen_test
async def test_shorter_lifetimes_count_for_those_who_are_signed_in(
    people: People, new_people: Callable[..., People], now: Now
) -> None:
    await people.add()
    token = await people.sign_in()
    now.move(120)
    assert await new_people(lifetimes=Lifetimes(idle=60, whole=600)).entrance.who(token) is None


@pytest.mark.gen_test
async def test_what_has_ended_is_swept_away(people: People, now: Now) -> None:
    await people.add()
    await people.sign_in()
    now.move(1800)
    going = await people.sign_in()
    now.move(1801)
    assert await people.entrance.sweep() == 1
    assert await people.entrance.sweep() == 0
    assert await people.entrance.who(going) is not None


@pytest.mark.gen_test
async def test_a_person_sees_where_they_are_signed_in_and_nobody_elses(people: People, now: Now) -> None:
    await people.add()
    await people.add("wang.wei")
    first = await people.entrance.sign_in("li.na", PASSWORD, "", HERE)
    now.move(60)
    second = await people.entrance.sign_in("LI.NA ", PASSWORD, "", HERE)
    listed = await people.entrance.sessions(second.person)
    assert [one.id for one in listed] == [second.person.session, first.person.session]
    assert {(one.address, one.agent) for one in listed} == {("192.0.2.7", "tests")}
    other = await people.entrance.sign_in("wang.wei", PASSWORD, "", HERE)
    with pytest.raises(NotFound):
        await people.entrance.end_session(other.person, first.person.session)
    await people.entrance.end_session(second.person, first.person.session)
    assert await people.entrance.who(first.token) is None


@pytest.mark.gen_test(timeout=60)
async def test_a_program_that_signs_in_again_and_again_has_a_bounded_number(people: People, now: Now) -> None:
    await people.add()
    tokens = []
    for _ in range(MOST + 3):
        now.move(1)
        tokens.append(await people.sign_in())
    assert len(await people.store.find("staff_sessions", {}, limit=MOST * 2)) == MOST
    assert [await people.entrance.who(token) is None for token in tokens[:4]] == [True, True, True, False]
