"""Boosted trees as arrays: a second opinion on the lines that the network is unsure of.

Every tree is laid out as a full binary tree of `DEPTH` levels, so that all trees walk all lines
together: inner node `i` has the children `2 i + 1` and `2 i + 2`, and a leaf that lies higher up
is repeated under nodes that send everything to the left.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cleantext.lines import FloatArray

__all__ = ["DEPTH", "tree_scores", "tree_shapes"]

#: Decisions from a tree's root to its leaves.
DEPTH = 6
_LINES_AT_ONCE = 4096


def tree_shapes(n_trees: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of each array of so many trees."""
    inner = 2**DEPTH - 1
    return {
        "tree_column": ("int16", (n_trees, inner)),
        "tree_threshold": ("float64", (n_trees, inner)),
        "tree_value": ("float64", (n_trees, inner + 1)),
        "tree_bias": ("float64", (1,)),
    }


def tree_scores(X: FloatArray, arrays: dict[str, npt.NDArray[Any]]) -> FloatArray:
    """Sum what the trees say of each line.

    Parameters
    ----------
    X : ndarray of shape (n_lines, n_columns), float32
        Standardised context features.
    arrays : dict of str to ndarray
        Named and shaped as `tree_shapes` says, others beside them.

    Returns
    -------
    ndarray of shape (n_lines,), float64
        Log odds of boilerplate.
    """
    column, threshold, value = (arrays[f"tree_{name}"] for name in ("column", "threshold", "value"))
    n_trees, n_inner = column.shape
    column, threshold, value = column.ravel(), threshold.ravel(), value.ravel()
    root, leaf = np.arange(n_trees) * n_inner, np.arange(n_trees) * (n_inner + 1)
    scores = np.empty(X.shape[0])
    for start in range(0, X.shape[0], _LINES_AT_ONCE):
        lines = X[start : start + _LINES_AT_ONCE]
        before = np.arange(lines.shape[0])[:, None] * X.shape[1]  # values of earlier lines
        values = lines.ravel()
        node = np.repeat(root[None], lines.shape[0], axis=0)
        for _ in range(DEPTH):
            right = values.take(column.take(node) + before) > threshold.take(node)
            node += node
            node += 1 - root
            node += right
        leaves = value.take(node + (leaf - root - n_inner))
        scores[start : start + _LINES_AT_ONCE] = leaves.sum(axis=1)
    scores += arrays["tree_bias"]
    return scores
