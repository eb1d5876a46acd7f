"""The development corpus as labelled articles, one JSONL file a view.

The corpus isn't part of the repository (its pages belong to their publishers). Where its folder is
(as `CLEANTEXT_CORPUS` says, else `shared/data` beside the checkout), `python -m benchmarks.corpus`
says what languages it is in, and writes, under `build/corpus/`,

- `raw.jsonl`: the labelled lines of each page, as a block-by-block scrape gives them;
- `trafilatura.jsonl`, `resiliparse.jsonl`, `readability.jsonl`, `newspaper.jsonl`: the lines that
  these extractors leave of the same pages, labels carried over;
- `hard.jsonl`: short articles whose content looks like junk.

The corpus has labelled lines of two thirds of its article pages. `benchmarks/labels/pages.jsonl`
has ours for most of the others, by hash of the line: read and labelled page by page by a language
model (Claude), after the rules that the corpus was labelled by (`docs/labelling.md`).
`benchmarks.agreement` says how well they agree with the corpus.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.pages import (
    CORPUS,
    ROOT,
    corpus_pages,
    own_labels,
    read_rows,
)
from cleantext.labelled import LabelledArticle, Plug, read_articles, read_plugs
from cleantext.page import parse_page
from cleantext.training.views import carry_labels

VIEWS = ROOT / "build" / "corpus"
#: What the shipped model is trained on: all views, our own articles, all plugs.
TRAINING = (VIEWS, ROOT / "seeds" / "train")
PLUGS = (CORPUS / "bank-plugs.jsonl", ROOT / "seeds" / "plugs")
#: Out-of-fold results of training it.
OUT_OF_FOLD = ROOT / "build" / "out_of_fold.pkl"


def training_data() -> tuple[list[LabelledArticle], list[Plug]]:
    """Read what the shipped model is trained on."""
    if not VIEWS.is_dir():
        sys.exit("run `python -m benchmarks.corpus` first")
    return read_articles(*TRAINING), read_plugs(*PLUGS)


def labelled(lines: Sequence[str], labels: Sequence[str]) -> tuple[list[str], list[str]]:
    """Leave out the lines that have no label."""
    pairs = [(line, label) for line, label in zip(lines, labels, strict=True) if label]
    return [line for line, _ in pairs], [label for _, label in pairs]


#: Views that extractors make of a page, and their names in `benchmarks.extractors`.
EXTRACTED = {
    "trafilatura": "trafilatura",
    "resiliparse": "resiliparse",
    "readability": "readability-lxml",
    "newspaper": "newspaper4k",
}


def extracted_views(row: dict[str, Any], html: str) -> dict[str, dict[str, Any]]:
    """Labelled articles of what each extractor leaves of a page; none where it leaves nothing."""
    from benchmarks.extractors import EXTRACTORS

    views = {}
    for view, name in EXTRACTED.items():
        try:
            text = EXTRACTORS[name](html, row["lang"])
        except Exception as error:  # an extractor that gives up on a page leaves nothing of it
            sys.stderr.write(f"{row['article']}: {name}: {error!r}\n")
            continue
        lines, labels = carry_labels(row["lines"], row["labels"], text.splitlines())
        if lines:
            views[view] = {**row, "lines": lines, "labels": labels, "view": view}
    return views


def hard_articles(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the articles whose content looks like junk, as labelled articles."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            row = json.loads(line)
            labels = ["content"] * len(row["lines"])
            yield {"article": f"hard-{number}", "lang": row["lang"], "view": "hard",
                   "lines": row["lines"], "labels": labels}  # fmt: skip


def main() -> None:
    """Write all views."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=VIEWS)
    options = parser.parse_args()
    if not CORPUS.is_dir():
        sys.exit(f"no corpus at {CORPUS}: this step needs it; cleaning and training don't")
    options.out.mkdir(parents=True, exist_ok=True)
    keys = ("article", "host", "lang", "source", "lines", "labels")
    rows = {row["article"]: {key: row[key] for key in keys}
            for row in read_rows(CORPUS / "lines.jsonl.zst")}  # fmt: skip
    ours = own_labels()
    _write(options.out / "hard.jsonl", hard_articles(CORPUS / "bank-hard.jsonl"))
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = {}
        for page in corpus_pages():
            known = page["page"]
            if known in ours and not ours[known].cut:
                lines = parse_page(page["html"]).lines
                lines, labels = labelled(lines, ours[known].find(lines))
                rows[known] = {"article": known, "host": page["host"], "lang": page["lang"],
                               "source": page["source"], "lines": lines,
                               "labels": labels}  # fmt: skip
            if known in rows:
                jobs[known] = pool.submit(extracted_views, rows[known], page["html"])
        views = {article: job.result() for article, job in jobs.items()}
    languages = Counter(row["lang"] for row in rows.values()).most_common()
    shares = (f"{lang} {count / len(rows):.1%}" for lang, count in languages)
    sys.stdout.write(f"languages: {', '.join(shares)}\n")
    _write(options.out / "raw.jsonl", ({**row, "view": "raw"} for row in rows.values()))
    for name in EXTRACTED:
        found = (views[article].get(name) for article in rows if article in views)
        _write(options.out / f"{name}.jsonl", (view for view in found if view))


def _write(path: Path, rows: Any) -> None:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    sys.stdout.write(f"{path}: {count} articles\n")


if __name__ == "__main__":
    main()
