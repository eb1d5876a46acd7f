"""Fit the first pass and the calibration with scikit-learn, the second pass in NumPy; export."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from cleantext.features import feature_matrix, feature_names
from cleantext.features.markup import markup_wording
from cleantext.features.wording import line_hashes, wording
from cleantext.kinds import BOILERPLATE, KINDS, kind_indices
from cleantext.lines import Batch, FloatArray, IntArray, once_per_batch
from cleantext.model import LineModel, standardised
from cleantext.network import Layers
from cleantext.training.dataset import Dataset
from cleantext.training.network import NetworkSettings, fit_network
from cleantext.training.trees import export_trees, fit_trees

__all__ = [
    "FirstPass",
    "Settings",
    "context_features",
    "export",
    "fit_calibration",
    "fit_first_pass",
    "fit_second_pass",
    "standard_scale",
]

N_KINDS = len(KINDS)


@dataclass(frozen=True)
class Settings:
    """What training may vary; the defaults made the model that ships."""

    bits: int = 16
    """Columns of hashed words: 2 ** bits."""
    c: float = 1.0
    """Inverse regularisation of the first pass."""
    network: NetworkSettings = field(default_factory=NetworkSettings)
    """Sizes and schedule of the network of the second pass."""
    trees: int = 64
    """Boosted trees of the second pass, at least 1."""
    injections: int = 6
    """Injected articles made of each body."""
    thinnings: int = 2
    """Thinned articles made of each article."""
    seed: int = 0
    """Same data and seed, same model."""
    pages: bool = False
    """Whether lines come with markup, for the model of `clean_html`."""


#: What the first pass reads beside the words: nothing that depends on other lines.
LINE_FEATURES = (
    "word_count",
    "char_count",
    "mean_word_length",
    "char_density",
    "word_density",
    "sign_count",
    "sentence_count",
    "line_start",
    "line_end",
    "link_count",
    "phrase_count",
    "phrase_density",
    "meaning",
)


#: The same for lines of pages: the elements around them too.
PAGE_LINE_FEATURES = (*LINE_FEATURES, "stands_in", "own_tag", "links", "depth", "said_elsewhere")


def context_features(pages: bool = False) -> tuple[str, ...]:
    """Every declared feature: the second pass reads them all."""
    return feature_names("batch", "scores", *(["markup"] if pages else []))


@dataclass(frozen=True)
class FirstPass:
    """A fitted first pass and the scale of its looks."""

    estimator: LogisticRegression
    mean: FloatArray
    scale: FloatArray
    bits: int
    features: tuple[str, ...] = LINE_FEATURES

    def matrix(self, batch: Batch) -> sparse.csr_matrix:
        """Sparse matrix of a batch: hashed words, then standardised looks."""
        return first_pass_matrix(batch, self.bits, self.mean, self.scale, self.features)

    def predict_proba(self, batch: Batch) -> FloatArray:
        """Probabilities of all kinds, those that training lacked at 0."""
        P = np.zeros((len(batch), N_KINDS), dtype=np.float32)
        if len(batch):
            P[:, self.estimator.classes_] = self.estimator.predict_proba(self.matrix(batch))
        return P


def first_pass_matrix(
    batch: Batch,
    bits: int,
    mean: FloatArray,
    scale: FloatArray,
    features: Sequence[str] = LINE_FEATURES,
) -> sparse.csr_matrix:
    """Rows of a batch as the first pass reads them."""
    looks = standardised(feature_matrix(batch, features), mean, scale)
    hashed = hashed_words(batch, bits)
    return sparse.hstack([hashed, sparse.csr_matrix(looks)], format="csr", dtype=np.float32)


@once_per_batch
def hashed_words(batch: Batch, bits: int) -> sparse.csr_matrix:
    """Rows of a batch with their hashed words, and of pages with those of their elements."""
    hashed = wording(batch, bits)
    shape = (len(batch), 1 << bits)
    weight = np.repeat(hashed.body_weight, np.diff(hashed.body_bounds))
    body = sparse.csr_matrix((weight, hashed.body, hashed.body_bounds), shape=shape)
    edge = sparse.csr_matrix(
        (np.ones(hashed.edge.size, np.float32), hashed.edge, hashed.edge_bounds), shape=shape
    )
    if batch.markup is None:
        return body + edge
    marks = markup_wording(batch, bits)
    weight = np.repeat(marks.weight, np.diff(marks.bounds))
    return body + edge + sparse.csr_matrix((weight, marks.column, marks.bounds), shape=shape)


def fit_first_pass(folds: Sequence[Dataset], settings: Settings) -> FirstPass:
    """Fit a multinomial logistic regression to lines alone, each distinct line once."""
    if settings.pages:
        return _fit_first_on_pages(folds, settings)
    texts: list[str] = []
    labels: list[IntArray] = []
    weights: list[FloatArray] = []
    for fold in folds:
        key = line_hashes(fold.batch) * np.uint64(N_KINDS) + fold.y.astype(np.uint64)
        _, first, count = np.unique(key, return_index=True, return_counts=True)
        order = np.argsort(first)
        first, count = first[order], count[order]
        texts += [fold.batch.line_text(row).splitlines()[0] + "\n" for row in first.tolist()]
        labels.append(fold.y[first])
        weights.append(np.sqrt(count).astype(np.float32))
    batch = Batch(["".join(texts)])
    y = np.concatenate(labels)
    looks = feature_matrix(batch, LINE_FEATURES)
    mean, scale = looks.mean(axis=0), np.maximum(looks.std(axis=0), 1e-3)
    X = first_pass_matrix(batch, settings.bits, mean, scale)
    estimator = _fit_regression(X, y, np.concatenate(weights), settings.c, iterations=60)
    return FirstPass(estimator, mean, scale, settings.bits)


def _fit_first_on_pages(folds: Sequence[Dataset], settings: Settings) -> FirstPass:
    """Fit the first pass to the labelled lines of pages: a line's elements are part of it."""
    rows = [np.flatnonzero(fold.weight) for fold in folds]
    y = np.concatenate([fold.y[own] for fold, own in zip(folds, rows, strict=True)])
    weight = np.concatenate([fold.weight[own] for fold, own in zip(folds, rows, strict=True)])
    looks = np.concatenate(
        [feature_matrix(fold.batch, PAGE_LINE_FEATURES)[own]
         for fold, own in zip(folds, rows, strict=True)]
    )  # fmt: skip
    mean, scale = looks.mean(axis=0), np.maximum(looks.std(axis=0), 1e-3)
    hashed = sparse.vstack(
        [hashed_words(fold.batch, settings.bits)[own]
         for fold, own in zip(folds, rows, strict=True)]
    )  # fmt: skip
    X = sparse.hstack(
        [hashed, sparse.csr_matrix(standardised(looks, mean, scale))],
        format="csr", dtype=np.float32,
    )  # fmt: skip
    estimator = _fit_regression(X, y, weight, settings.c, iterations=15)
    return FirstPass(estimator, mean, scale, settings.bits, PAGE_LINE_FEATURES)


