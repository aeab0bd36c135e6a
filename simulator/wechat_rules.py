"""What WeChat keeps of tokens and followers, and its rules for answering them; pure but for random token values.

Sources: https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html and
https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass

MESSAGE_WINDOW = 48 * 3600.0  # seconds in which a citizen's message may be answered
MESSAGE_BUDGET = 5
ACT_WINDOW = 60.0  # after a follow, a scan, a press on the menu
ACT_BUDGET = 3
TEXT_BYTES = 2048

_PROPORTION = 24  # of its life, that a token is renewed before its end: 5 minutes of two hours
_OLD_TOKENS = 64
_FOLLOWERS = 200_000

INVALID, MALFORMED, EXPIRED, MISSING = 40001, 40014, 42001, 41001


@dataclass(slots=True)
class _Token:
    value: str
    expires_at: float


class TokenBook:
    """The access tokens of one account, of one of the two ways to get them."""

    def __init__(self) -> None:
        self._current: _Token | None = None
        self._old: deque[_Token] = deque(maxlen=_OLD_TOKENS)
        self.refreshes = 0

    def stable(self, now: float, lifetime: float, overlap: float, force: bool) -> tuple[str, int]:
        """The token and how many seconds it has left.

        The same until shortly before its end (5 minutes of 2 hours); the one it replaces works `overlap` seconds more
        if it still did, unless it was forced, which ends it at once.
        """
        token = self._current
        if force or token is None or now >= token.expires_at - lifetime / _PROPORTION:
            token = self._renew(now, lifetime, 0.0 if force else overlap)
        return token.value, max(int(token.expires_at - now), 1)

    def each(self, now: float, lifetime: float, overlap: float) -> tuple[str, int]:
        """A new token at every call, as the older interface gives them."""
        return self._renew(now, lifetime, overlap).value, int(lifetime)

    def _renew(self, now: float, lifetime: float, overlap: float) -> _Token:
        if self._current is not None:
            if now < self._current.expires_at:
                self._current.expires_at = now + overlap
            self._old.append(self._current)
        self._current = _Token(secrets.token_urlsafe(100), now + lifetime)
        self.refreshes += 1
        return self._current

    def end(self) -> None:
        """No token given so far works any longer."""
        if self._current is not None:
            self._current.expires_at = float("-inf")
            self._old.append(self._current)
            self._current = None
        for token in self._old:
            token.expires_at = float("-inf")

    def problem(self, value: str, now: float) -> int | None:
        """The code a token is refused with; None for a good one, `INVALID` for one of which nothing is known."""
        current = self._current
        if current is not None and value == current.value:
            return None if now < current.expires_at else EXPIRED
        for token in self._old:
            if token.value == value:
                return None if now < token.expires_at else INVALID
        return INVALID


@dataclass(slots=True)
class Follower:
    """One person on the account. wrote_at, acted_at: when last, by the simulator's clock. refuses: no subscription
    messages. reachable: whether a template message arrives."""

    openid: str
    following: bool = True
    wrote_at: float | None = None
    acted_at: float | None = None
    spent_message: int = 0
    spent_act: int = 0
    refuses: bool = False
    reachable: bool = True

    def wrote(self, now: float) -> None:
        """A message opens the window anew, with a whole budget."""
        self.wrote_at, self.spent_message = now, 0

    def acted(self, now: float) -> None:
        """A follow, a scan or a press on the menu."""
        self.acted_at, self.spent_act = now, 0

    def spend(self, now: float) -> int | None:
        """Take one customer-service message from what is open; else the code it is refused with.

        What runs out first is spent first.
        """
        if not self.following:
            return 43004
        by_act = self.acted_at is not None and now - self.acted_at < ACT_WINDOW
        by_message = self.wrote_at is not None and now - self.wrote_at < MESSAGE_WINDOW
        if by_act and self.spent_act < ACT_BUDGET:
            self.spent_act += 1
            return None
        if by_message and self.spent_message < MESSAGE_BUDGET:
            self.spent_message += 1
            return None
        return 45047 if by_act or by_message else 45015


class Followers:
    """By openid; the oldest are forgotten above 200,000."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Follower] = OrderedDict()

    def get(self, openid: str) -> Follower | None:
        return self._known.get(openid)

    def add(self, openid: str) -> Follower:
        """The follower; made when not known."""
        follower = self._known.get(openid)
        if follower is None:
            follower = self._known[openid] = Follower(openid)
            if len(self._known) > _FOLLOWERS:
                self._known.popitem(last=False)
        return follower

    def remove(self, openid: str) -> None:
        self._known.pop(openid, None)

    def __len__(self) -> int:
        return len(self._known)
