"""The network of the second pass: every line in its article, in a few matrix products.

Each line becomes `hidden` units; a second layer reads those of the lines around it, and the mean
and the largest of its article; products of a line's units with its article's mean compare the
two. Scoring and training run the same function.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleantext.kinds import KINDS
from cleantext.lines import FloatArray, IntArray

__all__ = ["REACH", "Activations", "Articles", "Layers", "forward", "layer_shapes"]

#: Lines before and after that the second layer reads.
REACH = 3


class Articles(NamedTuple):
    """Where the articles of a matrix of lines begin and end."""

    start: IntArray
    """First row of each article, shape (n_articles,); no article is empty."""
    stop: IntArray
    """One past the last row of each article."""
    of_line: IntArray
    """Number of the article of each row, shape (n_lines,)."""

    @classmethod
    def of(cls, sizes: IntArray) -> Articles:
        """Lay articles of so many lines one after the other; empty ones are left out.

        Examples
        --------
        >>> Articles.of(np.array([2, 0, 1])).start.tolist()
        [0, 2]
        """
        sizes = sizes[sizes > 0]
        stop = sizes.cumsum()
        return cls(stop - sizes, stop, np.repeat(np.arange(sizes.size), sizes))

    def neighbours(self) -> Iterator[tuple[slice, slice, IntArray]]:
        """For each offset, the rows that have one there, those rows, and which don't count.

        Yields
        ------
        here, there : slice
            Rows, and the rows so many lines further on (or back), as far as the matrix reaches.
        outside : ndarray of int
            Which of these pairs are lines of two articles.
        """
        n = self.of_line.size
        several, none = self.start.size > 1, np.zeros(0, dtype=np.bool_)
        for offset in range(-REACH, REACH + 1):
            here = slice(max(0, -offset), max(0, n - max(0, offset)))
            there = slice(max(0, offset), max(0, n + min(0, offset)))
            apart = self.of_line[here] != self.of_line[there] if several else none
            yield here, there, apart.nonzero()[0]


Layers = dict[str, npt.NDArray[Any]]


def layer_shapes(
    columns: int, hidden: int, mixed: int, products: int
) -> dict[str, tuple[int, ...]]:
    """Shape of each array of a network, given its sizes."""
    return {
        "hidden_weight": (columns, hidden),
        "hidden_bias": (hidden,),
        "near_weight": (hidden, 2 * REACH + 1, mixed),
        "mean_weight": (hidden, mixed),
        "largest_weight": (hidden, mixed),
        "mixed_bias": (mixed,),
        "own_weight": (hidden, products),
        "own_bias": (products,),
        "whole_weight": (hidden, products),
        "whole_bias": (products,),
        "kind_weight": (hidden + mixed + products, len(KINDS)),
        "kind_bias": (len(KINDS),),
    }


class Activations(NamedTuple):
    """What the layers give, kept for training."""

    hidden: FloatArray
    mean: FloatArray
    largest: FloatArray
    mixed: FloatArray
    own: FloatArray
    whole: FloatArray
    logits: FloatArray


def _relu(values: FloatArray) -> FloatArray:
    """Negative values to zero, in place."""
    return np.maximum(values, 0, out=values)


def forward(
    X: FloatArray,
    articles: Articles,
    layers: Layers,
    masks: tuple[FloatArray, FloatArray] | None = None,
) -> Activations:
    """Run the network.

    Parameters
    ----------
    X : ndarray of shape (n_lines, n_columns), float32
        Standardised context features.
    articles : Articles
        Articles of the rows.
    layers : dict of str to ndarray, float32
        Arrays named and shaped as `layer_shapes` says.
    masks : tuple of two ndarrays, optional
        Factors of the hidden and of the mixed units: dropout, in training.

    Returns
    -------
    Activations
    """
    hidden = _relu(X @ layers["hidden_weight"] + layers["hidden_bias"])
    if masks:
        hidden *= masks[0]
    count = (articles.stop - articles.start)[:, None].astype(np.float32)
    mean = np.add.reduceat(hidden, articles.start, axis=0) / count
    largest = np.maximum.reduceat(hidden, articles.start, axis=0)

    near = layers["near_weight"]
    width = near.shape[2]
    seen = hidden @ near.reshape(near.shape[0], -1)
    of_article = mean @ layers["mean_weight"] + largest @ layers["largest_weight"]
    mixed = (of_article + layers["mixed_bias"])[articles.of_line]
    for place, (here, there, outside) in enumerate(articles.neighbours()):
        part = seen[there, place * width : (place + 1) * width]
        part[outside] = 0
        mixed[here] += part
    _relu(mixed)
    if masks:
        mixed *= masks[1]

    own = hidden @ layers["own_weight"] + layers["own_bias"]
    whole = (mean @ layers["whole_weight"] + layers["whole_bias"])[articles.of_line]
    weight = layers["kind_weight"]
    first, second = hidden.shape[1], hidden.shape[1] + width
    logits = (
        hidden @ weight[:first] + mixed @ weight[first:second] + (own * whole) @ weight[second:]
    )
    return Activations(hidden, mean, largest, mixed, own, whole, logits + layers["kind_bias"])
