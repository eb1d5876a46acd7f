"""Pages as training data: labels for their lines from hand labels, gold bodies and snippets."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cleantext.errors import DataError
from cleantext.features.shape import word_counts
from cleantext.kinds import BOILERPLATE, KINDS, kind_indices
from cleantext.labelled import LabelledArticle
from cleantext.lines import Batch
from cleantext.model import LineModel
from cleantext.page import Page
from cleantext.training.dataset import Dataset, assign_folds
from cleantext.training.fit import Settings, export, fit_first_pass
from cleantext.training.train import (
    OutOfFold,
    Progress,
    Trained,
    calibrate,
    cross_fit,
    silent,
    versions,
)
from cleantext.training.views import aligned_labels, word_runs

__all__ = [
    "JUNK",
    "LabelledPage",
    "build_page_folds",
    "folded_words",
    "label_lines",
    "page_card",
    "train_pages",
]

#: What made the model of pages that ships.
PAGE_SETTINGS = Settings(pages=True)

#: Label of a line that is known to be no content, but not what it is instead.
JUNK = "?"

_HAND, _GOLD = 1.0, 0.7  # weights of lines
_IN, _OUT = 0.6, 0.1  # shares of a line's runs that are in the gold body
_COVERED = 0.5  # share of the gold body's runs that a page must hold to learn from it
_WORD = re.compile(r"[^\W_]+")
_INDEX = {kind: index for index, kind in enumerate(KINDS)}
_JUNK_COLUMNS = kind_indices(BOILERPLATE)


@dataclass(frozen=True)
class LabelledPage:
    """A page and what is known of its lines."""

    name: str
    group: str
    """Host, or else the page's own name."""
    lang: str
    view: str
    """Where it comes from, for reports."""
    page: Page
    labels: tuple[str, ...]
    """A kind, `JUNK`, or "" for each line."""
    weights: tuple[float, ...]


def label_lines(
    lines: Sequence[str],
    *,
    hand: tuple[Sequence[str], Sequence[str]] | None = None,
    body: str = "",
    must_have: Sequence[str] = (),
    must_not_have: Sequence[str] = (),
) -> tuple[list[str], list[float]]:
    """Label the lines of a page by what is known of it, the surest source first.

    Parameters
    ----------
    lines : sequence of str
        Lines of the page, as `parse_page` gives them.
    hand : pair of sequences of str, optional
        Lines of the page's article and its surroundings with their labels; what lies before
        the first and after the last of them is no content.
    body : str
        The article's text, a paragraph a line.
    must_have, must_not_have : sequence of str
        Snippets of the body, and of what isn't part of it.

    Returns
    -------
    labels : list of str
        A kind, `JUNK`, or "" for a line that nothing is known of.
    weights : list of float
        How much each counts in training, 0 without a label.

    Examples
    --------
    >>> lines = ["Home", "Rain fell on the hills all night.", "Ten more stories about the weather"]
    >>> label_lines(lines, body="Rain fell on the hills all night.")[0]
    ['?', 'content', '?']
    """
    labels, weights = [""] * len(lines), [0.0] * len(lines)

    def put(index: int, label: str, weight: float) -> None:
        if not labels[index]:
            labels[index], weights[index] = label, weight

    if hand is not None:
        found = aligned_labels(*hand, lines)
        known = [index for index, label in enumerate(found) if label]
        for index in known:
            put(index, found[index], _HAND)
        content = [index for index in known if found[index] == "content"]
        if content and not body:
            for index in [*range(known[0]), *range(known[-1] + 1, len(lines))]:
                put(index, JUNK, _GOLD)
    if body:
        for index, label in enumerate(_in_body(lines, body)):
            if label:
                put(index, label, _GOLD)
    if not body and hand is None:
        folded = [folded_words(line) for line in lines]
        for snippet in must_have:
            held = [i for i, line in enumerate(folded) if folded_words(snippet) in line]
            if held:
                put(max(held, key=lambda i: len(folded[i])), "content", _HAND)
        for snippet in must_not_have:
            for index, line in enumerate(folded):
                if folded_words(snippet) in line:
                    put(index, JUNK, _HAND)
    return labels, weights


def folded_words(text: str) -> str:
    """Words of a text, case folded, each between spaces: what snippets are looked up in."""
    return " " + " ".join(_WORD.findall(text.casefold())) + " "


