"""Where a line stands in its article, and what the article looks like as a whole."""

from __future__ import annotations

import numpy as np

from cleantext.features.registry import feature
from cleantext.features.shape import is_prose, word_counts
from cleantext.features.wording import line_hashes
from cleantext.lines import Batch, BoolArray, FloatArray, IntArray

__all__ = ["sums_before"]


def sums_before(
    batch: Batch, values: FloatArray | IntArray | BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Sum `values` over the lines before and after each line of the same article."""
    total = np.append(0.0, np.cumsum(values, dtype=np.float64))
    row = np.arange(len(batch))
    before = total[row] - total[batch.first_line]
    after = total[batch.last_line] - total[row + 1]
    return before.astype(np.float32), after.astype(np.float32)


def _per_article(batch: Batch, values: FloatArray | IntArray | BoolArray) -> FloatArray:
    """Sum of `values` over each line's whole article."""
    total = np.append(0.0, np.cumsum(values, dtype=np.float64))
    whole: FloatArray = (total[batch.last_line] - total[batch.first_line]).astype(np.float32)
    return whole


@feature("log(1 + lines)", ["before", "after"])
def lines_around(batch: Batch) -> FloatArray:
    """Lines between the line and either end of its article."""
    row = np.arange(len(batch))
    return np.log1p(np.stack([row - batch.first_line, batch.last_line - 1 - row], axis=1)).astype(
        np.float32
    )


@feature("log(1 + words)", ["before", "after"])
def words_around(batch: Batch) -> FloatArray:
    """Words between the line and either end of its article."""
    result: FloatArray = np.log1p(np.stack(sums_before(batch, word_counts(batch)), axis=1))
    return result


@feature("share of the article, 0 to 1", ["lines", "words"])
def relative_position(batch: Batch) -> FloatArray:
    """How much of the article stands before the line, in lines and in words."""
    columns = []
    for values in (np.ones(len(batch)), word_counts(batch)):
        before, after = sums_before(batch, values)
        columns.append(before / np.maximum(before + after, 1))
    return np.stack(columns, axis=1).astype(np.float32)


@feature("log(1 + lines)", ["prose_before", "prose_after", "to_prose_before", "to_prose_after"])
def prose_around(batch: Batch) -> FloatArray:
    """Paragraphs of prose before and after, and lines to the nearest of each."""
    prose = is_prose(batch)
    before, after = sums_before(batch, prose)
    row = np.arange(len(batch))
    last = np.maximum.accumulate(np.where(prose, row, -1)) if row.size else row
    last = np.append(-1, last[:-1]) if row.size else row
    near = np.where(before > 0, row - last, row - batch.first_line + 1)
    later = np.minimum.accumulate(np.where(prose, row, row.size)[::-1])[::-1] if row.size else row
    later = np.append(later[1:], row.size) if row.size else row
    far = np.where(after > 0, later - row, batch.last_line - row)
    result: FloatArray = np.log1p(np.stack([before, after, near, far], axis=1)).astype(np.float32)
    return result


@feature(
    "log(1 + count), or a share", ["lines", "words", "prose_lines", "prose_share", "words_per_line"]
)
def article_shape(batch: Batch) -> FloatArray:
    """Size of the line's article and how much of it is prose."""
    words = word_counts(batch)
    prose = is_prose(batch)
    lines = (batch.last_line - batch.first_line).astype(np.float32)
    total = _per_article(batch, words)
    in_prose = _per_article(batch, words * prose)
    columns = [
        np.log1p(lines),
        np.log1p(total),
        np.log1p(_per_article(batch, prose)),
        in_prose / np.maximum(total, 1),
        np.log1p(total / np.maximum(lines, 1)),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


@feature("log ratio")
def length_ratio(batch: Batch) -> FloatArray:
    """Words of the line against the mean of its article's lines."""
    words = word_counts(batch)
    mean = _per_article(batch, words) / np.maximum(batch.last_line - batch.first_line, 1)
    result: FloatArray = (np.log1p(words) - np.log1p(mean)).astype(np.float32)
    return result


@feature("log(1 + lines)", ["same", "same_before", "same_start"])
def repeats(batch: Batch) -> FloatArray:
    """Other lines of the article that are the same, the same and earlier, or start the same."""
    article = batch.line_article.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    columns = []
    for hashes in (line_hashes(batch), batch.tokens.hash[batch.token_bounds[:-1]]):
        _, first, group, count = np.unique(
            hashes ^ article, return_index=True, return_inverse=True, return_counts=True
        )
        columns.append(count[group] - 1)
        if len(columns) == 1:
            columns.append((first[group] < np.arange(len(batch))).astype(np.int64))
    return np.log1p(np.stack(columns, axis=1)).astype(np.float32)
