"""Lines that an article prints more than once."""

from __future__ import annotations

import numpy as np

from cleantext.features.neighbours import windows
from cleantext.features.registry import feature, side_by_side
from cleantext.features.wording import line_hashes, word_line_hashes
from cleantext.lines import (
    DIGIT,
    Batch,
    FloatArray,
    IntArray,
    line_sums,
    once_per_batch,
    run_lengths,
)

__all__: list[str] = []


# Spread over all bits, so that a hash in one article or part is another hash in the next.
_ARTICLE, _PART = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@once_per_batch
def _others(batch: Batch) -> tuple[IntArray, IntArray]:
    """Count the lines of the same article before and after each that are the same.

    Returns
    -------
    before, after : ndarray of shape (n_lines, 3)
        The same as they stand; starting with the same token; of the same words, signs and numbers
        aside.
    """
    tokens = batch.tokens
    words = tokens.is_word & (tokens.kind != DIGIT)
    hashes = np.array(
        [line_hashes(batch), tokens.hash[batch.token_bounds[:-1]], word_line_hashes(batch, words)]
    )
    hashes ^= batch.line_article.astype(np.uint64) * _ARTICLE
    hashes ^= (np.arange(3, dtype=np.uint64) * _PART)[:, None]
    key = hashes.ravel()
    order = key.argsort(kind="stable")
    key = key[order]
    is_first = np.ones(key.size, dtype=np.bool_)
    is_first[1:] = key[1:] != key[:-1]
    start = is_first.nonzero()[0]
    group = is_first.cumsum() - 1
    place = np.arange(key.size) - start[group]
    before, after = np.empty_like(place), np.empty_like(place)
    before[order] = place
    after[order] = run_lengths(start, key.size)[group] - 1 - place
    wordless = line_sums(batch, words) == 0
    before, after = before.reshape(3, -1).T, after.reshape(3, -1).T
    before[wordless, 2] = after[wordless, 2] = 0
    return before, after


@feature("log(1 + lines)", ["same", "same_before", "same_start"])
def repeats(batch: Batch) -> FloatArray:
    """Other lines of the article that are the same, the same and earlier, or start the same."""
    before, after = _others(batch)
    both = before + after
    return np.log1p(side_by_side([both[:, 0], before[:, 0] > 0, both[:, 1]]))


@feature("log(1 + lines), or share of lines", ["before", "after", "near_before", "near_after"])
def printed_again(batch: Batch) -> FloatArray:
    """Lines of the same words, signs and numbers aside, before and after: a table of contents.

    `near_before` and `near_after` are the shares of the eleven lines around, itself included, of
    which the same holds: a text that is printed twice.
    """
    before, after = _others(batch)
    counts = side_by_side([before[:, 2], after[:, 2]])
    near = windows(batch, (counts > 0).astype(np.float64), ((-5, 5),))
    return np.concatenate([np.log1p(counts), near], axis=1)
