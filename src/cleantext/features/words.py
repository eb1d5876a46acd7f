"""The table of words that ships with the package: how rare each is, and what it is about.

`data/vectors.npz` is made by `scripts/distil_vectors.py`: some tens of thousands of words of many
languages, and first letters of such words, with how frequent they are in their language and vectors
distilled from a sentence encoder, one byte a dimension.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleantext.lines import FloatArray, HashArray, IntArray

__all__ = ["WordTable", "word_table"]

_BITS = 17  # of a hash, to find its rows by


class WordTable(NamedTuple):
    """Known words by hash.

    Other words weigh as much as the rarest word and have no vector; features fall back on words
    that lines share.
    """

    hash: HashArray
    """Sorted 64-bit hashes, shape (n_words,)."""
    weight: FloatArray
    """Inverse document frequencies, that of an unknown word last, shape (n_words + 1,)."""
    vector: npt.NDArray[np.int8]
    """Vectors as bytes, shape (n_words, n_dimensions)."""
    scale: FloatArray
    """What makes each vector as long as its word weighs, shape (n_words,)."""
    first: IntArray
    """First row whose hash has given high bits or more, shape (2 ** `_BITS` + 1,)."""

    def find(self, hashes: HashArray) -> IntArray:
        """Row of each hash in the table, or -1."""
        bucket = (hashes >> np.uint64(64 - _BITS)).astype(np.int64)
        row, stop = self.first[bucket], self.first[bucket + 1]
        last = self.hash.size - 1
        found = np.where(self.hash[np.minimum(row, last)] == hashes, row, -1)
        pending = ((found < 0) & (row + 1 < stop)).nonzero()[0]
        while pending.size:  # as often as the fullest bucket has rows
            row[pending] += 1
            here = row[pending]
            hit = self.hash[here] == hashes[pending]
            found[pending[hit]] = here[hit]
            pending = pending[~hit & (here + 1 < stop[pending])]
        return found


@lru_cache(maxsize=1)
def word_table() -> WordTable:
    """Read the table."""
    with (
        (files("cleantext") / "data" / "vectors.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        frequency, documents = stored["document_frequency"], int(stored["n_documents"])
        weight = np.log((1 + documents) / (1 + np.append(frequency, 0))).astype(np.float32)
        vector = stored["vector"]
        norm = np.sqrt(np.einsum("ij,ij->i", vector, vector, dtype=np.float32))
        scale = (weight[:-1] / np.maximum(norm, 1)).astype(np.float32)
        hashes = stored["hash"]
        edges = np.arange(1 << _BITS, dtype=np.uint64) << np.uint64(64 - _BITS)
        first = np.append(np.searchsorted(hashes, edges), hashes.size)
        return WordTable(hashes, weight, vector, scale, first)
