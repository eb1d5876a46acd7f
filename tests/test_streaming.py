"""`clean_many`: order, memory, errors and interrupts, in this process and in several."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import count, islice, repeat
from pathlib import Path
from typing import Any

import pytest
from conftest import SEEDS
from texts import JUNK, PROSE

import cleantext
from cleantext import Cleaner, CleaningError, MissingExtraError, ModelError, clean_many
from cleantext.labelled import read_articles
from cleantext.model import LineModel
from cleantext.streaming import _Chunk, _finished, _submitted, stream

pytest.importorskip("loky")

ARTICLE = "\n".join([PROSE[0], JUNK[0], PROSE[1], "", JUNK[2], "", PROSE[2], JUNK[3]]) + "\n"


@pytest.fixture(scope="module")
def articles() -> list[str]:
    """Enough texts for several chunks, odd ones among them."""
    seeds = [article.text for article in read_articles(SEEDS / "train", SEEDS / "test")]
    texts = [*seeds, "", "\n", "\ud800", *PROSE, *JUNK] * 2
    assert sum(map(len, texts)) > 3 * 150_000
    return texts


@pytest.mark.slow
def test_the_same_bytes_alone_in_batches_in_threads_and_in_processes(
    cleaner: Cleaner, articles: list[str]
) -> None:
    alone = [cleaner.clean(text) for text in articles]
    assert alone != articles
    assert list(cleaner.clean_many(articles)) == alone
    assert list(clean_many(articles, n_jobs=2)) == alone
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(cleaner.clean, articles)) == alone
        for found in pool.map(lambda _: list(cleaner.clean_many(articles)), range(3)):
            assert found == alone


def test_settings_reach_the_workers(articles: list[str]) -> None:
    settings: dict[str, Any] = {"threshold": 0.3, "drop": "bridge", "max_removed": 0.9}
    expected = list(clean_many(articles[:40], **settings))
    assert list(clean_many(articles[:40], n_jobs=2, **settings)) == expected
    assert expected != list(clean_many(articles[:40]))


def test_a_model_of_ones_own_reaches_the_workers(seed_lines: LineModel) -> None:
    cleaner = Cleaner(seed_lines, threshold=0.4)
    assert list(cleaner.clean_many([ARTICLE] * 3, n_jobs=2)) == [cleaner.clean(ARTICLE)] * 3


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_nothing_is_read_before_it_is_needed(n_jobs: int) -> None:
    read = count()

    def endless() -> Iterator[str]:
        while True:
            next(read)
            yield ARTICLE

    results = clean_many(endless(), n_jobs=n_jobs)
    assert next(read) == 0
    first = next(results)
    ahead = next(read)
    assert len(ARTICLE) * ahead < 1_000_000 * n_jobs
    assert list(islice(results, 5000)) == [first] * 5000
    assert len(ARTICLE) * (next(read) - 5000) < 1_000_000 * n_jobs
    results.close()  # type: ignore[attr-defined]


def test_empty_texts_do_not_pile_up() -> None:
    read = count()
    results = clean_many("" for _ in read)
    assert next(results) == ""
    assert next(read) < 10_000


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("texts", [[], [""], iter(())])
def test_few_texts_or_none(n_jobs: int, texts: Any) -> None:
    assert list(clean_many(texts, n_jobs=n_jobs)) in ([], [""])


# Errors

ITEMS: list[Any] = [ARTICLE, None, PROSE[0], b"bytes", *[ARTICLE] * 500, 3.5, PROSE[1]]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_raise_names_the_item_after_all_results_before_it(cleaner: Cleaner, n_jobs: int) -> None:
    results = clean_many([*ITEMS[4:]], n_jobs=n_jobs)
    assert list(islice(results, 500)) == [cleaner.clean(ARTICLE)] * 500
    with pytest.raises(TypeError, match="item 500 of texts must be a str, not float"):
        next(results)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_keep_gives_the_item_back_and_drop_leaves_it_out(cleaner: Cleaner, n_jobs: int) -> None:
    kept = [cleaner.clean(item) if isinstance(item, str) else item for item in ITEMS]
    assert list(clean_many(ITEMS, n_jobs=n_jobs, on_error="keep")) == kept
    dropped = [text for text in kept if isinstance(text, str)]
    assert list(clean_many(ITEMS, n_jobs=n_jobs, on_error="drop")) == dropped


def shout(texts: list[str]) -> list[str]:
    """Stand in for cleaning; one text is too much for it."""
    if "bad" in texts:
        raise MemoryError("no room")
    return [text.upper() for text in texts]


def shout_or_die(texts: list[str]) -> list[str]:
    if "bad" in texts:
        os._exit(1)
    return [text.upper() for text in texts]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_text_that_fails_does_not_take_its_chunk_along(n_jobs: int) -> None:
    texts = ["a", "b", "bad", "c"]
    for size in (1, 1000):
        options: dict[str, Any] = {"chunk_size": size, "n_jobs": n_jobs}
        assert list(stream(shout, texts, on_error="keep", **options)) == ["A", "B", "bad", "C"]
        assert list(stream(shout, texts, on_error="drop", **options)) == ["A", "B", "C"]
        results = stream(shout, texts, **options)
        assert list(islice(results, 2)) == ["A", "B"]
        with pytest.raises(CleaningError, match=r"item 2 of texts .*MemoryError: no room"):
            next(results)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_of_the_source_comes_after_what_it_gave(n_jobs: int) -> None:
    def broken() -> Iterator[str]:
        yield from ("a", "b", "c")
        raise OSError("disk gone")

    for size in (1, 1000):
        results = stream(shout, broken(), chunk_size=size, n_jobs=n_jobs)
        assert list(islice(results, 3)) == ["A", "B", "C"]
        with pytest.raises(OSError, match="disk gone"):
            next(results)


def test_a_dead_worker_is_reported() -> None:
    results = stream(shout_or_die, ["a", "bad", "c"], chunk_size=1000, n_jobs=2)
    with pytest.raises(CleaningError, match="worker process died at items 0 to 2 of texts"):
        list(results)


def test_what_was_done_before_a_worker_died_comes_first() -> None:
    texts = [*"abcd", "bad", *("z" * 3 for _ in range(2000))]
    results = stream(shout_or_die, texts, chunk_size=1, n_jobs=2)
    found = []
    with pytest.raises(CleaningError, match="worker process died"):
        found.extend(result for result in results)
    assert found == [*"ABCD"][: len(found)]


def test_a_worker_that_died_before_its_chunk_is_reported_in_turn() -> None:
    class Broken:
        def submit(self, *arguments: Any) -> None:
            raise BrokenProcessPool

    failed = _submitted(Broken(), _Chunk(7, ["a"], ["a"]))
    with pytest.raises(CleaningError, match="worker process died at items 7 to 7 of texts"):
        _finished(_Chunk(7, ["a"], ["a"]), failed, "texts")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_jobs": 0}, ValueError, "n_jobs must be a positive number"),
        ({"n_jobs": -2}, ValueError, "n_jobs must be a positive number"),
        ({"n_jobs": "2"}, TypeError, "n_jobs must be a whole number, not str"),
        ({"n_jobs": True}, TypeError, "n_jobs must be a whole number, not bool"),
        ({"on_error": "ignore"}, ValueError, "on_error must be 'raise', 'keep' or 'drop'"),
    ],
)
def test_options_that_make_no_sense_are_refused_at_once(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        clean_many([], **options)


@pytest.mark.parametrize(
    ("module", "options"), [("loky", {"n_jobs": 2}), ("tqdm", {"progress": True})]
)
def test_a_missing_extra_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, module: str, options: dict[str, Any]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r'pip install "cleantext-lines\[parallel\]"'):
        clean_many([], **options)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_extra_that_workers_miss_is_named_too(n_jobs: int) -> None:
    with pytest.raises(MissingExtraError, match=r"cleantext-lines\[html\]"):
        list(stream(needs_html, ["text"], chunk_size=1, n_jobs=n_jobs))


def needs_html(texts: list[str]) -> list[str]:
    raise MissingExtraError("reading HTML", "html")


def test_progress_shows_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(clean_many([ARTICLE] * 3, progress=True))) == 3
    assert "3/3" in capsys.readouterr().err
    assert len(list(clean_many(repeat(ARTICLE, 4), progress=True))) == 4
    assert "4 texts" in capsys.readouterr().err


# Processes

SCRIPT = """
    import signal
    signal.signal(signal.SIGINT, signal.default_int_handler)  # CI may have us ignore it
    import itertools
    from cleantext import clean_many
    text = {text!r}
    for number, _ in enumerate(clean_many(itertools.repeat(text), n_jobs=2)):
        if number == 100:
            print("running", flush=True)
