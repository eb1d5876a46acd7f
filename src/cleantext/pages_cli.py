"""`cleantext clean` and `explain` for pages: files, folders, patterns, JSONL rows, WARC records."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cleantext.errors import DataError, MissingExtraError, PageError
from cleantext.files import as_json, encode, opened, rows, writing

__all__ = ["add_page_options", "clean_pages", "explain_pages", "takes_pages"]

_PAGES = (".html", ".htm", ".xhtml")
_WARCS = (".warc", ".warc.gz")


def add_page_options(parser: argparse.ArgumentParser, *, writes: bool) -> None:
    """Add the options that only pages have."""
    group = parser.add_argument_group(
        "pages", "files named .html, .htm or .xhtml, folders of them, and .warc(.gz) files"
    )
    group.add_argument("--html", action="store_true", help="input is HTML, whatever its name")
    group.add_argument(
        "--extractor",
        choices=("blocks", "trafilatura", "bs4"),
        default="blocks",
        help="what turns pages into lines (default: %(default)s)",
    )
    if writes:
        group.add_argument("--url", metavar="URL", help="address of the page, for --json")
        group.add_argument("--markdown", action="store_true", help="write Markdown")
        group.add_argument(
            "--json", action="store_true",
            help="write a JSON object a page: text, title, byline, date, site, url",
        )  # fmt: skip


def takes_pages(options: argparse.Namespace) -> bool:
    """Whether a command's input is pages; text and pages together are refused."""
    if options.html:
        return True
    are_pages = [_is_page(name) for name in options.files]
    if any(are_pages) and not all(are_pages):
        name = options.files[are_pages.index(False)]
        raise DataError(f"{name}: no page by its name; clean texts apart from pages, or add --html")
    return all(are_pages) and bool(are_pages)


def _is_page(name: str) -> bool:
    return name.lower().endswith((*_PAGES, *_WARCS)) or (name != "-" and Path(name).is_dir())


class _Input(NamedTuple):
    """One page to clean."""

    name: str
    """What errors call it."""
    target: str
    """File under an output folder; "" for a page out of a file of many."""
    html: str | bytes
    url: str
    row: dict[str, Any]
    """Other fields of a JSONL row."""


def _cleaner(options: argparse.Namespace) -> Any:
    from cleantext.html import PageCleaner

    if options.max_removed is not None:
        raise DataError("--max-removed is for texts: most of any page is no article")
    return PageCleaner(
        options.model,
        threshold=options.threshold,
        remove=options.remove.split(",") if options.remove else None,
        keep=options.keep,
        drop=options.drop,
        extractor=options.extractor,
    )


def _inputs(options: argparse.Namespace) -> Iterator[_Input]:
    for name in options.files:
        if name == "-":
            if options.jsonl:
                yield from _rows(sys.stdin.buffer, name, options.field)
            else:
                yield _Input("standard input", "", sys.stdin.buffer.read(), "", {})
        elif name.lower().endswith(_WARCS):
            yield from _warc(name)
        elif Path(name).is_dir():
            found = sorted(p for p in Path(name).rglob("*") if p.suffix.lower() in _PAGES)
            if not found:
                raise DataError(f"{name}: no {', '.join(_PAGES)} files in this folder")
            for path in found:
                yield _Input(str(path), str(path.relative_to(name)), path.read_bytes(), "", {})
        elif options.jsonl:
            with opened(name) as file:
                yield from _rows(file, name, options.field)
        else:
            for path in [Path(name)] if Path(name).is_file() else _matching(name):
                yield _Input(str(path), path.name, path.read_bytes(), "", {})


def _matching(pattern: str) -> list[Path]:
    """Files that a pattern such as ``pages/**/*.html`` means, where no shell has spelt it out."""
    base = Path(Path(pattern).anchor or ".")
    found = sorted(base.glob(str(Path(pattern).relative_to(base))))
    return found or [Path(pattern)]


