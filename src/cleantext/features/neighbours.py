"""What stands around a line: first-pass scores of the lines before and after it."""

from __future__ import annotations

import numpy as np

from cleantext.features.position import sums_before
from cleantext.features.registry import feature, side_by_side
from cleantext.features.shape import word_counts
from cleantext.kinds import BOILERPLATE, KINDS, kind_indices
from cleantext.lines import Batch, FloatArray, IntArray, once_per_batch

__all__ = ["around", "windows"]

_KINDS = tuple(KINDS)
_JUNK = np.array(kind_indices(BOILERPLATE))
_FLOOR = 1e-4
_FAR = 1 << 40  # past the end of any article


@once_per_batch
def _rows_at(batch: Batch, offsets: tuple[int, ...]) -> IntArray:
    """Rows `offsets` lines away in the same article, or one past the last row of the batch."""
    row = np.arange(len(batch))[:, None] + np.array(offsets)
    inside = (row >= batch.first_line[:, None]) & (row < batch.last_line[:, None])
    return np.where(inside, row, len(batch))


def around(batch: Batch, values: FloatArray, offsets: tuple[int, ...]) -> FloatArray:
    """Lay side by side the values of the lines at `offsets`; 0 past the ends of an article.

    Parameters
    ----------
    batch : Batch
        The articles.
    values : ndarray of shape (n_lines, n_values)
        Values of each line.
    offsets : tuple of int
        Lines on (or back, if negative).

    Returns
    -------
    ndarray of shape (n_lines, len(offsets) * n_values)
    """
    padded = np.concatenate([values, np.zeros((1, values.shape[1]), dtype=values.dtype)])
    size = len(offsets) * values.shape[1]
    laid: FloatArray = padded[_rows_at(batch, offsets)].reshape(len(batch), size)
    return laid


_Spans = tuple[tuple[int, int], ...]


@once_per_batch
def _span_rows(batch: Batch, spans: _Spans) -> tuple[IntArray, IntArray]:
    """First row and one past the last of each span of lines, as far as it is in the article."""
    row = np.arange(len(batch))[:, None]
    low, high = np.array(spans).T
    first, last = batch.first_line[:, None], batch.last_line[:, None]
    start = np.minimum(np.maximum(row + low, first), last)
    stop = np.minimum(np.maximum(row + high + 1, first), last)
    return start, np.maximum(stop, start)


def windows(batch: Batch, values: FloatArray, spans: _Spans) -> FloatArray:
    """Mean of the values over each span of lines, counted from the line itself.

    Parameters
    ----------
    batch : Batch
        The articles.
    values : ndarray of shape (n_lines, n_values)
        Values of each line.
    spans : tuple of (int, int)
        First and last line of each span: ``(-4, -1)`` for the four before.

    Returns
    -------
    ndarray of shape (n_lines, len(spans) * n_values), float32
        0 for a span without lines.
    """
    total = np.zeros((values.shape[0] + 1, values.shape[1]))
    values.cumsum(axis=0, dtype=np.float64, out=total[1:])
    start, stop = _span_rows(batch, spans)
    means = (total[stop] - total[start]) / np.maximum(stop - start, 1)[:, :, None]
    laid: FloatArray = means.reshape(len(batch), len(spans) * values.shape[1])
    return laid.astype(np.float32)


def _junk(scores: FloatArray) -> FloatArray:
    result: FloatArray = scores[:, _JUNK].sum(axis=1, keepdims=True)
    return result


@feature("log odds over 9, about -1 to 1", _KINDS)
def own_score(batch: Batch, scores: FloatArray) -> FloatArray:
    """First-pass score of the line itself for each kind."""
    clipped = np.minimum(np.maximum(scores, _FLOOR), 1 - _FLOOR)
    return ((np.log(clipped) - np.log1p(-clipped)) / 9).astype(np.float32)


@feature(
    "mean probability, 0 to 1",
    [f"{side}_{n}" for side in ("before", "after") for n in (8, 20, "all")],
)
def far_junk(batch: Batch, scores: FloatArray) -> FloatArray:
    """Mean first-pass boilerplate score of wider stretches before and after."""
    spans = ((-8, -1), (-20, -1), (-_FAR, -1), (1, 8), (1, 20), (1, _FAR))
    return windows(batch, _junk(scores), spans)


@feature("mean probability, 0 to 1", _KINDS)
def article_score(batch: Batch, scores: FloatArray) -> FloatArray:
    """Mean first-pass score of the whole article for each kind, weighted by words."""
    weight = (word_counts(batch) + 1.0)[:, None]
    total = np.zeros((len(batch) + 1, scores.shape[1] + 1))
    np.concatenate([scores * weight, weight], axis=1).cumsum(axis=0, out=total[1:])
    sums = total[batch.last_line] - total[batch.first_line]
    means: FloatArray = sums[:, :-1] / sums[:, -1:]
    return means.astype(np.float32)


@feature("words left of content on each side, log", ["before", "after"])
def content_around(batch: Batch, scores: FloatArray) -> FloatArray:
    """Words of likely content before and after the line."""
    before, after = sums_before(batch, scores[:, 0] * word_counts(batch))
    return np.log1p(np.maximum(side_by_side([before, after]), 0))


#: Kinds whose lines tell where a part of the page begins that is no article.
_PARTS = ("byline", "bio", "newsletter", "social", "related", "disclosure", "comments", "nav")


@feature("log(1 + lines)", [f"{side}_{kind}" for side in ("before", "after") for kind in _PARTS])
def kinds_around(batch: Batch, scores: FloatArray) -> FloatArray:
    """Expected number of lines of some kinds before and after the line."""
    sums = sums_before(batch, scores[:, kind_indices(_PARTS)])
    lines: FloatArray = np.log1p(np.maximum(np.concatenate(sums, axis=1), 0))
    return lines
