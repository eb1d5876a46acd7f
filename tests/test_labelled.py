"""Labelled articles and plugs: what the readers accept, and how they refuse."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cleantext import DataError
from cleantext.labelled import LabelledArticle, Plug, file_digests, read_articles, read_plugs

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of a name and return its path; rows that aren't text become JSON."""

    def write_file(name: str, *rows: Any, end: str = "\n") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join((row if isinstance(row, str) else json.dumps(row)) + end for row in rows)
        path.write_bytes(text.encode())
        return path

    return write_file


def article_row(**changes: Any) -> dict[str, Any]:
    row = {"article": "a1", "lines": ["Rain fell.", "Read also"], "labels": ["content", "related"]}
    return {**row, **changes}


# What is read


def test_jsonl_articles(write: Write) -> None:
    path = write(
        "mine.jsonl",
        article_row(host="example.org", lang="en", view="raw", note="left alone"),
        "",
        article_row(article="a2"),
        {"lines": ["Snow."], "labels": ["content"]},
    )
    assert read_articles(path) == [
        LabelledArticle(
            "a1", ("Rain fell.", "Read also"), ("content", "related"), "example.org", "en", "raw"
        ),
        LabelledArticle("a2", ("Rain fell.", "Read also"), ("content", "related"), "a2"),
        LabelledArticle("mine:4", ("Snow.",), ("content",), "mine:4"),
    ]


def test_tsv_articles(write: Write) -> None:
    path = write(
        "mine.tsv",
        "# article: a1",
        "# host: example.org",
        "# lang: en",
        "content\tRain fell.",
        "content\t# Not a comment\there",
        "nav\t",
        "",
        "",
        "title\tSnow",
    )
    assert read_articles(path) == [
        LabelledArticle(
            "a1",
            ("Rain fell.", "# Not a comment\there", ""),
            ("content", "content", "nav"),
            "example.org",
            "en",
        ),
        LabelledArticle("mine:9", ("Snow",), ("title",), "mine:9"),
    ]


def test_headers_describe_one_article_only(write: Write) -> None:
    path = write("mine.tsv", "# lang: de", "content\tRegen.", "", "content\tRain.")
    assert [article.lang for article in read_articles(path)] == ["de", ""]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tsv_with_a_byte_order_mark_and_any_line_ends(write: Write, end: str) -> None:
    path = write("mine.tsv", "\ufeffcontent\tRain fell.", "nav\tMenu", end=end)
    assert read_articles(path)[0].lines == ("Rain fell.", "Menu")
    assert read_articles(path)[0].labels == ("content", "nav")


def test_text_ends_every_line(write: Write) -> None:
    assert read_articles(write("a.jsonl", article_row()))[0].text == "Rain fell.\nRead also\n"


def test_line_breaks_within_a_line_become_spaces(write: Write) -> None:
    row = article_row(lines=["Rain\nfell\u2028hard.", "Read\r\nalso"])
    [article] = read_articles(write("a.jsonl", row))
    assert article.lines == ("Rain fell hard.", "Read also")
    assert len(article.text.splitlines()) == len(article.labels)


def test_folders_are_read_in_order_of_name(write: Write, tmp_path: Path) -> None:
    write("data/b.tsv", "# article: from b", "content\tRain.")
    write("data/a.jsonl", article_row(article="from a"))
    write("data/notes.txt", "no data")
    extra = write("extra.tsv", "# article: extra", "content\tSnow.")
    names = [article.article for article in read_articles(extra, tmp_path / "data")]
    assert names == ["extra", "from a", "from b"]


def test_plugs(write: Write) -> None:
    path = write(
        "plugs.jsonl",
        {"kind": "promo", "lang": "en", "lines": ["Hear us", "at six"]},
        {"kind": "ad", "lines": ["Buy"]},
    )
    assert read_plugs(path) == [Plug(("Hear us", "at six"), "promo", "en"), Plug(("Buy",), "ad")]
    assert read_plugs() == []


def test_digests_of_files(write: Write, tmp_path: Path) -> None:
    path = write("data/a.tsv", "content\tRain.")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert file_digests([tmp_path / "data"]) == {"a.tsv": digest}


