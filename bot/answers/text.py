"""From text to features: characters, pairs of characters, words; all as 64-bit keys, so that an index is plain arrays.

A character's key is its code point, a pair's holds both code points, a word's is a 62-bit hash. Nothing is looked up
in a dictionary of strings, which keeps building and swapping an index of 100,000 entries out of the interpreter.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import rjieba
from numpy.typing import NDArray

from bot.answers.lexicon import Lexicon

Keys = NDArray[np.uint64]

# What is read of a question: a letter to the mayor fits, a pasted book does not.
QUERY_CHARS = 600

_PAIR = np.uint64(1 << 42)
_SHIFT = np.uint64(21)
_DROP = re.compile(r"[^\w]+|_+")


class Analyser:
    """Normalises text and takes its features; the same for entries and questions."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._jieba = rjieba.Jieba()
        for word in lexicon.words:
            plain = _plain(word)
            if " " not in plain and len(plain) > 1:
                self._jieba.add_word(plain, None, None)
        canonical: dict[str, str] = {}
        for group in lexicon.synonyms:
            names = [name for name in map(_plain, group) if name]
            for name in names:
                # the first group that names a word decides
                canonical.setdefault(name, canonical.get(names[0], names[0]))
        self._canonical = canonical
        # the longest name first, so that a name inside another one is left alone
        longest = sorted(canonical, key=len, reverse=True)
        self._names = re.compile("|".join(map(re.escape, longest))) if longest else None

    def normalise(self, text: str) -> str:
        """Compatibility forms folded, lower case, punctuation and controls turned into single spaces, synonyms
        replaced by their canonical word."""
        plain = _plain(text)
        if self._names is not None:
            canonical = self._canonical
            plain = self._names.sub(lambda match: canonical[match.group()], plain)
        return plain

    def features(self, text: str) -> Keys:
        """The keys of all characters, pairs and words of a normalised text, repeated as often as they occur."""
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
        spaces = points == 32
        pairs = (points[:-1] << _SHIFT) | points[1:] | _PAIR
        words = [word for word in self._jieba.cut(text) if len(word) > 1]
        hashes = np.fromiter((_word(word) for word in words), dtype=np.uint64, count=len(words))
        return np.concatenate((points[~spaces], pairs[~(spaces[:-1] | spaces[1:])], hashes))


def _plain(text: str) -> str:
    return _DROP.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()


def _word(word: str) -> int:
    # the index lives and dies with the process, so that the process's own hash serves
    return hash(word) & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63
