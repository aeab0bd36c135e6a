"""Fixtures: `open_site(**settings)` makes a gateway's SMS addresses, `site` is one with the usual settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.channels.sms.sms_account import Site


@pytest.fixture
def open_site(io_loop: Any) -> Iterator[Callable[..., Site]]:
    opened: list[Site] = []

    def open_(**settings: Any) -> Site:
        opened.append(Site(**settings))
        return opened[-1]

    yield open_
    for site in opened:
        io_loop.run_sync(site.close, timeout=10)


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    return open_site()
