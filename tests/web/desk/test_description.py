"""What the description says of the desk is what the handlers do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.routing import URLSpec

from config.settings import Settings
from gateway.app import OPERATIONS, Gateway
from gateway.core.people import SCOPES
from gateway.web.desk.access import DeskHandler, Rule

Key = tuple[str, str]


def _served(gateway: Gateway) -> Iterator[tuple[Key, Rule]]:
    for spec in gateway.application().wildcard_router.rules:
        if isinstance(spec, URLSpec) and issubclass(spec.handler_class, DeskHandler):
            handler, path = spec.handler_class, re.sub(r"\([^()]*\)", "{}", spec.regex.pattern.rstrip("$"))
            for method in handler.SUPPORTED_METHODS:
                rule = handler.rule(method)
                if rule is not None and method != "HEAD":
                    yield (method, path), rule


@pytest.mark.gen_test
async def test_every_method_is_described_with_the_scopes_it_needs(
    mongo_url: str, redis_url: str, tmp_path: Path
) -> None:
    gateway = Gateway(Settings(data_dir=tmp_path), mongo_url, redis_url)
    served = dict(_served(gateway))
    described = {
        (operation.method.upper(), re.sub(r"\{[^}]*\}", "{}", operation.path)): operation
        for operation in OPERATIONS
        if operation.staff
    }
    await gateway.close()
    assert set(served) == set(described)
    for key, rule in served.items():
        assert (key, frozenset(described[key].scopes)) == (key, rule.scopes)
        assert described[key].signed_in == (not rule.anybody)
    assert {operation.path for operation in OPERATIONS if operation.path.startswith("/api/v1/desk")} == {
        operation.path for operation in OPERATIONS if operation.staff
    }


def test_what_is_described_can_be_told_and_is_not_told_twice() -> None:
    keys = [(operation.method, operation.path) for operation in OPERATIONS]
    assert len(set(keys)) == len(keys)
    for operation in OPERATIONS:
        assert set(operation.scopes) <= SCOPES
        named = re.findall(r"\{([^}]*)\}", operation.path)
        assert [parameter.name for parameter in operation.parameters if parameter.where == "path"] == named
