"""The whole training run: folds, two passes, calibration, threshold, report."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from cleantext.decision import line_thresholds
from cleantext.errors import DataError
from cleantext.evaluation.metrics import Report, score_articles
from cleantext.features import feature_matrix
from cleantext.kinds import BOILERPLATE, kind_indices
from cleantext.labelled import LabelledArticle, Plug
from cleantext.lines import Batch, FloatArray, IntArray
from cleantext.model import LineModel, calibrated, context_proba, junk_probability
from cleantext.network import Layers
from cleantext.training.dataset import MADE_VIEWS, Dataset, build_folds
from cleantext.training.fit import (
    FirstPass,
    Settings,
    context_features,
    export,
    fit_calibration,
    fit_first_pass,
    fit_second_pass,
    standard_scale,
)  # fmt: skip

__all__ = [
    "OutOfFold",
    "Progress",
    "Trained",
    "calibrate",
    "context_matrix",
    "cross_fit",
    "cross_validate",
    "line_lengths",
    "silent",
    "train",
    "training_folds",
    "versions",
]

_JUNK = kind_indices(BOILERPLATE)

Progress = Callable[[str, int, int], None]


@dataclass
class OutOfFold:
    """Probabilities of every fold by a model that saw neither the fold nor its hosts."""

    folds: list[Dataset]
    P: list[FloatArray]
    """For each fold, shape (n_lines, n_kinds)."""

    def views(self) -> list[str]:
        """Names of the views, those given first."""
        names = {name for fold in self.folds for name in fold.view.tolist()}
        return sorted(names, key=lambda name: (name in MADE_VIEWS, name))

    def rows(self, view: str) -> list[tuple[LabelledArticle, FloatArray]]:
        """Every article of a view with the boilerplate probability of each labelled line."""
        found = []
        for fold, P in zip(self.folds, self.P, strict=True):
            p = junk_probability(P)
            for article, name in enumerate(fold.view.tolist()):
                if name == view:
                    found.append((fold.articles[article], fold.per_line(article, p)))
        return found

    def report(self, view: str, threshold: float) -> Report:
        """Figures of a view at a threshold."""
        rows = self.rows(view)
        kept = [p < line_thresholds(threshold, line_lengths(article)) for article, p in rows]
        return score_articles([article for article, _ in rows], kept)


@dataclass
class Trained:
    """A model with its out-of-fold results."""

    model: LineModel
    out_of_fold: OutOfFold

    def reports(self) -> dict[str, Report]:
        """Figures of each view at the model's threshold."""
        found = self.out_of_fold
        return {view: found.report(view, self.model.threshold) for view in found.views()}


def train(
    articles: Sequence[LabelledArticle],
    plugs: Sequence[Plug] = (),
    *,
    retention: float = 0.998,
    n_folds: int = 5,
    settings: Settings | None = None,
    n_jobs: int = 1,
    progress: Progress | None = None,
    card: dict[str, Any] | None = None,
) -> Trained:
    """Train a model on labelled articles.

    Parameters
    ----------
    articles : sequence of LabelledArticle
        From `read_articles`; articles of one `group` stay on one side of every split.
    plugs : sequence of Plug, optional
        Lines to inject into the bodies of articles, beside the junk of other articles.
    retention : float
        The share of content characters that the threshold must keep out of fold, over all
        views together.
    n_folds : int
        Folds by group, at least 3.
    settings : Settings, optional
        Sizes and seed.
    n_jobs : int
        Processes.
    progress : callable, optional
        Called with a step's name, how many are done, and how many there are.
    card : dict, optional
        Kept in the model's `card`, e.g. the digests of the training files.

    Returns
    -------
    Trained
        Same data and settings, same model to the byte (for one build of NumPy, SciPy and
        scikit-learn).

    Raises
    ------
    DataError
        If there are too few articles, or no content or no boilerplate among the lines.
    """
    settings = settings or Settings()
    if n_folds < 3:
        raise DataError(f"training needs at least 3 folds, not {n_folds}")
    if not 0 < retention < 1:
        raise DataError(f"retention must lie between 0 and 1, not {retention}")
    labels = {label for article in articles for label in article.labels}
    if "content" not in labels or not labels & BOILERPLATE:
        raise DataError("training needs lines of content and lines of boilerplate")
    folds = training_folds(articles, plugs, settings, n_folds)
    out_of_fold, final = cross_fit(folds, settings, n_jobs, progress or silent, with_final=True)
    assert final is not None
    knots = calibrate(out_of_fold)
    threshold = _threshold(out_of_fold, retention)
    about = {
        "retention_aim": retention,
        "settings": asdict(settings),
        "articles": len({article.article for article in articles}),
        "groups": len({article.group for article in articles}),
        "lines": sum(len(article.lines) for article in articles),
        "plugs": len(plugs),
        "languages": sorted({article.lang for article in articles if article.lang}),
        "versions": versions(),
        **(card or {}),
    }
    model = export(*final, knots, threshold, about)
    trained = Trained(model, out_of_fold)
    about["dial"] = {view: _dial(out_of_fold, view) for view in out_of_fold.views()}
    about["metrics"] = {
        view: _rounded(report.as_dict()) for view, report in trained.reports().items()
    }
    return trained


