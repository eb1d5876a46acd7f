"""`cleantext clean` and `explain` for pages: files, folders, patterns, JSONL rows, WARC records."""

from __future__ import annotations

import argparse
import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cleantext.errors import DataError, MissingExtraError, PageError
from cleantext.files import as_json, bare_name, encode, note, opened, rows, writing

__all__ = [
    "add_page_options", "clean_pages", "explain_pages", "holds_many", "kinds_named", "names_folder",
    "takes_pages",
]  # fmt: skip

_PAGES = (".html", ".htm", ".xhtml")
_WARCS = (".warc", ".warc.gz")


def add_page_options(parser: argparse.ArgumentParser, *, writes: bool) -> None:
    """Add the options that only pages have."""
    group = parser.add_argument_group(
        "pages",
        "files named .html, .htm or .xhtml (also .gz or .zst), folders of them, .warc(.gz) files",
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


def kinds_named(options: argparse.Namespace) -> list[str] | None:
    """Kinds of `--remove`."""
    return [kind.strip() for kind in options.remove.split(",")] if options.remove else None


def names_folder(output: str) -> bool:
    """Whether `-o` names a folder: one that is there, or a name with a slash at its end."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def takes_pages(options: argparse.Namespace) -> bool:
    """Whether a command's input is pages; text and pages together are refused."""
    if options.html:
        return True
    are_pages = [_is_page(name) for name in options.files]
    if any(are_pages) and not all(are_pages):
        name = options.files[are_pages.index(False)]
        raise DataError(f"{name}: no page by its name; clean texts apart from pages, or add --html")
    return all(are_pages) and bool(are_pages)


def _is_file_of_page(name: str) -> bool:
    return bare_name(name).lower().endswith(_PAGES)


def _is_page(name: str) -> bool:
    return (
        _is_file_of_page(name)
        or name.lower().endswith(_WARCS)
        or (name != "-" and Path(name).is_dir())
    )


@dataclass(frozen=True)
class _Input:
    """One page to clean."""

    name: str
    """What errors call it."""
    target: str
    """File under an output folder, without its suffix; "" for a page out of a file of many."""
    html: str | bytes
    url: str
    row: dict[str, Any]
    """Other fields of a JSONL row."""
    problem: str = ""
    """Why there is no page."""

    def __len__(self) -> int:  # in characters, for chunks
        return len(self.html) + sum(len(v) for v in self.row.values() if isinstance(v, str))


class _Output(NamedTuple):
    """What became of one page."""

    name: str
    target: str
    found: Any
    """Its text, or its row; `None` if it is no page."""
    problem: str = ""


def _cleaner(options: argparse.Namespace) -> Any:
    from cleantext.html import PageCleaner

    if options.max_removed is not None:
        raise DataError("--max-removed is for texts: most of any page is no article")
    return PageCleaner(
        options.model,
        threshold=options.threshold,
        remove=kinds_named(options),
        keep=options.keep,
        drop=options.drop,
        extractor=options.extractor,
    )


def _inputs(options: argparse.Namespace) -> Iterator[_Input]:
    for name in options.files:
        if name == "-":
            if options.jsonl:
                with opened(name) as file:
                    yield from _rows(file, name, options.field)
            else:
                with opened(name) as file:
                    yield _Input("standard input", "", file.read(), "", {})
        elif name.lower().endswith(_WARCS):
            yield from _warc(name)
        elif options.jsonl and not Path(name).is_dir():
            with opened(name) as file:
                yield from _rows(file, name, options.field)
        else:
            for path, target in _files(Path(name)):
                yield _page(path, target)


def _files(name: Path) -> list[tuple[Path, Path]]:
    """Pages of a folder or a pattern, or the one of that name, each with its place below it."""
    if not name.is_dir():
        return _matching(name)
    below = name.rglob("*")
    found = sorted(path for path in below if _is_file_of_page(path.name) and not path.is_dir())
    if not found:
        raise DataError(f"{name}: no {', '.join(_PAGES)} files in this folder")
    return [(path, path.relative_to(name)) for path in found]


def _page(path: Path, target: Path) -> _Input:
    place = _without_suffix(target)
    try:
        with opened(str(path)) as file:
            return _Input(str(path), place, file.read(), "", {})
    except OSError as error:
        return _Input(str(path), place, b"", "", {}, error.strerror or str(error))
    except DataError as error:  # compressed, and damaged
        return _Input(str(path), place, b"", "", {}, str(error).removeprefix(f"{path} "))


def _without_suffix(target: Path) -> str:
    return str(Path(bare_name(target)).with_suffix(""))


def _matching(pattern: Path) -> list[tuple[Path, Path]]:
    """Files that a pattern such as ``pages/**/*.html`` means, where no shell has spelt it out.

    Beside each, its place below the last folder that the pattern names in full.
    """
    fixed = Path(*takewhile(lambda part: not _has_magic(part), pattern.parts))
    if pattern.is_file() or fixed == pattern:
        return [(pattern, Path(pattern.name))]
    matching = fixed.glob(str(pattern.relative_to(fixed)))
    found = sorted(path for path in matching if not path.is_dir())
    if not found:
        raise DataError(f"{pattern}: no such file, and no page matches it as a pattern")
    return [(path, path.relative_to(fixed)) for path in found]


def _has_magic(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _rows(file: BinaryIO, name: str, field: str) -> Iterator[_Input]:
    for found in rows(file, name, field):
        if found.problem:
            yield _Input(found.where, "", "", "", {}, found.problem)
            continue
        row = found.value
        html = row.pop(field)
        url = row.get("url")
        yield _Input(found.where, "", html, url if isinstance(url, str) else "", row)


def _warc(name: str) -> Iterator[_Input]:
    try:
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    except ImportError:
        raise MissingExtraError("reading WARC files", "warc") from None
    with Path(name).open("rb") as file:
        archive = ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True)
        try:
            for record in archive:
                kind = (record.http_content_type or "").lower()
                if kind not in ("text/html", "application/xhtml+xml"):
                    continue
                url = record.headers.get("WARC-Target-URI") or ""
                length, body = record.content_length, record.reader.read()
                if len(body) < length:
                    problem = f"the record is cut short: {len(body)} of {length} bytes"
                else:
                    body, problem = _decoded(body, record.http_headers)
                yield _Input(f"{name}: {url}", "", body, url, {"url": url}, problem)
        except (OSError, RuntimeError) as error:
            raise DataError(f"{name} is damaged, or no WARC file: {error}") from None


_CHUNK = re.compile(rb"(?:\r\n)?([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
_LARGEST_BODY = 256_000_000  # bytes, once decompressed


def _decoded(body: bytes, headers: Any) -> tuple[bytes, str]:
    """Body of an HTTP response as it was before its transfer, and what is wrong with it.

    Crawlers often undo the encodings and leave the headers, so what doesn't look encoded stays.
    fastwarc's own decoding loses the records after one in chunks that isn't.
    """
    problem = ""
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower():
        body, problem = _joined(body)
    encoding = (headers.get("Content-Encoding") or "identity").strip().lower()
    if problem or encoding == "identity" or body.lstrip()[:1] in (b"<", b""):
        return body, problem
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _decompressed(body, raw=encoding == "deflate")
    return b"", f"its Content-Encoding, {encoding}, can't be read here"


def _joined(body: bytes) -> tuple[bytes, str]:
    """Put the chunks of a body together; one that isn't in chunks stays."""
    parts: list[bytes] = []
    at = 0
    while chunk := _CHUNK.match(body, at):
        size = int(chunk[1], 16)
        if not size:
            return b"".join(parts), ""
        at = chunk.end() + size
        parts.append(body[chunk.end() : at])
    return (b"", "its chunks break off") if parts else (body, "")


def _decompressed(body: bytes, raw: bool) -> tuple[bytes, str]:
    """Decompress gzip, in one part or several, or zlib; a body of neither stays."""
    parts: list[bytes] = []
    size = 0
    bits = 32 + zlib.MAX_WBITS  # either head
    if raw and body[:1] != b"\x78":
        bits = -zlib.MAX_WBITS  # no head
    left = body
    while left:
        stream = zlib.decompressobj(bits)
        try:
            parts.append(stream.decompress(left, _LARGEST_BODY + 1 - size))
        except zlib.error:
            return (b"".join(parts), "") if parts else (body, "")
        size += len(parts[-1])
        if size > _LARGEST_BODY:
            return b"", f"its body is larger than {_LARGEST_BODY:,} bytes"
        if not stream.eof:
            return b"", "its compressed body breaks off"
        left = stream.unused_data
    return b"".join(parts), ""


def clean_pages(options: argparse.Namespace) -> None:
    """Clean every page of the input.

    One page goes out as it is; several need ``--json`` or an output folder. What is no page is
    named on standard error and left out, and the command fails in the end.
    """
    if options.resume or options.on_error != "raise":
        raise DataError("--on-error and --resume are for texts, not for pages")
    if options.markdown and options.extractor != "blocks":
        raise DataError("--markdown needs --extractor blocks: other front ends give bare text")
    from cleantext.html import BATCH_CHARACTERS
    from cleantext.streaming import Items, stream

    cleaner = _cleaner(options)
    output = None if options.output is None else Path(options.output)
    one = not holds_many(options)
    as_rows = (
        options.json
        or options.jsonl
        or any(name.lower().endswith(_WARCS) for name in options.files)
    )
    into_folder = output is not None and not as_rows and (not one or names_folder(options.output))
    if not one and not as_rows and not into_folder:
        raise DataError("several pages: name an output folder with -o, or write rows with --json")
    if into_folder:
        _check_targets(options.files)
    form = "markdown" if options.markdown else "text"
    clean = partial(_texts, cleaner, form)
    if as_rows:
        clean = partial(_as_rows, clean, partial(_article, options.url) if options.json else _row)
    cleaned: Iterator[_Output] = stream(
        clean,
        _inputs(options),
        chunk_size=BATCH_CHARACTERS,
        items=Items("pages", (_Input,), lambda page, what: None),
        n_jobs=options.jobs,
    )
    left_out = 0

    def good() -> Iterator[_Output]:
        """Name the pages that are none, and give the others."""
        nonlocal left_out
        for page in cleaned:
            if not page.problem:
                yield page
            elif not as_rows and not into_folder:
                raise DataError(f"{page.name}: {page.problem}")
            else:
                note(f"{page.name}: {page.problem}")
                left_out += 1

    if into_folder:
        assert output is not None
        for page in good():
            target = output / (page.target + (".md" if options.markdown else ".txt"))
            target.parent.mkdir(parents=True, exist_ok=True)
            with writing(target) as out:
                out.write(encode(page.found))
    else:
        with writing(output) as out:
            for page in good():
                out.write(as_json(page.found) + b"\n" if as_rows else encode(page.found))
    if left_out:
        raise DataError(f"{left_out} pages left out")


def _check_targets(names: list[str]) -> None:
    """Refuse pages that would have the same name in an output folder, before any is written."""
    if "-" in names:
        raise DataError("an output folder needs files: standard input has no name")
    found: dict[str, Path] = {}
    for name in names:
        for path, target in _files(Path(name)):
            other = found.setdefault(_without_suffix(target), path)
            if other != path:
                raise DataError(
                    f"{other} and {path} would be one file in the output folder: clean them apart, "
                    f"or name the folder that both are in"
                )


def holds_many(options: argparse.Namespace) -> bool:
    """Whether the input is more than one page, or may be."""
    [name, *others] = options.files
    return bool(
        others
        or options.jsonl
        or name.lower().endswith(_WARCS)
        or (name != "-" and Path(name).is_dir())
        or (_has_magic(name) and not Path(name).is_file())
    )


def _texts(cleaner: Any, form: str, pages: list[_Input]) -> list[_Output]:
    """Clean pages together. If one of them is no page, the stream comes back with fewer."""
    if len(pages) > 1:
        texts = iter(cleaner.clean_batch([page.html for page in pages if not page.problem], form))
        return [
            _Output(page.name, page.target, None if page.problem else next(texts), page.problem)
            for page in pages
        ]
    [page] = pages
    if page.problem:
        return [_Output(page.name, page.target, None, page.problem)]
    try:
        return [_Output(page.name, page.target, cleaner.clean(page.html, output=form))]
    except MissingExtraError:
        raise  # the page isn't at fault
    except PageError as error:
        return [_Output(page.name, page.target, None, str(error))]
    except Exception as error:
        problem = f"could not be cleaned: {type(error).__name__}: {error}"
        return [_Output(page.name, page.target, None, problem)]


def _as_rows(
    clean: Callable[[list[_Input]], list[_Output]],
    row: Callable[[_Input, str], dict[str, Any]],
    pages: list[_Input],
) -> list[_Output]:
    """Clean pages into JSON objects."""
    found = []
    for given, page in zip(pages, clean(pages), strict=True):
        if not page.problem:
            try:
                page = page._replace(found=row(given, page.found))
            except MissingExtraError:
                raise  # the page isn't at fault
            except Exception as error:
                problem = f"metadata could not be read: {type(error).__name__}: {error}"
                page = page._replace(found=None, problem=problem)
        found.append(page)
    return found


def _row(page: _Input, text: str) -> dict[str, Any]:
    """Other fields of a page, and its text."""
    return {**page.row, "text": text}


def _article(url: str | None, page: _Input, text: str) -> dict[str, Any]:
    """Other fields of a page, its text, and its metadata, where the page has any."""
    from cleantext.html import Article, metadata
    from cleantext.page import decode_html

    about = {} if page.row or not page.target else {"file": page.name}
    article = Article(text, **metadata(decode_html(page.html), page.url or url))._asdict()
    own = {name: value for name, value in page.row.items() if not article.get(name)}
    return {**about, **page.row, **article, **own, "text": text}


def explain_pages(options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """Explain every page of the input, each beside its name."""
    cleaner = _cleaner(options)
    for page in _inputs(options):
        if page.problem:
            raise DataError(f"{page.name}: {page.problem}")
        try:
            yield page.name, cleaner.explain(page.html)
        except PageError as error:
            raise DataError(f"{page.name}: {error}") from None
