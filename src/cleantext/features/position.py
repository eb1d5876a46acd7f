"""Where a line stands in its article, and what the article looks like as a whole."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cleantext.features.registry import feature, side_by_side
from cleantext.features.shape import is_prose, word_counts
from cleantext.lines import Batch, FloatArray, once_per_batch

__all__ = ["sums_before"]


def sums_before(batch: Batch, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum `values` over the lines before and after each line of the same article."""
    total = np.zeros((len(batch) + 1, *values.shape[1:]))
    values.cumsum(axis=0, dtype=np.float64, out=total[1:])
    before = total[:-1] - total[batch.first_line]
    after = total[batch.last_line] - total[1:]
    return before.astype(np.float32), after.astype(np.float32)


class _Around(NamedTuple):
    """Words, paragraphs of prose, and words in them, as the columns of three matrices."""

    before: FloatArray
    """Over the lines before each line of its article."""
    after: FloatArray
    whole: FloatArray
    """Over its whole article."""


@once_per_batch
def _around(batch: Batch) -> _Around:
    words, prose = word_counts(batch), is_prose(batch)
    values = side_by_side([words, prose, words * prose])
    before, after = sums_before(batch, values)
    return _Around(before, after, before + values + after)


@feature("log(1 + lines)", ["before", "after"])
def lines_around(batch: Batch) -> FloatArray:
    """Lines between the line and either end of its article."""
    row = np.arange(len(batch))
    return np.log1p(side_by_side([row - batch.first_line, batch.last_line - 1 - row]))


@feature("log(1 + words)", ["before", "after"])
def words_around(batch: Batch) -> FloatArray:
    """Words between the line and either end of its article."""
    around = _around(batch)
    return np.log1p(side_by_side([around.before[:, 0], around.after[:, 0]]))


@feature("share of the article, 0 to 1", ["lines", "words"])
def relative_position(batch: Batch) -> FloatArray:
    """How much of the article stands before the line, in lines and in words."""
    around = _around(batch)
    lines, words = np.arange(len(batch)) - batch.first_line, around.before[:, 0]
    others = batch.last_line - batch.first_line - 1
    return side_by_side([
        lines / np.maximum(others, 1),
        words / np.maximum(words + around.after[:, 0], 1),
    ])  # fmt: skip


@feature("log(1 + lines)", ["prose_before", "prose_after", "to_prose_before", "to_prose_after"])
def prose_around(batch: Batch) -> FloatArray:
    """Paragraphs of prose before and after, and lines to the nearest of each."""
    prose = is_prose(batch)
    around = _around(batch)
    before, after = around.before[:, 1], around.after[:, 1]
    row = np.arange(len(batch))
    last, later = np.full(row.size, -1), np.full(row.size, row.size)
    np.maximum.accumulate(np.where(prose, row, -1)[:-1], out=last[1:])
    np.minimum.accumulate(np.where(prose, row, row.size)[:0:-1], out=later[-2::-1])
    near = np.where(before > 0, row - last, row - batch.first_line + 1)
    far = np.where(after > 0, later - row, batch.last_line - row)
    return np.log1p(side_by_side([before, after, near, far]))


@feature(
    "log(1 + count), or a share", ["lines", "words", "prose_lines", "prose_share", "words_per_line"]
)
def article_shape(batch: Batch) -> FloatArray:
    """Size of the line's article and how much of it is prose."""
    total, prose, in_prose = _around(batch).whole.T
    lines = batch.last_line - batch.first_line
    found = side_by_side([lines, total, prose, in_prose / np.maximum(total, 1), total / lines])
    found[:, [0, 1, 2, 4]] = np.log1p(found[:, [0, 1, 2, 4]])
    return found


@feature("log ratio")
def length_ratio(batch: Batch) -> FloatArray:
    """Words of the line against the mean of its article's lines."""
    mean = _around(batch).whole[:, 0] / (batch.last_line - batch.first_line)
    result: FloatArray = (np.log1p(word_counts(batch)) - np.log1p(mean)).astype(np.float32)
    return result