def _in_body(lines: Sequence[str], body: str) -> list[str]:
    """Label by whether a line's words stand in the gold body; nothing if the page lacks it."""
    whole = folded_words(body)
    paragraphs = {folded_words(line) for line in body.splitlines()}
    gold = set(word_runs(whole.split()))
    labels, covered = [], set()
    for line in lines:
        words = folded_words(line).split()
        own = word_runs(words)
        if own:
            hits = [run for run in own if run in gold]
            covered.update(hits)
            share = len(hits) / len(own)
            labels.append("content" if share >= _IN else JUNK if share <= _OUT else "")
        elif not words:
            labels.append("")
        elif folded_words(line) in paragraphs:
            labels.append("content")
        else:
            labels.append("" if folded_words(line) in whole else JUNK)
    if len(covered) < _COVERED * len(gold):
        return [""] * len(lines)
    return labels


def train_pages(
    pages: Sequence[LabelledPage],
    *,
    n_folds: int = 3,
    settings: Settings | None = None,
    progress: Progress | None = None,
    card: Mapping[str, Any] | None = None,
) -> Trained:
    """Train a model of pages, as `train` does one of texts.

    The threshold is the one with the best F1 out of fold, in words of content kept a page.

    Parameters
    ----------
    pages : sequence of LabelledPage
        Pages of one group stay on one side of every split.
    n_folds : int
        Folds by group, at least 3.
    settings : Settings, optional
        Sizes and seed.
    progress : callable, optional
        Called with a step's name, how many are done, and how many there are.
    card : mapping, optional
        Kept in the model's `card`, e.g. the digests of the training files.
    """
    settings = settings or PAGE_SETTINGS
    folds = build_page_folds(pages, n_folds=n_folds, settings=settings)
    found, final = cross_fit(folds, settings, 1, progress or silent, with_final=True)
    assert final is not None
    knots = calibrate(found)
    figures = _dial(found)
    chosen = max(figures, key=lambda row: row["f1"])["threshold"]
    views = sorted({page.view for page in pages})
    about = {
        "settings": asdict(settings),
        "articles": len(pages),
        "groups": len({page.group for page in pages}),
        "lines": int(sum((fold.weight > 0).sum() for fold in folds)),
        "views": {view: sum(page.view == view for page in pages) for view in views},
        "languages": sorted({page.lang for page in pages if page.lang}),
        "versions": versions(),
        **(card or {}),
        "dial": {"pages": figures},
    }
    return Trained(export(*final, knots, chosen, about), found)


#: Thresholds that the dial shows, and that the default is chosen from.
_THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 20))


def _dial(found: OutOfFold) -> list[dict[str, float]]:
    """Precision, recall and F1 in words of content, means over pages, along the thresholds."""
    scores = []
    for fold, P in zip(found.folds, found.P, strict=True):
        words = word_counts(fold.batch) * (fold.y >= 0)  # all that have a label, drawn or not
        content = words * (fold.y == 0)
        article = fold.batch.line_article
        total = np.bincount(article, weights=content, minlength=fold.batch.n_articles)
        used = total > 0
        rows = []
        for threshold in _THRESHOLDS:
            kept = 1 - P[:, 0] < threshold
            hits = np.bincount(article, weights=content * kept, minlength=total.size)
            all_kept = np.bincount(article, weights=words * kept, minlength=total.size)
            rows.append(
                [(hits / np.maximum(all_kept, 1))[used], (hits / np.maximum(total, 1))[used]]
            )
        scores.append(np.array(rows))
    means = np.concatenate(scores, axis=2).mean(axis=2)
    return [
        {
            "threshold": threshold,
            "precision": round(float(p), 4),
            "recall": round(float(r), 4),
            "f1": round(float(2 * p * r / max(p + r, 1e-9)), 4),
        }
        for threshold, (p, r) in zip(_THRESHOLDS, means, strict=True)
    ]


