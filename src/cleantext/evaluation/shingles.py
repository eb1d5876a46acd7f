"""How well texts were extracted: runs of four words against a gold text, or snippets of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["f1_of", "shingle_scores", "snippet_counts"]

_WORD = re.compile(r"\w+")
_RUN = 4


@lru_cache(maxsize=2)  # many systems are held against one gold text in turn
def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    if not words:
        return Counter()
    return Counter(tuple(words[i : i + _RUN]) for i in range(max(len(words) - _RUN + 1, 1)))


def shingle_scores(text: str, gold: str) -> tuple[float, float]:
    """Precision and recall of a page's runs of four words.

    As in article-extraction benchmarks: runs are counted as often as they occur, and figures
    over many pages are means of these.

    Examples
    --------
    >>> shingle_scores("rain fell all night long", "Then rain fell all night")
    (0.5, 0.5)
    """
    found, wanted = _shingles(text), _shingles(gold)
    shared = sum((found & wanted).values())
    precision = shared / sum(found.values()) if found else 0.0
    recall = shared / sum(wanted.values()) if wanted else 0.0
    return precision, recall


def snippet_counts(
    text: str, must_have: Iterable[str], must_not_have: Iterable[str]
) -> tuple[int, int, int]:
    """Snippets of the body found, snippets of the body missed, other snippets found.

    Examples
    --------
    >>> snippet_counts("Rain  fell. Share", ["Rain fell", "Snow"], ["Share"])
    (1, 1, 1)
    """
    whole = " ".join(text.split())
    have = [" ".join(snippet.split()) in whole for snippet in must_have]
    extra = [" ".join(snippet.split()) in whole for snippet in must_not_have]
    return sum(have), len(have) - sum(have), sum(extra)


def f1_of(
    scores: Sequence[tuple[float, float]] | npt.NDArray[np.float64],
) -> tuple[float, float, float]:
    """F1, precision and recall of the mean precision and the mean recall of pages.

    Examples
    --------
    >>> f1_of([(1.0, 0.5), (1.0, 0.5)])
    (0.6666666666666666, 1.0, 0.5)
    """
    precision, recall = (float(mean) for mean in np.mean(scores, axis=0))
    total = precision + recall
    return (2 * precision * recall / total if total else 0.0), precision, recall
