"""The whole training run: folds, two passes, calibration, threshold, report."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from cleantext.errors import DataError
from cleantext.evaluation.metrics import Report, score_articles
from cleantext.features import WordTable, feature_matrix
from cleantext.kinds import BOILERPLATE, kind_indices
from cleantext.lines import FloatArray
from cleantext.model import LineModel, calibrated, junk_probability, softmax, standardised
from cleantext.labelled import LabelledArticle, Plug
from cleantext.training.dataset import Dataset, build_folds
from cleantext.training.fit import (
    FirstPass, Settings, context_features, export, fit_calibration, fit_first_pass,
    fit_second_pass, fit_words, merged_layers,
)  # fmt: skip

__all__ = ["OutOfFold", "Trained", "cross_validate", "train"]

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
        return sorted(names, key=lambda name: (name in ("body", "injected"), name))

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
        return score_articles([a for a, _ in rows], [p < threshold for _, p in rows])


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
        The share of content characters that the threshold must keep out of fold, on every view.
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
    if not 0 < retention < 1:
        raise DataError(f"retention must lie between 0 and 1, not {retention}")
    labels = {label for article in articles for label in article.labels}
    if "content" not in labels or not labels & BOILERPLATE:
        raise DataError("training needs lines of content and lines of boilerplate")
    folds = build_folds(articles, plugs, n_folds=n_folds, seed=settings.seed)
    out_of_fold, first, networks, mean, scale, words = _cross_fit(
        folds, settings, n_jobs, progress or _silent, final=True
    )
    knots = _calibrate(out_of_fold)
    threshold = _threshold(out_of_fold, retention)
    about = {
        "retention_aim": retention,
        "settings": asdict(settings),
        "articles": len({article.article for article in articles}),
        "groups": len({article.group for article in articles}),
        "lines": sum(len(article.lines) for article in articles),
        "plugs": len(plugs),
        "languages": sorted({article.lang for article in articles if article.lang}),
        "versions": _versions(),
        **(card or {}),
    }
    model = export(words, first, mean, scale, networks, knots, threshold, about)
    trained = Trained(model, out_of_fold)
    about["metrics"] = {view: _rounded(report.as_dict()) for view, report in trained.reports().items()}
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
    folds = build_folds(articles, plugs, n_folds=n_folds, seed=settings.seed)
    out_of_fold, *_ = _cross_fit(folds, settings, n_jobs, progress or _silent, final=False)
    _calibrate(out_of_fold)
    return out_of_fold


def _silent(step: str, done: int, total: int) -> None:
    return


_Base = tuple[WordTable, FirstPass]


def _cross_fit(
    folds: list[Dataset], settings: Settings, n_jobs: int, progress: Progress, final: bool
) -> tuple[OutOfFold, Any, Any, Any, Any, Any]:
    """Fit everything out of fold, nested: no model sees a fold on whose lines it is used.

    A *base* is a table of words and a first pass. The second pass that judges fold k learns
    from the lines of each other fold j as the base without k and j scores them, and reads the
    lines of k as the base without k scores them.
    """
    n = len(folds)
    left_out: list[frozenset[int]] = [frozenset((k,)) for k in range(n)]
    left_out += [frozenset((k, j)) for k in range(n) for j in range(k)]
    if final:
        left_out.append(frozenset())
    jobs = [
        delayed(_fit_base)([f for i, f in enumerate(folds) if i not in out], settings)
        for out in left_out
    ]
    bases: dict[frozenset[int], _Base] = dict(
        zip(left_out, _run(jobs, n_jobs, progress, "words and first pass"), strict=True)
    )
    whole = [None] if final else []
    jobs = [delayed(_fit_top)(folds, bases, out, settings) for out in [*range(n), *whole]]
    results = _run(jobs, n_jobs, progress, "second pass")
    out_of_fold = OutOfFold(folds, [result[-1] for result in results[:n]])
    if not final:
        return out_of_fold, None, None, None, None, None
    words, first = bases[frozenset()]
    networks, mean, scale, _ = results[-1]
    return out_of_fold, first, networks, mean, scale, words


def _run(jobs: list[Any], n_jobs: int, progress: Progress, step: str) -> list[Any]:
    progress(step, 0, len(jobs))
    results = []
    for result in Parallel(n_jobs=n_jobs, return_as="generator")(jobs):
        results.append(result)
        progress(step, len(results), len(jobs))
    return results


def _fit_base(folds: list[Dataset], settings: Settings) -> _Base:
    with threadpool_limits(1):  # sums in one order, whatever the machine
        return fit_words(folds, settings), fit_first_pass(folds, settings)


def _fit_top(
    folds: list[Dataset], bases: dict[frozenset[int], _Base], out: int | None, settings: Settings
) -> tuple[list[Any], FloatArray, FloatArray, FloatArray | None]:
    """Fit the second pass without fold `out` (None: on all), and judge that fold with it."""
    with threadpool_limits(1):
        here = frozenset(() if out is None else (out,))
        inside = [j for j in range(len(folds)) if j != out]
        X = np.concatenate([_context(folds[j], bases[here | {j}]) for j in inside])
        y = np.concatenate([folds[j].y for j in inside])
        weight = np.concatenate([folds[j].weight for j in inside])
        mean, scale = X.mean(axis=0), np.maximum(X.std(axis=0), 1e-3)
        X = standardised(X, mean, scale)
        networks = fit_second_pass(X, y, weight, settings)
        if out is None:
            return networks, mean, scale, None
        layers = merged_layers(networks)
        hidden = standardised(_context(folds[out], bases[here]), mean, scale)
        hidden = np.maximum(hidden @ layers["layer_weight_0"] + layers["layer_bias_0"], 0)
        P = softmax(hidden @ layers["layer_weight_1"] + layers["layer_bias_1"])
        return networks, mean, scale, P


def _context(fold: Dataset, base: _Base) -> FloatArray:
    words, first = base
    batch = fold.fresh()
    return feature_matrix(batch, context_features(), words, first.predict_proba(batch))


def _calibrate(found: OutOfFold) -> FloatArray:
    """Fit the calibration out of fold, apply it to the probabilities, and return its knots.

    Each fold's own probabilities are mapped by knots fitted to the other folds, so that what
    is reported is out of fold too; the knots returned are fitted to all.
    """
    p = [junk_probability(P) for P in found.P]
    is_junk = [np.isin(fold.y, _JUNK) for fold in found.folds]
    weight = [fold.weight for fold in found.folds]
    mapped = []
    for k, P in enumerate(found.P):
        rest = [j for j in range(len(p)) if j != k]
        knots = fit_calibration(*(np.concatenate([x[j] for j in rest]) for x in (p, is_junk, weight)))
        mapped.append(calibrated(P, knots))
    knots = fit_calibration(*(np.concatenate(x) for x in (p, is_junk, weight)))
    found.P = mapped
    return knots


def _threshold(found: OutOfFold, retention: float) -> float:
    """Lowest threshold, in steps of 0.01 from 0.5, that keeps enough content on every view."""
    steps = np.arange(50, 100) / 100
    kept = np.ones(steps.size, dtype=np.bool_)
    for view in found.views():
        rows = found.rows(view)
        p = np.concatenate([p for _, p in rows])
        size = np.array(
            [len(line) if label == "content" else 0
             for article, _ in rows
             for line, label in zip(article.lines, article.labels, strict=True)]
        )  # fmt: skip
        lost = np.array([size[p >= step].sum() for step in steps])
        kept &= 1 - lost / max(size.sum(), 1) >= retention
    return float(steps[np.argmax(kept)]) if kept.any() else 0.99


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def _versions() -> dict[str, str]:
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


