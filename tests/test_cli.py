"""The command line, in this process and as users run it."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard
from conftest import SEEDS

import cleantext
import cleantext.cleaner
import cleantext.training
from cleantext import Cleaner
from cleantext.cli import main
from cleantext.labelled import read_articles

# What the model thinks of these lines doesn't matter: at threshold 1 only patterns count.
DROPPING = ("--threshold", "1", "--drop", "junk")
TEXT = b"Rain fell.\njunk\nSnow fell.\n"
CLEANED = b"Rain fell.\nSnow fell.\n"


class Result(NamedTuple):
    """How a command ended and what it wrote."""

    code: int
    out: bytes
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(capsysbinary: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process."""

    def call(*arguments: Any, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin))))
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        out, err = capsysbinary.readouterr()
        return Result(code, out, err.decode())

    return call


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write_file(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write_file


def process(*arguments: Any, stdin: bytes = b"", **env: str) -> Result:
    """Run a command in a process of its own."""
    source = str(Path(cleantext.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "cleantext", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": source, **env},
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr.decode())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# clean


def test_clean_reads_standard_input(run: Run) -> None:
    expected = Result(0, CLEANED, "")
    assert run("clean", *DROPPING, stdin=TEXT) == expected
    assert run("clean", "-", *DROPPING, stdin=TEXT) == expected


def test_clean_is_the_library_with_its_defaults(run: Run, cleaner: Cleaner) -> None:
    path = SEEDS / "original" / "article.txt"
    result = run("clean", path)
    assert result == Result(0, cleaner.clean(path.read_bytes().decode()).encode(), "")


def test_clean_writes_several_files_one_after_the_other(run: Run, write: Any) -> None:
    one, two = write("one.txt", TEXT), write("two.txt", b"Hail.\n")
    assert run("clean", one, "-", two, *DROPPING, stdin=b"junk\nSun.\n") == Result(
        0, CLEANED + b"Sun.\nHail.\n", ""
    )


def test_clean_writes_a_file(run: Run, write: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    assert run("clean", write("in.txt", TEXT), "-o", target, *DROPPING) == Result(0, b"", "")
    assert target.read_bytes() == CLEANED
    assert target.stat().st_mode == (tmp_path / "in.txt").stat().st_mode
    assert names(tmp_path) == ["in.txt", "out.txt"]


def test_clean_can_write_over_its_input(run: Run, write: Any) -> None:
    path = write("in.txt", TEXT)
    assert run("clean", path, "-o", path, *DROPPING).code == 0
    assert path.read_bytes() == CLEANED


def test_clean_writes_several_files_into_a_folder(run: Run, write: Any, tmp_path: Path) -> None:
    inputs = [write("a/one.txt", TEXT), write("b/two.txt", b"Hail.\njunk")]
    assert run("clean", *inputs, "-o", tmp_path / "out", *DROPPING).code == 0
    assert (tmp_path / "out" / "one.txt").read_bytes() == CLEANED
    assert (tmp_path / "out" / "two.txt").read_bytes() == b"Hail.\n"
    assert names(tmp_path / "out") == ["one.txt", "two.txt"]


def test_clean_writes_one_file_into_a_folder_that_is_there(
    run: Run, write: Any, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    assert run("clean", write("in.txt", TEXT), "-o", tmp_path / "out", *DROPPING).code == 0
    assert (tmp_path / "out" / "in.txt").read_bytes() == CLEANED


def test_files_of_one_name_do_not_share_a_folder(run: Run, write: Any, tmp_path: Path) -> None:
    inputs = [write("a/same.txt", TEXT), write("b/same.txt", TEXT)]
    for files in (inputs, [inputs[0], "-"]):
        result = run("clean", *files, "-o", tmp_path / "out")
        assert result.code == 1
        assert "each of another name" in result.err
    assert names(tmp_path / "out") == []


@pytest.mark.parametrize(
    "data",
    [
        b"caf\xe9 \xff\xfe\njunk\nna\xefve\n",
        b"one\r\njunk\r\ntwo\r\n",
        b"\xef\xbb\xbfone\njunk\ntwo",
        b"a \xed\xa0\x80\njunk\nb \xf4\x90\x80\x80\n",
        b"a\x00b\njunk\n\x1b[1m\n",
        b"",
        b"\n\n",
    ],
)
def test_bytes_of_kept_lines_pass_untouched(
    run: Run, write: Any, tmp_path: Path, data: bytes
) -> None:
    expected = b"".join(line for line in data.splitlines(keepends=True) if b"junk" not in line)
    assert run("clean", *DROPPING, stdin=data).out == expected
    assert run("clean", write("in.txt", data), "-o", tmp_path / "out", *DROPPING).code == 0
    assert (tmp_path / "out").read_bytes() == expected


def test_a_line_of_bytes_that_are_not_utf8_is_no_blank_line(run: Run) -> None:
    title, rest = "Новости".encode("cp1251"), b"\nRain fell.\n"
    assert run("clean", *DROPPING, stdin=title + b"\njunk" + rest).out == title + rest
    assert run("clean", *DROPPING, stdin=b"junk\n" + title + rest).out == title + rest


def test_settings_reach_the_cleaner(run: Run) -> None:
    text = b"Rain fell.\nJunk one\nJunk two\n"
    kept = run("clean", *DROPPING, "--drop", "rain", "--keep", "TWO", stdin=text)
    assert kept.out == b"Junk two\n"
    assert run("clean", *DROPPING, "--max-removed", "0.5", stdin=text).out == text
    assert run("clean", "--threshold", "0", stdin=text).out == b""
    explained = run("explain", *DROPPING, "--remove", "ad,promo", "--json", stdin=text)
    lines = json.loads(explained.out)["lines"]
    assert {line["kind"] for line in lines if not line["kept"]} <= {"ad", "promo"}


# JSON lines

ROWS = [
    {"id": 1, "text": "Rain fell.\njunk\n", "title": "Rain – été 🙂"},
    {"text": "", "id": 2},
    {"id": 3, "text": "Snow.\njunk", "more": {"a": [1, None]}},
]


def as_jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def test_jsonl_cleans_a_field_and_leaves_the_others(run: Run) -> None:
    result = run("clean", "--jsonl", *DROPPING, stdin=as_jsonl(ROWS))
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["text"] for row in rows] == ["Rain fell.\n", "", "Snow.\n"]
    assert [{**row, "text": ""} for row in rows] == [{**row, "text": ""} for row in ROWS]
    assert [list(row) for row in rows] == [list(row) for row in ROWS]
    assert "Rain – été 🙂".encode() in result.out


def test_jsonl_with_another_field(run: Run, write: Any, tmp_path: Path) -> None:
    rows = as_jsonl([{"body": "junk\nRain.\n", "text": "junk\n"}])
    path = write("in.jsonl", rows)
    arguments = ("--jsonl", "--field", "body", "-o", tmp_path / "out.jsonl", *DROPPING)
    assert run("clean", path, *arguments).code == 0
    assert json.loads((tmp_path / "out.jsonl").read_bytes()) == {
        "body": "Rain.\n",
        "text": "junk\n",
    }


def test_jsonl_with_half_a_surrogate_pair(run: Run) -> None:
    for command in (("clean",), ("explain", "--json")):
        result = run(*command, "--jsonl", *DROPPING, stdin=b'{"text": "\\ud800 Rain"}\n')
        assert json.loads(result.out)["text"] == "\ud800 Rain"


def test_explaining_half_a_surrogate_pair(run: Run) -> None:
    result = run("explain", "--jsonl", *DROPPING, stdin=b'{"text": "\\ud800 Rain"}\n')
    assert (result.code, result.err) == (0, "")
    assert b"Rain" in result.out


BAD_ROWS = {
    "not JSON": (b"{text}", "not JSON"),
    "no object": (b'"text"', 'no field "text"; name another with --field'),
    "no field": (b'{"body": "Rain"}', 'no field "text"; name another with --field'),
    "no text": (b'{"text": ["Rain"]}', 'field "text" must be a string, not list'),
}


@pytest.mark.parametrize(("row", "message"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
@pytest.mark.parametrize("command", ["clean", "explain"])
def test_jsonl_errors_name_file_and_line(
    run: Run, write: Any, command: str, row: bytes, message: str
) -> None:
    data = b'{"text": "Rain"}\n\n' + row + b"\n"
    path = write("mine.jsonl", data)
    result = run(command, "--jsonl", path, *DROPPING)
    assert result.code == 1
    assert result.err.startswith(f"cleantext: {path}:3: {message}")
    assert result.err.count("\n") == 1
    from_input = run(command, "--jsonl", *DROPPING, stdin=data)
    assert from_input.err.startswith(f"cleantext: standard input:3: {message}")


# Failures leave nothing half-written


def test_a_failing_input_leaves_no_file(run: Run, write: Any, tmp_path: Path) -> None:
    path = write("in.jsonl", b'{"text": "Rain"}\n{"text": 3}\n')
    result = run("clean", "--jsonl", path, "-o", tmp_path / "out.jsonl", *DROPPING)
    assert result.code == 1
    assert names(tmp_path) == ["in.jsonl"]


def test_a_failing_input_leaves_the_old_file(run: Run, write: Any, tmp_path: Path) -> None:
    old = write("out.txt", b"old")
    result = run("clean", tmp_path / "nowhere.txt", "-o", old)
    assert result == Result(
        1, b"", f"cleantext: {tmp_path / 'nowhere.txt'}: No such file or directory\n"
    )
    assert names(tmp_path) == ["out.txt"]
    assert old.read_bytes() == b"old"


def test_a_failing_input_keeps_the_files_before_it(run: Run, write: Any, tmp_path: Path) -> None:
    inputs = [write("a.txt", TEXT), tmp_path / "nowhere.txt", write("c.txt", TEXT)]
    assert run("clean", *inputs, "-o", tmp_path / "out", *DROPPING).code == 1
    assert names(tmp_path / "out") == ["a.txt"]


def test_an_interrupt_leaves_no_file(
    run: Run, write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Cleaner._clean_batch

    def interrupted(self: Cleaner, texts: list[str]) -> Iterator[str]:
        if any("stop" in text for text in texts):
            raise KeyboardInterrupt
        return whole(self, texts)

    monkeypatch.setattr(Cleaner, "_clean_batch", interrupted)
    monkeypatch.setattr(cleantext.cleaner, "_BATCH_CHARACTERS", 1)
    inputs = [write("a.txt", TEXT), write("b.txt", b"stop")]
    result = run("clean", *inputs, "-o", tmp_path / "out", *DROPPING)
    assert result.code == 130
    assert "interrupted" in result.err
    assert names(tmp_path / "out") == ["a.txt"]
    assert run("clean", inputs[1], "-o", tmp_path / "b.out", *DROPPING).code == 130
    assert names(tmp_path) == ["a.txt", "b.txt", "out"]


# explain


def test_explain_shows_what_goes(run: Run) -> None:
    result = run("explain", *DROPPING, "--remove", "promo", stdin=TEXT)
    rows = result.out.decode().splitlines()
    assert [row[:1] for row in rows[:3]] == [" ", "-", " "]
    assert "promo" in rows[1]
    assert rows[1].endswith("junk")
    assert rows[3] == "removed 1 of 3 lines at threshold 1.00"
    assert "\x1b" not in result.out.decode()


def test_explain_json_indexes_the_input(run: Run, write: Any) -> None:
    text = "Rain – été.\r\n\r\njunk 🙂\nSnow.\u2028End"
    result = run("explain", "--json", write("in.txt", text.encode()), *DROPPING)
    found = json.loads(result.out)
    assert found["threshold"] == 1.0
    assert found["notes"] == []
    assert all(text[line["start"] : line["end"]] == line["text"] for line in found["lines"])
    assert "".join(line["text"] for line in found["lines"]) == text
    assert "".join(line["text"] for line in found["lines"] if line["kept"]) == found["text"]
    assert [line["number"] for line in found["lines"]] == [1, 2, 3, 4, 5]
    assert [line["kind"] for line in found["lines"]][1] == "blank"


def test_explain_of_several_texts(run: Run, write: Any) -> None:
    result = run("explain", "--json", "--jsonl", write("in.jsonl", as_jsonl(ROWS)), *DROPPING)
    texts = [json.loads(row)["text"] for row in result.out.splitlines()]
    assert texts == ["Rain fell.\n", "", "Snow.\n"]


def test_explain_has_colours_on_a_terminal_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert b"\x1b[9;31mjunk\x1b[0m" in run("explain", *DROPPING, stdin=TEXT).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert b"\x1b" not in run("explain", *DROPPING, stdin=TEXT).out


# train, evaluate, info


@pytest.fixture
def tiny(write: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A handful of articles, and settings that train on them in no time."""
    small = partial(
        cleantext.training.Settings,
        bits=10,
        injections=1,
        trees=4,
        network=cleantext.training.NetworkSettings(hidden=8, mixed=8, products=4, epochs=1),
    )
    monkeypatch.setattr(cleantext.training, "Settings", small)
    return write("tiny.tsv", (SEEDS / "train" / "en-media.tsv").read_bytes())  # type: ignore[no-any-return]


def test_train_writes_a_model_that_cleans(run: Run, tiny: Path, tmp_path: Path) -> None:
    plugs = SEEDS / "original" / "plugs.jsonl"
    arguments = (tiny, "--folds", "3", "--plugs", plugs, "--retention", "0.9")
    result = run("train", *arguments, "-o", tmp_path / "model")
    assert (result.code, result.err) == (0, "")
    assert f"model written to {tmp_path / 'model'}" in result.out.decode()
    assert names(tmp_path / "model") == ["README.md", "arrays.npz", "model.json"]
    manifest = json.loads((tmp_path / "model" / "model.json").read_text())
    assert list(manifest["files"]) == ["tiny.tsv"]
    assert manifest["retention_aim"] == 0.9
    assert manifest["plugs"] == 10
    cleaned = run("clean", "--model", tmp_path / "model", *DROPPING, stdin=TEXT)
    assert cleaned == Result(0, CLEANED, "")
    again = run("train", *arguments, "-o", tmp_path / "again")
    assert again.code == 0
    for name in names(tmp_path / "model"):
        same = (tmp_path / "model" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
        assert same, name


def test_an_interrupt_leaves_no_model(
    run: Run, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["cleantext.training.train"], "calibrate", interrupted)
    result = run("train", tiny, "--folds", "3", "-o", tmp_path / "model")
    assert (result.code, result.out) == (130, b"")
    assert names(tmp_path) == ["tiny.tsv"]


def test_an_interrupt_while_a_model_is_written_leaves_no_part(
    run: Run, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.write_bytes

    def interrupted(self: Path, data: bytes) -> int:
        whole(self, data[: len(data) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    assert run("train", tiny, "--folds", "3", "-o", tmp_path / "model").code == 130
    assert names(tmp_path / "model") == []


def test_train_spares_the_readme_of_a_project(
    run: Run, write: Any, tiny: Path, tmp_path: Path
) -> None:
    readme = write("project/README.md", b"# My project\n")
    result = run("train", tiny, "-o", tmp_path / "project")
    assert result.code == 1
    assert "name a folder of the model's own" in result.err
    assert readme.read_bytes() == b"# My project\n"
    assert names(tmp_path / "project") == ["README.md"]


def test_train_refuses_bad_data_with_file_and_line(run: Run, write: Any, tmp_path: Path) -> None:
    path = write("bad.tsv", b"content\tRain.\nspam\tBuy\n")
    result = run("train", path, "-o", tmp_path / "model")
    assert result.code == 1
    assert result.err.startswith(f"cleantext: {path}:2: unknown label 'spam'")
    few = run("train", write("few.tsv", b"content\tRain.\nad\tBuy\n"), "-o", tmp_path / "model")
    assert few.code == 1
    assert "too few for 5 folds" in few.err
    assert not (tmp_path / "model").exists()


def test_evaluate_prints_figures(run: Run, seed_model: Path) -> None:
    result = run("evaluate", SEEDS / "test" / "en-news.tsv", "--model", seed_model)
    printed = result.out.decode()
    assert result.code == 0
    for part in ("threshold 0.", " articles", "precision", "retention", "promo", "en"):
        assert part in printed


def test_evaluate_gives_json(run: Run, seed_model: Path) -> None:
    arguments = (SEEDS / "test", "--model", seed_model, "--threshold", "0.9", "--json")
    found = json.loads(run("evaluate", *arguments).out)
    assert found["threshold"] == 0.9
    articles = read_articles(SEEDS / "test")
    assert found["articles"] == len(articles)
    assert 0 < found["figures"]["recall"] < found["figures"]["precision"] <= 1
    assert found["errors"]["recall"] > 0
    assert found["by_lang"]["en"]["articles"] == sum(a.lang == "en" for a in articles)
    assert found["by_kind"]["content"]["lines"] > 300


def test_evaluate_gives_json_for_one_article(run: Run, write: Any, seed_model: Path) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    path = write("one.tsv", b"content\tRain.\nad\tBuy\n")
    result = run("evaluate", path, "--model", seed_model, "--json")
    assert json.loads(result.out, parse_constant=refuse)["articles"] == 1


def test_evaluate_names_file_and_line(run: Run, write: Any) -> None:
    path = write("bad.tsv", b"content\tRain.\nno label\n")
    result = run("evaluate", path)
    assert result.code == 1
    assert result.err.startswith(f"cleantext: {path}:2: no tab in this row")


def test_info_describes_the_model(run: Run, seed_model: Path) -> None:
    shown = run("info", "--model", seed_model).out.decode()
    assert str(seed_model) in shown
    assert "keeps 0.99 of content" in shown
    assert f"{len(read_articles(SEEDS / 'train'))} articles" in shown
    assert "retention" in shown
    shipped = run("info")
    assert shipped.code == 0
    assert re.search(r"^readability +precision 0", shipped.out.decode(), re.MULTILINE)


def test_an_empty_pattern_is_refused(run: Run) -> None:
    for option in ("--keep", "--drop"):
        result = run("clean", option, "", stdin=TEXT)
        assert (result.code, result.out) == (1, b"")
        assert "would match every line" in result.err


@pytest.mark.parametrize(
    "options", [("--json",), ("--markdown",), ("--url", "https://a.b"), ("--extractor", "bs4")]
)
def test_options_of_pages_are_refused_for_texts(run: Run, options: tuple[str, ...]) -> None:
    result = run("clean", *options, stdin=TEXT)
    assert (result.code, result.out) == (1, b"")
    assert f"{options[0]} is for pages" in result.err


def test_kinds_may_have_spaces_between_them(run: Run) -> None:
    assert run("clean", "--remove", "promo, newsletter", *DROPPING, stdin=TEXT).out == CLEANED


def test_a_slash_makes_a_folder_of_one_file(run: Run, write: Any, tmp_path: Path) -> None:
    path = write("in.txt", TEXT)
    assert run("clean", path, "-o", f"{tmp_path}/out/", *DROPPING).code == 0
    assert (tmp_path / "out" / "in.txt").read_bytes() == CLEANED
    page = write("page.html", b"<p>Rain fell on the hills all night, the mayor said.")
    assert run("clean", page, "-o", f"{tmp_path}/pages/").code == 0
    assert names(tmp_path / "pages") == ["page.txt"]


def test_compressed_standard_input(run: Run) -> None:
    assert run("clean", *DROPPING, stdin=gzip.compress(TEXT)).out == CLEANED
    packed = zstandard.ZstdCompressor().compress(TEXT)
    assert run("clean", *DROPPING, stdin=packed).out == CLEANED


def test_jsonl_with_a_byte_order_mark(run: Run) -> None:
    data = b'\xef\xbb\xbf{"text": "Rain fell.\\njunk\\n"}\n'
    assert run("clean", "--jsonl", *DROPPING, stdin=data).out == b'{"text": "Rain fell.\\n"}\n'


def test_explaining_several_texts_names_them(run: Run, write: Any) -> None:
    paths = [write(name, TEXT) for name in ("a.txt", "b.txt")]
    shown = run("explain", *paths, *DROPPING).out.decode()
    assert [line for line in shown.splitlines() if line.startswith("==")] == [
        f"== {path}" for path in paths
    ]
    rows = [json.loads(row) for row in run("explain", "--json", *paths).out.splitlines()]
    assert [row["name"] for row in rows] == list(map(str, paths))
    assert b"==" not in run("explain", paths[0]).out


# Exit codes


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("scrub",),
        ("clean", "--threshold", "much"),
        ("clean", "--sparkle"),
        ("train", "data.tsv"),
        ("evaluate",),
    ],
)
def test_misspelt_commands_end_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert result.err.startswith("usage: cleantext")
    assert "Traceback" not in result.err


def test_help_and_version_end_with_0(run: Run) -> None:
    assert run("--version").out.decode().strip() == f"cleantext {cleantext.__version__}"
    for arguments in (("--help",), ("clean", "--help"), ("train", "--help")):
        assert run(*arguments).code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("clean", "nowhere.txt"), "nowhere.txt: No such file or directory"),
        (("clean", "--model", "nowhere"), "nowhere is no model folder: model.json is missing"),
        (("clean", "--threshold", "5"), "threshold must lie between 0 and 1, not 5.0"),
        (("clean", "--remove", "ad,spam"), "unknown kind 'spam'; the kinds are: content"),
        (("explain", "."), ".: no .html, .htm, .xhtml files in this folder"),
        (("evaluate", "nowhere.tsv"), "nowhere.tsv: no such file or folder"),
        (("train", "nowhere.tsv", "-o", "model"), "nowhere.tsv: no such file or folder"),
        (("train", str(SEEDS / "train"), "-o", "m", "--folds", "2"), "training needs at least 3"),
        (("info", "--model", "nowhere"), "nowhere is no model folder"),
    ],
)
def test_what_cannot_be_used_ends_with_1(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert (result.code, result.out) == (1, b"")
    assert result.err.startswith(f"cleantext: {message}")
    assert names(tmp_path) == []


def test_a_missing_output_folder_is_named(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "out.txt"
    result = run("clean", "-o", target, *DROPPING, stdin=TEXT)
    assert result.code == 1
    assert str(target.parent) in result.err
    assert ".part" not in result.err


# As a process


def test_process_cleans_a_pipe() -> None:
    data = b"caf\xe9\r\njunk\r\nSnow"
    assert process("clean", *DROPPING, stdin=data) == Result(0, b"caf\xe9\r\nSnow", "")


def test_process_fails_without_a_traceback(tmp_path: Path) -> None:
    missing = process("clean", tmp_path / "nowhere.txt")
    assert missing == Result(
        1, b"", f"cleantext: {tmp_path / 'nowhere.txt'}: No such file or directory\n"
    )
    assert process("scrub").code == 2


def test_processes_agree_whatever_the_hash_seed_and_the_locale() -> None:
    data = (SEEDS / "original" / "article.txt").read_bytes()
    one = process("explain", "--json", stdin=data, PYTHONHASHSEED="1", LC_ALL="C", PYTHONUTF8="0")
    two = process("explain", "--json", stdin=data, PYTHONHASHSEED="2")
    assert one.code == 0
    assert one == two


@pytest.mark.skipif(os.name == "nt", reason="pipes close otherwise on Windows")
def test_process_ends_quietly_when_its_reader_has_gone(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"Rain fell on the hills all night, the mayor said.\n" * 20_000)
    source = str(Path(cleantext.__file__).parents[1])
    writer = subprocess.Popen(
        [sys.executable, "-m", "cleantext", "clean", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert writer.stdout is not None
    writer.stdout.read(10)
    writer.stdout.close()
    _, err = writer.communicate()
    assert (writer.returncode, err) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="no such signals on Windows")
def test_a_process_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    source = str(Path(cleantext.__file__).parents[1])
    writer = subprocess.Popen(
        [sys.executable, "-m", "cleantext", "clean", "--jsonl", "-", "-o", tmp_path / "out.jsonl"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert writer.stdin is not None
    writer.stdin.write(b'{"text": "Rain fell.\\n"}\n' * 200_000)  # until it reads, it isn't ready
    assert any(name.endswith(".part") for name in names(tmp_path))
    writer.terminate()
    _, err = writer.communicate()
    assert (writer.returncode, err) == (128 + signal.SIGTERM, b"")
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="shells close streams otherwise on Windows")
@pytest.mark.parametrize(
    ("closed", "message"),
    [(">&-", "standard output is closed"), ("<&-", "standard input is closed")],
)
def test_closed_streams_are_named(closed: str, message: str) -> None:
    source = str(Path(cleantext.__file__).parents[1])
    done = subprocess.run(
        f'"{sys.executable}" -m cleantext clean {closed}',
        shell=True,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": source},
        check=False,
    )
    assert (done.returncode, done.stderr.decode()) == (1, f"cleantext: {message}\n")


@pytest.mark.skipif(os.name == "nt", reason="no such signals on Windows")
def test_what_is_ignored_stays_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        clean = cleantext.cleaner.Cleaner.clean_many

        def hang_up(self: Cleaner, *arguments: Any, **settings: Any) -> Any:
            os.kill(os.getpid(), signal.SIGHUP)  # as when the terminal of a nohup is closed
            return clean(self, *arguments, **settings)

        monkeypatch.setattr(cleantext.cleaner.Cleaner, "clean_many", hang_up)
        assert run("clean", *DROPPING, stdin=TEXT) == Result(0, CLEANED, "")
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
