"""Promo and interface phrases: evidence out of the lexicons."""

from __future__ import annotations

import numpy as np

from cleantext.features.registry import feature
from cleantext.lexicons import LONGEST, SECTIONS, lexicon
from cleantext.lines import Batch, FloatArray, followed_by, line_sums

__all__: list[str] = []


@feature("log(1 + phrases)", SECTIONS)
def phrase_count(batch: Batch) -> FloatArray:
    """Phrases of each section of the lexicons in the line, all languages together."""
    tokens, known = batch.tokens, lexicon()
    count = np.zeros((len(batch), len(SECTIONS)), dtype=np.int64)
    sequence = tokens.hash
    for length in range(1, LONGEST + 1):
        if length > 1:
            if sequence.size < 2:
                break
            sequence = followed_by(sequence[:-1], tokens.hash[length - 1 :])
        candidate = np.flatnonzero(known.maybe[(sequence >> np.uint64(48)).astype(np.int64)])
        row = np.minimum(np.searchsorted(known.hash, sequence[candidate]), known.hash.size - 1)
        hit = known.hash[row] == sequence[candidate]
        hit &= tokens.line[candidate] == tokens.line[candidate + length - 1]
        if hit.any():
            np.add.at(count, (tokens.line[candidate[hit]], known.section[row[hit]]), 1)
    return np.log1p(count).astype(np.float32)


@feature("share of tokens, 0 to 1")
def phrase_density(batch: Batch) -> FloatArray:
    """Phrases of all sections per token of the line."""
    phrases = np.expm1(phrase_count(batch)).sum(axis=1)
    tokens = line_sums(np.ones(batch.tokens.line.size, dtype=np.bool_), batch.token_bounds)
    result: FloatArray = np.minimum(phrases / tokens, 1.0).astype(np.float32)
    return result
