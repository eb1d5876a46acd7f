"""One fold held out, as training does it: what the second pass learns from, how it is judged."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed

from cleantext.decision import line_thresholds
from cleantext.kinds import BOILERPLATE, kind_indices
from cleantext.lines import FloatArray, IntArray
from cleantext.training.dataset import Dataset
from cleantext.training.fit import Settings, fit_first_pass, standard_scale
from cleantext.training.train import context_matrix

__all__ = ["HeldOut", "at_retention", "hold_out"]


class HeldOut(NamedTuple):
    """Lines of all folds but one to learn from, and lines of that one to be judged."""

    X: FloatArray
    """Standardised context features, shape (n_lines, n_columns)."""
    y: IntArray
    weight: FloatArray
    sizes: IntArray
    """Lines of each article."""
    judged: FloatArray
    """As `X`, of the fold that was held out."""


def hold_out(folds: list[Dataset], out: int, settings: Settings) -> HeldOut:
    """Fit the first passes that the second pass without fold `out` needs, each nested."""
    inside = [j for j in range(len(folds)) if j != out]

    def block(j: int) -> FloatArray:
        first = fit_first_pass([folds[i] for i in inside if i != j], settings)
        return context_matrix(folds[j], first)

    *blocks, judged = Parallel(n_jobs=2)(delayed(block)(j) for j in [*inside, out])
    X, mean, scale = standard_scale(np.concatenate(blocks))
    return HeldOut(
        X=X,
        y=np.concatenate([folds[j].y for j in inside]),
        weight=np.concatenate([folds[j].weight for j in inside]),
        sizes=np.concatenate([folds[j].batch.article_lines for j in inside]),
        judged=standard_scale(judged, mean, scale)[0],
    )


def at_retention(
    p: FloatArray, y: IntArray, length: IntArray, retention: float
) -> tuple[float, float]:
    """Precision and recall at the threshold that just keeps this share of content characters.

    Parameters
    ----------
    p : ndarray of shape (n_lines,)
        Probabilities of boilerplate.
    y : ndarray of shape (n_lines,)
        Kinds.
    length : ndarray of shape (n_lines,)
        Characters of each line: long ones need more, as in `cleantext.decision`.
    retention : float
        0 to 1.
    """
    p = np.clip(p, 1e-7, 1 - 1e-7)
    even = line_thresholds(0.5, length)  # the odds that a line of its length needs
    order = np.argsort(-(p / (1 - p)) / (even / (1 - even)), kind="stable")
    content = np.where(y == 0, length, 0)[order]
    goes = int(np.searchsorted(content.cumsum() / content.sum(), 1 - retention, side="right"))
    is_junk = np.isin(y, kind_indices(BOILERPLATE))[order]
    found = int(is_junk[:goes].sum())
    return found / max(goes, 1), found / max(int(is_junk.sum()), 1)
