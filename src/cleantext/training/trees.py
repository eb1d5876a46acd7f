"""Fit boosted trees with scikit-learn, and lay them out as `cleantext.trees` walks them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from cleantext.lines import BoolArray, FloatArray
from cleantext.trees import DEPTH, tree_shapes

__all__ = ["export_trees", "fit_trees"]


def fit_trees(
    X: FloatArray, is_junk: BoolArray, weight: FloatArray, n_trees: int, seed: int
) -> HistGradientBoostingClassifier:
    """Fit boosted trees (Friedman, 2001) to boilerplate against the rest.

    Parameters
    ----------
    X : ndarray of shape (n_lines, n_columns)
        Standardised context features.
    is_junk : ndarray of shape (n_lines,), bool
        Labels.
    weight : ndarray of shape (n_lines,)
        Weights of the lines; those of 0 are left out.
    n_trees : int
        Trees.
    seed : int
        Same data and seed, same trees.

    Returns
    -------
    HistGradientBoostingClassifier
    """
    used = np.flatnonzero(weight)
    estimator = HistGradientBoostingClassifier(
        max_iter=n_trees,
        learning_rate=0.12,
        max_leaf_nodes=31,
        max_depth=DEPTH,
        max_bins=64,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    return estimator.fit(X[used], is_junk[used], sample_weight=weight[used])


def export_trees(estimator: HistGradientBoostingClassifier) -> dict[str, npt.NDArray[Any]]:
    """Lay out fitted trees.

    Parameters
    ----------
    estimator : HistGradientBoostingClassifier
        What `fit_trees` gave.

    Returns
    -------
    dict of str to ndarray
        Named and shaped as `cleantext.trees.tree_shapes` says.
    """
    # The trees have no public name in scikit-learn; a test compares what these give with what
    # the estimator gives.
    trees = [tree for [tree] in estimator._predictors]
    arrays = {
        name: np.zeros(shape, dtype=dtype)
        for name, (dtype, shape) in tree_shapes(len(trees)).items()
    }
    arrays["tree_threshold"][:] = np.inf
    arrays["tree_bias"][:] = estimator._baseline_prediction.ravel()
    n_inner = 2**DEPTH - 1
    for number, tree in enumerate(trees):
        pending = [(0, 0)]  # node of the tree, and its place in the full one
        while pending:
            index, place = pending.pop()
            node = tree.nodes[index]
            if place >= n_inner:
                arrays["tree_value"][number, place - n_inner] = node["value"]
            elif node["is_leaf"]:
                pending.append((index, 2 * place + 1))
            else:
                arrays["tree_column"][number, place] = node["feature_idx"]
                arrays["tree_threshold"][number, place] = node["num_threshold"]
                pending += [(int(node["left"]), 2 * place + 1), (int(node["right"]), 2 * place + 2)]
    return arrays
