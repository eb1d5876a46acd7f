"""Promo and interface phrases by language, read from `data/*.txt`.

A file holds one phrase a line under `[section]` headings; `#` starts a comment. A phrase is a
sequence of tokens, matched anywhere in a line whatever the case, in every language at once.
They are evidence for the model, never rules.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleantext.lines import Batch, HashArray, IntArray, followed_by

__all__ = ["LONGEST", "SECTIONS", "Lexicon", "high_bits", "lexicon", "read_phrases"]

#: Sections of the files, which are columns of the phrase features.
SECTIONS = (
    "newsletter", "paywall", "social", "related", "promo", "ad",
    "disclosure", "comments", "nav", "byline", "caption", "bio",
)  # fmt: skip

#: Tokens of the longest phrase.
LONGEST = 5


class Lexicon(NamedTuple):
    """All phrases as hashes of token sequences."""

    hash: HashArray
    """Sorted hashes, shape (n_phrases,)."""
    section: IntArray
    """Index into `SECTIONS` of each phrase."""
    maybe: npt.NDArray[np.bool_]
    """True where some phrase's hash has these 16 high bits: a quick first test."""
    goes_on: npt.NDArray[np.bool_]
    """As `maybe`, of what some longer phrase begins with."""


def read_phrases(text: str, name: str = "lexicon") -> list[tuple[str, str]]:
    """Parse a phrase file into (section, phrase) pairs.

    Raises
    ------
    ValueError
        For an unknown section or a phrase before any section; says which line.

    Examples
    --------
    >>> read_phrases("# comment\\n[nav]\\nskip to content\\n")
    [('nav', 'skip to content')]
    """
    pairs = []
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            if section not in SECTIONS:
                raise ValueError(f"{name}:{number}: unknown section {section!r}; known: {SECTIONS}")
        elif not section:
            raise ValueError(f"{name}:{number}: phrase {line!r} stands before any [section]")
        else:
            pairs.append((section, line))
    return pairs


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read all phrase files that ship with the package."""
    pairs: list[tuple[str, str]] = []
    folder = files("cleantext") / "data"
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".txt"):
            pairs += read_phrases(entry.read_text(encoding="utf-8"), entry.name)
    batch = Batch([phrase for _, phrase in pairs])
    tokens = batch.tokens
    section = np.array([SECTIONS.index(name) for name, _ in pairs], dtype=np.int64)
    first = batch.token_bounds[:-1]
    length = np.diff(batch.token_bounds)
    phrase_hash = tokens.hash[first].copy()
    maybe, goes_on = np.zeros((2, 1 << 16), dtype=np.bool_)
    for step in range(1, LONGEST):
        longer = np.flatnonzero(length > step)
        goes_on[high_bits(phrase_hash[longer])] = True
        phrase_hash[longer] = followed_by(phrase_hash[longer], tokens.hash[first[longer] + step])
    unique, index = np.unique(phrase_hash, return_index=True)
    maybe[high_bits(unique)] = True
    return Lexicon(unique, section[index], maybe, goes_on)


def high_bits(hashes: HashArray) -> IntArray:
    """The 16 high bits of each hash, to look it up in a table of that size."""
    return (hashes >> np.uint64(48)).astype(np.int64)
