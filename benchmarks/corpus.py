"""The development corpus as labelled articles, one JSONL file a view.

The corpus isn't part of the repository (its pages belong to their publishers); where the
folder stands beside the checkout, `python -m benchmarks.corpus` writes, under `build/corpus/`,

- `raw.jsonl`: the labelled lines of each page, as a block-by-block scrape gives them;
- `trafilatura.jsonl`, `resiliparse.jsonl`, `readability.jsonl`, `newspaper.jsonl`: the lines that
  these extractors leave of the same pages, labels carried over;
- `hard.jsonl`: short articles whose content looks like junk.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from cleantext.labelled import LabelledArticle, Plug, read_articles, read_plugs
from cleantext.training.views import carry_labels

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "data"
VIEWS = ROOT / "build" / "corpus"
#: Page files whose licence lets a shipped model learn from them.
PAGES = ("aed", "fundus", "postlight", "trafilatura", "wcxb_dev")


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


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL file compressed with zstd."""
    import io

    import zstandard

    with path.open("rb") as file:
        stream = zstandard.ZstdDecompressor().stream_reader(file)
        for line in io.TextIOWrapper(stream, encoding="utf-8", newline="\n"):
            yield json.loads(line)


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
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--out", type=Path, default=VIEWS)
    options = parser.parse_args()
    if not options.corpus.is_dir():
        sys.exit(f"no corpus at {options.corpus}: this step needs it; cleaning and training don't")
    options.out.mkdir(parents=True, exist_ok=True)
    keys = ("article", "host", "lang", "source", "lines", "labels")
    rows = {row["article"]: {key: row[key] for key in keys}
            for row in read_rows(options.corpus / "lines.jsonl.zst")}  # fmt: skip
    _write(options.out / "raw.jsonl", ({**row, "view": "raw"} for row in rows.values()))
    _write(options.out / "hard.jsonl", hard_articles(options.corpus / "bank-hard.jsonl"))
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = {}
        for name in PAGES:
            for page in read_rows(options.corpus / f"pages-{name}.jsonl.zst"):
                if page["page"] in rows:
                    jobs[page["page"]] = pool.submit(
                        extracted_views, rows[page["page"]], page["html"]
                    )
        views = {article: job.result() for article, job in jobs.items()}
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
