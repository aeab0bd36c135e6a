"""Which passwords may be chosen, and how they are kept."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Invalid, TooSoon
from gateway.core.people import passwords
from gateway.core.people.passwords import Passwords

QUICK = PasswordHasher.from_parameters(CHEAPEST)


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short1!",
        "aaaaaaaaaaaaaaaa",
        "ababababababab",
        "password12345",
        "12345hotline",
        "li.na12345678",
        "Admin12345!",
        "１２３４５６７８９０",
        "x" * 129,
    ],
)
def test_weak_passwords(weak: str) -> None:
    with pytest.raises(Invalid, match="密码"):
        passwords.check(weak, "li.na")


@pytest.mark.parametrize("good", ["莞邑热线一二三四五六", "correct horse battery", "k3-Wq9.tzVb", "李娜的密码 2026 年"])
def test_good_passwords(good: str) -> None:
    passwords.check(good, "li.na")


def test_temporary_passwords_are_good_and_different() -> None:
    made = {passwords.temporary() for _ in range(200)}
    assert len(made) == 200
    for one in made:
        passwords.check(one, "li.na")


@pytest.mark.gen_test
async def test_only_the_password_matches() -> None:
    kept = await (known := Passwords(QUICK)).hash("莞邑热线 一二三")
    assert kept.startswith("$argon2id$")
    assert "一二三" not in kept
    assert kept != await known.hash("莞邑热线 一二三"), "salted"
    assert await known.matches("莞邑热线 一二三", kept)
    assert await known.matches("莞邑热线\u3000一二三", kept), "as another input method writes it"
    assert not await known.matches("莞邑热线 一二四", kept)
    assert not await known.matches("莞邑热线 一二三", None)
    assert not await known.matches("莞邑热线 一二三", "not a hash")


@given(st.text(max_size=30))
def test_nobody_is_nobody_whatever_the_password(password: str) -> None:
    assert not asyncio.run(Passwords(QUICK).matches(password, None))


@pytest.mark.gen_test
async def test_hashes_of_other_parameters_are_outdated() -> None:
    kept = await Passwords(QUICK).hash("莞邑热线 一二三")
    assert not Passwords(QUICK).is_outdated(kept)
    assert Passwords(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)).is_outdated(kept)


@pytest.mark.gen_test
async def test_the_parameters_are_those_of_the_standard() -> None:
    """RFC 9106, section 4: the second recommended option."""
    assert (await Passwords().hash("x" * 12)).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.gen_test
async def test_a_flood_is_refused_and_passes() -> None:
    slow = Passwords(PasswordHasher(time_cost=2, memory_cost=4096, parallelism=1))
    kept = await slow.hash("莞邑热线 一二三")
    found = await asyncio.gather(*(slow.matches("x", kept) for _ in range(120)), return_exceptions=True)
    refused = [one for one in found if isinstance(one, TooSoon)]
    assert (len(refused), found.count(False)) == (80, 40)
    assert await slow.matches("莞邑热线 一二三", kept)