def test_articles_of_files_of_one_name_are_told_apart(write: Write) -> None:
    paths = [write(f"{folder}/x/mine.tsv", "content\tRain.") for folder in ("a", "b")]
    paths.append(write("b/x/mine.jsonl", {"lines": ["Snow."], "labels": ["content"]}))
    groups = [article.group for article in read_articles(*paths)]
    assert groups == ["a/x/mine:1", "b/x/mine:1", "mine:1"]
    assert set(file_digests(paths)) == {"a/x/mine.tsv", "b/x/mine.tsv", "mine.jsonl"}


def test_json_that_is_too_deep_is_named(write: Write) -> None:
    path = write("mine.jsonl", "[" * 100_000)
    with pytest.raises(DataError, match=r"mine\.jsonl:1: not JSON"):
        read_articles(path)


# What is refused, with file and line

BAD_JSONL = {
    "not JSON": ("{lines: []}", r"not JSON \(.* at column 2\)"),
    "no object": ("[1, 2]", "a row is a JSON object, not list"),
    "no lines": ({"labels": []}, '"lines" must be a list of strings'),
    "lines that aren't text": (article_row(lines=["a", 3]), '"lines" must be a list of strings'),
    "lines as one text": (article_row(lines="ab"), '"lines" must be a list of strings'),
    "no labels": ({"lines": ["a"]}, '"labels" must be a list of strings'),
    "fewer labels": (article_row(labels=["content"]), "2 lines but 1 labels"),
    "unknown label": (
        article_row(labels=["content", "spam"]),
        "unknown label 'spam'; the labels are: content, title, byline",
    ),
    "empty article": (article_row(lines=[], labels=[]), "an article without lines"),
}

BAD_TSV = {
    "no tab": ("content Rain fell.", "no tab in this row; it wants: label, tab, line"),
    "unknown label": ("spam\tBuy", "unknown label 'spam'; the labels are: content, title, byline"),
    "label in capitals": ("Content\tRain", "unknown label 'Content'"),
    "comment within an article": ("# lang: en", "no tab in this row"),
}

BAD_PLUGS = {
    "no lines": ({"kind": "promo"}, '"lines" must be a list of strings'),
    "no kind": ({"lines": ["Buy"]}, "unknown label None; the labels are:"),
    "unknown kind": ({"kind": "spam", "lines": ["Buy"]}, "unknown label 'spam'"),
    "not JSON": ("promo", "not JSON"),
}


@pytest.mark.parametrize(("row", "message"), BAD_JSONL.values(), ids=BAD_JSONL.keys())
def test_jsonl_errors_name_file_and_line(write: Write, row: Any, message: str) -> None:
    path = write("mine.jsonl", article_row(), "", row)
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}:3: {message}"):
        read_articles(path)


@pytest.mark.parametrize(("row", "message"), BAD_TSV.values(), ids=BAD_TSV.keys())
def test_tsv_errors_name_file_and_line(write: Write, row: str, message: str) -> None:
    path = write("mine.tsv", "# lang: en", "content\tRain.", row)
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}:3: {message}"):
        read_articles(path)


@pytest.mark.parametrize(("row", "message"), BAD_PLUGS.values(), ids=BAD_PLUGS.keys())
def test_plug_errors_name_file_and_line(write: Write, row: Any, message: str) -> None:
    path = write("plugs.jsonl", {"kind": "ad", "lines": ["Buy"]}, row)
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}:2: {message}"):
        read_plugs(path)


def test_files_that_cannot_be_read(write: Write, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    latin = tmp_path / "latin.tsv"
    latin.write_bytes("content\tcafé".encode("latin-1"))
    for path, message in [
        (tmp_path / "nowhere.tsv", "nowhere.tsv: no such file or folder"),
        (tmp_path / "empty", r"empty: no \.jsonl or \.tsv file in this folder"),
        (write("mine.csv", "content,Rain."), r"labelled articles are \.jsonl or \.tsv files"),
        (latin, "not UTF-8 at byte 11; save the file as UTF-8"),
        (write("blank.tsv", "", "# lang: en"), r"no labelled articles in .*blank\.tsv"),
    ]:
        with pytest.raises(DataError, match=message):
            read_articles(path)
    with pytest.raises(DataError, match="no labelled articles in no files"):
        read_articles()
