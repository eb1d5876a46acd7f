"""Folds, augmentation, labels carried over, and a whole training run on `seeds/train`."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import RETENTION, SEEDS, SeedTraining

from cleantext import BOILERPLATE, KINDS, Cleaner, DataError
from cleantext.evaluation import evaluate
from cleantext.labelled import LabelledArticle, Plug, read_articles
from cleantext.model import junk_probability
from cleantext.training import NetworkSettings, Settings, cross_validate, train
from cleantext.training.augment import bodies, injected, thinned
from cleantext.training.dataset import Dataset, assign_folds, build_folds
from cleantext.training.views import carry_labels

SMALL = NetworkSettings(hidden=8, mixed=8, products=4, epochs=1)
TINY = Settings(bits=10, injections=1, network=SMALL, trees=4)
JUNK = set(BOILERPLATE)


def article(name: str, group: str, n_lines: int = 8) -> LabelledArticle:
    """An article whose every line says where it comes from."""
    lines = [
        f"{name} paragraph {number} goes on about {name} for as long as a paragraph would, dear."
        for number in range(n_lines)
    ]
    return LabelledArticle(
        name,
        (f"{name} headline", *lines, f"Read also what {name} left out"),
        ("title", *["content"] * n_lines, "related"),
        group,
        "en",
    )


@pytest.fixture(scope="module")
def articles() -> list[LabelledArticle]:
    """Three dozen articles of a dozen hosts."""
    return [article(f"article{n}", f"host{n % 12}.org") for n in range(36)]


@pytest.fixture(scope="module")
def plugs() -> list[Plug]:
    return [Plug((f"Plug {n} first", f"Plug {n} second"), "promo", "en") for n in range(20)]


@pytest.fixture(scope="module")
def folds(articles: list[LabelledArticle], plugs: list[Plug]) -> list[Dataset]:
    return build_folds(articles, plugs, n_folds=3, injections=4)


# Folds


def test_groups_are_never_split(folds: list[Dataset], articles: list[LabelledArticle]) -> None:
    groups = [{item.group for item in fold.articles} for fold in folds]
    assert sum(len(own) for own in groups) == 12
    assert set.union(*groups) == {item.group for item in articles}


def test_every_article_comes_once_as_given(
    folds: list[Dataset], articles: list[LabelledArticle]
) -> None:
    given = [item for fold in folds for item in fold.articles if item.view == "given"]
    assert Counter(item.article for item in given) == Counter(item.article for item in articles)
    by_name = {item.article: item for item in articles}
    assert all(replace(item, view="") == by_name[item.article] for item in given)


def test_whatever_is_put_in_comes_from_the_same_fold(
    folds: list[Dataset], articles: list[LabelledArticle]
) -> None:
    for fold in folds:
        hosts = {item.group for item in fold.articles}
        own = {line for item in articles if item.group in hosts for line in item.lines}
        for item in fold.articles:
            for line in item.lines:
                assert line.startswith("Plug ") or any(line in known for known in own)


def test_plugs_stay_in_their_fold(folds: list[Dataset], plugs: list[Plug]) -> None:
    seen: dict[str, set[int]] = defaultdict(set)
    for number, fold in enumerate(folds):
        for item in fold.articles:
            for line in item.lines:
                if line.startswith("Plug "):
                    seen[line.split()[1]].add(number)
    assert len(seen) > len(plugs) / 2
    assert all(len(numbers) == 1 for numbers in seen.values())


def test_raw_lines_are_thinned_out(articles: list[LabelledArticle]) -> None:
    [first, *others] = articles
    raw = replace(first, lines=("Menu", *first.lines), labels=("nav", *first.labels), view="raw")
    for thinnings in (0, 30):
        folds = build_folds([first, *others, raw], n_folds=3, injections=0, thinnings=thinnings)
        made = [item for fold in folds for item in fold.articles if item.view == "thinned"]
        assert len(made) == thinnings * len(articles)
        assert all(item.labels.count("content") == 8 for item in made)
    assert any("Menu" in item.lines for item in made)


def test_folds_of_groups_do_not_change_as_data_grows() -> None:
    few = [f"host{n}" for n in range(50)]
    many = [f"other{n}" for n in range(50)] + few[::-1]
    assert assign_folds(few, 5, 0).tolist() == assign_folds(many, 5, 0)[:49:-1].tolist()
    assert assign_folds(few, 5, 0).tolist() != assign_folds(few, 5, 1).tolist()
    assert set(assign_folds(few, 5, 0).tolist()) == {0, 1, 2, 3, 4}


def test_rows_take_the_labels_of_their_lines() -> None:
    items = [
        LabelledArticle("a", ("Rain", "", "Menu"), ("content", "nav", "nav"), "a", "en", "given"),
        LabelledArticle("b", (" ",), ("content",), "b", "en", "body"),
        LabelledArticle("c", ("", "Snow"), ("title", "promo"), "c", "en", "injected"),
    ]
    data = Dataset.of(items)
    assert [list(KINDS)[kind] for kind in data.y] == ["content", "nav", "promo"]
    assert data.weight.shape == (3,)
    values = np.array([0.1, 0.2, 0.3], dtype=np.float32)
    laid = [data.per_line(number, values).round(1).tolist() for number in range(3)]
    assert laid == [pytest.approx([0.1, 0, 0.2]), [0], pytest.approx([0, 0.3])]


@pytest.mark.parametrize(
    ("count", "n_folds", "message"),
    [
        (2, 3, r"2 groups \(hosts or articles\) are too few for 3 folds"),
        (3, 3, "fold . of 3 has no articles; ask for fewer folds"),
    ],
)
def test_too_few_articles_are_refused(count: int, n_folds: int, message: str) -> None:
    few = [article(f"a{n}", f"host{n * 2}") for n in range(count)]
    with pytest.raises(DataError, match=message):
        build_folds(few, n_folds=n_folds)


# Augmentation


def test_bodies_are_content_alone() -> None:
    long, short = article("long", "a"), article("short", "b", n_lines=4)
    [body] = bodies([long, short])
    assert body.lines == long.lines[1:-1]
    assert set(body.labels) == {"content"}
    assert (body.view, body.group) == ("body", "a")


def test_injected_articles_label_what_they_put_in(
    articles: list[LabelledArticle], plugs: list[Plug]
) -> None:
    made = injected(articles, plugs, np.random.default_rng(0))
    put_in: Counter[str] = Counter()
    for host, item in zip(bodies(articles), made, strict=True):
        own = list(zip(item.lines, item.labels, strict=True))
        assert [line for line, label in own if label == "content"] == list(host.lines)
        for line, label in own:
            if label != "content":
                put_in[label] += 1
                assert host.article not in line.split()
                assert line.startswith("Plug ") == (label == "promo")
                assert line.startswith("Read also ") == (label == "related")
    assert set(put_in) == {"promo", "related", "offtopic"}
    assert {item.view for item in made} == {"injected"}


def test_lines_of_a_plug_stay_together(articles: list[LabelledArticle], plugs: list[Plug]) -> None:
    for item in injected(articles, plugs, np.random.default_rng(1)):
        for line, after in zip(item.lines, (*item.lines[1:], ""), strict=True):
            if line.startswith("Plug ") and line.endswith("first"):
                assert after == line.replace("first", "second")


def test_thinned_articles_keep_all_but_some_of_their_junk() -> None:
    kinds = ("nav",) * 9 + ("title", "byline") + ("content", "related") * 8 + ("social",) * 9
    whole = LabelledArticle("a", tuple(f"line {n}" for n in range(len(kinds))), kinds, "h", "en")
    rng, left = np.random.default_rng(0), set()
    for _ in range(40):
        [item] = thinned([whole], rng)
        rows = [whole.lines.index(line) for line in item.lines]
        assert rows == sorted(set(rows))
        assert item.labels == tuple(kinds[row] for row in rows)
        assert set(rows) >= {row for row, kind in enumerate(kinds) if kind not in JUNK}
        assert max(item.labels.count(kind) for kind in ("nav", "social")) <= 4
        left |= {kind for kind in item.labels if kind in JUNK}
        assert (item.view, item.group) == ("thinned", "h")
    assert left == {"nav", "byline", "related", "social"}
    assert thinned([replace(whole, labels=("content",) * len(kinds))], rng) == []


# Labels carried over

PAGE = (
    ["Home", "The ferry sails again after a winter in the yard.", "Home", "Photo: J. Doe", "Ad"],
    ["nav", "content", "related", "caption", "ad"],
)


@pytest.mark.parametrize(
    ("extracted", "expected"),
    [
        (["the FERRY sails, again after a winter in the yard"], ["content"]),
        (["Home", "Home", "Home"], ["nav", "related"]),
        (["Photo: J. Doe The ferry sails again after a winter in the yard."], ["content"]),
        (["The ferry sails again after a storm that nobody had seen coming"], []),
        (["Nothing like it", "", "…"], []),
        ([], []),
    ],
)
def test_labels_are_carried_over(extracted: list[str], expected: list[str]) -> None:
    lines, labels = carry_labels(*PAGE, extracted)
    assert labels == expected
    assert lines == extracted[: len(lines)]


@pytest.mark.parametrize(
    "kinds", [("nav", "content"), ("content", "nav"), ("nav", "content", "nav")]
)
def test_a_line_that_might_as_well_be_content_is(kinds: tuple[str, ...]) -> None:
    line = "Two cups of flour, sifted twice"
    assert carry_labels([line] * len(kinds), kinds, [f"{line} (or more)"])[1] == ["content"]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("content", "title", "nav"), ["title", "content"]),  # the page prints its article twice
        (("nav", "title", "content"), ["title", "content"]),
        (("nav", "title", "nav"), ["title", "nav"]),
    ],
)
def test_a_line_printed_once_is_the_article_s(kinds: tuple[str, ...], expected: list[str]) -> None:
    page = ["Flour comes first.", "How to bake", "Flour comes first."]
    assert carry_labels(page, kinds, ["How to bake", "Flour comes first."])[1] == expected
    assert carry_labels(page, kinds, page)[1] == list(kinds)


def test_what_an_extractor_keeps_stays_in_its_order() -> None:
    assert carry_labels(["Rain"] * 3, ["nav", "content", "nav"], ["rain", "RAIN"])[1] == [
        "nav",
        "content",
    ]


# The whole run


def test_a_model_of_the_seeds_works_on_articles_it_has_not_seen(
    seed_model: Any, test_articles: list[LabelledArticle]
) -> None:
    figures = evaluate(Cleaner(seed_model), test_articles).figures()
    assert figures["retention"] >= 0.975
    assert figures["precision"] >= 0.85
    assert figures["recall"] > 0.6


def test_training_reads_what_it_is_given_and_no_more(seed_training: SeedTraining) -> None:
    from_seeds = {path for path in seed_training.opened if SEEDS in path.parents}
    assert from_seeds == set((SEEDS / "train").iterdir())


def test_the_seed_articles_are_in_no_training_data() -> None:
    known = {line for item in read_articles(SEEDS / "train") for line in item.lines}
    for held_out in read_articles(SEEDS / "test", SEEDS / "original" / "article.tsv"):
        assert not [line for line in held_out.lines if line in known and len(line) > 40]


def test_threshold_keeps_the_content_it_promises(seed_training: SeedTraining) -> None:
    found = seed_training.trained.out_of_fold
    model = seed_training.trained.model
    reports = [found.report(view, model.threshold) for view in found.views()]
    content, lost = np.sum([report.counts.sum(axis=0)[[3, 4]] for report in reports], axis=0)
    assert model.card["retention_aim"] == RETENTION
    assert 1 - lost / content >= RETENTION
    assert found.views() == ["given", "body", "injected", "sentences", "thinned"]


def test_card_says_what_the_model_was_made_of(seed_training: SeedTraining) -> None:
    data = read_articles(SEEDS / "train")
    card = seed_training.trained.model.card
    assert card["articles"] == len(data)
    assert card["lines"] == sum(len(item.lines) for item in data)
    assert {"en", "de", "es"} <= set(card["languages"])
    assert card["metrics"]["given"]["articles"] == len(data)
    assert {"numpy", "scikit-learn", "cleantext"} <= set(card["versions"])


def test_what_cannot_be_known_is_not_predicted_out_of_fold() -> None:
    """Labels drawn by lot: a leak from a fold's own labels would show."""
    draw = np.random.default_rng(0)
    data = [item for item in read_articles(SEEDS / "train") if item.lang == "en"]
    data = [
        replace(item, labels=tuple(draw.choice(["content", "promo"], len(item.lines)).tolist()))
        for item in data
    ]
    found = cross_validate(
        data, n_folds=3, settings=replace(TINY, network=replace(SMALL, hidden=32, epochs=10))
    )
    p, y = [], []
    for fold, P in zip(found.folds, found.P, strict=True):
        given = fold.view[fold.batch.line_article] == "given"
        p.append(junk_probability(P)[given])
        y.append(fold.y[given] > 0)
    assert area_under_curve(np.concatenate(p), np.concatenate(y)) == pytest.approx(0.5, abs=0.06)


def area_under_curve(p: Any, y: Any) -> float:
    rank = np.empty(p.size)
    rank[np.argsort(p)] = np.arange(p.size)
    n = int(y.sum())
    return float((rank[y].sum() - n * (n - 1) / 2) / (n * (y.size - n)))


@pytest.mark.parametrize(
    ("labels", "retention", "message"),
    [
        (("content", "content"), 0.99, "lines of content and lines of boilerplate"),
        (("ad", "promo"), 0.99, "lines of content and lines of boilerplate"),
        (("content", "ad"), 1.0, "retention must lie between 0 and 1, not 1"),
        (("content", "ad"), 99, "retention must lie between 0 and 1, not 99"),
    ],
)
def test_training_that_cannot_work_is_refused(
    labels: tuple[str, ...], retention: float, message: str
) -> None:
    data = [LabelledArticle(f"a{n}", ("Rain", "Buy"), labels, f"a{n}") for n in range(9)]
    with pytest.raises(DataError, match=message):
        train(data, n_folds=3, settings=TINY, retention=retention)
