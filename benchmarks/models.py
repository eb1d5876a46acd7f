"""Compare second passes on the development corpus: linear, boosted trees, networks.

    python -m benchmarks.models --save

Same folds by host, same features, same out-of-fold first pass for each; only the estimator of
the second pass differs. Reports average precision of boilerplate, and recall at a content
retention of 0.997, on each view, with the time that scoring a line takes: in NumPy for what ships
and the linear model, in scikit-learn's own compiled code for the 200 trees.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from benchmarks.corpus import training_data
from benchmarks.held_out import at_retention, hold_out
from benchmarks.precision import RESULTS
from cleantext.artifact import default_model_path
from cleantext.kinds import BOILERPLATE, kind_indices
from cleantext.lines import FloatArray, IntArray
from cleantext.model import context_proba, junk_probability, softmax
from cleantext.network import Articles, forward
from cleantext.training.fit import Settings, fit_second_pass
from cleantext.training.network import fit_network
from cleantext.training.train import training_folds

AIM = 0.997
_JUNK = kind_indices(BOILERPLATE)


class Network:
    """The network of the shipped second pass, alone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fit(self, X: FloatArray, y: IntArray, weight: FloatArray, sizes: IntArray) -> None:
        """Fit the network to the lines of articles of so many lines."""
        self.layers = fit_network(X, y, weight, sizes, self.settings.network, self.settings.seed)

    def junk(self, X: FloatArray, sizes: IntArray) -> FloatArray:
        """Score boilerplate."""
        return junk_probability(softmax(forward(X, Articles.of(sizes), self.layers).logits))


class Shipped(Network):
    """The shipped second pass: the network, and trees where it is unsure."""

    def fit(self, X: FloatArray, y: IntArray, weight: FloatArray, sizes: IntArray) -> None:
        """Fit both."""
        self.layers = fit_second_pass(X, y, weight, sizes, self.settings)

    def junk(self, X: FloatArray, sizes: IntArray) -> FloatArray:
        """Score boilerplate."""
        return junk_probability(context_proba(X, sizes, self.layers))


class Binary:
    """A scikit-learn classifier of boilerplate against the rest."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: FloatArray, y: IntArray, weight: FloatArray, sizes: IntArray) -> None:
        """Fit to two classes."""
        self.estimator.fit(X, np.isin(y, _JUNK), sample_weight=weight)

    def junk(self, X: FloatArray, sizes: IntArray) -> FloatArray:
        """Score boilerplate."""
        found: FloatArray = self.estimator.predict_proba(X)[:, 1]
        return found


def contenders(settings: Settings) -> dict[str, Network | Binary]:
    """Give the second passes to compare."""
    return {
        "logistic regression": Binary(LogisticRegression(C=0.1, max_iter=50, tol=1e-3)),
        "gradient boosting, 200 trees": Binary(
            HistGradientBoostingClassifier(max_iter=200, l2_regularization=1.0, random_state=0)
        ),
        "network over the lines around": Network(settings),
        f"the same, and {settings.trees} trees where it is unsure": Shipped(settings),
    }


def main() -> None:
    """Print the table, and write it on `--save`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--save",
        action="store_true",
        help="write benchmarks/results/models.md and the shipped model's card",
    )
    parser.add_argument("--outer", type=int, default=1, help="folds to hold out, of five")
    options = parser.parse_args()
    settings = Settings(injections=1, thinnings=1)  # fewer than the shipped model has
    folds = training_folds(*training_data(), settings)
    names = list(contenders(settings))
    scores: dict[str, list[FloatArray]] = {name: [] for name in names}
    seconds = dict.fromkeys(names, 0.0)
    for out in range(options.outer):
        data = hold_out(folds, out, settings)
        for name, contender in contenders(settings).items():
            contender.fit(data.X, data.y, data.weight, data.sizes)
            times = []
            for _ in range(3):
                start = time.perf_counter()
                junk = contender.junk(data.judged, folds[out].batch.article_lines)
                times.append(time.perf_counter() - start)
            scores[name].append(junk)
            seconds[name] += min(times)
            sys.stderr.write(f"fold {out}: {name}\n")
    chosen = folds[: options.outer]
    y = np.concatenate([fold.y for fold in chosen])
    view = np.concatenate([fold.view[fold.batch.line_article] for fold in chosen])
    size = np.concatenate([fold.batch.line_stop - fold.batch.line_start for fold in chosen])
    rows = ["| second pass | µs a line | " + " | ".join(
        f"{v}: AP | recall at {AIM}" for v in ("raw", "trafilatura", "injected")) + " |",
        "|---|--:|" + "--:|--:|" * 3]  # fmt: skip
    for name in names:
        p = np.concatenate(scores[name])
        cells = [f"{1e6 * seconds[name] / len(p):.1f}"]
        for wanted in ("raw", "trafilatura", "injected"):
            own = view == wanted
            average = average_precision_score(np.isin(y[own], _JUNK), p[own])
            _, recall = at_retention(p[own], y[own], size[own], AIM)
            cells += [f"{average:.3f}", f"{recall:.3f}"]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    text = "# Second passes compared\n\n" + (
        f"{options.outer} of five folds by host held out in turn, {len(y)} lines judged.\n\n"
    ) + "\n".join(rows) + "\n"  # fmt: skip
    sys.stdout.write(text)
    if options.save:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "models.md").write_text(text, encoding="utf-8")
        add_to_card(text, default_model_path() / "README.md")


def add_to_card(text: str, card: Path) -> None:
    """Put the table at the end of a model card, in place of an earlier one."""
    rest = card.read_text(encoding="utf-8").partition("\n## Second passes compared")[0]
    card.write_text(f"{rest.rstrip()}\n\n#{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
