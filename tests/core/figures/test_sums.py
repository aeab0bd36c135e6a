"""Sums are the same after they were written and read, and in whatever parts they are added up."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import orjson
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.figures.facts import Fact, FactName
from gateway.core.figures.sums import Hour, Sums, of_day, of_period, waited_by_share
from gateway.core.figures.talks import Talks
from gateway.core.figures.upkeep import Upkeep

CHANNELS = st.sampled_from(["web", "wechat", "sms"])
IDS = st.sampled_from("abcdef")
COUNTS = st.dictionaries(st.sampled_from(["contacts", "queued", "answered", "left"]), st.integers(1, 9)).map(Counter)
WAITS = st.dictionaries(st.integers(0, 900), st.integers(1, 5)).map(Counter)
FACTS = st.builds(
    Fact,
    st.sampled_from([name for name in get_args(FactName) if name != "finished"]),
    IDS,
    st.sampled_from(["", "water", "urban"]),
    st.sampled_from(["", "help"]),
    CHANNELS,
)
FINISHED = st.builds(
    Fact, st.just("finished"), IDS, st.just("water"), st.just("help"), CHANNELS, st.none() | st.integers(0, 10**6)
)
TALKS = st.builds(
    Talks,
    counts=st.dictionaries(CHANNELS, COUNTS),
    waits=st.dictionaries(CHANNELS, WAITS),
    people=st.dictionaries(IDS, st.integers(1, 9)).map(Counter),
    met=st.dictionaries(IDS, CHANNELS),
    passed=st.sets(IDS),
)
UPKEEP = st.builds(
    Upkeep, st.sampled_from(["renewed", "lapsed"]), IDS, st.sampled_from(["", "水务局"]), st.integers(0, 10**13)
)
HOURS = st.builds(Hour, st.lists(FACTS | FINISHED, max_size=8), TALKS, st.lists(UPKEEP, max_size=4))
DAYS = st.dictionaries(st.integers(0, 23), HOURS, max_size=4).map(of_day)


@given(HOURS)
def test_an_hour_is_read_as_it_was_written(hour: Hour) -> None:
    read = Hour.unpack(hour.pack())
    assert Counter(read.facts) == Counter(hour.facts)
    assert read.talks == hour.talks
    assert read.upkeep == hour.upkeep


@given(DAYS)
def test_a_day_is_read_as_it_was_written(day: Sums) -> None:
    assert Sums.unpack(day.pack()) == day


@given(st.lists(DAYS, max_size=4), st.integers(0, 4))
def test_days_add_up_in_any_parts(days: list[Sums], place: int) -> None:
    assert of_period([of_period(days[:place]), of_period(days[place:])]) == of_period(days)


@given(WAITS, st.sampled_from([0.1, 0.5, 0.9, 1.0]))
def test_a_share_of_those_who_waited_waited_no_longer(waits: Counter[int], share: float) -> None:
    seconds = waited_by_share(waits, share)
    if not waits:
        assert seconds is None
        return
    assert seconds in waits
    total = sum(waits.values())
    assert sum(count for wait, count in waits.items() if wait <= seconds) >= share * total
    assert sum(count for wait, count in waits.items() if wait < seconds) < share * total


def test_what_was_summed_before_there_was_upkeep_is_read() -> None:
    hour = Hour((), Talks(met={"a": "web"}))
    shorter = orjson.dumps(orjson.loads(hour.pack())[:-1]).decode()
    assert Hour.unpack(shorter).talks == hour.talks
    day = of_day({9: hour})
    assert Sums.unpack(orjson.dumps(orjson.loads(day.pack())[:-1]).decode()) == day


def test_the_bot_was_alone_where_nobody_was_called_for_until_the_day_ended() -> None:
    morning = Talks(met={"a": "web", "b": "web", "c": "sms"})
    evening = Talks(met={"a": "web"}, passed={"b", "z"})
    day = of_day({9: Hour((), morning), 20: Hour((), evening)})
    assert (day.of_talks()["met"], day.of_talks()["alone"]) == (3, 2)
    assert (day.of_talks("web")["met"], day.of_talks("web")["alone"]) == (2, 1)
