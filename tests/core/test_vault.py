"""Sealing, opening, finding, and changing keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.vault import Key, Unreadable, Vault, derived

OLD, NEW = Key("1", b"o" * 32), Key("2", b"n" * 32)
VAULT = Vault([OLD])


@given(st.text(max_size=80), st.sampled_from(("phone", "code")))
def test_what_is_sealed_opens_and_says_nothing(text: str, purpose: str) -> None:
    sealed = VAULT.seal(text, purpose)
    assert VAULT.open(sealed, purpose) == text
    assert sealed != VAULT.seal(text, purpose), "each time anew"
    assert len(text) < 4 or text not in sealed


def test_only_for_what_it_was_sealed_for() -> None:
    with pytest.raises(Unreadable):
        VAULT.open(VAULT.seal("13800138000", "phone"), "code")


@given(st.integers(0, 60), st.integers(1, 255))
def test_damage_is_noticed(at: int, by: int) -> None:
    sealed = bytearray(VAULT.seal("13800138000", "phone"), "ascii")
    sealed[min(at, len(sealed) - 1)] ^= by & 0x7F or 1
    try:
        changed = sealed.decode("ascii")
    except UnicodeDecodeError:
        return
    with pytest.raises(Unreadable):
        VAULT.open(changed, "phone")


@pytest.mark.parametrize("text", ["", "v1", "v1.1", "v1.9.AAAA", "v1.1.", "v1.1.!!", "v2.1.AAAA", "13800138000"])
def test_what_is_not_sealed(text: str) -> None:
    with pytest.raises(Unreadable):
        VAULT.open(text, "phone")


def test_keys_are_changed_without_losing_anything() -> None:
    sealed, found = VAULT.seal("13800138000", "phone"), VAULT.key("13800138000", "phone")
    both = Vault([NEW, OLD])
    assert both.open(sealed, "phone") == "13800138000"
    assert found in both.every_key("13800138000", "phone")
    assert both.key("13800138000", "phone") == both.every_key("13800138000", "phone")[0] != found
    resealed = both.resealed(sealed, "phone")
    assert resealed is not None
    assert both.resealed(resealed, "phone") is None
    assert Vault([NEW]).open(resealed, "phone") == "13800138000"
    with pytest.raises(Unreadable):
        Vault([NEW]).open(sealed, "phone")


def test_the_same_phone_is_found_and_another_is_not() -> None:
    assert VAULT.key("13800138000", "phone") == VAULT.key("13800138000", "phone")
    assert VAULT.key("13800138000", "phone") != VAULT.key("13800138001", "phone")
    assert VAULT.key("13800138000", "phone") != VAULT.key("13800138000", "id")
    assert VAULT.key("13800138000", "phone") != Vault([NEW]).key("13800138000", "phone")


def test_the_key_of_who_has_configured_none_is_made_of_their_signing_key() -> None:
    assert derived(b"secret") == derived(b"secret")
    assert derived(b"secret").secret != derived(b"another").secret
    assert Vault([NEW, derived(b"secret")]).open(Vault([derived(b"secret")]).seal("1", "phone"), "phone") == "1"
    assert "oooo" not in repr(OLD)
