"""Train the model of pages on the development corpus.

    python -m benchmarks.html_model -o models/html

writes the model, and under `build/html/` what each page's text is out of fold, for
`python -m benchmarks.html` to judge.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus import labelled
from benchmarks.extractors import OUTPUTS
from benchmarks.pages import (
    CORPUS,
    LABELS,
    PAGES,
    ROOT,
    corpus_pages,
    own_labels,
    read_rows,
)
from cleantext.artifact import save_model
from cleantext.page import parse_page
from cleantext.training.pages import LabelledPage, label_lines, page_card, train_pages
from cleantext.training.train import OutOfFold

#: What each page's lines are out of fold: their text and the probability that they go.
OUT_OF_FOLD = OUTPUTS / "out-of-fold.jsonl"

#: A body that an extractor has drafted counts for less.
_DRAFTED = 0.5


def labelled_pages() -> Iterator[LabelledPage]:
    """Yield the pages of the corpus that a shipped model may learn from, labelled."""
    hand = {
        row["article"]: (row["lines"], row["labels"])
        for row in read_rows(CORPUS / "lines.jsonl.zst")
    }
    ours = own_labels()
    for row in corpus_pages():
        page = parse_page(row["html"])
        lines, body = page.lines, row["body"] or ""
        if own := ours.get(row["page"]):
            found = own.find(lines)
            hand[row["page"]] = labelled(lines, found)
            if own.cut and not body:  # what follows may be content or not
                lines = lines[: 1 + max((i for i, label in enumerate(found) if label), default=-1)]
        labels, weights = label_lines(
            lines,
            hand=hand.get(row["page"]),
            body=body,
            must_have=row["must_have"] or (),
            must_not_have=row["must_not_have"] or (),
        )
        unknown = len(page.lines) - len(lines)
        labels, weights = [*labels, *[""] * unknown], [*weights, *[0.0] * unknown]
        if "draft" in (row.get("body_source") or ""):
            weights = [weight * _DRAFTED if weight < 1 else weight for weight in weights]
        yield LabelledPage(
            row["page"], row["host"] or row["page"], row["lang"] or "", row["source"], page,
            tuple(labels), tuple(weights),
        )  # fmt: skip


def write_out_of_fold(found: OutOfFold, path: Path) -> None:
    """Keep the lines of each page with the probability that each is no content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for fold, P in zip(found.folds, found.P, strict=True):
            for number, article in enumerate(fold.articles):
                rows = range(int(fold.row_bounds[number]), int(fold.row_bounds[number + 1]))
                lines = [fold.batch.line_text(row).rstrip("\n") for row in rows]
                p = [round(1 - float(P[row, 0]), 4) for row in rows]
                file.write(json.dumps({"page": article.article, "lines": lines, "p": p}) + "\n")


def _progress(step: str, done: int, total: int) -> None:
    sys.stderr.write(f"{step}: {done}/{total}\n")


def main() -> None:
    """Train, and write the model and what it says out of fold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "models" / "html")
    options = parser.parse_args()
    names = ["lines.jsonl.zst", *(f"pages-{name}.jsonl.zst" for name in PAGES)]
    files = [*(CORPUS / name for name in names), LABELS]
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    trained = train_pages(
        list(labelled_pages()),
        card={"files": digests},
        progress=_progress,
    )
    write_out_of_fold(trained.out_of_fold, OUT_OF_FOLD)
    card = page_card(trained.model)
    save_model(trained.model, options.output, card)
    sys.stdout.write(card + f"\nmodel written to {options.output}\n")


if __name__ == "__main__":
    main()
