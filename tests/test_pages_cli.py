"""`cleantext clean` and `explain` on pages."""
# The fixture `run` is that of `test_cli`.
# ruff: noqa: F401, F811

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from test_cli import Run, run
from test_html import BODY
from test_markup import CRACK, FERRY, LEDE, NEWS

from cleantext import clean_article, clean_html

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def rows(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_page_by_its_name(run: Run, write: Write) -> None:
    for name in ("page.html", "page.HTM", "page.xhtml"):
        assert run("clean", write(name, NEWS)) == (0, BODY.encode(), "")


def test_a_page_on_standard_input(run: Run) -> None:
    assert run("clean", "--html", stdin=NEWS.encode("utf-16")).out == BODY.encode()


def test_settings_reach_the_page(run: Run, write: Write) -> None:
    page = write("page.html", NEWS)
    kept = run("clean", page, "--drop", "second crack", "--keep", "ferry runs late").out.decode()
    assert CRACK not in kept
    assert "Ferry runs late\n" in kept
    found = run("clean", page, "--extractor", "bs4").out.decode()
    assert found == clean_html(NEWS, extractor="bs4")


def test_markdown(run: Run, write: Write) -> None:
    page = write("page.html", NEWS)
    assert run("clean", page, "--markdown").out.decode() == f"{LEDE}\n\n{CRACK}\n\n{FERRY}\n"


def test_json_with_metadata(run: Run, write: Write) -> None:
    page = write("page.html", NEWS)
    [row] = rows(run("clean", page, "--json", "--url", "https://post.example/bridge").out)
    expected = clean_article(NEWS, url="https://post.example/bridge")
    assert row == {"file": str(page), **expected._asdict()}


def test_folders_keep_their_shape(
    run: Run, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("in/a.html", NEWS)
    write("in/deep/b.htm", NEWS)
    write("in/notes.txt", "no page")
    write("in/crawl.warc", "no page")
    write("notes/in.txt", "a folder of that name is here")
    write("in/notes", "no page")
    monkeypatch.chdir(tmp_path)
    assert run("clean", tmp_path / "in", "-o", tmp_path / "out").code == 0
    written = {path.relative_to(tmp_path / "out").as_posix(): path.read_text("utf-8")
               for path in (tmp_path / "out").rglob("*.*")}  # fmt: skip
    assert written == {"a.txt": BODY, "deep/b.txt": BODY}
    assert run("clean", tmp_path / "in", "--markdown", "-o", tmp_path / "md").code == 0
    assert (tmp_path / "md" / "a.md").is_file()
    found = rows(run("clean", tmp_path / "in", "--json").out)
    assert [row["text"] for row in found] == [BODY, BODY]


def test_any_error_on_a_page_names_it_and_spares_the_others(
    run: Run, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(html: str) -> str:
        if "broken" in html:
            raise ZeroDivisionError("out of luck")
        return "Fine."

    monkeypatch.setattr("cleantext.html._with_bs4", broken)
    for name in ("a", "b", "c"):
        write(f"in/{name}.html", "broken" if name == "b" else name)
    done = run("clean", tmp_path / "in", "--extractor", "bs4", "--json")
    assert [Path(row["file"]).name for row in rows(done.out)] == ["a.html", "c.html"]
    assert "b.html: could not be cleaned: ZeroDivisionError: out of luck" in done.err
    assert done.code == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_is_no_page_is_named_and_the_others_are_written(
    run: Run, write: Write, tmp_path: Path, jobs: str
) -> None:
    write("in/a.html", NEWS)
    write("in/b.html", b"%PDF-1.4")
    write("in/c.html", NEWS)
    done = run("clean", tmp_path / "in", "-o", tmp_path / "out", "--jobs", jobs)
    assert done.code == 1
    assert "b.html: not HTML but a PDF file" in done.err
    assert "1 pages left out" in done.err
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "out").iterdir()}
    assert written == {"a.txt": BODY, "c.txt": BODY}
    found = rows(run("clean", tmp_path / "in", "--json", "--jobs", jobs).out)
    assert [(Path(row["file"]).name, row["text"]) for row in found] == [
        ("a.html", BODY),
        ("c.html", BODY),
    ]


def test_patterns(run: Run, write: Write, tmp_path: Path) -> None:
    write("a.html", NEWS)
    write("b.html", NEWS)
    found = rows(run("clean", str(tmp_path / "*.html"), "--json").out)
    assert [Path(row["file"]).name for row in found] == ["a.html", "b.html"]


def test_jsonl(run: Run, write: Write) -> None:
    data = "".join(json.dumps({"id": n, "page": NEWS, "url": "https://post.example/"}) + "\n"
                   for n in range(2))  # fmt: skip
    path = write("pages.jsonl", data)
    found = rows(run("clean", "--jsonl", "--field", "page", "--html", path).out)
    assert found == [{"id": n, "url": "https://post.example/", "text": BODY} for n in range(2)]
    [first, _] = rows(run("clean", "--jsonl", "--field", "page", "--html", "--json", path).out)
    assert (first["id"], first["title"]) == (0, clean_article(NEWS).title)
    assert (
        run("clean", "--jsonl", "--field", "page", "--html", stdin=data.encode()).out.count(b"\n")
        == 2
    )


def warc_record(url: str, kind: str, body: bytes) -> bytes:
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
        f"WARC-Date: 2024-03-05T07:00:00Z\r\nWARC-Record-ID: <urn:uuid:{len(url):032d}>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def test_warc(run: Run, write: Write) -> None:
    records = [
        warc_record("https://post.example/bridge", "text/html; charset=utf-8", NEWS.encode()),
        warc_record("https://post.example/logo.png", "image/png", b"\x89PNG"),
    ]
    expected = [{"url": "https://post.example/bridge", "text": BODY}]
    path = write("crawl.warc", b"".join(records))
    assert rows(run("clean", path).out) == expected
    path = write("crawl.warc.gz", b"".join(map(gzip.compress, records)))
    assert rows(run("clean", path).out) == expected
    [row] = rows(run("clean", path, "--json").out)
    assert row["url"] == "https://post.example/bridge"


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_pages(run: Run, write: Write, tmp_path: Path, suffix: str) -> None:
    pack = gzip.compress if suffix == ".gz" else zstandard.ZstdCompressor().compress
    page = write(f"in/page.html{suffix}", pack(NEWS.encode()))
    assert run("clean", page).out == BODY.encode()
    assert run("clean", tmp_path / "in", "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "page.txt").read_bytes() == BODY.encode()


def test_patterns_keep_the_shape_of_folders(run: Run, write: Write, tmp_path: Path) -> None:
    write("in/a/index.html", NEWS)
    write("in/b/index.html", NEWS)
    assert run("clean", str(tmp_path / "in" / "*" / "*.html"), "-o", tmp_path / "out").code == 0
    found = [path.relative_to(tmp_path).as_posix() for path in (tmp_path / "out").rglob("*.txt")]
    assert sorted(found) == ["out/a/index.txt", "out/b/index.txt"]


def test_files_of_one_name_are_refused_before_any_is_written(
    run: Run, write: Write, tmp_path: Path
) -> None:
    pages = [write(f"{name}/index.html", NEWS) for name in ("a", "b")]
    done = run("clean", *pages, "-o", tmp_path / "out")
    assert done.code == 1
    assert "would be one file in the output folder" in done.err
    assert not (tmp_path / "out").exists()


def test_rows_without_a_page_are_named_and_left_out(run: Run, write: Write) -> None:
    data = [{"html": NEWS, "title": "Ours"}, {"html": None}, "no object", {"html": "<p>" + LEDE,
            "title": "Kept"}]  # fmt: skip
    path = write("pages.jsonl", "".join(json.dumps(row) + "\n" for row in data))
    done = run("clean", "--jsonl", "--field", "html", "--html", "--json", path)
    assert done.code == 1
    assert f'{path}:2: field "html" must be a string, not NoneType' in done.err
    assert f"{path}:3: no field" in done.err
    first, last = rows(done.out)
    assert first["title"] == clean_article(NEWS).title
    assert (last["title"], last["text"]) == ("Kept", LEDE + "\n")
    path = write("old.jsonl", json.dumps({"html": "<nav>Home</nav>", "text": "old"}) + "\n")
    [row] = rows(run("clean", "--jsonl", "--field", "html", "--html", "--json", path).out)
    assert row["text"] == ""


def test_metadata_that_cannot_be_read_spares_the_other_pages(
    run: Run, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(html: str, url: str | None) -> dict[str, str]:
        if "broken" in html:
            raise ZeroDivisionError("out of luck")
        return {"title": "Fine"}

    monkeypatch.setattr("cleantext.html.metadata", broken)
    for name in ("a", "b", "c"):
        write(f"in/{name}.html", "broken" if name == "b" else name)
    done = run("clean", tmp_path / "in", "--json")
    assert [Path(row["file"]).name for row in rows(done.out)] == ["a.html", "c.html"]
    assert "b.html: metadata could not be read: ZeroDivisionError: out of luck" in done.err


def chunked(body: bytes) -> bytes:
    parts = [body[start : start + 40] for start in range(0, len(body), 40)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Transfer-Encoding: chunked", chunked(NEWS.encode())),
        ("Content-Encoding: gzip", gzip.compress(NEWS.encode())),
        (
            "Content-Encoding: gzip",
            gzip.compress(NEWS[:99].encode()) + gzip.compress(NEWS[99:].encode()),
        ),
        ("Content-Encoding: deflate", zlib.compress(NEWS.encode())),
        ("Content-Encoding: deflate", zlib.compress(NEWS.encode())[2:-4]),
        (
            "Content-Encoding: gzip\r\nTransfer-Encoding: chunked",
            chunked(gzip.compress(NEWS.encode())),
        ),
    ],
    ids=["chunked", "gzip", "gzip in two parts", "zlib", "deflate", "both"],
)
def test_warc_of_encoded_bodies(run: Run, write: Write, headers: str, body: bytes) -> None:
    kind = f"text/html; charset=utf-8\r\n{headers}"
    plain = warc_record("https://post.example/plain", "text/html", NEWS.encode())
    record = warc_record("https://post.example/bridge", kind, body)
    path = write("crawl.warc", plain + record + plain)
    assert [row["text"] for row in rows(run("clean", path).out)] == [BODY] * 3


def test_warc_of_bodies_that_were_decoded_before(run: Run, write: Write) -> None:
    kind = "text/html\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked"
    path = write("crawl.warc", warc_record("https://post.example/bridge", kind, NEWS.encode()))
    assert [row["text"] for row in rows(run("clean", path).out)] == [BODY]


def test_warc_records_that_cannot_be_read_are_named(run: Run, write: Write) -> None:
    plain = warc_record("https://post.example/plain", "text/html", NEWS.encode())
    broken = [
        ("gzip", "Content-Encoding: gzip", gzip.compress(NEWS.encode())[:-20]),
        ("chunks", "Transfer-Encoding: chunked", chunked(NEWS.encode())[:300]),
    ]
    for name, header, body in broken:
        kind = f"text/html\r\n{header}"
        plain += warc_record(f"https://post.example/{name}", kind, body)
    other = warc_record("https://post.example/br", "text/html\r\nContent-Encoding: br", b"\x8b\x02")
    path = write("crawl.warc", plain + other + plain[:-100])
    done = run("clean", path)
    assert done.code == 1
    assert [row["text"] for row in rows(done.out)] == [BODY, BODY]
    assert "https://post.example/br: its Content-Encoding, br, can't be read here" in done.err
    assert "https://post.example/chunks: the record is cut short" in done.err
    assert "https://post.example/chunks: its chunks break off" in done.err
    assert "https://post.example/gzip: its compressed body breaks off" in done.err
    path = write("bad.warc", b"no records" * 50)
    assert f"{path} is damaged, or no WARC file" in run("clean", path).err


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_files_that_cannot_be_read_are_named_and_left_out(
    run: Run, write: Write, tmp_path: Path
) -> None:
    write("in/a.html", NEWS)
    write("in/dir.html/b.html", NEWS)
    write("in/c.html.gz", b"no gzip")
    (tmp_path / "in" / "d.html").symlink_to(tmp_path / "nowhere")
    done = run("clean", tmp_path / "in", "--json")
    assert [Path(row["file"]).name for row in rows(done.out)] == ["a.html", "b.html"]
    assert "c.html.gz: is damaged or cut short" in done.err
    assert "d.html: No such file" in done.err
    assert "2 pages left out" in done.err


@pytest.mark.skipif(os.name == "nt", reason="no such names on Windows")
def test_names_with_signs_of_patterns(run: Run, write: Write) -> None:
    page = write("index.php?p=[3].html", NEWS)
    assert run("clean", page).out == BODY.encode()


@pytest.mark.skipif(os.name == "nt", reason="no such names on Windows")
def test_a_long_name(run: Run, write: Write, tmp_path: Path) -> None:
    write(f"in/{'x' * 240}.html", NEWS)
    assert run("clean", tmp_path / "in", "-o", tmp_path / "out").code == 0


def test_explain(run: Run, write: Write) -> None:
    page = write("page.html", NEWS)
    shown = run("explain", page).out.decode()
    assert f"  {LEDE}\n" in shown
    assert "-    1  nav" in shown
    [row] = rows(run("explain", page, "--json").out)
    assert row["text"] == BODY


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({"a.html": b"%PDF-1.4"}, ["a.html"], "a.html: not HTML but a PDF file"),
        ({"a.html": b'{"a": 1}'}, ["a.html"], "a.html: not HTML but JSON"),
        ({}, ["a.html"], "a.html: No such file"),
        ({}, ["a*.html", "--json"], "a*.html: no such file, and no page matches it"),
        ({"a.html": b"", "b.html": b""}, ["a.html", "b.html"], "several pages: name an output"),
        ({"a.html": b"", "b.txt": b""}, ["a.html", "b.txt"], "b.txt: no page by its name"),
        ({"d/b.txt": b""}, ["d", "--json"], "d: no .html, .htm, .xhtml files in this folder"),
        ({"a.html": b""}, ["a.html", "--max-removed", "0.5"], "--max-removed is for texts"),
        ({"a.html": b""}, ["a.html", "--extractor", "bs4", "--markdown"], "--markdown needs"),
        ({"d/a.html": b"", "d/a.htm": b""}, ["d", "-o", "out"], "would be one file in the output"),
    ],
)  # fmt: skip
def test_errors_say_what_was_wanted(
    run: Run,
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, bytes],
    arguments: list[str],
    message: str,
) -> None:
    for name, content in files.items():
        write(name, content)
    monkeypatch.chdir(tmp_path)
    found = run("clean", *arguments)
    assert found.code == 1
    assert message in found.err
    assert "Traceback" not in found.err


def test_what_is_no_page_is_left_out_and_named(
    run: Run,
    write: Write,
    tmp_path: Path,
) -> None:
    write("in/a.html", NEWS)
    write("in/b.html", b"%PDF-1.4")
    found = run("clean", tmp_path / "in", "-o", tmp_path / "out")
    assert found.code == 1
    assert "b.html: not HTML but a PDF file" in found.err
    assert "1 pages left out" in found.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.txt"]
    rows_found = run("clean", tmp_path / "in", "--json")
    assert (rows_found.code, len(rows(rows_found.out))) == (1, 1)
