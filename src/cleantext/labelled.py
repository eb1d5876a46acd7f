"""Labelled articles from JSONL and TSV files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cleantext.errors import DataError
from cleantext.kinds import KINDS

__all__ = ["LabelledArticle", "Plug", "file_digests", "read_articles", "read_plugs"]


@dataclass(frozen=True)
class LabelledArticle:
    """The lines of one article and what each is."""

    article: str
    lines: tuple[str, ...]
    labels: tuple[str, ...]
    group: str
    """Host, or else the article's own name: a split never divides a group."""
    lang: str = ""
    view: str = ""
    """Where its lines come from: a page, an extractor, an injection."""

    @property
    def text(self) -> str:
        """The article as `clean` would be given it, every line ended."""
        return "".join(line + "\n" for line in self.lines)


@dataclass(frozen=True)
class Plug:
    """Lines that sites put between the paragraphs of articles, to inject in training."""

    lines: tuple[str, ...]
    kind: str
    lang: str = ""

    @property
    def group(self) -> str:
        """What keeps the same plug on one side of every split."""
        return "plug/" + "\n".join(self.lines)


def read_articles(*paths: str | Path) -> list[LabelledArticle]:
    """Read labelled articles.

    Parameters
    ----------
    *paths : str or Path
        Files, or folders whose `.jsonl` and `.tsv` files are read in order of name.

        `.jsonl`: an article a row, ``{"article": "id", "lines": [...], "labels": [...]}``, and
        optionally ``"host"`` (articles of one host stay on one side of a split), ``"lang"`` and
        ``"view"`` (reports keep views apart: ``"raw"``, ``"trafilatura"``, …).

        `.tsv`: a line a row, its label, a tab, its text. A blank row ends an article; rows
        ``# article: id``, ``# host: …``, ``# lang: …`` and ``# view: …`` before its first line
        describe it.

    Returns
    -------
    list of LabelledArticle

    Raises
    ------
    DataError
        With file and line number, for anything that can't be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "mine.tsv"
    >>> _ = path.write_text("content\\tRain fell all night.\\nrelated\\tAlso: Snow\\n")
    >>> read_articles(path)[0].labels
    ('content', 'related')
    """
    articles: list[LabelledArticle] = []
    files = list(_files(paths, (".jsonl", ".tsv")))
    names = _names(files)
    bare = [name.removesuffix(path.suffix) for name, path in zip(names, files, strict=True)]
    if len(set(bare)) == len(set(names)):
        names = bare
    for path, name in zip(files, names, strict=True):
        if path.suffix == ".jsonl":
            articles += _from_jsonl(path, name)
        elif path.suffix == ".tsv":
            articles += _from_tsv(path, name)
        else:
            raise DataError(f"{path}: labelled articles are .jsonl or .tsv files")
    if not articles:
        raise DataError(f"no labelled articles in {', '.join(map(str, paths)) or 'no files'}")
    return articles


def read_plugs(*paths: str | Path) -> list[Plug]:
    """Read plugs to inject: JSONL rows ``{"kind": "promo", "lang": "en", "lines": [...]}``.

    Raises
    ------
    DataError
        With file and line number, for anything that can't be read.
    """
    plugs = []
    for path in _files(paths, (".jsonl",)):
        for number, row in _rows(path):
            where = f"{path}:{number}"
            lines = _lines(row, "lines", where)
            kind = row.get("kind")
            if kind not in KINDS:
                raise DataError(f"{where}: {_unknown(kind)}")
            plugs.append(Plug(tuple(lines), str(kind), str(row.get("lang", ""))))
    return plugs


