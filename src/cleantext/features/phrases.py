"""Promo and interface phrases: evidence out of the lexicons."""

from __future__ import annotations

import numpy as np

from cleantext.features.registry import feature
from cleantext.lexicons import LONGEST, SECTIONS, high_bits, lexicon
from cleantext.lines import Batch, FloatArray, followed_by

__all__: list[str] = []


@feature("log(1 + phrases)", SECTIONS)
def phrase_count(batch: Batch) -> FloatArray:
    """Phrases of each section of the lexicons in the line, all languages together."""
    tokens, known = batch.tokens, lexicon()
    count = np.zeros((len(batch), len(SECTIONS)), dtype=np.int64)
    stop = batch.token_bounds[1:][tokens.line]
    last, sequence = np.arange(tokens.hash.size), tokens.hash
    for length in range(1, LONGEST + 1):
        bits = high_bits(sequence)
        candidate = known.maybe[bits].nonzero()[0]
        row = np.minimum(known.hash.searchsorted(sequence[candidate]), known.hash.size - 1)
        hit = known.hash[row] == sequence[candidate]
        if hit.any():
            np.add.at(count, (tokens.line[last[candidate[hit]]], known.section[row[hit]]), 1)
        # On with what begins a longer phrase and has one more token in its line.
        longer = (known.goes_on[bits] & (last + 1 < stop[last])).nonzero()[0]
        if length == LONGEST or not longer.size:
            break
        last = last[longer] + 1
        sequence = followed_by(sequence[longer], tokens.hash[last])
    return np.log1p(count).astype(np.float32)


@feature("share of tokens, 0 to 1")
def phrase_density(batch: Batch) -> FloatArray:
    """Phrases of all sections per token of the line."""
    phrases = np.expm1(phrase_count(batch)).sum(axis=1)
    tokens = batch.token_bounds[1:] - batch.token_bounds[:-1]
    result: FloatArray = np.minimum(phrases / tokens, 1.0).astype(np.float32)
    return result
