"""The article and the plugs that this library was written for."""

from __future__ import annotations

import hashlib

import pytest
from conftest import SEEDS

from cleantext import Cleaner
from cleantext.artifact import load_model
from cleantext.labelled import LabelledArticle, Plug, read_articles, read_plugs

ORIGINAL = SEEDS / "original"
PLACES = 3  # the three removed lines


def read(name: str) -> str:
    return (ORIGINAL / name).read_bytes().decode()


@pytest.fixture(scope="module")
def article() -> LabelledArticle:
    return read_articles(ORIGINAL / "article.tsv")[0]


@pytest.fixture(scope="module")
def plugs() -> list[Plug]:
    return read_plugs(ORIGINAL / "plugs.jsonl")


def with_plugs(article: LabelledArticle, plugs: list[Plug]) -> tuple[str, list[str]]:
    """The article with its injected lines replaced by plugs, and its content lines."""
    rest = iter(plugs)
    lines = []
    for line, label in zip(article.lines, article.labels, strict=True):
        lines += [line] if label == "content" else next(rest).lines
    content = [
        line
        for line, label in zip(article.lines, article.labels, strict=True)
        if label == "content"
    ]
    return "\n".join(lines), content


def test_the_labels_are_those_of_the_article(article: LabelledArticle) -> None:
    assert "\n".join(article.lines) == read("article.txt")
    assert sum(label != "content" for label in article.labels) == PLACES


# The model gives the first of the three lines 0.30: not enough at a threshold of 0.66.
misses_the_slogan = pytest.mark.xfail(
    reason="the slogan without a give-away word stays at the default threshold", strict=True
)


@misses_the_slogan
def test_exactly_the_injected_lines_go(cleaner: Cleaner, article: LabelledArticle) -> None:
    content = zip(article.lines, article.labels, strict=True)
    expected = "\n".join(line for line, label in content if label == "content")
    assert cleaner.clean(read("article.txt")) == expected == read("clean.txt")


def test_its_clean_text_is_left_alone(cleaner: Cleaner) -> None:
    assert cleaner.clean(read("clean.txt")) == read("clean.txt")


@misses_the_slogan
def test_with_paragraphs_a_blank_line_apart(cleaner: Cleaner) -> None:
    apart = read("article.txt").replace("\n", "\n\n")
    assert cleaner.clean(apart) == read("clean.txt").replace("\n", "\n\n")


def test_other_plugs_in_their_places_go_too(
    cleaner: Cleaner, article: LabelledArticle, plugs: list[Plug]
) -> None:
    """Each plug stands in each of the three places once; eight of ten go, in each."""
    assert len(plugs) == 10
    for place in range(PLACES):
        gone = 0
        for first in range(len(plugs)):
            chosen = [plugs[(first + offset) % len(plugs)] for offset in range(PLACES)]
            text, content = with_plugs(article, chosen)
            kept = cleaner.clean(text).split("\n")
            assert [line for line in kept if line in content] == content
            gone += not set(chosen[place].lines) & set(kept)
        assert gone >= 8, f"place {place}: {gone} of {len(plugs)} go"


def test_the_shipped_model_has_not_seen_them() -> None:
    held_out = [*ORIGINAL.iterdir(), *(SEEDS / "test").iterdir()]
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in held_out}
    card = load_model().card
    seen = {*card["files"].values(), *card["plug_files"].values()}
    assert seen
    assert not seen & digests
