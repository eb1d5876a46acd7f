"""Quality against the number of articles labelled, on hosts held out.

    python -m benchmarks.learning_curve --save

Models are trained on the articles and plugs of a share of the hosts, each share within the next,
and judged on the same fold of other hosts. Average precision of boilerplate needs no threshold;
beside it stand the best F1 after trafilatura at a content retention of 0.998, and the recall of
injected lines at 0.999, of the same predictions.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.corpus import training_data
from benchmarks.held_out import at_retention, hold_out
from benchmarks.precision import RESULTS
from cleantext.kinds import BOILERPLATE, kind_indices
from cleantext.labelled import LabelledArticle, Plug
from cleantext.lines import FloatArray
from cleantext.model import context_proba, junk_probability
from cleantext.training.dataset import Dataset, assign_folds, name_hash
from cleantext.training.fit import Settings, fit_second_pass
from cleantext.training.train import training_folds

SHARES = (0.125, 0.25, 0.5, 1.0)
VIEWS = ("raw", "trafilatura", "newspaper", "injected", "given")
_FOLDS = 5


def shares_of(names: Sequence[str]) -> FloatArray:
    """Give each name a number from 0 to 1 by its hash."""
    return np.array([name_hash(f"share/{name}") / 2**64 for name in names])


def part_of(
    articles: Sequence[LabelledArticle], plugs: Sequence[Plug], share: float, out: int
) -> tuple[list[LabelledArticle], list[Plug]]:
    """Articles and plugs of fold `out`, and those of a share of all others."""
    kept = [
        (assign_folds(groups, _FOLDS, seed=0) == out) | (shares_of(groups) < share)
        for groups in ([article.group for article in articles], [plug.group for plug in plugs])
    ]
    return (
        [article for article, stays in zip(articles, kept[0], strict=True) if stays],
        [plug for plug, stays in zip(plugs, kept[1], strict=True) if stays],
    )


def figures(fold: Dataset, p: FloatArray) -> dict[str, float]:
    """Compute every column of the table from the probabilities of a fold's lines."""
    view = fold.view[fold.batch.line_article]
    is_junk = np.isin(fold.y, kind_indices(BOILERPLATE))
    found = {
        name: float(average_precision_score(is_junk[view == name], p[view == name]))
        for name in VIEWS
    }
    length = fold.batch.line_stop - fold.batch.line_start

    def at(name: str, retention: float) -> tuple[float, float]:
        own = view == name
        return at_retention(p[own], fold.y[own], length[own], retention)

    precision, recall = at("trafilatura", 0.998)
    found["trafilatura, F1 at 0.998"] = 2 * precision * recall / (precision + recall)
    found["injected, recall at 0.999"] = at("injected", 0.999)[1]
    return found


def main() -> None:
    """Print the table, and write it on `--save`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--save", action="store_true", help="write results/learning_curve.md")
    parser.add_argument("--outer", type=int, default=2, help="folds to hold out, of five")
    options = parser.parse_args()
    settings = Settings()
    articles, plugs = training_data()
    rows = []
    for share in SHARES:
        results, n_articles, n_hosts = [], 0, 0
        for out in range(options.outer):
            folds = training_folds(*part_of(articles, plugs, share, out), settings)
            data = hold_out(folds, out, settings)
            layers = fit_second_pass(data.X, data.y, data.weight, data.sizes, settings)
            P = context_proba(data.judged, folds[out].batch.article_lines, layers)
            results.append(figures(folds[out], junk_probability(P)))
            inside = [a for fold in folds if fold is not folds[out] for a in fold.articles]
            n_articles += len({article.article for article in inside}) // options.outer
            n_hosts += len({article.group for article in inside}) // options.outer
            sys.stderr.write(f"{share:g} of the hosts, fold {out}: {results[-1]}\n")
        mean = {name: np.mean([found[name] for found in results]) for name in results[0]}
        cells = [f"{n_articles:,}", f"{n_hosts:,}", *(f"{value:.3f}" for value in mean.values())]
        rows.append("| " + " | ".join(cells) + " |")
    names = [f"{name}, AP" for name in VIEWS] + list(mean)[len(VIEWS) :]
    text = (
        f"# Learning curve\n\nMeans over {options.outer} of five folds by host, each held out.\n\n"
        "| articles | hosts | " + " | ".join(names) + " |\n"
        "|--:|--:|" + "--:|" * len(names) + "\n" + "\n".join(rows) + "\n"
    )
    sys.stdout.write(text)
    if options.save:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "learning_curve.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
