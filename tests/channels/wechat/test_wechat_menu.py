"""A menu file is checked against the platform's limits before it is sent; all problems are named at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels.wechat.menu import MenuError, check, load

CLICK = {"type": "click", "name": "问", "key": "ask"}


@pytest.mark.parametrize(
    "menu",
    [
        {"button": [CLICK]},
        {"button": [{"name": "更多", "sub_button": [CLICK] * 5}] * 3},
        {"button": [{"type": "view", "name": "网页", "url": "https://12345.example.cn/"}]},
        {"button": [{"type": "miniprogram", "name": "小程序", "url": "https://x.cn", "appid": "wx1", "pagepath": "p"}]},
        {"button": [CLICK | {"sub_button": []}]},
    ],
)
def test_within_the_limits(menu: dict[str, Any]) -> None:
    assert check(menu) == menu


@pytest.mark.parametrize(
    ("menu", "problem"),
    [
        (None, "an object"),
        ([], "an object"),
        ({"button": {}}, "an object"),
        ({"button": []}, "0 buttons"),
        ({"button": [CLICK] * 4}, "4 buttons"),
        ({"button": [{"name": "更多", "sub_button": [CLICK] * 6}]}, "1 to 5"),
        ({"button": [{"name": "更多", "sub_button": [{"name": "再多", "sub_button": [CLICK]}]}]}, "two levels"),
        ({"button": [CLICK | {"name": ""}]}, "no name"),
        ({"button": [CLICK | {"name": "六个汉字太长"}]}, "16 bytes"),
        ({"button": [{"name": "更多", "sub_button": [CLICK | {"name": "长" * 21}]}]}, "60 bytes"),
        ({"button": [{"type": "click", "name": "问"}]}, "needs key"),
        ({"button": [CLICK | {"key": "k" * 129}]}, "128 bytes"),
        ({"button": [{"type": "view", "name": "网页", "url": "12345.example.cn"}]}, "web address"),
        ({"button": [{"type": "dance", "name": "舞"}]}, "'dance'"),
        ({"button": [{"name": "空"}]}, "None"),
        ({"button": ["x"]}, "not an object"),
    ],
)
def test_beyond_them(menu: Any, problem: str) -> None:
    with pytest.raises(MenuError, match=problem):
        check(menu)


def test_all_problems_at_once() -> None:
    with pytest.raises(MenuError) as caught:
        check({"button": [{"name": ""}, CLICK, {"type": "click", "name": "问"}, CLICK]})
    assert len(caught.value.problems) == 4


def test_files(tmp_path: Path) -> None:
    (tmp_path / "menu.toml").write_text('[[button]]\ntype = "click"\nname = "问"\nkey = "ask"\n', encoding="utf-8")
    assert load(tmp_path / "menu.toml") == {"button": [CLICK]}
    (tmp_path / "menu.json").write_text("{", encoding="utf-8")
    with pytest.raises(MenuError, match="not JSON"):
        load(tmp_path / "menu.json")


def test_the_sample_menu_is_publishable() -> None:
    assert load(Path(__file__).resolve().parents[3] / "config" / "seed" / "menu.json")
