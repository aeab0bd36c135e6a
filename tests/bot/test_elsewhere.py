"""Clear cases of what the hotline does not accept; and what only sounds like one."""

from __future__ import annotations

import pytest

from bot import elsewhere, reading


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("法院已经判决了，对方一直不执行判决", "litigation"),
        ("不服一审判决，想反映", "litigation"),
        ("这个事情我已经起诉了，还没开庭", "litigation"),
        ("劳动仲裁已经受理了，公司还是不给钱", "arbitration"),
        ("不服仲裁裁决", "arbitration"),
        ("镇里某主任收红包不办事", "discipline"),
        ("举报村书记贪污征地款", "discipline"),
        ("我要申请行政复议，交警罚错了", "reconsideration"),
        ("我要求公开征地的政府信息公开", "disclosure"),
        ("依申请公开拆迁补偿方案", "disclosure"),
        ("信访件已经答复了我不满意", "petition"),
        ("信访局已经受理了", "petition"),
        ("发现有人泄露国家机密", "secret"),
        ("帮我查一下我老公的开房记录", "private"),
        ("周末一起去堵路", "order"),
    ],
)
def test_a_clear_case(text: str, reason: str) -> None:
    assert elsewhere.find(reading.folded(text)) == reason


@pytest.mark.parametrize(
    "text",
    [
        "法院门口停车很乱",
        "法院路的路灯坏了",
        "老板让我去仲裁，不给我结工资",
        "民警态度很差",
        "物业主任收停车费不开发票",
        "主任收了我的押金不退",
        "怎么申请行政复议",
        "不服判决怎么上诉",
        "信访局在哪里",
        "能不能查邻居的电话",
        "昨天育华路路灯坏了没人修",
        "公司拖欠工资，我准备去起诉",
        "",
    ],
)
def test_what_only_sounds_like_one(text: str) -> None:
    assert elsewhere.find(reading.folded(text)) is None