"""


def start(code: str, tmp_path: Path) -> subprocess.Popen[str]:
    """Run a script without a guard for `__main__`, as people write them."""
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(code))
    source = str(Path(cleantext.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
        start_new_session=True,
    )


def children(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], stdout=subprocess.PIPE, check=True)
    rows = [tuple(map(int, row.split())) for row in listed.stdout.splitlines()]
    return {child for child, parent in rows if parent == pid}


@pytest.mark.skipif(os.name == "nt", reason="no process groups to interrupt on Windows")
def test_an_interrupt_ends_all_processes_quietly(tmp_path: Path) -> None:
    process = start(SCRIPT.format(text=ARTICLE), tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    workers = children(process.pid)
    assert len(workers) >= 2
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: parent and workers get it
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert err.count("Traceback") == 1
    assert err.rstrip().endswith("KeyboardInterrupt")
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline, "workers outlive their parent"
        time.sleep(0.05)


# Pickles


def test_the_shipped_model_stays_out_of_the_pickle(seed_lines: LineModel) -> None:
    chosen = Cleaner(threshold=0.4, drop="bridge")
    pickled = pickle.dumps(chosen)
    assert len(pickled) < 1000
    assert pickle.dumps(pickle.loads(pickled)) == pickled
    assert pickle.loads(pickled).clean(ARTICLE) == chosen.clean(ARTICLE)
    own = Cleaner(seed_lines)
    assert pickle.loads(pickle.dumps(own)).clean(ARTICLE) == own.clean(ARTICLE)


def test_a_pickle_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pickled = pickle.dumps(Cleaner())
    monkeypatch.setattr(cleantext, "__version__", "9.9")
    with pytest.raises(ModelError, match=r"ships with cleantext 0\.1.*here is 9\.9"):
        pickle.loads(pickled)


@pytest.mark.skipif(os.name == "nt", reason="parents are told otherwise on Windows")
def test_workers_end_with_a_parent_that_is_killed() -> None:
    code = (
        "import sys\nfrom cleantext import clean_many\n"
        "results = clean_many(iter(lambda: 'Rain fell.\\n', None), n_jobs=2)\n"
        "print(next(results), flush=True)\nsys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(cleantext.__file__).parents[1])},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline()
    parent.kill()
    # Workers hold the pipe open as long as they live.
    assert parent.communicate(timeout=30) == (b"", None)
