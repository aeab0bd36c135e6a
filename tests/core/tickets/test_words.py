"""What may be shown of people's names and numbers."""

from __future__ import annotations

import pytest

from gateway.core.tickets.words import masked, masked_name, masked_phone, reply_masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打13800138000找我", "打138****8000找我"),
        ("打138 0013 8000、138-0013-8000", "打138****8000、138****8000"),
        ("打１３８００１３８０００", "打138****8000"),
        ("tel13800138000", "tel138****8000"),
        ("+86 13800138000", "+86****8000"),
        ("座机0769-22334455", "座机076****4455"),
        ("座机22334455", "座机22****55"),
        ("身份证441900199001011234", "身份证441****1234"),
        ("身份证44190019900101123X", "身份证441****123X"),
        ("编号DG202611240000015", "编号DG202611240000015"),
        ("20261124那天，2026年11月24日，12345热线，赔3000元", "20261124那天，2026年11月24日，12345热线，赔3000元"),
    ],
)
def test_numbers_in_a_text(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请打0769-22832118或22832118", None),
        ("客服400-830-1234，4008301234，95598", None),
        ("工单DG202611270000024已办", None),
        ("已联系138 0013 8000", "已联系138****8000"),
        ("已联系+86 13800138000。", "已联系+86****8000。"),
        ("身份证44190019900101123X", "身份证441****123X"),
        ("卡号６２２２０２１２３４５６７８９０１２３", "卡号622****0123"),
    ],
)
def test_a_reply_hides_people_and_says_where_to_call(text: str, shown: str | None) -> None:
    assert reply_masked(text) == (shown or text)


@pytest.mark.parametrize(
    ("name", "shown"), [("", ""), ("张", "张*"), ("张三", "张*"), ("陈先生", "陈**"), ("欧阳小小小", "欧**")]
)
def test_a_name(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("", ""),
        ("+8613800138000", "138****8000"),
        ("13800138000", "1380****8000"),
        ("22334455", "223****55"),
        ("12345", "****"),
    ],
)
def test_a_phone(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown
