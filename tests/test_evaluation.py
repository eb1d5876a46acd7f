"""The figures of a report, counted by hand."""

from __future__ import annotations

import math

import pytest

from cleantext import Cleaner
from cleantext.evaluation import LabelledArticle, evaluate, score_articles

ARTICLES = [
    LabelledArticle(
        "one", ("T", "12345678", "12", "ad"), ("title", "content", "content", "ad"), "a", "en"
    ),
    LabelledArticle(
        "two", ("1234567890", "more", "news"), ("content", "related", "nav"), "b", "de"
    ),
    LabelledArticle("three", ("12345",), ("content",), "c", "en"),
]
KEPT = [[False, True, False, False], [True, False, True], [True]]


def test_figures() -> None:
    figures = score_articles(ARTICLES, KEPT).figures()
    assert figures == pytest.approx(
        {
            "precision": 2 / 4,  # ad and related rightly, title and a content line wrongly
            "recall": 2 / 3,  # nav missed
            "f1": 4 / 7,
            "retention": 1 - 2 / 25,
            "hurt": 1 / 3,
            "unchanged": 1 / 3,
        }
    )


def test_figures_by_kind_and_language() -> None:
    report = score_articles(ARTICLES, KEPT)
    assert report.by_kind()["content"] == {"lines": 4, "removed": 0.25}
    assert report.by_kind()["nav"] == {"lines": 1, "removed": 0.0}
    assert list(report.by_lang()) == ["en", "de"]
    assert report.by_lang()["de"]["precision"] == 1.0
    assert report.by_lang()["en"]["articles"] == 2


def test_errors_are_seeded_and_narrow_with_more_articles() -> None:
    few, many = score_articles(ARTICLES, KEPT), score_articles(ARTICLES * 30, KEPT * 30)
    assert few.errors(seed=1) == few.errors(seed=1)
    assert 0 < many.errors()["precision"] < few.errors()["precision"]


def test_one_article_has_figures_without_errors() -> None:
    report = score_articles(ARTICLES[:1], KEPT[:1])
    assert report.figures()["recall"] == 1.0
    assert all(math.isnan(error) for error in report.errors().values())
    assert "1 articles" in str(report)


def test_report_prints_every_figure() -> None:
    printed = str(score_articles(ARTICLES, KEPT))
    for part in ("3 articles", "precision  0.5000 ±", "retention  0.9200 ±", "related", "de"):
        assert part in printed


def test_masks_must_fit_the_lines() -> None:
    with pytest.raises(ValueError, match="zip"):
        score_articles(ARTICLES[:1], [[True]])


def test_evaluate_scores_the_cleaner_with_its_settings(cleaner: Cleaner) -> None:
    lines = ("Rain fell on the hills all night, the mayor said.", "", "Our app is free.", "More")
    article = LabelledArticle("a", lines, ("content", "content", "promo", "nav"), "a")
    dropping = Cleaner(cleaner.model, threshold=1, drop="our app")
    figures = evaluate(dropping, [article]).figures()
    assert figures["precision"] == 1.0
    assert figures["recall"] == 0.5
    assert figures["retention"] == 1.0
