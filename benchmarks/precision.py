"""Score line cleaning: baselines and our model at three settings.

    python -m benchmarks.precision           # the held-out articles in seeds/test
    python -m benchmarks.precision --corpus  # and, out of fold, the development corpus
    python -m benchmarks.precision --corpus --save

Without `--corpus` it needs nothing but the repository: the shipped model has seen none of the
articles in `seeds/test`. With it, it reads what training kept (`python -m benchmarks.shipped`
first): probabilities of every article by a model that saw no article of its host.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.corpus import EXTRACTED, OUT_OF_FOLD
from benchmarks.pages import ROOT
from benchmarks.systems import BASELINES
from cleantext import BOILERPLATE, Cleaner
from cleantext.decision import line_thresholds
from cleantext.evaluation import LabelledArticle, Report, evaluate, read_articles, score_articles
from cleantext.lines import BoolArray, FloatArray

if TYPE_CHECKING:
    from cleantext.training import OutOfFold

RESULTS = ROOT / "benchmarks" / "results"
#: Thresholds beside the shipped one.
BOLD, CAUTIOUS = 0.5, 0.95

Scored = dict[str, Report]


def settings(default: float) -> dict[str, float]:
    """Names of the three settings and their thresholds."""
    return {
        f"cleantext, bold ({BOLD:g})": BOLD,
        f"cleantext, default ({default:g})": default,
        f"cleantext, cautious ({CAUTIOUS:g})": CAUTIOUS,
    }


def baselines(articles: Sequence[LabelledArticle]) -> Scored:
    """Score the systems that need no model."""
    return {
        name: score_articles(articles, [system(article.lines) for article in articles])
        for name, system in BASELINES.items()
    }


def shipped(articles: Sequence[LabelledArticle]) -> Scored:
    """Score everything on articles that the shipped model has not learnt from."""
    scored = baselines(articles)
    model = Cleaner().model
    for name, threshold in settings(model.threshold).items():
        scored[name] = evaluate(Cleaner(model, threshold=threshold), articles)
    return scored


def corpus() -> tuple[dict[str, Scored], OutOfFold]:
    """Score everything on the corpus, out of fold and grouped by host, one view at a time."""
    if not OUT_OF_FOLD.is_file():
        sys.exit("run `python -m benchmarks.shipped` first")
    found: OutOfFold = pickle.loads(OUT_OF_FOLD.read_bytes())
    return by_view(found), found


def by_view(found: OutOfFold) -> dict[str, Scored]:
    """Score the systems on each view of out-of-fold results."""
    scored = {}
    for view in found.views():
        own = [article for article, _ in found.rows(view)]
        scored[view] = baselines(own)
        for name, threshold in settings(Cleaner().threshold).items():
            scored[view][name] = found.report(view, threshold)
    return scored


def table(scored: Scored) -> str:
    """One row a system, with ±."""
    rows = [
        "| system | precision | recall | F1 | content kept | articles hurt | unchanged |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, report in scored.items():
        figures, errors = report.figures(), report.errors()
        cells = " | ".join(
            f"{figures[key]:.{digits}f} ± {errors[key]:.{digits}f}"
            for key, digits in (("precision", 3), ("recall", 3), ("f1", 3), ("retention", 4),
                                ("hurt", 3), ("unchanged", 3))
        )  # fmt: skip
        rows.append(f"| {name} | {cells} |")
    return "\n".join(rows)


def details(report: Report) -> str:
    """Figures by kind and by language."""
    kinds = ["| kind | lines | removed |", "|---|--:|--:|"]
    kinds += [
        f"| {kind} | {row['lines']} | {row['removed']:.3f} |"
        for kind, row in report.by_kind().items()
    ]
    langs = [
        "| language | articles | precision | recall | F1 | content kept |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    langs += [
        f"| {lang} | {row['articles']} | {row['precision']:.3f} | {row['recall']:.3f} "
        f"| {row['f1']:.3f} | {row['retention']:.4f} |"
        for lang, row in report.by_lang().items()
    ]
    return "\n".join([*kinds, "", *langs])


def plot(found: OutOfFold, scored: dict[str, Scored], path: Path) -> None:
    """Draw content lost against boilerplate removed, a curve a view."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "cleantext"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 4.8))
    thresholds = np.round(
        np.concatenate([np.arange(0.05, 0.95, 0.05), np.arange(0.95, 1, 0.01)]), 2
    )
    for view, colour in (("raw", "#4477aa"), ("trafilatura", "#cc6677"), ("injected", "#117733")):
        points = [found.report(view, t).figures() for t in thresholds]
        axes.plot(
            [max(100 * (1 - p["retention"]), 0.005) for p in points],
            [100 * p["recall"] for p in points],
            color=colour, label=f"cleantext, {view}",
        )  # fmt: skip
        for name, mark in (("keyword list", "s"), ("C4 line rules", "^")):
            figures = scored[view][name].figures()
            lost = max(100 * (1 - figures["retention"]), 0.005)
            axes.plot(lost, 100 * figures["recall"], mark, color=colour, label=f"{name}, {view}")
    axes.set_xscale("log")
    axes.set_xlabel("content characters lost, % (log)")
    axes.set_ylabel("boilerplate lines removed, %")
    axes.set_title("Out of fold, grouped by host: up and to the left is better")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def report(parts: dict[str, Scored]) -> Iterable[str]:
    """Yield the whole text: a table for each set, then details at the default setting."""
    for title, scored in parts.items():
        articles = len(next(iter(scored.values())).counts)
        yield f"## {title} ({articles} articles)\n\n{table(scored)}\n"
        ours = next(name for name in scored if "default" in name)
        yield f"### {ours}, by kind and language\n\n{details(scored[ours])}\n"


