"""Signing in: who is let in, what guessing costs, what is told to whom; and what each does with their own account."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from gateway.core.errors import Conflict, Forbidden, HotlineError, Invalid, TooSoon, Unauthorized
from gateway.core.people import Person
from gateway.core.people.entrance import Caller, CodeNeeded, WrongCode
from tests.core.conftest import Now
from tests.core.people.conftest import HERE, PASSWORD, People

NEW = "换了一个新的密码 77"


class Held(PasswordHasher):
    """Waits before it hashes, when it is told to."""

    held = False

    def __init__(self, **parameters: int) -> None:
        super().__init__(**parameters)  # type: ignore[arg-type]
        self.reached, self.go_on = threading.Event(), threading.Event()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        if self.held:
            self.reached.set()
            assert self.go_on.wait(10)
        return super().hash(password, salt=salt)


@asynccontextmanager
async def _refused_change(new_people: Callable[..., People]) -> AsyncIterator[People]:
    """Another process, while somebody's change of their password is under way here; what it does makes that fail."""
    hasher = Held(time_cost=1, memory_cost=8, parallelism=1)
    here, there = new_people(hasher=hasher), new_people()
    await there.add()
    person = await _person(here)
    hasher.held = True
    changing = asyncio.ensure_future(here.entrance.change_password(person, PASSWORD, NEW, HERE))
    await asyncio.to_thread(hasher.reached.wait, 10)
    yield there
    hasher.go_on.set()
    with pytest.raises(Conflict):
        await changing


async def _person(people: People, username: str = "li.na") -> Person:
    person = await people.entrance.who(await people.sign_in(username))
    assert person is not None
    return person


async def _with_codes(people: People) -> pyotp.TOTP:
    """`li.na` with one-time codes; the next may be used at once."""
    await people.add()
    person = await _person(people)
    codes = pyotp.TOTP((await people.entrance.offer_totp(person, PASSWORD)).secret)
    await people.entrance.confirm_totp(person, codes.at(people.now.at))
    people.now.move(30)
    return codes


async def _refusal(people: People, username: str, password: str) -> tuple[type[HotlineError], str, str]:
    with pytest.raises(HotlineError) as refused:
        await people.sign_in(username, password)
    return type(refused.value), refused.value.code, refused.value.message


@pytest.mark.gen_test
async def test_who_signs_in_is_known_by_the_token(people: People) -> None:
    await people.add("li.na", "agent", "knowledge_editor")
    person = await _person(people)
    assert (person.username, person.name, person.unit, person.must_change_password) == ("li.na", "李娜", None, False)
    assert {"tickets.handle", "knowledge.edit"} <= person.scopes
    assert (await people.accounts.get("li.na")).signed_in_at == people.now.at


@pytest.mark.gen_test
async def test_nobody_a_wrong_password_and_no_name_at_all_are_told_the_same(people: People) -> None:
    await people.add()
    told = {
        await _refusal(people, username, password)
        for username, password in (("li.na", "x"), ("li.na", ""), ("nobody", PASSWORD), ("", PASSWORD), ("\x00", "x"))
    }
    assert told == {(Unauthorized, "unauthorized", "用户名或密码不对")}


@pytest.mark.gen_test
async def test_an_account_that_is_not_there_is_slowed_down_the_same(people: People) -> None:
    await people.add()
    told: dict[str, list[str]] = {}
    for username in ("li.na", "nobody"):
        for _ in range(5):
            told.setdefault(username, []).append((await _refusal(people, username, "x"))[1])
    assert told["li.na"] == told["nobody"] == ["unauthorized"] * 3 + ["too_many_requests"] * 2


@pytest.mark.gen_test
async def test_pauses_grow_and_end(people: People, now: Now) -> None:
    await people.add()
    pauses = []
    for _ in range(11):
        while True:
            try:
                await people.sign_in(password="x")
            except TooSoon as error:
                pauses.append(round(error.retry_after))
                now.move(error.retry_after)
            except Unauthorized:
                break
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600]
    with pytest.raises(TooSoon):
        await people.sign_in()
    now.move(3600)
    assert await people.sign_in()
    assert await _refusal(people, "li.na", "x") == (Unauthorized, "unauthorized", "用户名或密码不对")


@pytest.mark.gen_test
async def test_failures_are_forgotten_after_a_day(people: People, now: Now) -> None:
    await people.add()
    for _ in range(2):
        await _refusal(people, "li.na", "x")
    now.move(timedelta(days=1).total_seconds())
    assert await people.entrance.sweep() == 1
    for _ in range(3):
        assert (await _refusal(people, "li.na", "x"))[0] is Unauthorized


