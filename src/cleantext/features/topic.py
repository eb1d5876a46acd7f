"""Topic drift: how far a line, and the lines around it, are from the rest of the article."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cleantext.features.registry import feature, side_by_side
from cleantext.features.words import word_table
from cleantext.kinds import BOILERPLATE, kind_indices
from cleantext.lines import (
    DIGIT,
    IDEOGRAPH,
    STEM,
    UPPER,
    Batch,
    BoolArray,
    FloatArray,
    HashArray,
    IntArray,
    mix,
    once_per_batch,
    run_lengths,
)

__all__ = ["line_vectors", "line_words"]

_JUNK = np.array(kind_indices(BOILERPLATE))


class _Words(NamedTuple):
    """Words of a batch: tokens that are letters, three or more of them (or one ideograph)."""

    stem: HashArray
    line: IntArray
    row: IntArray
    """Row in the table of words, of the word or else of its stem; -1 for unknown ones."""
    capital: BoolArray
    """True where it starts with a capital letter."""


@once_per_batch
def _words(batch: Batch) -> _Words:
    tokens = batch.tokens
    first = tokens.kind
    long = (tokens.length >= 3) | (first == IDEOGRAPH)
    used = (tokens.is_word & (first != DIGIT) & long).nonzero()[0]
    stems = tokens.stem[used]
    row = word_table().find(tokens.hash[used])
    unknown = ((row < 0) & (tokens.length[used] > STEM)).nonzero()[0]
    row[unknown] = word_table().find(stems[unknown])
    return _Words(stems, tokens.line[used], row, first[used] == UPPER)


class _LineWords(NamedTuple):
    """Each distinct word of each line, in no order to rely on; forms of one stem are one word."""

    line: IntArray
    word: IntArray
    """Number of the word; the same word in two articles is two words."""
    row: IntArray
    """Row in the table of words of its first form in the line."""
    weight: FloatArray
    """Inverse document frequency, the mean of its forms in the article."""
    in_line: IntArray
    in_article: IntArray
    capital: IntArray
    """Occurrences in the line that start with a capital letter."""


@once_per_batch
def line_words(batch: Batch) -> _LineWords:
    """Count the distinct words of each line in the line and in its article."""
    words = _words(batch)
    article = batch.line_article[words.line].astype(np.uint64)
    # Sorted with its number in the low bits, a hash takes a quick sort and stays in order; some
    # 45 bits are left to tell words apart.
    low = np.uint64((1 << words.stem.size.bit_length()) - 1)
    key = mix(words.stem + article) & ~low
    key |= np.arange(key.size, dtype=np.uint64)
    key.sort()
    order = (key & low).astype(np.int64)
    key, line = key & ~low, words.line[order]
    new_word = np.ones(key.size, dtype=np.bool_)
    new_word[1:] = key[1:] != key[:-1]
    new_line = new_word.copy()
    new_line[1:] |= line[1:] != line[:-1]
    word_start, line_start = new_word.nonzero()[0], new_line.nonzero()[0]
    in_article = run_lengths(word_start, key.size)
    word_of = new_word.cumsum()[line_start] - 1
    row = words.row[order[line_start]]
    weight = word_table().weight[row].astype(np.float64)  # row -1 is the last: the unknown word
    mean = np.bincount(word_of, weights=weight) / np.bincount(word_of)
    return _LineWords(
        line=line[line_start],
        word=word_of,
        row=row,
        weight=mean[word_of],
        in_line=run_lengths(line_start, key.size),
        in_article=in_article[word_of] if key.size else in_article,
        capital=np.add.reduceat(words.capital[order], line_start, dtype=np.int64),
    )


def _per_line(batch: Batch, line: IntArray, values: FloatArray) -> FloatArray:
    """Sum values over the words of each line, in whatever order they come."""
    return np.bincount(line, weights=values, minlength=len(batch)).astype(np.float64)


@feature("share of the line's word weight, 0 to 1; cosine 0 to 1",
         ["overlap", "names", "cosine", "unknown", "ratio"])  # fmt: skip
def topic_overlap(batch: Batch) -> FloatArray:
    """Words of the line that its article uses elsewhere, weighted by rarity.

    `overlap` counts all words, `names` those with a capital, `cosine` compares the line with
    the rest of the article, `unknown` is the share of words that the table doesn't know, and
    `ratio` sets the overlap against the mean of the article. Words weigh their inverse
    document frequency (Spärck Jones, 1972).
    """
    found = line_words(batch)
    row = found.row
    weight = found.weight
    elsewhere = found.in_article > found.in_line

    def per_line(values: FloatArray) -> FloatArray:
        return _per_line(batch, found.line, values)

    total = per_line(weight)
    overlap = per_line(weight * elsewhere)
    named = weight * (found.capital > 0)
    names, names_elsewhere = per_line(named), per_line(named * elsewhere)
    square = weight**2
    rest = found.in_article - found.in_line
    dot = per_line(square * found.in_line * rest)
    own = per_line(square * found.in_line**2)
    article_of = batch.line_article[found.line]
    # An article's squared norm counts each of its words once: share it out over its lines.
    whole = np.bincount(
        article_of,
        weights=square * found.in_article.astype(np.float64) * found.in_line,
        minlength=batch.n_articles,
    )
    rest_norm = whole[batch.line_article] + per_line(square * (rest**2 - found.in_article**2.0))
    unknown = per_line((row < 0).astype(np.float64))
    count = per_line(np.ones(row.size))

    share = overlap / np.maximum(total, 1e-9)
    article_total = np.bincount(batch.line_article, weights=total, minlength=batch.n_articles)
    article_overlap = np.bincount(batch.line_article, weights=overlap, minlength=batch.n_articles)
    mean = (article_overlap / np.maximum(article_total, 1e-9))[batch.line_article]
    columns = [
        share,
        names_elsewhere / np.maximum(names, 1e-9),
        np.minimum(np.maximum(dot, 0) / np.sqrt(np.maximum(own * rest_norm, 1e-9)), 1),
        unknown / np.maximum(count, 1),
        np.where(total > 0, share - mean, 0),
    ]
    return side_by_side(columns)


#: Words that weigh no more say little about a topic: two in five documents of their language, or
#: more, hold them.
_COMMON_WEIGHT = -np.log(0.4)
_WORDS_AT_ONCE = 256


@feature("share of the line's word weight, 0 to 1", ["content", "junk", "junk_alone"])
def shared_words(batch: Batch, scores: FloatArray) -> FloatArray:
    """Words of the line, common ones aside, that stand in other lines: in content, in junk.

    Lines count by their first-pass scores; `junk_alone` are words that content doesn't hold. The
    lines of one plug share their names with each other, and not with the article.
    """
    found = line_words(batch)
    weight = np.where(found.weight > _COMMON_WEIGHT, found.weight, 0)

    def per_line(values: FloatArray) -> FloatArray:
        return _per_line(batch, found.line, values)

    def elsewhere(p: FloatArray) -> FloatArray:
        own = p[found.line].astype(np.float64)
        others: FloatArray = np.bincount(found.word, weights=own)[found.word] - own
        return np.minimum(np.maximum(others, 0), 1)

    in_content, in_junk = elsewhere(scores[:, 0]), elsewhere(scores[:, _JUNK].sum(axis=1))
    total = np.maximum(per_line(weight), 1e-9)
    shared = (in_content, in_junk, in_junk * (1 - in_content))
    return side_by_side([per_line(weight * part) / total for part in shared])


@once_per_batch
def line_vectors(batch: Batch) -> FloatArray:
    """Sum of the weighted vectors of each line's words, shape (n_lines, n_dimensions).

    Words that the table doesn't know, and common ones, have no part in it.
    """
    words, table = _words(batch), word_table()
    used = ((words.row >= 0) & (table.weight[words.row] > _COMMON_WEIGHT)).nonzero()[0]
    line, row = words.line[used], words.row[used]
    is_first = np.ones(line.size, dtype=np.bool_)
    is_first[1:] = line[1:] != line[:-1]
    number = is_first.cumsum() - 1  # of the line, among those with such words
    sums = np.zeros((np.count_nonzero(is_first), table.vector.shape[1]), dtype=np.float32)
    # A product of matrices adds up rows several times faster than `reduceat` does.
    for start in range(0, row.size, _WORDS_AT_ONCE):
        here = row[start : start + _WORDS_AT_ONCE]
        own = number[start : start + _WORDS_AT_ONCE]
        first, last = own[0], own[-1] + 1
        scale = np.zeros((last - first, own.size), dtype=np.float32)
        scale[own - first, np.arange(own.size)] = table.scale[here]
        sums[first:last] += scale @ table.vector.take(here, axis=0).astype(np.float32)
    vectors = np.zeros((len(batch), table.vector.shape[1]), dtype=np.float32)
    vectors[line[is_first]] = sums
    return vectors


def _dot(left: FloatArray, right: FloatArray) -> FloatArray:
    result: FloatArray = np.einsum("ij,ij->i", left, right)
    return result


def _cosine(dot: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Cosine, given a product and two squared norms; 0 beside a vector of no length."""
    norm = np.sqrt(np.maximum(left, 0) * np.maximum(right, 0))
    return np.where(norm > 1e-6, dot / np.maximum(norm, 1e-6), np.float32(0))


