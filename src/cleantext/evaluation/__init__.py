"""Evaluation: score a cleaner, as users run it, on labelled articles."""

from __future__ import annotations

from collections.abc import Sequence

from cleantext.cleaner import Cleaner
from cleantext.evaluation.metrics import Report, score_articles
from cleantext.labelled import LabelledArticle, read_articles

__all__ = [
    "LabelledArticle", "Report", "evaluate", "kept_lines", "read_articles", "score_articles",
]  # fmt: skip


def evaluate(cleaner: Cleaner, articles: Sequence[LabelledArticle]) -> Report:
    """Clean labelled articles and compare with their labels.

    Parameters
    ----------
    cleaner : Cleaner
        With the settings that users would have.
    articles : sequence of LabelledArticle
        From `read_articles`. Use none that the model was trained on.

    Returns
    -------
    Report

    Examples
    --------
    >>> article = LabelledArticle("a", ("Our app is free.",), ("promo",), "a")
    >>> evaluate(Cleaner(drop="our app"), [article]).figures()["recall"]
    1.0
    """
    return score_articles(articles, [kept_lines(cleaner, article) for article in articles])


def kept_lines(cleaner: Cleaner, article: LabelledArticle) -> list[bool]:
    """Clean a labelled article, and say of each of its lines whether some of it stays."""
    mask = [False] * len(article.lines)
    for line in cleaner.explain(article.text).lines:
        mask[line.number - 1] |= line.kept  # the sentences of an article that is one line
    return mask
