"""The account's menu, read from a file and checked before the platform sees it.

Source: https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from channels.wechat.client import WeChatClient

_TOP = 3
_SUB = 5
# what each type of button needs beside its name; a button with further buttons has no type
_NEEDS = {
    "click": ("key",),
    "view": ("url",),
    "scancode_push": ("key",),
    "scancode_waitmsg": ("key",),
    "pic_sysphoto": ("key",),
    "pic_photo_or_album": ("key",),
    "pic_weixin": ("key",),
    "location_select": ("key",),
    "media_id": ("media_id",),
    "view_limited": ("media_id",),
    "article_id": ("article_id",),
    "article_view_limited": ("article_id",),
    "miniprogram": ("url", "appid", "pagepath"),
}
_LONGEST = {"key": 128, "url": 1024}  # bytes


class MenuError(ValueError):
    """The menu breaks the platform's limits; `problems` says where and why, all at once."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def load(path: Path) -> dict[str, Any]:
    """The menu in a file, JSON or TOML by its name's end, in the platform's own shape (`button`, `sub_button`).

    Raises `MenuError`, or OSError when the file cannot be read.
    """
    raw = path.read_bytes()
    try:
        menu = tomllib.loads(raw.decode()) if path.suffix == ".toml" else json.loads(raw)
    except ValueError as error:
        raise MenuError([f"{path.name} is not {'TOML' if path.suffix == '.toml' else 'JSON'}: {error}"]) from None
    return check(menu)


def check(menu: Any) -> dict[str, Any]:
    """The menu, when it keeps the limits: 1 to 3 buttons, 1 to 5 under each, one level. Raises `MenuError`."""
    buttons = menu.get("button") if isinstance(menu, dict) else None
    if not isinstance(buttons, list):
        raise MenuError(["a menu is an object with the list `button`"])
    problems: list[str] = []
    if not 1 <= len(buttons) <= _TOP:
        problems.append(f"button: {len(buttons)} buttons, 1 to {_TOP} are allowed")
    for index, button in enumerate(buttons):
        _check_button(button, f"button[{index}]", top=True, problems=problems)
    if problems:
        raise MenuError(problems)
    return {"button": buttons}


def _check_button(button: Any, where: str, *, top: bool, problems: list[str]) -> None:
    if not isinstance(button, dict):
        problems.append(f"{where}: not an object")
        return
    name, longest = button.get("name"), 16 if top else 60
    if not isinstance(name, str) or not name.strip():
        problems.append(f"{where}: no name")
    elif len(name.encode()) > longest:
        problems.append(f"{where}: the name is longer than {longest} bytes")
    under = button.get("sub_button")
    if under:
        if not top:
            problems.append(f"{where}: a menu has two levels only")
        elif not isinstance(under, list) or len(under) > _SUB:
            problems.append(f"{where}: 1 to {_SUB} buttons are allowed under one")
        else:
            for index, inner in enumerate(under):
                _check_button(inner, f"{where}.sub_button[{index}]", top=False, problems=problems)
        return
    kind = button.get("type")
    needs = _NEEDS.get(kind) if isinstance(kind, str) else None
    if needs is None:
        problems.append(f"{where}: type {kind!r} is not one of {', '.join(_NEEDS)}")
        return
    for need in needs:
        value = button.get(need)
        if not isinstance(value, str) or not value:
            problems.append(f"{where}: {kind} needs {need}")
        elif len(value.encode()) > _LONGEST.get(need, 1024):
            problems.append(f"{where}: {need} is longer than {_LONGEST.get(need, 1024)} bytes")
        elif need == "url" and not value.startswith(("https://", "http://")):
            problems.append(f"{where}: url is not a web address")


async def publish(client: WeChatClient, path: Path) -> int:
    """Check the menu in `path` and make it the account's; how many buttons it has. Raises `MenuError`, OSError and
    the `ChannelError` kinds."""
    menu = load(path)
    await client.create_menu(menu)
    return sum(max(1, len(button.get("sub_button") or ())) for button in menu["button"])
