"""WeChat's return codes: what they mean for a message. The desk has its own words for each, in its reader's language
(frontend/src/desk/reasons.ts); those here are for logs and the terminal.

Source: https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wechatpy.constants import WeChatErrorCode

from channels.contract import ChannelError, PermanentChannelError, TemporaryChannelError, Unreachable

DOCUMENTATION = "https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html"
TOKEN_REFUSED = frozenset({40001, 40014, 42001})

# temporary: the same message may succeed later · account: nothing is wrong with the message, our account is ·
# unreachable: nothing reaches this citizen here · permanent: trying again cannot help
Kind = Literal["temporary", "account", "unreachable", "permanent"]


@dataclass(frozen=True, slots=True)
class Entry:
    """retry_after: seconds until another try is worth while."""

    kind: Kind
    meaning: str
    retry_after: float | None = None


CATALOGUE: dict[int, Entry] = {
    -1: Entry("temporary", "the platform is busy", 1.0),
    # a token refused twice is the account's trouble, not the message's
    40001: Entry("account", "the access token is not valid, or the secret is wrong", 60.0),
    40003: Entry("permanent", "the platform knows no such citizen"),
    40007: Entry("permanent", "the file's id is not valid"),
    40008: Entry("permanent", "the kind of message is not valid"),
    40013: Entry("permanent", "the AppID is not valid"),
    40014: Entry("account", "the access token is not valid", 60.0),
    40037: Entry("permanent", "the template is not valid"),
    40125: Entry("permanent", "the AppSecret is wrong"),
    40164: Entry("permanent", "our address is not on the account's list"),
    41001: Entry("permanent", "the access token is missing"),
    42001: Entry("account", "the access token has run out", 60.0),
    43004: Entry("unreachable", "the citizen does not follow the account"),
    43019: Entry("permanent", "the account has blocked the citizen"),
    43101: Entry("unreachable", "the citizen refuses such messages"),
    44004: Entry("permanent", "the message says nothing"),
    45002: Entry("permanent", "the message is too long"),
    45009: Entry("account", "the day's calls are used up", 600.0),
    45011: Entry("account", "too many calls in this minute", 10.0),
    45015: Entry("unreachable", "the time to answer in has passed"),
    45047: Entry("unreachable", "all answers the platform allows have been sent"),
    45166: Entry("permanent", "the platform does not allow what the message says"),
    47001: Entry("permanent", "the platform could not read the message"),
    47003: Entry("permanent", "a field of the template is not valid"),
    48001: Entry("unreachable", "the account has no permission for this"),
    48002: Entry("unreachable", "the citizen has switched the account's messages off"),
    48004: Entry("permanent", "the platform has banned the account from this"),
    50002: Entry("permanent", "the account is restricted"),
    87014: Entry("permanent", "the platform found what the message says risky"),
}


def refusal(code: int, said: str) -> ChannelError:
    """The error that a return code is. said: the platform's own words."""
    known = CATALOGUE.get(code)
    message = (
        f"WeChat {code}: {known.meaning} ({said[:200]})" if known else f"WeChat {code} {_name(code)}: {said[:200]}"
    )
    if known is not None and known.kind in ("temporary", "account"):
        return TemporaryChannelError(
            message,
            code=str(code),
            documentation=DOCUMENTATION,
            retry_after=known.retry_after,
            account=known.kind == "account",
        )
    kind = Unreachable if known is not None and known.kind == "unreachable" else PermanentChannelError
    return kind(message, code=str(code), documentation=DOCUMENTATION)


def _name(code: int) -> str:
    try:
        name: str = WeChatErrorCode(code).name
    except ValueError:
        return "unknown code"
    return name
