"""Files of the command line: compression, Parquet, errors, interruptions."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import SEEDS

import cleantext.cleaner
import cleantext.files
from cleantext import Cleaner
from cleantext.cli import main
from cleantext.labelled import read_articles

ROWS = [
    {"id": number, "text": f"Rain fell on hill {number} – été 🙂.\njunk\n", "more": [None, "x"]}
    for number in range(300)
]
CLEANED = [{**row, "text": str(row["text"]).replace("junk\n", "")} for row in ROWS]
DROPPING = ("--threshold", "1", "--drop", "junk")
SUFFIXES = ("", ".gz", ".zst")


def run(*arguments: Any) -> int:
    return main([str(argument) for argument in arguments])


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def packed(data: bytes, suffix: str) -> bytes:
    """Compress in two frames, as files that were appended to are."""
    if suffix == ".gz":
        return gzip.compress(data[:100]) + gzip.compress(data[100:])
    if suffix == ".zst":
        zstandard = pytest.importorskip("zstandard")
        return bytes(zstandard.compress(data[:100]) + zstandard.compress(data[100:]))
    return data


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        zstandard = pytest.importorskip("zstandard")
        with path.open("rb") as file:
            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            return bytes(reader.read())
    return data


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("into", SUFFIXES)
@pytest.mark.parametrize("out_of", SUFFIXES)
def test_compression_goes_by_the_name(tmp_path: Path, out_of: str, into: str) -> None:
    source, target = tmp_path / f"in.jsonl{out_of}", tmp_path / f"out.jsonl{into}"
    source.write_bytes(packed(jsonl(ROWS), out_of))
    assert run("clean", source, "-o", target, *DROPPING) == 0
    assert unpacked(target) == jsonl(CLEANED)
    assert names(tmp_path) == sorted([source.name, target.name])
    source.write_bytes(packed(b"", out_of))
    assert run("clean", source, "-o", target, *DROPPING) == 0
    assert unpacked(target) == b""


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_text(tmp_path: Path, suffix: str, capsysbinary: Any) -> None:
    source, target = tmp_path / f"in.txt{suffix}", tmp_path / f"out.txt{suffix}"
    source.write_bytes(packed(b"caf\xe9\njunk\n" * 50, suffix))
    assert run("clean", source, "-o", target, *DROPPING) == 0
    assert unpacked(target) == b"caf\xe9\n" * 50
    assert run("clean", source, *DROPPING) == 0
    assert capsysbinary.readouterr().out == b"caf\xe9\n" * 50
    assert run("explain", source, "--json", *DROPPING) == 0


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("damage", ["cut", "not"])
def test_a_damaged_file_is_named(
    tmp_path: Path, suffix: str, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / f"in.jsonl{suffix}"
    whole = packed(jsonl(ROWS), suffix)
    source.write_bytes(whole[:-20] if damage == "cut" else b'{"text": "plain"}\n')
    code = run("clean", source, "-o", tmp_path / "out.jsonl", *DROPPING)
    assert code == 1
    assert capsys.readouterr().err.startswith(f"cleantext: {source} is damaged or cut short")
    assert names(tmp_path) == [source.name]


@pytest.mark.parametrize(
    ("module", "name", "extra"),
    [("zstandard", "a.jsonl.zst", "zstd"), ("pyarrow", "a.parquet", "parquet")],
)
def test_a_missing_extra_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: str,
    name: str,
    extra: str,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    source = tmp_path / name
    source.write_bytes(b"")
    assert run("clean", source, "-o", tmp_path / f"out-{name}") == 1
    assert f'pip install "cleantext-lines[{extra}]"' in capsys.readouterr().err
    assert names(tmp_path) == [name]


def test_jobs_give_the_same_bytes(tmp_path: Path) -> None:
    texts = [article.text for article in read_articles(SEEDS / "test")]
    source = tmp_path / "in.jsonl"
    source.write_bytes(jsonl([{"text": text} for text in texts * 3]))
    assert run("clean", source, "-o", tmp_path / "one.jsonl") == 0
    assert run("clean", source, "-o", tmp_path / "two.jsonl", "--jobs", "2") == 0
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    files = []
    for number, text in enumerate(texts):
        files.append(tmp_path / f"{number}.txt")
        files[-1].write_bytes(text.encode())
    assert run("clean", *files, "-o", tmp_path / "cleaned", "--jobs", "2") == 0
    wanted = list(Cleaner().clean_many(texts))
    found = [(tmp_path / "cleaned" / f"{n}.txt").read_bytes().decode() for n in range(len(texts))]
    assert found == wanted


def test_names_in_capitals(tmp_path: Path) -> None:
    source, target = tmp_path / "IN.TXT.GZ", tmp_path / "OUT.TXT.GZ"
    source.write_bytes(packed(b"Rain fell.\njunk\n", ".gz"))
    assert run("clean", source, "-o", target, *DROPPING) == 0
    assert gzip.decompress(target.read_bytes()) == b"Rain fell.\n"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_of_a_link_what_it_leads_to_is_written(tmp_path: Path) -> None:
    source, target, link = (tmp_path / name for name in ("in.txt", "out.txt", "link.txt"))
    source.write_bytes(b"Rain fell.\njunk\n")
    target.write_bytes(b"old")
    link.symlink_to(target)
    assert run("clean", source, "-o", link, *DROPPING) == 0
    assert link.is_symlink()
    assert target.read_bytes() == b"Rain fell.\n"
    link.unlink()
    link.symlink_to(link)
    assert run("clean", source, "-o", link, *DROPPING) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_pipe_gets_what_is_written(tmp_path: Path, suffix: str) -> None:
    source, pipe = tmp_path / "in.txt", tmp_path / f"pipe{suffix}"
    source.write_bytes(b"Rain fell.\njunk\n")
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(pipe.read_bytes)
        assert run("clean", source, "-o", pipe, *DROPPING) == 0
        found = reader.result(10)
    assert (gzip.decompress(found) if suffix else found) == b"Rain fell.\n"
    assert names(tmp_path) == ["in.txt", pipe.name]


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no such device here")
def test_standard_output_by_its_name_is_gone_on_with(tmp_path: Path) -> None:
    log, source = tmp_path / "log", tmp_path / "in.txt"
    log.write_bytes(b"before\n")
    source.write_bytes(b"Rain fell.\njunk\n")
    command = [sys.executable, "-m", "cleantext", "clean", source, "-o", "/dev/stdout", *DROPPING]
    env = {**os.environ, "PYTHONPATH": str(Path(cleantext.cleaner.__file__).parents[1])}
    with log.open("ab") as out:
        subprocess.run(command, stdout=out, check=True, env=env)
    assert log.read_bytes() == b"before\nRain fell.\n"


def test_a_device_cannot_be_taken_up_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(jsonl(ROWS))
    assert run("clean", source, "-o", os.devnull, "--resume") == 1
    assert "is no regular file: --resume can't go on with it" in capsys.readouterr().err
    assert run("clean", source, "-o", os.devnull) == 0
    assert not Path(os.devnull).is_file()


# Rows that can't be cleaned

BAD = b'{"text": "Rain.\\njunk"}\nno JSON\n{"text": null}\r\n{"text": "Snow."}\n'


@pytest.mark.parametrize(
    ("on_error", "wanted", "said"),
    [
        ("keep", b'{"text": "Rain.\\n"}\nno JSON\n{"text": null}\n{"text": "Snow."}\n', "kept as"),
        ("drop", b'{"text": "Rain.\\n"}\n{"text": "Snow."}\n', "left out"),
    ],
)
def test_bad_rows_are_kept_or_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], on_error: str, wanted: bytes, said: str
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(BAD)
    assert run("clean", source, "-o", target, "--on-error", on_error, *DROPPING) == 0
    assert target.read_bytes() == wanted
    err = capsys.readouterr().err
    assert said in err
    assert f": 2; first: {source}:2: not JSON" in err
    source.write_bytes(b"[" * 100_000 + b"\n")
    assert run("clean", source, "-o", target, "--on-error", on_error) == 0


# Taking up again


@pytest.fixture
def stop_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Interrupt cleaning at a text; returns the texts that were cleaned."""
    whole = Cleaner._clean_batch
    monkeypatch.setattr(cleantext.cleaner, "_BATCH_CHARACTERS", 1)
    monkeypatch.setattr(cleantext.files, "_CHECKPOINT_BYTES", 1000)

    def arm(stop: str) -> list[str]:
        seen: list[str] = []

        def clean_batch(self: Cleaner, texts: list[str]) -> Iterator[str]:
            if stop and any(stop in text for text in texts):
                raise KeyboardInterrupt
            seen.extend(texts)
            return whole(self, texts)

        monkeypatch.setattr(Cleaner, "_clean_batch", clean_batch)
        return seen

    return arm


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_resume_goes_on_and_gives_the_same_file(
    tmp_path: Path, suffix: str, stop_at: Callable[[str], list[str]], capsys: Any
) -> None:
    source, target = tmp_path / "in.jsonl.gz", tmp_path / f"out.jsonl{suffix}"
    source.write_bytes(packed(b"\n" + jsonl(ROWS), ".gz"))
    command = ("clean", source, "-o", target, "--resume", *DROPPING)
    stop_at("hill 120 ")
    assert run(*command) == 130
    assert "the same command goes on from here" in capsys.readouterr().err
    part = tmp_path / f".{target.name}.part"
    assert names(tmp_path) == sorted([part.name, f"{part.name}.json", source.name])
    with part.open("ab") as file:
        file.write(b"a row that was cut off")
    stop_at("hill 250 ")
    assert run(*command) == 130
    seen = stop_at("")
    assert run(*command) == 0
    assert 0 < len(seen) < 100
    assert "going on after row 2" in capsys.readouterr().err
    assert unpacked(target) == jsonl(CLEANED)
    assert names(tmp_path) == sorted([source.name, target.name])

    again = tmp_path / f"again.jsonl{suffix}"
    assert run("clean", source, "-o", again, "--resume", *DROPPING) == 0
    assert again.read_bytes() == target.read_bytes()


