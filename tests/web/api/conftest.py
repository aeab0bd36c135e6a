"""Fixtures: `office` is a gateway at work, once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.running import RunningGateway
from tests.web.api.office import SETTINGS, Office


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    gateway = RunningGateway(tmp_path_factory.mktemp("api") / "data", SETTINGS)
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
