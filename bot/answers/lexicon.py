"""The words a knowledge base's readers use: places, departments, synonyms. Pure data, read from text files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYNONYMS = "synonyms.txt"
NAMES = ("places.txt", "departments.txt")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`words` the segmenter must keep whole; `synonyms` groups of words that mean the same, the canonical one first."""

    words: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def load(cls, folder: Path | str) -> Lexicon:
        """Read `synonyms.txt`, `places.txt` and `departments.txt` from `folder`.

        One group a line, its words separated by spaces, the canonical one first; in the two files of names a line is
        a name and, if it has any, its aliases. `#` begins a comment. A file that is missing is an empty one.

        Raises UnicodeDecodeError for a file that is not UTF-8.
        """
        words: dict[str, None] = {}
        groups: list[tuple[str, ...]] = []
        for name in (SYNONYMS, *NAMES):
            path = Path(folder) / name
            if not path.is_file():
                continue
            for group in _groups(path.read_text(encoding="utf-8-sig")):
                words.update(dict.fromkeys(group))
                if len(group) > 1:
                    groups.append(group)
        return cls(tuple(words), tuple(groups))


def _groups(text: str) -> Iterator[tuple[str, ...]]:
    for line in text.splitlines():
        group = tuple(dict.fromkeys(line.split("#", 1)[0].split()))
        if group:
            yield group
