"""Fixtures: `office` is a gateway at work, once a session, which tests leave as it was; `disturbed` is another one, to
which anything may be done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import RunningGateway
from tests.web.api.office import SETTINGS, Office


@contextmanager
def _opened(data_dir: Path) -> Iterator[Office]:
    gateway = RunningGateway(data_dir, SETTINGS)
    office = Office(gateway)
    try:
        gateway.start()
        office.open()
        yield office
    finally:
        office.close()
        ended = gateway.stop()
    assert ended == 0
    assert '"exception"' not in gateway.log()


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with _opened(tmp_path_factory.mktemp("api") / "data") as office:
        yield office


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with _opened(tmp_path_factory.mktemp("disturbed") / "data") as office:
        yield office
