"""Topic drift: how far a line, and the lines around it, are from the rest of the article."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cleantext.features.registry import feature
from cleantext.features.words import WordTable
from cleantext.lines import DIGIT, IDEOGRAPH, UPPER, Batch, FloatArray, IntArray, line_sums, once_per_batch

__all__ = ["line_vectors", "line_words"]


class _LineWords(NamedTuple):
    """Each distinct word of each line, sorted by line."""

    line: IntArray
    hash: IntArray
    in_line: IntArray
    in_article: IntArray
    capital: IntArray


@once_per_batch
def line_words(batch: Batch) -> _LineWords:
    """Count the distinct words of each line in the line and in its article.

    Words of one or two letters and numbers are left out; capital counts the occurrences in
    the line that start with a capital letter.
    """
    tokens = batch.tokens
    first = batch.classes[tokens.start]
    used = np.flatnonzero(
        tokens.is_word & (first != DIGIT) & ((tokens.length >= 3) | (first == IDEOGRAPH))
    )
    line = tokens.line[used]
    _, number = np.unique(tokens.hash[used], return_inverse=True)
    n_words = int(number.max()) + 1 if number.size else 1
    in_article_key = batch.line_article[line] * n_words + number
    _, article_group, article_count = np.unique(in_article_key, return_inverse=True, return_counts=True)
    _, index, line_group, line_count = np.unique(
        line * n_words + number, return_index=True, return_inverse=True, return_counts=True
    )
    capital = np.bincount(line_group, weights=first[used] == UPPER, minlength=index.size)
    return _LineWords(
        line=line[index],
        hash=tokens.hash[used][index],
        in_line=line_count,
        in_article=article_count[article_group[index]],
        capital=capital.astype(np.int64),
    )


@feature("share of the line's word weight, 0 to 1; cosine 0 to 1",
         ["overlap", "names", "cosine", "unknown", "ratio"])  # fmt: skip
@once_per_batch
def topic_overlap(batch: Batch, words: WordTable) -> FloatArray:
    """Words of the line that its article uses elsewhere, weighted by rarity.

    `overlap` counts all words, `names` those with a capital, `cosine` compares the line with
    the rest of the article, `unknown` is the share of words that the table doesn't know, and
    `ratio` sets the overlap against the mean of the article. Words weigh their inverse
    document frequency (Spärck Jones, 1972).
    """
    found = line_words(batch)
    row = words.find(found.hash)
    weight = np.append(words.weight, np.float32(words.unknown_weight))[row].astype(np.float64)
    elsewhere = found.in_article > found.in_line
    n = len(batch)

    def per_line(values: FloatArray) -> FloatArray:
        return np.bincount(found.line, weights=values, minlength=n)

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


@once_per_batch
def line_vectors(batch: Batch, words: WordTable) -> FloatArray:
    """Sum of the weighted vectors of each line's words, shape (n_lines, n_dimensions)."""
    found = line_words(batch)
    row = words.find(found.hash)
    known = np.flatnonzero(row >= 0)
    scale = words.weight[row[known]] * np.sqrt(found.in_line[known]).astype(np.float32)
    values = words.vector[row[known]] * scale[:, None]
    bounds = np.searchsorted(found.line[known], np.arange(len(batch) + 1))
    return line_sums(values, bounds).astype(np.float32)


def _cosine(left: FloatArray, right: FloatArray) -> FloatArray:
    norm = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    return np.where(norm > 1e-6, (left * right).sum(axis=1) / np.maximum(norm, 1e-6), 0.0)


@feature(
    "cosine, -1 to 1",
    ["rest", "before", "after", "around", "window", "sides", "relative"],
)
@once_per_batch
def topic_similarity(batch: Batch, words: WordTable) -> FloatArray:
    """Similarity of topic vectors.

    Of the line with the rest of its article, with the three lines before, after, and both;
    of the five lines around it, itself included, with the rest; of the lines before with the
    lines after; and the first of these against the mean of the article.
    """
    vectors = line_vectors(batch, words).astype(np.float64)
    n = len(batch)
    total = np.concatenate([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0)])
    row = np.arange(n)
    first, last = batch.first_line, batch.last_line

    def span(low: IntArray, high: IntArray) -> FloatArray:
        low, high = np.clip(low, first, last), np.clip(high, first, last)
        return total[high] - total[np.minimum(low, high)]

    article = total[last] - total[first]
    before, after = span(row - 3, row), span(row + 1, row + 4)
    window = span(row - 2, row + 3)
    rest = _cosine(vectors, article - vectors)
    has_vector = (vectors**2).sum(axis=1) > 1e-9
    size = np.bincount(batch.line_article, weights=has_vector, minlength=batch.n_articles)
    mean = np.bincount(batch.line_article, weights=rest, minlength=batch.n_articles)
    mean = (mean / np.maximum(size, 1))[batch.line_article]
    columns = [
        rest,
        _cosine(vectors, before),
        _cosine(vectors, after),
        _cosine(vectors, before + after),
        _cosine(window, article - window),
        _cosine(before, after),
        np.where(has_vector, rest - mean, 0),
    ]
    return np.stack(columns, axis=1).astype(np.float32)
