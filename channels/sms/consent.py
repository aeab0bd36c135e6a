"""The words by which a citizen stops, resumes, or asks about short messages. Pure.

Sources: https://help.twilio.com/articles/223134027 (Twilio's standard words); 《通信短信息服务管理规定》 for 退订,
whose customary short forms are TD and T.
"""

from __future__ import annotations

import unicodedata

from channels.sms.provider import Consent

_WORDS: dict[str, Consent] = {
    **dict.fromkeys(("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"), "opt_out"),
    **dict.fromkeys(("退订", "退訂", "TD", "T"), "opt_out"),
    **dict.fromkeys(("START", "UNSTOP", "恢复订阅", "恢复"), "opt_in"),
    **dict.fromkeys(("HELP", "帮助"), "help"),
}
# Words that answer many a question; they count only when nothing at all stands beside them.
_BARE: dict[str, Consent] = {"YES": "opt_in", "INFO": "help"}
_LONGEST = 64  # characters of a message that can still be a word and what stands around it


def read(text: str) -> tuple[Consent, str] | None:
    """What the message asks for, and the word; None when it is not one word of these and nothing else.

    Letters of any width and case; spaces, punctuation and quotes around the word do not matter.
    """
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).upper()
    bare = plain.strip()
    if bare in _BARE:
        return _BARE[bare], bare
    word = _stripped(plain)
    return (_WORDS[word], word) if word in _WORDS else None


def _stripped(text: str) -> str:
    kept = [index for index, character in enumerate(text) if not _is_around(character)]
    return text[kept[0] : kept[-1] + 1] if kept else ""


def _is_around(character: str) -> bool:
    """Punctuation, spaces, quotes (`` ` `` counts as a symbol), controls, and what cannot be seen."""
    return unicodedata.category(character)[0] in "PZC" or character in "`´~+<>=|^"