def cross_validate(
    articles: Sequence[LabelledArticle],
    plugs: Sequence[Plug] = (),
    *,
    n_folds: int = 5,
    settings: Settings | None = None,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> OutOfFold:
    """Compute calibrated out-of-fold probabilities, as `train` does, and fit no final model."""
    settings = settings or Settings()
    folds = training_folds(articles, plugs, settings, n_folds)
    out_of_fold, _ = cross_fit(folds, settings, n_jobs, progress or silent, with_final=False)
    calibrate(out_of_fold)
    return out_of_fold


def training_folds(
    articles: Sequence[LabelledArticle],
    plugs: Sequence[Plug],
    settings: Settings,
    n_folds: int = 5,
) -> list[Dataset]:
    """Split articles and make views of them as settings say."""
    return build_folds(
        articles,
        plugs,
        n_folds=n_folds,
        injections=settings.injections,
        thinnings=settings.thinnings,
        seed=settings.seed,
    )


def silent(step: str, done: int, total: int) -> None:
    return


def cross_fit(
    folds: list[Dataset], settings: Settings, n_jobs: int, progress: Progress, with_final: bool
) -> tuple[OutOfFold, tuple[FirstPass, FloatArray, FloatArray, Layers] | None]:
    """Fit everything out of fold, nested: no model sees a fold on whose lines it is used.

    The second pass that judges fold k learns from the lines of each other fold j as the first
    pass without k and j scores them, and reads the lines of k as the first pass without k does.
    """
    n = len(folds)
    left_out: list[frozenset[int]] = [frozenset((k,)) for k in range(n)]
    left_out += [frozenset((k, j)) for k in range(n) for j in range(k)]
    if with_final:
        left_out.append(frozenset())
    jobs = [
        delayed(_fit_first)([f for i, f in enumerate(folds) if i not in out], settings)
        for out in left_out
    ]
    firsts: dict[frozenset[int], FirstPass] = dict(
        zip(left_out, _run(jobs, n_jobs, progress, "first pass"), strict=True)
    )
    whole = [None] if with_final else []
    jobs = [delayed(_fit_second)(folds, firsts, out, settings) for out in [*range(n), *whole]]
    results = _run(jobs, n_jobs, progress, "second pass")
    out_of_fold = OutOfFold(folds, [result[-1] for result in results[:n]])
    if not with_final:
        return out_of_fold, None
    layers, mean, scale, _ = results[-1]
    return out_of_fold, (firsts[frozenset()], mean, scale, layers)


def _run(jobs: list[Any], n_jobs: int, progress: Progress, step: str) -> list[Any]:
    progress(step, 0, len(jobs))
    results = []
    for result in Parallel(n_jobs=n_jobs, return_as="generator")(jobs):
        results.append(result)
        progress(step, len(results), len(jobs))
    return results


def _fit_first(folds: list[Dataset], settings: Settings) -> FirstPass:
    with threadpool_limits(1):  # sums in one order, whatever the machine
        return fit_first_pass(folds, settings)


def _fit_second(
    folds: list[Dataset],
    firsts: dict[frozenset[int], FirstPass],
    out: int | None,
    settings: Settings,
) -> tuple[Layers, FloatArray, FloatArray, FloatArray | None]:
    """Fit the second pass without fold `out` (None: on all), and judge that fold with it."""
    with threadpool_limits(1):
        here = frozenset(() if out is None else (out,))
        inside = [j for j in range(len(folds)) if j != out]
        X = np.concatenate([context_matrix(folds[j], firsts[here | {j}]) for j in inside])
        y = np.concatenate([folds[j].y for j in inside])
        weight = np.concatenate([folds[j].weight for j in inside])
        sizes = np.concatenate([folds[j].batch.article_lines for j in inside])
        X, mean, scale = standard_scale(X)
        layers = fit_second_pass(X, y, weight, sizes, settings)
        if out is None:
            return layers, mean, scale, None
        X, *_ = standard_scale(context_matrix(folds[out], firsts[here]), mean, scale)
        return layers, mean, scale, context_proba(X, folds[out].batch.article_lines, layers)


def context_matrix(fold: Dataset, first: FirstPass) -> FloatArray:
    """Compute what the second pass reads of a fold, given a first pass that never saw it."""
    # A batch of its own: what it remembers would outlive this call in the fold's.
    batch = Batch(fold.batch.texts, fold.batch.markup)
    names = context_features(pages=batch.markup is not None)
    return feature_matrix(batch, names, first.predict_proba(batch))


def calibrate(found: OutOfFold) -> FloatArray:
    """Fit the calibration out of fold, apply it to the probabilities, and return its knots.

    Each fold's own probabilities are mapped by knots fitted to the other folds, so that what
    is reported is out of fold too; the knots returned are fitted to all.
    """
    p = [junk_probability(P) for P in found.P]
    is_junk = [np.isin(fold.y, _JUNK) for fold in found.folds]
    weight = [fold.weight for fold in found.folds]

    def knots_of(chosen: Sequence[int]) -> FloatArray:
        return fit_calibration(
            np.concatenate([p[j] for j in chosen]),
            np.concatenate([is_junk[j] for j in chosen]),
            np.concatenate([weight[j] for j in chosen]),
        )

    every = range(len(p))
    mapped = [calibrated(P, knots_of([j for j in every if j != k])) for k, P in enumerate(found.P)]
    knots = knots_of(every)
    found.P = mapped
    return knots


def _threshold(found: OutOfFold, retention: float) -> float:
    """Lowest threshold, in steps of 0.01 from 0.5, that keeps enough content over all views."""
    p, size, length = [], [], []
    for view in found.views():
        for article, values in found.rows(view):
            p.append(values)
            length.append(line_lengths(article))
            size += [
                len(line) if label == "content" else 0
                for line, label in zip(article.lines, article.labels, strict=True)
            ]
    values, sizes, lengths = np.concatenate(p), np.array(size), np.concatenate(length)
    steps = np.arange(50, 100) / 100
    goes = (values >= line_thresholds(step, lengths) for step in steps)
    lost = np.array([sizes[gone].sum() for gone in goes]) / max(sizes.sum(), 1)
    enough = 1 - lost >= retention
    return float(steps[np.argmax(enough)]) if enough.any() else 0.99


def line_lengths(article: LabelledArticle) -> IntArray:
    """Characters of each line, its break included."""
    return np.array([len(line) + 1 for line in article.lines])


#: Thresholds at which a model's card shows what the dial does.
DIAL = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def _dial(found: OutOfFold, view: str) -> list[dict[str, float]]:
    """Figures of a view along the dial."""
    return [
        _rounded({"threshold": threshold, **found.report(view, threshold).figures()})
        for threshold in DIAL
    ]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def versions() -> dict[str, str]:
    import scipy
    import sklearn

    from cleantext import __version__

    return {
        "cleantext": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    }