def _files(paths: Iterable[str | Path], suffixes: tuple[str, ...]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(item for item in path.iterdir() if item.suffix in suffixes)
            if not found:
                raise DataError(f"{path}: no {' or '.join(suffixes)} file in this folder")
            yield from found
        elif path.is_file():
            yield path
        else:
            raise DataError(f"{path}: no such file or folder")


def _names(paths: list[Path]) -> list[str]:
    """Name each of some files; with as many of its folders as tell those of one name apart.

    Examples
    --------
    >>> _names([Path("a/x/news"), Path("b/x/news"), Path("b/sport")])
    ['a/x/news', 'b/x/news', 'sport']
    """
    parts = [path.absolute().parts for path in paths]  # links keep their names
    depth = [1] * len(parts)
    while True:
        names = ["/".join(own[-count:]) for own, count in zip(parts, depth, strict=True)]
        files: dict[str, set[tuple[str, ...]]] = {}
        for name, own in zip(names, parts, strict=True):
            files.setdefault(name, set()).add(own)
        if all(len(same) == 1 for same in files.values()):
            return names
        depth = [count + (len(files[name]) > 1) for count, name in zip(depth, names, strict=True)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8"
        ) from None


def _rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(
                f"{path}:{number}: not JSON ({error.msg} at column {error.colno})"
            ) from None
        except RecursionError:
            raise DataError(f"{path}:{number}: not JSON that can be read (too deep)") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: a row is a JSON object, not {type(row).__name__}")
        yield number, row


def _lines(row: dict[str, object], key: str, where: str) -> list[str]:
    value = row.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DataError(f'{where}: "{key}" must be a list of strings')
    return value


def _unknown(label: object) -> str:
    return f"unknown label {label!r}; the labels are: {', '.join(KINDS)}"


def _article(
    lines: list[str], labels: list[str], about: dict[str, str], where: str, name: str
) -> LabelledArticle:
    if not lines:
        raise DataError(f"{where}: an article without lines")
    article = about.get("article") or name
    group = about.get("host") or article
    # A line of a file may hold line breaks of other sorts; in a text they would end it.
    lines = [" ".join(line.splitlines()) for line in lines]
    return LabelledArticle(
        article, tuple(lines), tuple(labels), group, about.get("lang", ""), about.get("view", "")
    )


def _from_jsonl(path: Path, name: str) -> list[LabelledArticle]:
    articles = []
    for number, row in _rows(path):
        where = f"{path}:{number}"
        lines, labels = _lines(row, "lines", where), _lines(row, "labels", where)
        if len(lines) != len(labels):
            raise DataError(f"{where}: {len(lines)} lines but {len(labels)} labels")
        for label in labels:
            if label not in KINDS:
                raise DataError(f"{where}: {_unknown(label)}")
        about = {key: str(row[key]) for key in ("article", "host", "lang", "view") if row.get(key)}
        articles.append(_article(lines, labels, about, where, f"{name}:{number}"))
    return articles


def _from_tsv(path: Path, name: str) -> list[LabelledArticle]:
    articles: list[LabelledArticle] = []
    about: dict[str, str] = {}
    lines: list[str] = []
    labels: list[str] = []
    begun = 1
    for number, row in enumerate([*_text(path).split("\n"), ""], 1):
        row = row.removesuffix("\r")
        if not row.strip():
            if lines:
                articles.append(
                    _article(lines, labels, about, f"{path}:{begun}", f"{name}:{begun}")
                )
                about, lines, labels = {}, [], []
            continue
        if row.startswith("#") and not lines:
            key, _, value = row.lstrip("# ").partition(":")
            about[key.strip()] = value.strip()
            continue
        label, tab, line = row.partition("\t")
        if not tab:
            raise DataError(f"{path}:{number}: no tab in this row; it wants: label, tab, line")
        if label not in KINDS:
            raise DataError(f"{path}:{number}: {_unknown(label)}")
        if not lines:
            begun = number
        lines.append(line)
        labels.append(label)
    return articles


def file_digests(paths: Iterable[str | Path]) -> dict[str, str]:
    """SHA-256 of each file that the readers would read, by name; with folders, if two share one."""
    found = list(_files(paths, (".jsonl", ".tsv")))
    digests = (hashlib.sha256(path.read_bytes()).hexdigest() for path in found)
    return dict(zip(_names(found), digests, strict=True))