def page_card(model: LineModel) -> str:
    """Write the card of a model of pages in Markdown from what training recorded."""
    card = model.card
    rows = [
        "# Page model",
        "",
        f"Judges the lines of web pages, with the elements around them. Trained on "
        f"{card['articles']} pages ({card['lines']} labelled lines, {card['groups']} hosts) in: "
        f"{', '.join(card['languages'])}.",
        "",
        "| pages from | pages |",
        "|---|--:|",
        *(f"| {view} | {count} |" for view, count in card["views"].items()),
        "",
        "Lines have labels of their own, given by people or by a language model that read the "
        "page; where there are none, what counts is whether they stand in the gold body of their "
        "page, or in snippets of it.",
        "",
        f"Threshold {model.threshold:.2f}, chosen for the best F1 out of fold, grouped by host, "
        f"in words of content kept a page:",
        "",
        "| threshold | precision | recall | F1 |",
        "|--:|--:|--:|--:|",
        *(f"| {row['threshold']:g} | {row['precision']:.3f} | {row['recall']:.3f} "
          f"| {row['f1']:.3f} |" for row in card["dial"]["pages"]),
        "",
        f"Made with {', '.join(' '.join(item) for item in card['versions'].items())}.",
        "",
    ]  # fmt: skip
    return "\n".join(rows)


def build_page_folds(
    pages: Sequence[LabelledPage],
    *,
    n_folds: int = 5,
    most_lines: int = 30,
    settings: Settings | None = None,
) -> list[Dataset]:
    """Split pages by group, and give lines that are junk of an unknown kind a likely one.

    Parameters
    ----------
    pages : sequence of LabelledPage
        Pages of one group stay on one side of every split.
    n_folds : int
        Folds, at least 3.
    most_lines : int
        Lines known from the gold body alone that are learnt from on one page, so many of content
        and so many of junk; a seeded draw if there are more.
    settings : Settings, optional
        Sizes and seed.
    """
    settings = settings or PAGE_SETTINGS
    fold_of = assign_folds([page.group for page in pages], n_folds, settings.seed)
    folds = []
    for fold in range(n_folds):
        own = [page for page, where in zip(pages, fold_of, strict=True) if where == fold]
        if not own:
            raise DataError(f"fold {fold + 1} of {n_folds} has no pages; ask for fewer folds")
        rng = np.random.default_rng([settings.seed, fold])
        folds.append(_dataset(own, most_lines, rng))
    _guess_kinds(folds, settings)
    return folds


def _guess_kinds(folds: Sequence[Dataset], settings: Settings) -> None:
    """Give each line of unknown junk its likeliest kind, by the lines whose kind is known."""
    unknown = [fold.y == -1 for fold in folds]
    known = {kind for fold in folds for kind in np.unique(fold.y[fold.weight > 0]).tolist()}
    if not known & set(_JUNK_COLUMNS):
        for fold, which in zip(folds, unknown, strict=True):
            fold.y[which] = _INDEX["nav"]
        return
    taught = [
        Dataset(fold.articles, fold.batch, fold.y, np.where(which, 0, fold.weight).astype("f4"),
                fold.view, fold.place)
        for fold, which in zip(folds, unknown, strict=True)
    ]  # fmt: skip
    first = fit_first_pass(taught, settings)
    for fold, which in zip(folds, unknown, strict=True):
        P = first.predict_proba(fold.batch)[:, _JUNK_COLUMNS]
        likely = np.array(_JUNK_COLUMNS)[P.argmax(axis=1)]
        fold.y[which] = likely[which]


def _dataset(pages: Sequence[LabelledPage], most_lines: int, rng: np.random.Generator) -> Dataset:
    """Lay out pages; a line of unknown junk has kind -1, one without a label -2."""
    batch = Batch([page.page.text for page in pages], [page.page.markup for page in pages])
    articles = [
        LabelledArticle(page.name, tuple(page.page.lines), page.labels, page.group, page.lang,
                        page.view)
        for page in pages
    ]  # fmt: skip
    sizes = [len(line) + 1 for page in pages for line in page.page.lines]
    counts = [len(page.page.lines) for page in pages]
    starts = np.cumsum(sizes) - sizes + np.repeat(np.arange(len(pages)), counts)
    place = np.searchsorted(starts, batch.line_start)
    labels = [label for page in pages for label in page.labels]
    y = np.array([_INDEX.get(label, -1 if label == JUNK else -2) for label in labels])[place]
    weight = np.array([w for page in pages for w in page.weights], dtype=np.float32)[place]
    known = np.append(0, np.cumsum(batch.article_lines))
    for first, last in itertools.pairwise(known.tolist()):
        weak = (weight[first:last] > 0) & (weight[first:last] < _HAND)
        for chosen in (weak & (y[first:last] == -1), weak & (y[first:last] == 0)):
            rows = np.flatnonzero(chosen) + first
            if rows.size > most_lines:
                weight[rng.choice(rows, rows.size - most_lines, replace=False)] = 0
    view = np.array([page.view for page in pages])
    return Dataset(articles, batch, y, weight, view, place)
