"""Pages of the development corpus, and our own labels of lines of pages."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

__all__ = [
    "CORPUS",
    "LABELS",
    "PAGES",
    "ROOT",
    "OwnLabels",
    "line_hash",
    "corpus_pages",
    "own_labels",
    "read_rows",
]

ROOT = Path(__file__).parents[1]
CORPUS = Path(os.environ.get("CLEANTEXT_CORPUS") or ROOT.parent / "shared" / "data")
#: Page files of the corpus whose licence lets a shipped model learn from them.
PAGES = ("aed", "fundus", "postlight", "trafilatura", "wcxb_dev")
#: Labels of ours for lines of those pages.
LABELS = ROOT / "benchmarks" / "labels" / "pages.jsonl"
_DIGITS = 6  # of a line's hash, in hexadecimal


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL file compressed with zstd."""
    import zstandard

    with path.open("rb") as file:
        stream = zstandard.ZstdDecompressor().stream_reader(file)
        for line in io.TextIOWrapper(stream, encoding="utf-8", newline="\n"):
            yield json.loads(line)


def line_hash(line: str) -> str:
    """What stands for a line in our labels."""
    return hashlib.sha256(line.strip().encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


class OwnLabels(NamedTuple):
    """Labels of ours for a page."""

    row: dict[str, Any]
    """All that we say of the page."""
    lines: list[tuple[str, str]]
    """Hash and label of lines in their order."""

    @property
    def cut(self) -> bool:
        """Whether the page goes on after the last labelled line, perhaps with more content."""
        return bool(self.row.get("cut"))

    def find(self, lines: Sequence[str]) -> list[str]:
        """Label of each line of the page, "" for one that has none."""
        from cleantext.training.views import align  # loads scikit-learn

        known = [hashed for hashed, _ in self.lines]
        labels = [kind for _, kind in self.lines]
        return align(known, labels, [line_hash(line) for line in lines])


def own_labels(path: Path = LABELS) -> dict[str, OwnLabels]:
    """Read labels of ours, by page."""
    labels = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        lines = [
            (hashes[i : i + _DIGITS], kind)
            for kind, hashes in row["runs"]
            for i in range(0, len(hashes), _DIGITS)
        ]
        labels[row["page"]] = OwnLabels(row, lines)
    return labels


def corpus_pages() -> Iterator[dict[str, Any]]:
    """Yield the pages of the corpus that models may learn from: rows, their file as `source`."""
    for name in PAGES:
        for row in read_rows(CORPUS / f"pages-{name}.jsonl.zst"):
            yield {**row, "source": name}
