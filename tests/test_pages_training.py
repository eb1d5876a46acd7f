"""Pages as training data, and a small model of pages trained on made-up ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cleantext import DataError, PageCleaner
from cleantext.artifact import load_model, save_model
from cleantext.evaluation.shingles import f1_of, shingle_scores, snippet_counts
from cleantext.page import parse_page
from cleantext.training import NetworkSettings, Settings
from cleantext.training.pages import (
    JUNK,
    LabelledPage,
    build_page_folds,
    label_lines,
    page_card,
    train_pages,
)

LINES = ["Home", "Rain fell on the hills all night.", "Photo: Ada Pell", "Wet feet",
         "It rained on and on and on.", "Ten more stories about the weather in spring"]  # fmt: skip


@pytest.mark.parametrize(
    ("known", "labels"),
    [
        ({}, ["", "", "", "", "", ""]),
        ({"body": "Rain fell on the hills all night.\nWet feet\nIt rained on and on and on."},
         [JUNK, "content", JUNK, "content", "content", JUNK]),
        ({"body": "Rain fell on the hills all night. Wet feet. It rained on and on and on."},
         [JUNK, "content", JUNK, "", "content", JUNK]),
        ({"body": "A body of quite another page that shares not one run of words with it."},
         ["", "", "", "", "", ""]),
        ({"hand": (["Rain fell on the hills all night.", "PHOTO: Ada Pell", "Wet feet"],
                   ["content", "caption", "content"])},
         [JUNK, "content", "caption", "content", JUNK, JUNK]),
        ({"hand": (["Rain fell on the hills all night."], ["content"]), "body": "\n".join(LINES)},
         ["content", "content", "content", "content", "content", "content"]),
        ({"must_have": ["rained on and on"], "must_not_have": ["more stories", "Photo:"]},
         ["", "", JUNK, "", "content", JUNK]),
    ],
)  # fmt: skip
def test_labels_by_what_is_known(known: dict[str, Any], labels: list[str]) -> None:
    found, weights = label_lines(LINES, **known)
    assert found == labels
    assert [weight > 0 for weight in weights] == [label != "" for label in labels]


def test_hand_labels_weigh_most() -> None:
    hand = (["Rain fell on the hills all night."], ["content"])
    _, weights = label_lines(LINES, hand=hand, body="\n".join(LINES))
    assert max(weights) == weights[1] > weights[4]


def test_copies_outside_the_labelled_part_of_a_page_are_none_of_it() -> None:
    hand = (["Wet feet", "Rain fell on the hills all night.", "Home"], ["title", "content", "nav"])
    page = ["Home", "Wet feet", "Menu", *hand[0], "Wet feet", "Rain fell on the hills all night."]
    labels, _ = label_lines(page, hand=hand)
    assert labels == [JUNK, JUNK, JUNK, "title", "content", "nav", JUNK, JUNK]


def made_page(host: int, number: int) -> LabelledPage:
    rng = np.random.default_rng([host, number])
    nouns = ["bridge", "ferry", "harbour", "council", "river", "pier", "winter", "engineer"]
    body = [
        f"The {' and the '.join(rng.permutation(nouns)[:4])} waited for the {noun} all week."
        for noun in rng.permutation(nouns)[:5]
    ]
    html = (
        f"<nav class=menu{host}><a href=/>Home</a></nav><article><h1>Page {number}</h1>"
        + "".join(f"<p class=text>{line}</p>" for line in body)
        + "</article><aside class=related><a href=/1>More stories of the day</a></aside>"
        "<footer>All rights reserved by us</footer>"
    )
    page = parse_page(html)
    labels, weights = label_lines(page.lines, body="\n".join(body))
    return LabelledPage(f"{host}/{number}", f"host{host}", "en", "made", page, tuple(labels),
                        tuple(weights))  # fmt: skip


NETWORK = NetworkSettings(hidden=16, mixed=16, products=4, rate=1e-2, epochs=15)
SMALL = Settings(bits=10, pages=True, network=NETWORK, trees=4)


@pytest.fixture(scope="module")
def pages() -> list[LabelledPage]:
    return [made_page(host, number) for host in range(12) for number in range(4)]


@pytest.fixture(scope="module")
def folder(pages: list[LabelledPage], tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = train_pages(pages, settings=SMALL).model
    return save_model(model, tmp_path_factory.mktemp("pages") / "m", page_card(model))


def test_a_small_model_learns_the_pages(folder: Path) -> None:
    unseen = made_page(99, 0)
    html = unseen.page.text
    assert html
    model = load_model(folder)
    assert model.reads_markup
    cleaned = PageCleaner(model, threshold=0.5).explain(
        "<nav class=menu7><a href=/>Home</a></nav><article>"
        + "".join(f"<p class=text>{line}</p>" for line in unseen.page.lines[2:7])
        + "</article><aside class=related><a href=/1>More stories of the day</a></aside>"
    )
    assert [line.text.strip() for line in cleaned.removed] == ["Home", "More stories of the day"]


def test_the_card_says_what_it_was_made_of(folder: Path) -> None:
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "Trained on 48 pages" in card
    assert "| made | 48 |" in card
    assert "| threshold | precision | recall | F1 |" in card


def test_same_pages_same_model(pages: list[LabelledPage], folder: Path, tmp_path: Path) -> None:
    again = save_model(train_pages(pages, settings=SMALL).model, tmp_path / "again")
    assert (again / "arrays.npz").read_bytes() == (folder / "arrays.npz").read_bytes()


def test_folds_keep_hosts_together_and_draw_from_what_is_much(pages: list[LabelledPage]) -> None:
    folds = build_page_folds(pages, n_folds=3, most_lines=2, settings=SMALL)
    hosts = [{article.group for article in fold.articles} for fold in folds]
    assert sum(map(len, hosts)) == len(set.union(*hosts)) == 12
    for fold in folds:
        for article in range(len(fold.articles)):
            rows = fold.batch.line_article == article
            drawn = rows & (fold.weight > 0)
            assert (drawn & (fold.y == 0)).sum() == 2
            assert (drawn & (fold.y > 0)).sum() == 2
        assert (fold.y[fold.weight > 0] >= 0).all()


def test_too_few_hosts_are_refused(pages: list[LabelledPage]) -> None:
    with pytest.raises(DataError, match="has no pages; ask for fewer folds"):
        build_page_folds(pages[:1], n_folds=3, settings=SMALL)


def test_shingles() -> None:
    assert shingle_scores("a b c d e", "a b c d e") == (1.0, 1.0)
    assert shingle_scores("", "a b") == (0.0, 0.0)
    assert shingle_scores("a b c d a b c d", "a b c d") == (0.2, 1.0)
    assert shingle_scores("rain", "rain") == (1.0, 1.0)
    assert snippet_counts("a  b\nc", ["a b c", "x"], ["b", "y"]) == (1, 1, 1)
    assert f1_of([(0.0, 0.0)]) == (0.0, 0.0, 0.0)
