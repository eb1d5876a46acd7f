"""The words of a line as hashed columns of a sparse matrix.

Words and pairs of neighbouring words count for the whole line, and once more, apart, for its
first and its last three tokens; the whole line is one more column. Hashing into a fixed number
of columns follows Weinberger et al. (2009), *Feature hashing for large scale multitask
learning*.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cleantext.lines import (
    Batch,
    BoolArray,
    FloatArray,
    HashArray,
    IntArray,
    followed_by,
    mix,
    once_per_batch,
)

__all__ = ["EDGE_TOKENS", "Wording", "hash_column", "line_hashes", "word_line_hashes", "wording"]

#: Tokens at each end of a line that get columns of their own.
EDGE_TOKENS = 3

_SPREAD = np.uint64(0xD6E8FEB86659FD93)
# Salts keep the columns of a word apart by the part that it plays.
_WORD, _PAIR, _HEAD, _TAIL, _LINE = (
    np.uint64(part * 0xD6E8FEB86659FD93 % 2**64) for part in range(5)
)


class Wording(NamedTuple):
    """Columns of the hashed matrix that are set, grouped by line."""

    body: IntArray
    """Columns of words and pairs, line by line; each weighs 1 / sqrt(columns of the line)."""
    body_bounds: IntArray
    """First column of each line in `body` and one past the last, shape (n_lines + 1,)."""
    edge: IntArray
    """Columns of heads, tails and whole lines; each weighs 1."""
    edge_bounds: IntArray
    """As `body_bounds`."""

    @property
    def body_weight(self) -> FloatArray:
        """Weight of each line's columns in `body`, shape (n_lines,)."""
        size = self.body_bounds[1:] - self.body_bounds[:-1]
        weight: FloatArray = (1.0 / np.sqrt(np.maximum(size, 1))).astype(np.float32)
        return weight


@once_per_batch
def line_hashes(batch: Batch) -> HashArray:
    """Hash of each line's tokens in their order, shape (n_lines,)."""
    tokens, first = batch.tokens, batch.token_bounds[:-1]
    rank = np.arange(tokens.hash.size) - first[tokens.line]
    return _in_order(batch, rank)


def word_line_hashes(batch: Batch, words: BoolArray) -> HashArray:
    """Hash of some tokens of each line in their order; 0 for a line without any."""
    before = words.cumsum() - words
    rank = before - before[batch.token_bounds[:-1]][batch.tokens.line]
    return _in_order(batch, rank, words)


def _in_order(batch: Batch, rank: IntArray, used: BoolArray | None = None) -> HashArray:
    terms = mix(batch.tokens.hash + rank.astype(np.uint64) * _SPREAD)
    if used is not None:
        terms *= used
    return np.add.reduceat(terms, batch.token_bounds[:-1]) if terms.size else terms


def wording(batch: Batch, bits: int) -> Wording:
    """Hash the words of each line into 2 ** `bits` columns.

    Examples
    --------
    >>> columns = wording(Batch.of("Read more\\n"), bits=16)
    >>> columns.body.size, columns.edge.size  # 2 words, 1 pair; 2 + 2 words, 2 pairs, 1 line
    (3, 7)
    """
    tokens, bounds = batch.tokens, batch.token_bounds
    n_tokens = tokens.hash.size
    position = np.arange(n_tokens)
    from_start = position - bounds[:-1][tokens.line]
    from_end = bounds[1:][tokens.line] - 1 - position
    linked = np.zeros(n_tokens, dtype=np.bool_)  # a pair starts here
    linked[:-1] = tokens.line[1:] == tokens.line[:-1]
    pair = np.zeros_like(tokens.hash)
    pair[:-1] = followed_by(tokens.hash[:-1], tokens.hash[1:])

    # Interleaved, a word then its pair, so that each line's columns stay together.
    both = np.empty(2 * n_tokens, dtype=np.uint64)
    both[0::2] = hash_column(tokens.hash, _WORD, bits)
    both[1::2] = hash_column(pair, _PAIR, bits)
    chosen = np.empty(2 * n_tokens, dtype=np.bool_)
    chosen[0::2] = True
    chosen[1::2] = linked
    body_bounds = 2 * bounds - np.arange(bounds.size)  # a line of n tokens has n - 1 pairs

    size = bounds[1:] - bounds[:-1]
    single, paired = np.minimum(size, EDGE_TOKENS), np.minimum(size - 1, EDGE_TOKENS - 1)
    edge_bounds = np.zeros_like(bounds)
    (2 * (single + paired) + 1).cumsum(out=edge_bounds[1:])
    edge = np.empty(int(edge_bounds[-1]), dtype=np.uint64)
    place = edge_bounds[:-1].copy()

    def put(chosen: BoolArray, rank: IntArray, hashes: HashArray, salt: np.uint64) -> None:
        where = chosen.nonzero()[0]
        edge[place[tokens.line[where]] + rank[where]] = hash_column(hashes[where], salt, bits)

    put(from_start < EDGE_TOKENS, from_start, tokens.hash, _HEAD)
    place += single
    put(linked & (from_start < EDGE_TOKENS - 1), from_start, pair, _HEAD)
    place += paired
    put(from_end < EDGE_TOKENS, from_end, tokens.hash, _TAIL)
    place += single
    put(linked & (from_end < EDGE_TOKENS) & (from_end > 0), from_end - 1, pair, _TAIL)
    edge[edge_bounds[1:] - 1] = hash_column(line_hashes(batch), _LINE, bits)
    return Wording(
        body=both[chosen].astype(np.int64),
        body_bounds=body_bounds,
        edge=edge.astype(np.int64),
        edge_bounds=edge_bounds,
    )


def hash_column(hashes: HashArray, salt: HashArray | np.uint64, bits: int) -> HashArray:
    """Column of 2 ** `bits` for each hash; another salt, another column."""
    return (hashes + salt) * _SPREAD >> np.uint64(64 - bits)
