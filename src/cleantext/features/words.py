"""The learnt table of words: how rare each is, and where it lies among topics."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cleantext.lines import FloatArray, HashArray, IntArray

__all__ = ["WordTable"]


class WordTable(NamedTuple):
    """Words that training has seen, by hash.

    Words of other languages than those seen are simply not in it: they weigh as much as the
    rarest word and have no vector, and features fall back on shared words.
    """

    hash: HashArray
    """Sorted 64-bit hashes, shape (n_words,)."""
    weight: FloatArray
    """Inverse document frequency, shape (n_words,)."""
    vector: FloatArray
    """Topic vectors of length 1, shape (n_words, n_dimensions)."""
    unknown_weight: float
    """Weight of a word that isn't in the table."""

    def find(self, hashes: HashArray) -> IntArray:
        """Row of each hash in the table, or -1."""
        if not self.hash.size:
            return np.full(hashes.size, -1, dtype=np.int64)
        row = np.searchsorted(self.hash, hashes)
        row[row == self.hash.size] = 0
        row[self.hash[row] != hashes] = -1
        return row
