"""How well lines were chosen: precision, recall, F1, content retention, each with its ±."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cleantext.kinds import KINDS
from cleantext.labelled import LabelledArticle
from cleantext.lines import FloatArray

__all__ = ["Report", "score_articles"]

_KEPT_KINDS = ("content", "title")

# Columns of the counts of one article.
_TP, _FP, _FN, _CONTENT, _LOST, _HURT, _CHANGED, _ONE = range(8)

_FIGURES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "precision": lambda c: _ratio(c[..., _TP], c[..., _TP] + c[..., _FP]),
    "recall": lambda c: _ratio(c[..., _TP], c[..., _TP] + c[..., _FN]),
    "f1": lambda c: _ratio(2 * c[..., _TP], 2 * c[..., _TP] + c[..., _FP] + c[..., _FN]),
    "retention": lambda c: 1 - _ratio(c[..., _LOST], c[..., _CONTENT]),
    "hurt": lambda c: _ratio(c[..., _HURT], c[..., _ONE]),
    "unchanged": lambda c: 1 - _ratio(c[..., _CHANGED], c[..., _ONE]),
}


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.zeros_like(whole, dtype=np.float64), where=whole > 0)


@dataclass
class Report:
    """Figures over labelled articles.

    Boilerplate is the positive class. *Precision* is the share of removed lines that are
    boilerplate, *recall* the share of boilerplate lines removed, *retention* the share of
    content characters kept, *hurt* the share of articles that lost a content line, *unchanged*
    the share that came back as they were.
    """

    counts: FloatArray
    """Shape (n_articles, 8): true and false positives, misses, content characters and those
    lost, hurt, changed, 1."""
    langs: Sequence[str]
    kinds: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Lines of each kind, and how many of them were removed."""

    def figures(self, rows: FloatArray | None = None) -> dict[str, float]:
        """Compute every figure over all articles, or over those of `rows`."""
        total = (self.counts if rows is None else self.counts[rows]).sum(axis=0)
        return {name: float(figure(total)) for name, figure in _FIGURES.items()}

    def errors(self, resamples: int = 1000, seed: int = 0) -> dict[str, float]:
        """Half width of each figure's 95 % interval, from a seeded bootstrap over articles."""
        n = len(self.counts)
        if n < 2:
            return dict.fromkeys(_FIGURES, float("nan"))
        weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
        totals = weights @ self.counts
        errors = {}
        for name, figure in _FIGURES.items():
            low, high = np.quantile(figure(totals), (0.025, 0.975))
            errors[name] = float(high - low) / 2
        return errors

    def by_lang(self) -> dict[str, dict[str, float]]:
        """Figures of each language, the most frequent first."""
        rows: dict[str, list[int]] = defaultdict(list)
        for row, lang in enumerate(self.langs):
            rows[lang or "?"].append(row)
        ordered = sorted(rows.items(), key=lambda item: (-len(item[1]), item[0]))
        return {
            lang: {"articles": len(own), **self.figures(np.array(own))} for lang, own in ordered
        }

    def by_kind(self) -> dict[str, dict[str, float]]:
        """Lines of each kind and the share of them that was removed."""
        return {
            kind: {
                "lines": self.kinds[kind][0],
                "removed": self.kinds[kind][1] / self.kinds[kind][0],
            }
            for kind in KINDS
            if self.kinds.get(kind, (0, 0))[0]
        }

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain numbers; `errors` is None for a single article."""
        return {
            "articles": len(self.counts),
            "figures": self.figures(),
            "errors": self.errors() if len(self.counts) > 1 else None,
            "by_kind": self.by_kind(),
            "by_lang": self.by_lang(),
        }

    def __str__(self) -> str:
        figures, errors = self.figures(), self.errors()
        rows = [f"{len(self.counts)} articles"]
        rows += [f"{name:>10}  {figures[name]:.4f} ± {errors[name]:.4f}" for name in _FIGURES]
        rows.append("\n      kind   lines  removed")
        rows += [f"{kind:>10}  {row['lines']:>6}  {row['removed']:>7.3f}"
                 for kind, row in self.by_kind().items()]  # fmt: skip
        rows.append("\n  language  articles  precision  recall     f1  retention")
        rows += [
            f"{lang:>10}  {row['articles']:>8}  {row['precision']:>9.3f}  {row['recall']:>6.3f}"
            f"  {row['f1']:>5.3f}  {row['retention']:>9.4f}"
            for lang, row in self.by_lang().items()
        ]
        return "\n".join(rows)


def score_articles(
    articles: Iterable[LabelledArticle], kept: Iterable[Sequence[bool] | np.ndarray[Any, Any]]
) -> Report:
    """Compare what was kept with the labels.

    Parameters
    ----------
    articles : iterable of LabelledArticle
        The truth.
    kept : iterable of sequence of bool
        For each article, whether each of its labelled lines was kept.

    Returns
    -------
    Report

    Examples
    --------
    >>> article = LabelledArticle("a", ("Rain fell.", "Read also"), ("content", "related"), "a")
    >>> score_articles([article], [[True, False]]).figures()["f1"]
    1.0
    """
    counts, langs = [], []
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for article, mask in zip(articles, kept, strict=True):
        row = np.zeros(8)
        row[_ONE] = 1
        for line, label, stays in zip(article.lines, article.labels, mask, strict=True):
            kinds[label][0] += 1
            kinds[label][1] += not stays
            good = label in _KEPT_KINDS
            row[_TP] += not good and not stays
            row[_FP] += good and not stays
            row[_FN] += not good and stays
            if label == "content":
                row[_CONTENT] += len(line)
                row[_LOST] += 0 if stays else len(line)
                row[_HURT] = max(row[_HURT], not stays)
            row[_CHANGED] = max(row[_CHANGED], not stays)
        counts.append(row)
        langs.append(article.lang)
    stacked = np.array(counts) if counts else np.zeros((0, 8))
    return Report(stacked, langs, {kind: (n, gone) for kind, (n, gone) in kinds.items()})
