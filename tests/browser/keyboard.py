"""A person without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator


def walk_to(target: Locator, key: str = "Tab") -> None:
    """Press the key until the target has the focus, which must be seen there."""
    for _ in range(40):
        target.page.keyboard.press(key)
        if target.evaluate("element => element === element.getRootNode().activeElement"):
            outline = target.evaluate("element => getComputedStyle(element).outlineStyle")
            assert outline != "none", "the focus cannot be seen"
            return
    pytest.fail("the keyboard does not get there")