_REACH = 3  # lines before and after that are compared
_STEPS = 2 * _REACH + 1  # lines fewer steps apart are multiplied with each other
_LEAST = 1e-5  # of an article's squared norm that the rest of it must have
_BEFORE, _AFTER, _WINDOW = range(-_REACH, 0), range(1, _REACH + 1), range(-2, 3)


@lru_cache(maxsize=1)
def _sums() -> FloatArray:
    """Which products of nearby lines add up to the product of two sums of lines.

    Rows go by the place of the first line of a pair and then by the steps to the second, the
    product with the whole article last; columns by what is asked for in `topic_similarity`.
    """
    asked = (((0,), _BEFORE), ((0,), _AFTER), (_BEFORE, _BEFORE), (_AFTER, _AFTER),
             (_BEFORE, _AFTER), (_WINDOW, _WINDOW))  # fmt: skip
    sums = np.zeros((_STEPS, _STEPS + 1, len(asked) + 1), dtype=np.float32)
    for column, (left, right) in enumerate(asked):
        for i, j in product(left, right):
            sums[min(i, j) + _REACH, abs(i - j), column] += 1
    sums[[place + _REACH for place in _WINDOW], -1, -1] = 1
    return sums.reshape(-1, len(asked) + 1)


@feature(
    "cosine, -1 to 1",
    ["rest", "before", "after", "around", "window", "sides", "relative"],
)
def topic_similarity(batch: Batch) -> FloatArray:
    """Similarity of topic vectors.

    Of the line with the rest of its article, with the three lines before, after, and both;
    of the five lines around it, itself included, with the rest; of the lines before with the
    lines after; and the first of these against the mean of the article.
    """
    line = line_vectors(batch)
    of_line, n, size = batch.line_article, batch.n_articles, len(batch)
    article = np.zeros((n, line.shape[1]), dtype=np.float32)
    first = (batch.first_line == np.arange(size)).nonzero()[0]
    article[of_line[first]] = np.add.reduceat(line, first, axis=0)

    # Of each line, its products with the lines from itself on and with the whole article.
    ahead = np.zeros((size + _STEPS, line.shape[1]), dtype=np.float32)
    ahead[:size] = line
    step, along = ahead.strides
    ahead = as_strided(ahead, (size, line.shape[1], _STEPS), (step, along, step), writeable=False)
    steps = np.matmul(line[:, None, :], ahead)[:, 0, :]
    steps[np.arange(size)[:, None] + np.arange(_STEPS) >= batch.last_line[:, None]] = 0
    # Three rows of zeros between articles, so that no stretch reaches into another one.
    place = np.arange(size) + _REACH * (of_line + 1)
    products = np.zeros((size + _REACH * (n + 1), _STEPS + 1), dtype=np.float32)
    products[place, :-1] = steps
    products[place, -1] = to_whole = _dot(line, article[of_line])
    laid = products[place[:, None] + np.arange(-_REACH, _REACH + 1)]
    to_before, to_after, lead, trail, across, window, window_to_whole = (
        laid.reshape(size, _sums().shape[0]) @ _sums()
    ).T

    own = steps[:, 0]
    whole = _dot(article, article)[of_line]
    norms = np.array([whole - 2 * to_whole + own, whole - 2 * window_to_whole + window])
    rest, far = np.where(norms > _LEAST * whole, norms, 0)  # rounding leaves a little
    around = lead + trail + 2 * across
    cosine = _cosine(
        np.array([to_whole - own, to_before, to_after, to_before + to_after,
                  window_to_whole - window, across]),
        np.array([own, own, own, own, window, lead]),
        np.array([rest, lead, trail, around, far, trail]),
    )  # fmt: skip
    known = own > 1e-9
    count = np.bincount(of_line, weights=known, minlength=n)
    mean = np.bincount(of_line, weights=cosine[0], minlength=n) / np.maximum(count, 1)
    return side_by_side([*cosine, np.where(known, cosine[0] - mean[of_line], 0)])


_DIMENSIONS = 128


@feature("component of a vector of length 1", [str(number) for number in range(_DIMENSIONS)])
def meaning(batch: Batch) -> FloatArray:
    """Mean vector of the line's known words but common ones, by rarity; zero if it has none."""
    vectors = line_vectors(batch)
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(norm > 1e-6, vectors / np.maximum(norm, 1e-6), 0).astype(np.float32)
