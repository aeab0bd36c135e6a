"""A trained classifier as bytes: the same when it comes back, and refused when it is not what was kept."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bot.dispatching import Classifier, Example, Unreadable

SMALL = [
    Example("路灯不亮", "urban"),
    Example("老板欠薪", "labour"),
    Example("公交车晚点", "transport"),
    Example("井盖坏了", "urban"),
]


@pytest.fixture(scope="module")
def kept() -> bytes:
    return Classifier.fit(SMALL).to_bytes()


def test_it_comes_back_the_same(novice: Classifier, asked: list[tuple[str, str]]) -> None:
    back = Classifier.from_bytes(novice.to_bytes())
    assert (back.labels, back.examples) == (novice.labels, novice.examples)
    assert back.to_bytes() == novice.to_bytes()
    assert all(back.suggest(question) == novice.suggest(question) for question, _ in asked[::20])


def test_an_empty_one_comes_back() -> None:
    back = Classifier.from_bytes(Classifier.fit([]).to_bytes())
    assert (back.labels, back.examples, back.suggest("路灯不亮")) == ((), 0, [])


def test_labels_of_any_kind_come_back() -> None:
    labels = ("a\nb", "城管\ud800", '"', "\x00")
    examples = [Example(f"第{n}件{label}事", label) for label in labels for n in range(3)]
    assert Classifier.from_bytes(Classifier.fit(examples).to_bytes()).labels == tuple(sorted(labels))


def test_no_text_is_kept(kept: bytes) -> None:
    assert all(
        example.text.encode(code) not in kept for example in SMALL for code in ("utf-8", "utf-16-le", "utf-32-le")
    )


@pytest.mark.parametrize("data", [b"", b"\n", b"PK\x03\x04", b"yixian", pickle.dumps({"labels": []})])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="no classifier"):
        Classifier.from_bytes(data)


def test_another_format_is_refused(kept: bytes) -> None:
    with pytest.raises(Unreadable, match="trained anew"):
        Classifier.from_bytes(kept.replace(b"classifier 1\n", b"classifier 2\n", 1))


def test_every_cut_and_every_flipped_bit_is_refused(kept: bytes) -> None:
    for at in range(0, len(kept), 7):
        with pytest.raises(Unreadable):
            Classifier.from_bytes(kept[:at])
        with pytest.raises(Unreadable):
            Classifier.from_bytes(kept[:at] + bytes([kept[at] ^ 0x10]) + kept[at + 1 :])
    with pytest.raises(Unreadable, match="damaged"):
        Classifier.from_bytes(kept + b"\0")


def forged(kept: bytes, change: Callable[[dict[str, Any]], Any], numbers: Callable[[bytes], bytes] = bytes) -> bytes:
    """The bytes with something else in them and a digest to match."""
    name, _, rest = kept.partition(b"\n")
    line, _, packed = rest[32:].partition(b"\n")
    described = json.loads(line)
    change(described)
    body = json.dumps(described).encode() + b"\n" + numbers(packed)
    return name + b"\n" + hashlib.sha256(body).digest() + body


def test_the_forger_can_leave_it_as_it_is(kept: bytes) -> None:
    assert forged(kept, lambda _: None) == kept


@pytest.mark.parametrize(
    "change",
    [
        {"labels": "urban"},
        {"labels": ["urban", "labour", "transport"]},
        {"labels": ["labour", "labour", "urban"]},
        {"labels": ["labour", "transport"]},
        {"labels": [1, 2, 3]},
        {"labels": ["", "a", "b"]},
        {"features": 3},
        {"features": -1},
        {"features": 10**12},
        {"features": True},
        {"features": "9"},
        {"steepness": 0.0},
        {"steepness": float("nan")},
        {"steepness": "5"},
        {"examples": -1},
        {"examples": 1.5},
        {"labels": None},
    ],
    ids=str,
)
def test_what_does_not_hold_together_is_refused(kept: bytes, change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="hold together"):
        Classifier.from_bytes(forged(kept, lambda described: described.update(change)))


@pytest.mark.parametrize("missing", ["labels", "features", "steepness", "examples"])
def test_what_lacks_a_part_is_refused(kept: bytes, missing: str) -> None:
    with pytest.raises(Unreadable, match="hold together"):
        Classifier.from_bytes(forged(kept, lambda described: described.pop(missing)))


@pytest.mark.parametrize(
    "numbers",
    [
        lambda packed: packed + b"\0\0",
        lambda packed: packed[:-2],
        lambda packed: packed[4:8] + packed[:4] + packed[8:],  # features out of order
        lambda packed: np.array([-5], "<i4").tobytes() + packed[4:],
        lambda packed: packed[:-4] + np.array([np.inf], "<f4").tobytes(),
        lambda packed: b"",
    ],
    ids=["more", "less", "order", "negative", "infinite", "none"],
)
def test_numbers_no_training_gives_are_refused(kept: bytes, numbers: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Unreadable, match="hold together"):
        Classifier.from_bytes(forged(kept, lambda _: None, numbers))


def test_a_description_that_is_no_description_is_refused(kept: bytes) -> None:
    name, _, _ = kept.partition(b"\n")
    for body in (b"", b"[]\n", b"{\n", b"\xff\n", b"[" * 100_000 + b"\n"):
        with pytest.raises(Unreadable, match="hold together"):
            Classifier.from_bytes(name + b"\n" + hashlib.sha256(body).digest() + body)
