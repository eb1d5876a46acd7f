"""Topic drift: how far a line, and the lines around it, are from the rest of the article."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cleantext.features.registry import feature
from cleantext.features.words import word_table
from cleantext.lines import (
    DIGIT,
    IDEOGRAPH,
    UPPER,
    Batch,
    BoolArray,
    FloatArray,
    HashArray,
    IntArray,
    line_sums,
    once_per_batch,
)

__all__ = ["line_vectors", "line_words"]


class _Words(NamedTuple):
    """Words of a batch: tokens that are letters, three or more of them (or one ideograph)."""

    hash: HashArray
    line: IntArray
    row: IntArray
    """Row in the table of words, -1 for unknown ones."""
    capital: BoolArray
    """True where it starts with a capital letter."""


@once_per_batch
def _words(batch: Batch) -> _Words:
    tokens = batch.tokens
    first = batch.classes[tokens.start]
    used = np.flatnonzero(
        tokens.is_word & (first != DIGIT) & ((tokens.length >= 3) | (first == IDEOGRAPH))
    )
    hashes = tokens.hash[used]
    return _Words(hashes, tokens.line[used], word_table().find(hashes), first[used] == UPPER)


class _LineWords(NamedTuple):
    """Each distinct word of each line, in no order to rely on."""

    line: IntArray
    row: IntArray
    in_line: IntArray
    in_article: IntArray
    capital: IntArray
    """Occurrences in the line that start with a capital letter."""


@once_per_batch
def line_words(batch: Batch) -> _LineWords:
    """Count the distinct words of each line in the line and in its article."""
    words = _words(batch)
    article = batch.line_article[words.line].astype(np.uint64)
    key = words.hash + article * np.uint64(0x9E3779B97F4A7C15)
    order = np.argsort(key, kind="stable")  # the lines of a word stay in order
    key, line = key[order], words.line[order]
    new_word = np.ones(key.size, dtype=np.bool_)
    new_word[1:] = key[1:] != key[:-1]
    new_line = new_word.copy()
    new_line[1:] |= line[1:] != line[:-1]
    word_start, line_start = np.flatnonzero(new_word), np.flatnonzero(new_line)
    in_article = np.diff(word_start, append=key.size)
    word_of = np.cumsum(new_word)[line_start] - 1
    bounds = np.append(line_start, key.size)
    return _LineWords(
        line=line[line_start],
        row=words.row[order[line_start]],
        in_line=np.diff(bounds),
        in_article=in_article[word_of] if key.size else in_article,
        capital=line_sums(words.capital[order], bounds),
    )


@feature("share of the line's word weight, 0 to 1; cosine 0 to 1",
         ["overlap", "names", "cosine", "unknown", "ratio"])  # fmt: skip
@once_per_batch
def topic_overlap(batch: Batch) -> FloatArray:
    """Words of the line that its article uses elsewhere, weighted by rarity.

    `overlap` counts all words, `names` those with a capital, `cosine` compares the line with
    the rest of the article, `unknown` is the share of words that the table doesn't know, and
    `ratio` sets the overlap against the mean of the article. Words weigh their inverse
    document frequency (Spärck Jones, 1972).
    """
    found = line_words(batch)
    row = found.row
    weight = word_table().weight[row].astype(np.float64)  # row -1 is the last: the unknown word
    elsewhere = found.in_article > found.in_line
    n = len(batch)

    def per_line(values: FloatArray) -> FloatArray:
        return np.bincount(found.line, weights=values, minlength=n).astype(np.float64)

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
        np.clip(dot / np.sqrt(np.maximum(own * rest_norm, 1e-9)), 0, 1),
        unknown / np.maximum(count, 1),
        np.where(total > 0, share - mean, 0),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


#: Words in this share of all documents or more say little about a topic.
_COMMON = 0.2
_WORDS_AT_ONCE = 256


@once_per_batch
def line_vectors(batch: Batch) -> FloatArray:
    """Sum of the weighted vectors of each line's words, shape (n_lines, n_dimensions).

    Words that the table doesn't know, and common ones, have no part in it.
    """
    words, table = _words(batch), word_table()
    used = np.flatnonzero((words.row >= 0) & (table.weight[words.row] > -np.log(_COMMON)))
    line, row = words.line[used], words.row[used]
    is_first = np.ones(line.size, dtype=np.bool_)
    is_first[1:] = line[1:] != line[:-1]
    number = np.cumsum(is_first) - 1  # of the line, among those with such words
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
    norm = np.sqrt(left * right)
    return np.where(norm > 1e-6, dot / np.maximum(norm, 1e-6), np.float32(0))


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
    of_line, n = batch.line_article, batch.n_articles
    # Three rows of zeros between articles, so that no stretch reaches into another one.
    place = np.arange(len(batch)) + 3 * (of_line + 1)
    laid = np.zeros((len(batch) + 3 * (n + 1), line.shape[1]), dtype=np.float32)
    laid[place] = line
    three = laid[:-2] + laid[1:-1] + laid[2:]
    before, after = three[place - 3], three[place + 1]
    window = (three[:-2] + laid[3:-1] + laid[4:])[place - 2]
    article = np.zeros((n, line.shape[1]), dtype=np.float32)
    first = np.flatnonzero(np.diff(of_line, prepend=-1))
    article[of_line[first]] = np.add.reduceat(line, first, axis=0)
    whole = article[of_line]
    rest, outside = whole - line, whole - window

    own, lead, trail = _dot(line, line), _dot(before, before), _dot(after, after)
    around = before + after
    # Where nothing is left of the article, rounding leaves a little.
    least = 1e-9 * _dot(article, article)[of_line]
    left, far = _dot(rest, rest), _dot(outside, outside)
    left, far = np.where(left > least, left, 0), np.where(far > least, far, 0)

    to_rest = _cosine(_dot(line, rest), own, left)
    has_vector = own > 1e-9
    size = np.bincount(of_line, weights=has_vector, minlength=n)
    mean = np.bincount(of_line, weights=to_rest, minlength=n) / np.maximum(size, 1)
    columns = [
        to_rest,
        _cosine(_dot(line, before), own, lead),
        _cosine(_dot(line, after), own, trail),
        _cosine(_dot(line, around), own, _dot(around, around)),
        _cosine(_dot(window, outside), _dot(window, window), far),
        _cosine(_dot(before, after), lead, trail),
        np.where(has_vector, to_rest - mean[of_line], 0),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


_DIMENSIONS = 128


@feature("component of a vector of length 1", [str(number) for number in range(_DIMENSIONS)])
def meaning(batch: Batch) -> FloatArray:
    """Mean vector of the line's known words but common ones, by rarity; zero if it has none."""
    vectors = line_vectors(batch)
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(norm > 1e-6, vectors / np.maximum(norm, 1e-6), 0).astype(np.float32)