def test_resume_refuses_another_job(
    tmp_path: Path, stop_at: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(jsonl(ROWS))
    command = ("clean", source, "-o", target, "--resume", "--drop", "junk")
    stop_at("hill 120 ")
    assert run(*command, "--threshold", "1") == 130
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    stop_at("")
    assert run(*command, "--threshold", "0.9") == 1
    assert "was begun with another input, other settings" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    source.write_bytes(jsonl(ROWS[:200]))
    assert run(*command, "--threshold", "1") == 1
    (tmp_path / ".out.jsonl.part.json").unlink()
    assert run(*command, "--threshold", "1") == 0
    assert target.read_bytes() == jsonl(CLEANED[:200])


def test_resume_refuses_another_model_in_the_same_folder(
    tmp_path: Path,
    seed_model: Path,
    stop_at: Callable[[str], list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, target, model = tmp_path / "in.jsonl", tmp_path / "out.jsonl", tmp_path / "model"
    source.write_bytes(jsonl(ROWS))
    shutil.copytree(seed_model, model)
    command = ("clean", source, "-o", target, "--resume", "--model", model)
    stop_at(ROWS[-1]["text"])
    assert run(*command) == 130
    manifest = model / "model.json"
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    stop_at("")
    assert run(*command) == 1
    assert "was begun with another input" in capsys.readouterr().err


def test_resume_leaves_finished_files_alone(
    tmp_path: Path, stop_at: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for name in ("a", "b", "c"):
        files.append(tmp_path / f"{name}.txt")
        files[-1].write_text(f"{name}\njunk\n")
    out = tmp_path / "out"
    stop_at("b")
    assert run("clean", *files, "-o", out, "--resume", *DROPPING) == 130
    seen = stop_at("")
    assert run("clean", *files, "-o", out, "--resume", *DROPPING) == 0
    assert seen == ["b\njunk\n", "c\njunk\n"]
    assert f"1 finished before, left as they are, {out / 'a.txt'} the first" in (
        capsys.readouterr().err
    )
    assert [(out / f"{name}.txt").read_text() for name in "abc"] == ["a\n", "b\n", "c\n"]


def test_resume_needs_input_that_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("clean", "--jsonl", "-", "-o", tmp_path / "out.jsonl", "--resume") == 1
    assert "--resume needs input files" in capsys.readouterr().err


def test_resume_needs_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("clean", "--resume") == 1
    assert "--resume needs --output" in capsys.readouterr().err


# Parquet


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """A file of several row groups, with columns of many types."""
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "id": pa.array(range(3000), pa.int32()),
            "body": [f"Rain {n}\njunk\n" for n in range(3000)],
            "day": pa.array([n if n % 2 else None for n in range(3000)], pa.date32()),
            "tags": [["a", str(n)] for n in range(3000)],
        }
    ).replace_schema_metadata({"made by": "us"})
    path = tmp_path / "in.parquet"
    pq.write_table(table, path, row_group_size=700, compression="zstd")
    return path


@pytest.mark.parametrize("row_group", [1, 10**9])
@pytest.mark.parametrize("jobs", [1, 2])
def test_parquet_keeps_all_but_the_column(
    parquet: Path, monkeypatch: pytest.MonkeyPatch, row_group: int, jobs: int
) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(cleantext.files, "_ROW_GROUP_BYTES", row_group)
    target = parquet.with_name("out.parquet")
    assert run("clean", parquet, "-o", target, "--field", "body", "--jobs", jobs, *DROPPING) == 0
    before, after = pq.read_table(parquet), pq.read_table(target)
    assert after["body"].to_pylist() == [f"Rain {n}\n" for n in range(3000)]
    assert after.schema.equals(before.schema, check_metadata=True)
    assert after.drop_columns("body").equals(before.drop_columns("body"))
    about = pq.ParquetFile(target).metadata.row_group(0)
    assert about.column(1).compression == "ZSTD"
    assert about.num_rows == (1000 if row_group == 1 else 3000)
    assert names(parquet.parent) == ["in.parquet", "out.parquet"]


@pytest.mark.parametrize(("on_error", "texts"), [("keep", ["a", None, "b"]), ("drop", ["a", "b"])])
def test_nulls_in_parquet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], on_error: str, texts: list[str | None]
) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"text": pa.array(["a", None, "b"], pa.large_string())}), source)
    assert run("clean", source, "-o", target) == 1
    assert f'{source}: row 2: "text" is null' in capsys.readouterr().err
    assert names(tmp_path) == ["in.parquet"]
    assert run("clean", source, "-o", target, "--on-error", on_error) == 0
    assert pq.read_table(target)["text"].to_pylist() == texts
    assert pq.read_schema(target).field("text").type == pa.large_string()


def test_parquet_errors(parquet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = parquet.with_name("broken.parquet")
    broken.write_bytes(b"PAR1 no")
    target = parquet.with_name("out.parquet")
    for arguments, message in [
        ((parquet, "-o", target), 'in.parquet: no column "text"; name another with --field'),
        ((parquet, "-o", target, "--field", "id"), 'column "id" must hold strings, not int32'),
        ((parquet, "--field", "body"), "Parquet goes into .parquet files"),
        ((parquet, "-o", parquet.with_name("out.jsonl")), "Parquet goes into .parquet files"),
        ((broken, "-o", target), "broken.parquet is no Parquet file, or damaged"),
        ((parquet, parquet.with_name("in.txt")), "don't go into one output"),
    ]:
        assert run("clean", *arguments) == 1
        assert message in capsys.readouterr().err
    assert run("explain", parquet) == 1
    assert "explain reads text and JSONL" in capsys.readouterr().err
    assert names(parquet.parent) == ["broken.parquet", "in.parquet"]
