"""Labelled articles as arrays: rows of a batch, their labels and weights, in folds by group."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cleantext.errors import DataError
from cleantext.kinds import KINDS
from cleantext.labelled import LabelledArticle, Plug
from cleantext.lines import Batch, FloatArray, IntArray
from cleantext.training.augment import bodies, injected, sentences, thinned

__all__ = ["MADE_VIEWS", "VIEW_WEIGHTS", "Dataset", "assign_folds", "build_folds", "name_hash"]

#: Weight in training of a line of each view; of all others 1. What extractors leave comes several
#: times over, one view an extractor; injected articles come six times, thinned ones twice. Articles
#: of our own, and those that look like junk, are few beside the corpus.
VIEW_WEIGHTS = {
    "raw": 0.5,
    "body": 0.6,
    "injected": 0.5,
    "given": 2.1,
    "hard": 1.6,
    "resiliparse": 0.7,
    "readability": 0.7,
    "newspaper": 0.7,
    "sentences": 0.5,
    "thinned": 0.5,
}

#: Views that training makes out of the articles that it is given.
MADE_VIEWS = {
    "body": "the same without their junk",
    "injected": "the same with foreign lines put in",
    "sentences": "some of these, a sentence a line",
    "thinned": "articles with most of their junk left out",
}

_INDEX = {kind: index for index, kind in enumerate(KINDS)}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Articles of one fold as one batch, with the label of each of its rows."""

    articles: list[LabelledArticle]
    batch: Batch
    y: IntArray
    """Kind of each row, an index into `KINDS`."""
    weight: FloatArray
    view: npt.NDArray[np.str_]
    """View of each article."""
    place: IntArray
    """Labelled line, counted over all articles, of each row."""

    @classmethod
    def of(cls, articles: Sequence[LabelledArticle]) -> Dataset:
        """Lay out articles; lines that are blank get no row."""
        batch = Batch([article.text for article in articles])
        sizes = [len(line) + 1 for article in articles for line in article.lines]
        counts = [len(article.lines) for article in articles]
        # A NUL stands between two articles of a batch.
        starts = np.cumsum(sizes) - sizes + np.repeat(np.arange(len(articles)), counts)
        y = np.array(
            [_INDEX[label] for article in articles for label in article.labels], dtype=np.int64
        )
        # Several rows of one labelled line: the sentences of an article that is one line.
        place = np.searchsorted(starts, batch.line_start, side="right") - 1
        view = np.array([article.view or "given" for article in articles])
        by_article = np.array([VIEW_WEIGHTS.get(name, 1.0) for name in view], dtype=np.float32)
        return cls(list(articles), batch, y[place], by_article[batch.line_article], view, place)

    def per_line(self, article: int, values: FloatArray) -> FloatArray:
        """Least value of an article's rows for each labelled line; 0 for blank lines."""
        first, last = (int(self.row_bounds[article + step]) for step in (0, 1))
        laid = np.full(len(self.articles[article].lines), np.inf, dtype=values.dtype)
        place = self.place[first:last] - self.line_bounds[article]
        np.minimum.at(laid, place, values[first:last])
        return np.where(np.isinf(laid), 0, laid)

    @cached_property
    def row_bounds(self) -> IntArray:
        """First row of each article, and one past the last of all."""
        return np.append(0, np.cumsum(self.batch.article_lines))

    @cached_property
    def line_bounds(self) -> IntArray:
        """First labelled line of each article, and one past the last of all."""
        return np.append(0, np.cumsum([len(article.lines) for article in self.articles]))


def assign_folds(groups: Sequence[str], n_folds: int, seed: int) -> IntArray:
    """Give each group a fold by a hash of its name, so that it stays there as data grows.

    Examples
    --------
    >>> folds = assign_folds(["a.com", "b.com", "a.com"], 5, seed=0)
    >>> bool(folds[0] == folds[2])
    True
    """

    return np.array([name_hash(f"{seed}/{group}") % n_folds for group in groups], dtype=np.int64)


def name_hash(name: str) -> int:
    """64-bit hash of a name, the same on every machine."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big")


def build_folds(
    articles: Sequence[LabelledArticle],
    plugs: Sequence[Plug] = (),
    *,
    n_folds: int = 5,
    injections: int = 6,
    thinnings: int = 2,
    seed: int = 0,
) -> list[Dataset]:
    """Split articles by group and add to each fold the views made of its own lines.

    Parameters
    ----------
    articles : sequence of LabelledArticle
        As given; the same article may come in several views.
    plugs : sequence of Plug, optional
        Each goes to one fold.
    n_folds : int
        Folds.
    injections : int
        Injected articles made of each body.
    thinnings : int
        Thinned articles made of each article.
    seed : int
        Same data and seed, same folds.

    Raises
    ------
    DataError
        If there are fewer groups than folds, or a fold has no articles.
    """
    groups = sorted({article.group for article in articles})
    if len(groups) < n_folds:
        raise DataError(
            f"{len(groups)} groups (hosts or articles) are too few for {n_folds} folds; "
            f"label more articles or ask for fewer folds"
        )
    fold_of = dict(zip(groups, assign_folds(groups, n_folds, seed).tolist(), strict=True))
    plug_fold = assign_folds([plug.group for plug in plugs], n_folds, seed)
    folds = []
    for fold in range(n_folds):
        own = [article for article in articles if fold_of[article.group] == fold]
        own_plugs = [plug for plug, where in zip(plugs, plug_fold, strict=True) if where == fold]
        rng = np.random.default_rng([seed, fold])
        # One view an article: for bodies that with the most content, for thinning the raw lines.
        sources = _of_each(own, lambda article: article.labels.count("content"))
        whole = _of_each(own, lambda article: (article.view == "raw", len(article.lines)))
        made = [replace(article, view=article.view or "given") for article in own]
        made += bodies(sources)
        for number in range(injections):
            new = injected(sources, own_plugs, rng)
            made += new
            if not number:
                made += sentences(new[::4])
        for _ in range(thinnings):
            made += thinned(whole, rng)
        if not own:
            raise DataError(f"fold {fold + 1} of {n_folds} has no articles; ask for fewer folds")
        folds.append(Dataset.of(made))
    return folds


def _of_each(
    articles: Sequence[LabelledArticle], size: Callable[[LabelledArticle], Any]
) -> list[LabelledArticle]:
    """Of the views of each article, the first with the greatest size."""
    found: dict[str, LabelledArticle] = {}
    for article in articles:
        known = found.get(article.article)
        if known is None or size(article) > size(known):
            found[article.article] = article
    return list(found.values())