def _rows(file: BinaryIO, name: str, field: str) -> Iterator[_Input]:
    for number, found in enumerate(rows(file, name, field), 1):
        if found.problem:
            raise DataError(found.problem)
        row = found.value
        html = row.pop(field)
        url = row.get("url")
        yield _Input(f"{name}:{number}", "", html, url if isinstance(url, str) else "", row)


def _warc(name: str) -> Iterator[_Input]:
    try:
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    except ImportError:
        raise MissingExtraError("reading WARC files", "warc") from None
    with Path(name).open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True):
            kind = (record.http_content_type or "").lower()
            if kind in ("text/html", "application/xhtml+xml"):
                url = record.headers.get("WARC-Target-URI") or ""
                yield _Input(f"{name}: {url}", "", record.reader.read(), url, {"url": url})


def clean_pages(options: argparse.Namespace) -> None:
    """Clean every page of the input.

    One page goes out as it is; several need ``--json`` or an output folder. What is no page is
    named on standard error and left out, and the command fails in the end.
    """
    if options.jobs != 1 or options.resume or options.on_error != "raise":
        raise DataError("--jobs, --on-error and --resume are for texts, not for pages")
    cleaner = _cleaner(options)
    output: Path | None = options.output
    one = len(options.files) == 1 and not _holds_many(options)
    as_rows = (
        options.json
        or options.jsonl
        or any(name.lower().endswith(_WARCS) for name in options.files)
    )
    into_folder = output is not None and not as_rows and (not one or output.is_dir())
    if not one and not as_rows and not into_folder:
        raise DataError("several pages: name an output folder with -o, or write rows with --json")
    suffix = ".md" if options.markdown else ".txt"
    form = "markdown" if options.markdown else "text"
    failures: list[str] = []
    if into_folder:
        assert output is not None
        seen: set[Path] = set()
        for page in _inputs(options):
            text = _cleaned(cleaner, page, form, failures)
            if text is None:
                continue
            target = (output / page.target).with_suffix(suffix)
            if target in seen:
                raise DataError(f"{page.name}: another page is called {target.name} too")
            seen.add(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            with writing(target) as out:
                out.write(encode(text))
    else:
        with writing(output) as out:
            for page in _inputs(options):
                if not as_rows:
                    try:
                        out.write(encode(cleaner.clean(page.html, output=form)))
                    except PageError as error:
                        raise DataError(f"{page.name}: {error}") from None
                    continue
                row = _row(cleaner, page, form, options, failures)
                if row is not None:
                    out.write(as_json(row) + b"\n")
    if failures:
        raise DataError(f"{len(failures)} pages left out")


def _holds_many(options: argparse.Namespace) -> bool:
    [name] = options.files
    return bool(
        options.jsonl
        or name.lower().endswith(_WARCS)
        or (name != "-" and (Path(name).is_dir() or any(sign in name for sign in "*?[")))
    )


def _cleaned(cleaner: Any, page: _Input, form: str, failures: list[str]) -> str | None:
    try:
        text: str = cleaner.clean(page.html, output=form)
    except PageError as error:
        _complain(page, error, failures)
        return None
    return text


def _row(
    cleaner: Any, page: _Input, form: str, options: argparse.Namespace, failures: list[str]
) -> dict[str, Any] | None:
    """JSON object of a page: its other fields, its text, and what `--json` asks for beside it."""
    try:
        if not options.json:
            return {**page.row, "text": cleaner.clean(page.html, output=form)}
        url = page.url or options.url
        found = cleaner.article(page.html, url=url, output=form)
    except PageError as error:
        _complain(page, error, failures)
        return None
    about = {} if page.row or not page.target else {"file": page.name}
    return {**about, **page.row, **found._asdict()}


def _complain(page: _Input, error: PageError, failures: list[str]) -> None:
    sys.stderr.write(f"cleantext: {page.name}: {error}\n")
    failures.append(page.name)


def explain_pages(options: argparse.Namespace) -> Iterator[Any]:
    """Explain every page of the input."""
    cleaner = _cleaner(options)
    for page in _inputs(options):
        try:
            yield cleaner.explain(page.html)
        except PageError as error:
            raise DataError(f"{page.name}: {error}") from None