def _fit_regression(
    X: sparse.csr_matrix, y: IntArray, weight: FloatArray, c: float, iterations: int
) -> LogisticRegression:
    estimator = LogisticRegression(C=c, max_iter=iterations, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # as good as many more iterations
        estimator.fit(X, y, sample_weight=weight)
    # Stored in half precision: what is used from here on is what is stored.
    estimator.coef_ = estimator.coef_.astype(np.float16).astype(np.float64)
    return estimator


def standard_scale(
    X: FloatArray, mean: FloatArray | None = None, scale: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standardise columns, by their own mean and deviation unless those are given."""
    if mean is None or scale is None:
        mean, scale = X.mean(axis=0), np.maximum(X.std(axis=0), 1e-3)
    return standardised(X, mean, scale), mean, scale


def fit_second_pass(
    X: FloatArray, y: IntArray, weight: FloatArray, sizes: IntArray, settings: Settings
) -> Layers:
    """Fit the network and the trees of the second pass.

    Parameters
    ----------
    X : ndarray of shape (n_lines, n_columns)
        Standardised context features, articles one after the other.
    y : ndarray of shape (n_lines,)
        Kinds.
    weight : ndarray of shape (n_lines,)
        Weights of the lines.
    sizes : ndarray of shape (n_articles,)
        Lines of each article.

    Returns
    -------
    dict of str to ndarray
        The arrays of `cleantext.network.layer_shapes` and of `cleantext.trees.tree_shapes`.
    """
    layers = fit_network(X, y, weight, sizes, settings.network, seed=settings.seed)
    is_junk = np.isin(y, kind_indices(BOILERPLATE))
    return layers | export_trees(fit_trees(X, is_junk, weight, settings.trees, settings.seed))


def export(
    first: FirstPass,
    mean: FloatArray,
    scale: FloatArray,
    layers: Layers,
    knots: FloatArray,
    threshold: float,
    card: dict[str, Any],
) -> LineModel:
    """Turn fitted estimators into a `LineModel` of plain arrays."""
    size = 1 << first.bits
    coefficients = np.zeros((N_KINDS, first.estimator.coef_.shape[1]))
    bias = np.full(N_KINDS, -30.0)
    classes = first.estimator.classes_
    if len(classes) == 2:
        coefficients[classes[1]] = first.estimator.coef_[0]
        bias[classes] = (0.0, first.estimator.intercept_[0])
    else:
        coefficients[classes] = first.estimator.coef_
        bias[classes] = first.estimator.intercept_
    arrays: dict[str, npt.NDArray[Any]] = {
        "wording": coefficients[:, :size].T.astype(np.float16),
        "line_mean": first.mean,
        "line_scale": first.scale,
        "line_weight": coefficients[:, size:].T.astype(np.float32),
        "line_bias": bias.astype(np.float32),
        "context_mean": mean,
        "context_scale": scale,
        "calibration": knots,
        **layers,
    }
    context = context_features(pages=first.features == PAGE_LINE_FEATURES)
    return LineModel(first.features, context, arrays, threshold, card)


def fit_calibration(
    p: FloatArray, is_junk: npt.NDArray[np.bool_], weight: FloatArray
) -> FloatArray:
    """Fit a rising, piecewise linear map of log odds to observed log odds.

    Isotonic regression (Zadrozny and Elkan, 2002) of out-of-fold probabilities, read off at
    evenly spaced log odds, so that neighbouring probabilities stay apart.

    Returns
    -------
    ndarray of shape (2, n_knots), float64
    """
    p = np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6)
    odds = np.log(p) - np.log1p(-p)
    fitted = IsotonicRegression(y_min=1e-4, y_max=1 - 1e-4, out_of_bounds="clip")
    fitted.fit(odds, is_junk.astype(np.float64), sample_weight=weight)
    knots = np.linspace(-7, 7, 29)
    # The mean of the step function over each knot's surroundings, so that no step remains.
    offsets = np.linspace(-0.25, 0.25, 11)
    target = fitted.predict((knots[:, None] + offsets).ravel()).reshape(knots.size, -1).mean(axis=1)
    target = np.log(target) - np.log1p(-target) + 1e-3 * np.arange(knots.size)
    return np.stack([knots, np.maximum.accumulate(target)])