_LENGTHS = (0, 25, 50, 100, 200, 400, 1_000_000)
_BINS = np.array([0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0001])


def lines_of(found: OutOfFold, view: str) -> tuple[FloatArray, BoolArray]:
    """Probability of every line of a view, and whether it is boilerplate."""
    rows = found.rows(view)
    label = [label for article, _ in rows for label in article.labels]
    return np.concatenate([p for _, p in rows]), np.isin(label, sorted(BOILERPLATE))


def by_length(found: OutOfFold, view: str, threshold: float) -> str:
    """Figures of a view by characters of the line."""
    from cleantext.training.train import line_lengths

    length = np.concatenate([line_lengths(article) for article, _ in found.rows(view)])
    p, junk = lines_of(found, view)
    gone = p >= line_thresholds(threshold, length)
    table = ["| characters | lines | boilerplate | removed of it | of the removed, boilerplate |",
             "|---|--:|--:|--:|--:|"]  # fmt: skip
    for low, high in pairwise(_LENGTHS):
        here = (length > low) & (length <= high)
        right = (gone & junk & here).sum()
        table.append(
            f"| {low + 1} to {high:,} | {here.sum()} | {(junk & here).sum()} "
            f"| {right / max((junk & here).sum(), 1):.3f} "
            f"| {right / max((gone & here).sum(), 1):.3f} |"
        )
    return "\n".join(table)


def by_source(found: OutOfFold, view: str, threshold: float) -> str:
    """Figures of a view by the part of the corpus that the pages come from."""
    rows = found.rows(view)
    parts: dict[str, list[int]] = {}
    for number, (article, _) in enumerate(rows):
        parts.setdefault(article.article.partition("/")[0], []).append(number)
    report = found.report(view, threshold)
    table = ["| source | articles | precision | recall | F1 | content kept |",
             "|---|--:|--:|--:|--:|--:|"]  # fmt: skip
    for name, numbers in sorted(parts.items()):
        figures = report.figures(np.array(numbers))
        cells = " | ".join(f"{figures[key]:.3f}" for key in ("precision", "recall", "f1"))
        table.append(f"| {name} | {len(numbers)} | {cells} | {figures['retention']:.4f} |")
    return "\n".join(table)


def reliability(found: OutOfFold) -> str:
    """What probabilities mean: of lines given about so much, how many are boilerplate."""
    views = ("raw", "trafilatura", "injected", "body")
    table = ["| probability | " + " | ".join(views) + " |", "|---|" + "--:|" * len(views)]
    cells: list[list[str]] = [[] for _ in pairwise(_BINS)]
    for view in views:
        p, junk = lines_of(found, view)
        for cell, (low, high) in zip(cells, pairwise(_BINS), strict=True):
            here = (p >= low) & (p < high)
            cell.append(f"{junk[here].mean():.3f} of {here.sum()}" if here.any() else "none")
    for (low, high), cell in zip(pairwise(_BINS), cells, strict=True):
        table.append(f"| {low:g} to {min(high, 1):g} | " + " | ".join(cell) + " |")
    return "\n".join(table)


_TITLES = {
    "raw": "Corpus, raw lines",
    "given": "Training articles of the repository",
    "hard": "Corpus, articles whose content looks like junk",
    "body": "Corpus, untouched bodies",
    "injected": "Corpus, bodies with plugs put in",
    "sentences": "Some of these, a sentence a line",
    "thinned": "Articles with most of their boilerplate left out",
    **{name: f"Corpus, lines that {name} leaves" for name in EXTRACTED},
}


def main() -> None:
    """Print the tables, and write them on `--save`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", action="store_true", help="the development corpus too")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/")
    options = parser.parse_args()
    articles = read_articles(ROOT / "seeds" / "test")
    parts = {"Held-out articles of this repository": shipped(articles)}
    found = None
    if options.corpus:
        views, found = corpus()
        parts |= {_TITLES.get(view, view): scored for view, scored in views.items()}
    text = "# Precision benchmark\n\n" + "\n".join(report(parts))
    if found is not None:
        default = Cleaner().threshold
        for view in ("raw", "trafilatura", "injected"):
            text += f"\n## {_TITLES[view]}, by length of the line\n\n"
            text += by_length(found, view, default) + "\n"
        for view in ("raw", "trafilatura"):
            text += f"\n## {_TITLES[view]}, by source\n\n{by_source(found, view, default)}\n"
        text += (
            "\n## What the dial means\n\nOf the lines whose probability lies in a range, the share "
            f"that is boilerplate, title aside:\n\n{reliability(found)}\n"
        )
    sys.stdout.write(text)
    if options.save:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "precision.md").write_text(text, encoding="utf-8")
        if found is not None:
            plot(found, views, RESULTS / "precision.svg")


if __name__ == "__main__":
    main()
