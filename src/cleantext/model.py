"""The line model: plain arrays, two passes, probabilities in NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cleantext.features import FEATURES, feature_matrix
from cleantext.features.markup import markup_wording
from cleantext.features.wording import wording
from cleantext.kinds import BOILERPLATE, KINDS, kind_indices
from cleantext.lines import Batch, FloatArray, IntArray
from cleantext.network import Articles, Layers, forward
from cleantext.threads import one_thread
from cleantext.trees import tree_scores

__all__ = ["CLIP", "UNSURE", "LineModel"]

#: Standardised features are held within this many standard deviations.
CLIP = 6.0

#: Lines whose probability of boilerplate by the network lies between these are put to the trees.
UNSURE = (0.1, 0.98)

#: The trees' share in the log odds of those lines; the rest is the network's.
TREES_SAY = 0.4

_JUNK = np.array(kind_indices(BOILERPLATE))
_TINY = np.finfo(np.float32).tiny
# Which side each kind is on: boilerplate, or the rest.
_SIDES = np.array([[kind in BOILERPLATE, kind not in BOILERPLATE] for kind in KINDS], dtype=float)


@dataclass(frozen=True, eq=False)
class LineModel:
    """Probabilities over the fifteen kinds for every line of a batch.

    The first pass scores each line alone: a multinomial logistic regression over its hashed
    words and its looks. The second scores it in its article: a small neural network over the
    same looks, position, topic and the first-pass scores around the line, which also reads the
    lines around it and the article as a whole; where it is unsure, boosted trees over what it
    reads have a say. A monotone map then makes the probability of boilerplate mean what
    it says.

    Attributes
    ----------
    line_features, context_features : tuple of str
        Features of the first and second pass.
    arrays : dict of str to ndarray
        See `cleantext.artifact` for names, shapes and checks.
    threshold : float
        Probability of boilerplate from which on a line goes by default, 0 to 1.
    card : dict
        What `model.json` says beside that: version, training data, metrics.
    """

    line_features: tuple[str, ...]
    context_features: tuple[str, ...]
    arrays: dict[str, npt.NDArray[Any]]
    threshold: float
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds in the order of the columns of `P`."""
        return tuple(KINDS)

    @property
    def reads_markup(self) -> bool:
        """Whether it was trained on pages, and so reads the elements around their lines."""
        return any("markup" in FEATURES[name].inputs for name in self.line_features)

    def first_pass(self, batch: Batch) -> FloatArray:
        """Score every line alone.

        Returns
        -------
        ndarray of shape (n_lines, n_kinds), float32
            Probabilities; rows sum to 1.
        """
        arrays = self.arrays
        table = self._wording_table
        bits = int(table.shape[0]).bit_length() - 1
        hashed = wording(batch, bits)
        if not len(batch):
            return np.zeros((0, len(KINDS)), dtype=np.float32)
        logits = np.add.reduceat(table.take(hashed.body, axis=0), hashed.body_bounds[:-1], axis=0)
        logits *= hashed.body_weight[:, None]
        logits += np.add.reduceat(table.take(hashed.edge, axis=0), hashed.edge_bounds[:-1], axis=0)
        if self.reads_markup:
            marks = markup_wording(batch, bits)
            sums = np.add.reduceat(table.take(marks.column, axis=0), marks.bounds[:-1], axis=0)
            logits += sums * marks.weight[:, None]
        looks = feature_matrix(batch, self.line_features)
        looks = standardised(looks, arrays["line_mean"], arrays["line_scale"])
        # Large terms of both signs: single precision would show in the sixth digit.
        exact = looks.astype(np.float64) @ self._line_weight
        exact += logits
        return softmax(exact + arrays["line_bias"]).astype(np.float32)

    @cached_property
    def _wording_table(self) -> FloatArray:
        return self.arrays["wording"].astype(np.float32)

    @cached_property
    def _line_weight(self) -> FloatArray:
        return self.arrays["line_weight"].astype(np.float64)

    def predict_proba(self, batch: Batch) -> FloatArray:
        """Score every line in its article.

        Returns
        -------
        ndarray of shape (n_lines, n_kinds), float32
            Calibrated probabilities; rows sum to 1.
        """
        with one_thread():
            P = self.second_pass(batch, self.first_pass(batch))
        return calibrated(P, self.arrays["calibration"])

    def second_pass(self, batch: Batch, scores: FloatArray) -> FloatArray:
        """Score every line given the first-pass scores of all, before calibration."""
        X = feature_matrix(batch, self.context_features, scores)
        X = standardised(X, self.arrays["context_mean"], self.arrays["context_scale"])
        return context_proba(X, batch.article_lines, self.arrays)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if not key.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def context_proba(X: FloatArray, sizes: IntArray, arrays: Layers) -> FloatArray:
    """Probabilities of all kinds by the network of the second pass, and its trees.

    Parameters
    ----------
    X : ndarray of shape (n_lines, n_columns), float32
        Standardised context features.
    sizes : ndarray of shape (n_articles,)
        Lines of each article.
    arrays : dict of str to ndarray
        Layers of the network and the trees, other arrays beside them.
    """
    if not X.shape[0]:
        return np.zeros((0, len(KINDS)), dtype=np.float32)
    P = softmax(forward(X, Articles.of(sizes), arrays).logits)
    junk = junk_probability(P)
    unsure = ((junk > UNSURE[0]) & (junk < UNSURE[1])).nonzero()[0]
    if unsure.size:
        p = junk[unsure].astype(np.float64)
        odds = (1 - TREES_SAY) * (np.log(p) - np.log1p(-p))
        odds += TREES_SAY * tree_scores(X[unsure], arrays)
        P[unsure] = _with_junk(P[unsure], 1 / (1 + np.exp(-odds)))
    return P


def _with_junk(P: FloatArray, new: FloatArray) -> FloatArray:
    """Change the probability of boilerplate, each kind's share in it or in the rest kept."""
    sides = np.maximum(P.astype(np.float64) @ _SIDES, _TINY)
    factor = (np.array([new, 1 - new]).T / sides) @ _SIDES.T
    result: FloatArray = (P * factor).astype(np.float32)
    return result


def standardised(X: FloatArray, mean: FloatArray, scale: FloatArray) -> FloatArray:
    """Centre and scale columns, and hold them within `CLIP`."""
    X = X - mean
    X *= 1 / scale
    return X.clip(-CLIP, CLIP, out=X)


def softmax(logits: FloatArray) -> FloatArray:
    """Turn each row into probabilities."""
    logits = logits - logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


def junk_probability(P: FloatArray, columns: list[int] | None = None) -> FloatArray:
    """Sum the probabilities of the kinds in `columns`, by default of all boilerplate."""
    result: FloatArray = P[:, _JUNK if columns is None else columns].sum(axis=1)
    return result


def calibrated(P: FloatArray, knots: FloatArray) -> FloatArray:
    """Map the probability of boilerplate through `knots` and share it out among its kinds.

    Parameters
    ----------
    P : ndarray of shape (n_lines, n_kinds)
        Probabilities.
    knots : ndarray of shape (2, n_knots)
        A rising, piecewise linear map from log odds (first row) to log odds (second row).
    """
    raw = junk_probability(P).astype(np.float64)
    raw = np.minimum(np.maximum(raw, 1e-7), 1 - 1e-7)
    odds = np.log(raw) - np.log1p(-raw)
    return _with_junk(P, 1 / (1 + np.exp(-np.interp(odds, knots[0], knots[1]))))
