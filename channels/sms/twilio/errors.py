"""Twilio's error codes: what they mean for a message, in words for the desk.

Source: https://www.twilio.com/docs/api/errors, each code on a page of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from channels.contract import (
    ChannelError,
    PermanentChannelError,
    TemporaryChannelError,
    UncertainChannelError,
    Unreachable,
)

# temporary: the same message may succeed later · account: nothing is wrong with the message, our account is ·
# unreachable: nothing reaches this person here · permanent: trying again cannot help · uncertain: it may have been done
Kind = Literal["temporary", "account", "unreachable", "permanent", "uncertain"]


@dataclass(frozen=True, slots=True)
class Entry:
    """retry_after: seconds until another try is worth while, when Twilio names none."""

    kind: Kind
    meaning: str
    retry_after: float | None = None


CATALOGUE: dict[int, Entry] = {
    14107: Entry("temporary", "发送过快，已超出速率限制", 5.0),
    20003: Entry("account", "账号或密钥不对", 60.0),
    20005: Entry("account", "账号未启用", 60.0),
    20404: Entry("account", "账号或接口地址不存在", 60.0),
    20429: Entry("temporary", "请求过多", 2.0),
    20500: Entry("uncertain", "平台内部错误"),
    20503: Entry("temporary", "平台暂时不可用", 5.0),
    21211: Entry("permanent", "接收号码无效"),
    21212: Entry("account", "发送号码无效", 60.0),
    21408: Entry("permanent", "未开通向该地区发送"),
    21602: Entry("permanent", "短信没有内容"),
    21603: Entry("account", "没有指定发送号码", 60.0),
    21604: Entry("permanent", "没有指定接收号码"),
    21606: Entry("account", "发送号码不能用于短信", 60.0),
    21608: Entry("permanent", "试用账号只能发给已验证的号码"),
    21609: Entry("account", "状态回调地址无效", 60.0),
    21610: Entry("unreachable", "对方已退订"),
    21611: Entry("temporary", "发送号码的队列已满", 60.0),
    21612: Entry("permanent", "该发送号码无法发往该接收号码"),
    21614: Entry("permanent", "接收号码不是手机号"),
    21617: Entry("permanent", "短信超过 1600 字"),
    21659: Entry("account", "发送号码不属于平台", 60.0),
    21660: Entry("account", "发送号码不属于本账号", 60.0),
    21703: Entry("account", "消息服务没有可用的发送号码", 60.0),
    30001: Entry("temporary", "发送队列已满", 60.0),
    30002: Entry("account", "账号已停用", 60.0),
    30003: Entry("temporary", "对方手机暂时无法接通", 300.0),
    30004: Entry("permanent", "短信被拦截"),
    30005: Entry("permanent", "号码不存在或已停用"),
    30006: Entry("permanent", "座机或运营商无法送达"),
    30007: Entry("permanent", "被运营商过滤"),
    30008: Entry("permanent", "运营商未说明原因"),
    30022: Entry("temporary", "超出运营商的速率限制", 60.0),
    63018: Entry("temporary", "超出渠道的速率限制", 5.0),
}

_NUMBERS = re.compile(r"\d{5,}")


def entry(code: str | int) -> Entry | None:
    """What is known of a code."""
    try:
        return CATALOGUE.get(int(code))
    except ValueError:
        return None


def documentation(code: int) -> str:
    return f"https://www.twilio.com/docs/api/errors/{code}"


def refusal(status: int, code: int | None, said: str, retry_after: float | None, *, safe: bool) -> ChannelError:
    """The error that an answer other than success is.

    code, said: Twilio's own, from the JSON of its answer; None and empty when there was none. retry_after: seconds.
    safe: whether the request can be repeated without harm.
    """
    known = CATALOGUE.get(code) if code is not None else None
    kind = known.kind if known else _kind_of(status)
    # what Twilio says quotes the citizen's number
    meaning = known.meaning if known else _NUMBERS.sub("…", said)[:200]
    name = str(code or status)
    message = f"Twilio {name}: {meaning}" if meaning else f"Twilio answered {name}"
    page = documentation(code) if code is not None else ""
    if kind in ("temporary", "account") or (safe and kind == "uncertain"):
        if retry_after is None:
            retry_after = known.retry_after if known else _LATER.get(status)
        return TemporaryChannelError(
            message, code=name, documentation=page, retry_after=retry_after, account=kind == "account"
        )
    kinds: dict[Kind, type[ChannelError]] = {
        "permanent": PermanentChannelError,
        "unreachable": Unreachable,
        "uncertain": UncertainChannelError,
    }
    return kinds[kind](message, code=name, documentation=page)


_LATER = {401: 60.0, 403: 60.0, 404: 60.0, 408: 2.0, 429: 2.0}


def _kind_of(status: int) -> Kind:
    if status in (401, 408, 429):
        return "temporary"
    if 400 <= status < 500:
        return "permanent"
    return "uncertain"