@pytest.mark.gen_test
async def test_many_guesses_at_a_time_are_no_way_round(new_people: Callable[..., People]) -> None:
    """Two processes, twenty guesses at once: no more are looked at than one after the other."""
    here, there = new_people(), new_people()
    await here.add()
    guesses = [one.sign_in(password=f"guess {number}") for number in range(10) for one in (here, there)]
    found = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(one, Unauthorized) for one in found) <= 3
    assert all(isinstance(one, Unauthorized | TooSoon) for one in found)


@pytest.mark.gen_test
async def test_somebody_who_answers_for_it_ends_the_pause(people: People, now: Now) -> None:
    await people.add()
    for _ in range(4):
        await _refusal(people, "li.na", "x")
    assert await people.accounts.waiting(["li.na", "nobody"]) == {"li.na": now.at + timedelta(seconds=30)}
    await people.accounts.unlock("li.na", by="root")
    assert await people.accounts.waiting(["li.na"]) == {}
    assert await people.sign_in()


@pytest.mark.gen_test
async def test_one_address_is_limited_whoever_it_tries(new_people: Callable[..., People]) -> None:
    people = new_people(per_address=4)
    for number in range(4):
        assert (await _refusal(people, f"user{number}", "x"))[0] is Unauthorized
    assert (await _refusal(people, "user5", "x"))[0] is TooSoon
    await people.add()
    assert (await people.entrance.sign_in("li.na", PASSWORD, "", Caller("192.0.2.8", ""))).token


@pytest.mark.gen_test
async def test_a_disabled_account_is_told_so_only_to_who_has_its_password(people: People) -> None:
    await people.add()
    await people.accounts.disable("li.na", by="root", reason="离岗")
    assert (await _refusal(people, "li.na", "x"))[1] == "unauthorized"
    assert (await _refusal(people, "li.na", PASSWORD))[:2] == (Forbidden, "forbidden")
    await people.accounts.enable("li.na", by="root")
    assert await people.sign_in()


@pytest.mark.gen_test
async def test_a_hash_of_old_parameters_is_made_anew(new_people: Callable[..., People]) -> None:
    old = new_people()
    await old.add()
    before = (await old.accounts.get("li.na")).password
    new = new_people(hasher=PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    await new.sign_in()
    after = (await new.accounts.get("li.na")).password
    assert "m=64,t=2" in after
    assert after != before
    await new.sign_in()
    assert (await new.accounts.get("li.na")).password == after


@pytest.mark.gen_test
async def test_many_sign_in_at_the_same_time_with_one_account(new_people: Callable[..., People]) -> None:
    here, there = new_people(), new_people()
    await here.add()
    found = await asyncio.gather(*(one.sign_in() for one in (here, there)), return_exceptions=True)
    assert all(isinstance(one, str) for one in found)


@pytest.mark.gen_test
async def test_what_is_recorded_and_what_is_not(people: People) -> None:
    await people.add()
    token = await people.sign_in()
    await _refusal(people, "li.na", "not the password")
    await _refusal(people, "my-password-typed-as-a-name", "x")
    person = await people.entrance.who(token)
    assert person is not None
    await people.entrance.end_session(person, person.session)
    assert await people.audit("li.na") == ["account.add", "session.begin", "session.refused", "session.end"]
    assert await people.audit("?") == ["session.refused"]
    lines = await people.store.find("audit", {}, limit=100)
    assert {line.get("address") for line in lines} == {None, "192.0.2.7"}
    for secret in (PASSWORD, "not the password", "my-password", token, "$argon2"):
        assert secret not in str(lines)


@pytest.mark.gen_test(timeout=60)
async def test_a_flood_of_failures_does_not_fill_the_audit_log(people: People) -> None:
    for number in range(200):
        await _refusal(people, f"user{number}", "x")
    assert 120 <= len(await people.audit("?")) <= 160


class TestOneTimeCodes:
    @pytest.mark.gen_test
    async def test_with_them_a_password_is_not_enough(self, people: People) -> None:
        codes = await _with_codes(people)
        with pytest.raises(CodeNeeded):
            await people.sign_in()
        with pytest.raises(WrongCode):
            await people.sign_in(code="000000" if codes.at(people.now.at) != "000000" else "000001")
        assert await people.sign_in(code=codes.at(people.now.at))

    @pytest.mark.gen_test
    async def test_whether_there_are_codes_is_told_only_to_who_has_the_password(self, people: People) -> None:
        codes = await _with_codes(people)
        with pytest.raises(Unauthorized) as refused:
            await people.sign_in(password="x", code=codes.at(people.now.at))
        assert refused.value.code == "unauthorized"

    @pytest.mark.gen_test
    async def test_a_code_counts_once(self, new_people: Callable[..., People]) -> None:
        here, there = new_people(), new_people()
        codes = await _with_codes(here)
        code = codes.at(here.now.at)
        found = await asyncio.gather(here.sign_in(code=code), there.sign_in(code=code), return_exceptions=True)
        assert sorted(isinstance(one, str) for one in found) == [False, True]
        with pytest.raises(WrongCode):
            await here.sign_in(code=code)
        with pytest.raises(WrongCode):
            await here.sign_in(code=codes.at(here.now.at - timedelta(seconds=30)))
        here.now.move(30)
        assert await here.sign_in(code=codes.at(here.now.at))

    @pytest.mark.gen_test
    async def test_the_code_that_confirmed_is_used_up(self, people: People) -> None:
        await people.add()
        person = await _person(people)
        codes = pyotp.TOTP((await people.entrance.offer_totp(person, PASSWORD)).secret)
        assert await people.sign_in(), "not confirmed, not asked for"
        with pytest.raises(Invalid):
            await people.entrance.confirm_totp(person, "12345x")
        await people.entrance.confirm_totp(person, codes.at(people.now.at))
        with pytest.raises(WrongCode):
            await people.sign_in(code=codes.at(people.now.at))

    @pytest.mark.gen_test
    async def test_guessing_codes_is_slowed_down_though_the_password_is_known(self, people: People) -> None:
        await _with_codes(people)
        told = []
        for number in range(6):
            try:
                await people.sign_in(code="" if number % 2 else f"00000{number}")
            except HotlineError as error:
                told.append(error.code)
        assert told == ["wrong_code", "code_needed", "wrong_code", *["too_many_requests"] * 3]

    @pytest.mark.gen_test
    async def test_the_secret_is_sealed(self, people: People) -> None:
        codes = await _with_codes(people)
        kept = str(await people.store.find("accounts", {}, limit=5) + await people.store.find("audit", {}, limit=50))
        assert codes.secret not in kept
        assert "v1.1." in kept

    @pytest.mark.gen_test
    async def test_they_are_taken_off_by_the_person_or_the_administrator(self, people: People) -> None:
        codes = await _with_codes(people)
        person = (await people.entrance.sign_in("li.na", PASSWORD, codes.at(people.now.at), HERE)).person
        with pytest.raises(Conflict):
            await people.entrance.offer_totp(person, PASSWORD)
        with pytest.raises(Forbidden):
            await people.entrance.remove_totp(person, "x")
        await people.entrance.remove_totp(person, PASSWORD)
        assert await people.sign_in()
        with pytest.raises(Conflict):
            await people.entrance.confirm_totp(person, codes.at(people.now.at))
        await people.entrance.offer_totp(person, PASSWORD)
        await people.accounts.remove_totp("li.na", by="root")
        assert (await people.accounts.get("li.na")).totp_offered is None


class TestOnesOwnPassword:
    @pytest.mark.gen_test
    async def test_it_takes_the_old_one_and_ends_all_other_sessions(self, people: People) -> None:
        await people.add(lasting=False)
        other, person = await people.sign_in(), await _person(people)
        assert person.must_change_password
        signed_in = await people.entrance.change_password(person, PASSWORD, NEW, HERE)
        assert await people.entrance.who(other) is None
        now = await people.entrance.who(signed_in.token)
        assert now is not None
        assert not now.must_change_password
        assert (await _refusal(people, "li.na", PASSWORD))[0] is Unauthorized
        assert await people.sign_in(password=NEW)

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        ("old", "new", "kind"), [("x", NEW, Forbidden), (PASSWORD, "short", Invalid), (PASSWORD, PASSWORD, Invalid)]
    )
    async def test_what_is_refused(self, people: People, old: str, new: str, kind: type[HotlineError]) -> None:
        await people.add()
        person = await _person(people)
        with pytest.raises(kind):
            await people.entrance.change_password(person, old, new, HERE)
        assert await people.sign_in()

    @pytest.mark.gen_test
    async def test_who_found_an_open_session_cannot_guess_it(self, people: People) -> None:
        await people.add()
        person = await _person(people)
        told = []
        for _ in range(5):
            with pytest.raises(HotlineError) as refused:
                await people.entrance.change_password(person, "x", NEW, HERE)
            told.append(refused.value.code)
        assert told == ["forbidden"] * 3 + ["too_many_requests"] * 2

    @pytest.mark.gen_test
    async def test_who_is_put_out_meanwhile_is_not_let_in_again(self, new_people: Callable[..., People]) -> None:
        """The administrator ends all sessions while one of them changes the password."""
        async with _refused_change(new_people) as there:
            await there.accounts.end_sessions("li.na", by="root")
        assert await there.accounts.sessions("li.na") == []
        assert await there.sign_in()

    @pytest.mark.gen_test
    async def test_a_reset_meanwhile_wins(self, new_people: Callable[..., People]) -> None:
        """The administrator takes an account back while whoever has its password changes it."""
        async with _refused_change(new_people) as there:
            await there.accounts.reset_password("li.na", "管理员给的临时密码 9", by="root")
        assert await there.sign_in(password="管理员给的临时密码 9")
