"""All cores, long streams, hosts, and what a terabyte costs.

    python -m benchmarks.scale [--save] [--only SECTION ...] [--hosts ENVIRONMENT/bin/python ...]

Seconds are of a machine that may be shared: the ratios count. Two workers stand beside two
processes that only count words, which is what the machine had to give at that moment.
`make integrations` makes environments for `--hosts`; `make scale` does all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.hosts import HOSTS, ROOT, seed_texts, spark_session
from cleantext import clean_many

WORDS = (
    "import re; from benchmarks.hosts import seed_texts\n"
    "texts = seed_texts({count}); print(flush=True); input()\n"
    "for _ in range({times}):\n"
    "  for text in texts: re.findall(r'\\w+', text.lower())\n"
)


def rss(pid: int | str = "self") -> float:
    """Resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def timed(action: Callable[[], Any]) -> float:
    """Seconds that something takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def consume(items: Iterable[Any]) -> None:
    """Take all items and keep none."""
    for _ in items:
        pass


def count_words(processes: int, count: int) -> float:
    """Seconds for processes of their own to count words, each its share."""
    times = 6 // processes
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WORDS.format(count=count, times=times)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(processes)
    ]
    for process in started:  # each says when it is ready
        assert process.stdout is not None
        process.stdout.readline()

    def go() -> None:
        for process in started:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
        for process in started:
            process.wait()

    seconds = timed(go)
    for process in started:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()
    return seconds


def cpu_seconds() -> float:
    """CPU time of this process and of the children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in used)


def workers(count: int, repeats: int) -> dict[str, Any]:
    """Two workers against one process, beside what two bare processes gain."""
    texts = seed_texts(count)
    few = texts[:100]
    list(clean_many(few))
    rounds: dict[str, list[float]] = {key: [] for key in ("one", "two", "start", "w1", "w2")}
    used: dict[str, list[float]] = {"one": [], "two": [], "start": []}
    for _ in range(repeats):
        for name, jobs, given in (("one", 1, texts), ("two", 2, texts), ("start", 2, few)):
            before = cpu_seconds()
            rounds[name].append(timed(lambda g=given, n=jobs: consume(clean_many(g, n_jobs=n))))  # type: ignore[misc]
            used[name].append(cpu_seconds() - before)
        rounds["w1"].append(count_words(1, count))
        rounds["w2"].append(count_words(2, count))
    best = {name: min(values) for name, values in rounds.items()}
    cpu = {name: min(values) for name, values in used.items()}
    return {
        "articles": count,
        "bytes": sum(len(text.encode()) for text in texts),
        **best,
        **{f"cpu_{name}": value for name, value in cpu.items()},
        "same": list(clean_many(few, n_jobs=2)) == list(clean_many(few)),
    }


def rate(count: int, repeats: int) -> dict[str, Any]:
    """CPU time of one process."""
    texts = seed_texts(count)
    list(clean_many(texts[:100]))
    used = []
    for _ in range(repeats):
        before = cpu_seconds()
        consume(clean_many(texts))
        used.append(cpu_seconds() - before)
    return {"bytes": sum(len(text.encode()) for text in texts), "cpu": min(used)}


def short_texts() -> Iterator[str]:
    """Articles of a few hundred characters, without end: the first lines of those in `seeds`."""
    cut = []
    for text in seed_texts(100):
        lines = text.splitlines(keepends=True)
        size, kept = 0, []
        for line in lines:
            if size > 300:
                break
            kept.append(line)
            size += len(line)
        cut.append("".join(kept))
    return cycle(cut)


def parent(count: int) -> dict[str, Any]:
    """Peak memory of a process that streams many articles through two workers."""
    size = 0

    def texts() -> Iterator[str]:
        nonlocal size
        for text in islice(short_texts(), count):
            size += len(text)
            yield text

    done = 0

    def run() -> None:
        nonlocal done
        for _ in clean_many(texts(), n_jobs=2):
            done += 1

    seconds = timed(run)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"articles": done, "characters": size, "seconds": seconds, "peak_mb": peak}


def flat(count: int) -> dict[str, Any]:
    """Resident memory of one process along a stream: the highest in each twentieth of it.

    Between two chunks the allocator may give some megabytes back, and takes them again.
    """
    peaks = [0.0] * 20
    whole = cycle(seed_texts(1000))
    for number, _ in enumerate(clean_many(islice(whole, count))):
        if number % (count // 400) == 0:
            part = min(number * 20 // count, 19)
            peaks[part] = max(peaks[part], rss())
    settled = peaks[2:]  # the first tenth warms up
    return {
        "articles": count,
        "rss_mb": settled[-1],
        "drift": settled[-1] / settled[0] - 1,
        "spread": (max(settled) - min(settled)) / settled[0],
    }


def engine(name: str, count: int, size: int) -> dict[str, Any]:
    """A job from Parquet to Parquet over many articles, on one worker or two."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        pages, cleaned = Path(folder) / "pages", Path(folder) / "cleaned"
        pages.mkdir()
        texts = seed_texts(count)
        for shard in range(20):
            pq.write_table(pa.table({"text": texts[shard::20]}), pages / f"{shard}.parquet")
        run = {"spark": _spark_job, "ray": _ray_job}[name]
        with Watch(b"pyspark.daemon" if name == "spark" else b"CleanBatch") as watch:
            seconds = run(pages, cleaned, size)
        found = Counter(pq.read_table(cleaned)["text"].to_pylist())
    return {
        "workers": size,
        "seconds": seconds,
        "same": found == Counter(clean_many(texts)),
        **watch.summary(),
    }


def _spark_job(pages: Path, cleaned: Path, size: int) -> float:
    from cleantext.integrations.spark import clean_udf

    session = spark_session(size)
    session.read.parquet(str(pages)).limit(10).select(clean_udf()("text")).collect()
    job = session.read.parquet(str(pages)).repartition(40).withColumn("text", clean_udf()("text"))
    seconds = timed(lambda: job.write.parquet(str(cleaned)))
    session.stop()
    return seconds


def _ray_job(pages: Path, cleaned: Path, size: int) -> float:
    import ray

    from cleantext.integrations.ray import CleanBatch

    ray.init(num_cpus=size + 1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    read = ray.data.read_parquet(str(pages), override_num_blocks=40)
    job = read.map_batches(CleanBatch, concurrency=size)
    seconds = timed(lambda: job.write_parquet(str(cleaned)))
    ray.shutdown()
    return seconds


class Watch:
    """Watch the memory of the processes that clean, while something runs."""

    def __init__(self, command: bytes) -> None:
        self._command = command
        self._marks: list[float] = []
        self._cpu: dict[str, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.5):
            largest = 0.0
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    if self._command in (folder / "cmdline").read_bytes():
                        largest = max(largest, rss(folder.name))
                        ticks = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
                        self._cpu[folder.name] = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
                except (OSError, IndexError):
                    continue
            if largest:
                self._marks.append(largest)

    def summary(self) -> dict[str, float]:
        """Largest worker, its growth since a quarter of the time, and CPU time of all."""
        quarter = self._marks[len(self._marks) // 4]
        return {
            "worker_mb": max(self._marks),
            "worker_growth": max(self._marks) / quarter - 1,
            "cpu": sum(self._cpu.values()),
        }


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "rate": rate,
    "workers": workers,
    "parent": parent,
    "flat": flat,
    "engine": engine,
}


def fresh(part: str, *arguments: Any, python: str = sys.executable) -> dict[str, Any]:
    """Measure a part in a fresh process."""
    command = [python, "-m", "benchmarks.scale", "--part", part, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{part} failed:\n{done.stderr.decode()[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def host_rows(pythons: list[str], count: int) -> Iterator[dict[str, Any]]:
    """Measure every host in a process of its own, in the first environment that has it."""
    for host, (_, module) in HOSTS.items():
        for python in pythons or [sys.executable]:
            if not has(python, module):
                continue
            done = subprocess.run(
                [python, "-m", "benchmarks.hosts", host, "--articles", str(count)],
                cwd=ROOT,
                capture_output=True,
                check=False,
            )
            if done.returncode:
                sys.exit(f"{host} failed:\n{done.stderr.decode()[-2000:]}")
            yield json.loads(done.stdout.splitlines()[-1])
            break


def has(python: str, module: str) -> bool:
    """Tell whether an environment has a module."""
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", code], check=False).returncode == 0


def workers_section(options: argparse.Namespace) -> Iterator[str]:
    """Two workers against one process."""
    found = fresh("workers", options.articles, options.repeats)
    rate = found["bytes"] / found["one"] / 1e6
    gain, bare = found["one"] / found["two"], found["w1"] / found["w2"]
    steady = found["one"] / (found["two"] - found["start"])
    cost = (found["cpu_two"] - found["cpu_start"]) / found["cpu_one"]
    yield "| | |\n|---|--:|"
    yield f"| articles, text | {found['articles']:,}, {found['bytes'] / 1e6:.1f} MB |"
    yield f"| one process | {found['one']:.2f} s, {rate:.1f} MB/s |"
    yield f"| `n_jobs=2`, start included | {found['two']:.2f} s, {gain:.2f} times as fast |"
    yield f"| start alone (100 articles) | {found['start']:.2f} s |"
    yield f"| `n_jobs=2`, start aside | {steady:.2f} times as fast |"
    yield f"| counting words in two bare processes | {bare:.2f} times as fast as in one |"
    yield f"| of what the machine gave | {steady / bare:.2f} |"
    yield f"| CPU time, start aside, against one process | {cost:.2f} times |"
    yield f"| same bytes, same order | {'yes' if found['same'] else 'NO'} |"


def memory_section(options: argparse.Namespace) -> Iterator[str]:
    """Memory of the parent and of one process, along long streams."""
    found = fresh("parent", options.stream)
    yield "| | |\n|---|--:|"
    yield (
        f"| peak of the parent, {found['articles']:,} articles "
        f"({found['characters'] / 1e6:,.0f} MB) streamed through two workers "
        f"| {found['peak_mb']:.0f} MB |"
    )
    found = fresh("flat", options.flat)
    yield (
        f"| one process, {found['articles']:,} articles: highest resident memory in the last "
        f"twentieth of them | {found['rss_mb']:.0f} MB |"
    )
    yield f"| against the third twentieth | {found['drift']:+.1%} |"
    yield f"| between any two after the second | {found['spread']:.1%} |"


def hosts_section(options: argparse.Namespace) -> Iterator[str]:
    """Every host against `clean_many`."""
    yield (
        f"Over {options.host_articles:,} articles, best of 3, in turns with `clean_many` in the "
        f"same process. *Fixed* is the time for 10 articles; *overhead* is the rest against "
        f"`clean_many`.\n"
    )
    yield "| host | fixed, s | all, s | `clean_many`, s | overhead | same bytes |"
    yield "|---|--:|--:|--:|--:|---|"
    for row in host_rows(options.hosts, options.host_articles):
        same = {None: "marks only", True: "yes", False: "NO"}[row["same"]]
        yield (
            f"| {row['host']} | {row['fixed']:.3f} | {row['seconds']:.2f} "
            f"| {row['clean_many']:.2f} | {row['overhead']:+.0%} | {same} |"
        )


def engines_section(options: argparse.Namespace) -> Iterator[str]:
    """Engines over many articles, with one worker and with two."""
    yield (
        f"{options.engine_articles:,} articles, from Parquet to Parquet. *CPU* is what all workers "
        f"used together: the same with two workers as with one means that work divides without "
        f"loss, whatever else the machine did.\n"
    )
    yield (
        "| engine | workers | s | times as fast | CPU, s | largest worker "
        "| grown since a quarter | same texts |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|---|"
    for name, module in (("spark", "pyspark"), ("ray", "ray")):
        for python in options.hosts or [sys.executable]:
            if not (has(python, module) and has(python, "pyarrow")):
                continue
            one = None
            for size in (1, 2):
                row = fresh("engine", name, options.engine_articles, size, python=python)
                one = one or row["seconds"]
                yield (
                    f"| {name} | {size} | {row['seconds']:.1f} | {one / row['seconds']:.2f} "
                    f"| {row['cpu']:.0f} | {row['worker_mb']:.0f} MB "
                    f"| {row['worker_growth']:+.1%} | {'yes' if row['same'] else 'NO'} |"
                )
            break


def costs_section(options: argparse.Namespace) -> Iterator[str]:
    """What much text takes, at the rate of one process."""
    found = fresh("rate", options.articles, options.repeats)
    rate = found["bytes"] / found["cpu"] / 1e6
    yield (
        f"At the measured {rate:.1f} MB a CPU second. Taken, not measured: {options.price:g} US "
        f"dollars a core-hour, {options.pages / 1e9:g} billion pages a Common Crawl snapshot, "
        f"{options.page_bytes:,} bytes of extracted text and {options.extraction_ms:g} ms of "
        f"extraction a page (`--price`, `--pages`, `--page-bytes`, `--extraction-ms`).\n"
    )
    yield "| | core-hours | on 1,000 cores | US dollars |"
    yield "|---|--:|--:|--:|"
    terabyte = 1e12 / (rate * 1e6) / 3600
    snapshot = options.pages * options.page_bytes / (rate * 1e6) / 3600
    extraction = options.pages * options.extraction_ms / 1000 / 3600
    for name, hours in (
        ("1 TB of text", terabyte),
        (f"a snapshot, {options.pages * options.page_bytes / 1e12:.1f} TB of text", snapshot),
        ("to compare: extracting that text from HTML", extraction),
    ):
        minutes, dollars = hours / 1000 * 60, hours * options.price
        yield f"| {name} | {hours:,.0f} | {minutes:,.0f} min | {dollars:,.0f} |"
    yield f"\nCleaning is {snapshot / extraction:.1%} of extraction."


SECTIONS: dict[str, tuple[str, Callable[[argparse.Namespace], Iterator[str]]]] = {
    "workers": ("Two workers", workers_section),
    "memory": ("Memory", memory_section),
    "hosts": ("Hosts", hosts_section),
    "engines": ("Engines", engines_section),
    "costs": ("What it costs", costs_section),
}
HEAD = (
    "# Scale\n\nMade by `python -m benchmarks.scale --save` on {cores} cores that others use as "
    "well, Python {python}. Ratios count, seconds pass.\n"
)
RESULTS = ROOT / "benchmarks" / "results" / "scale.md"


def save(measured: dict[str, str]) -> None:
    """Write the results; sections that weren't measured now stay as they are."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    kept = {}
    for part in text.split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        kept[title] = body.strip()
    kept.update(measured)
    head = HEAD.format(cores=os.cpu_count(), python=platform.python_version())
    titles = [title for title, _ in SECTIONS.values() if title in kept]
    RESULTS.write_text(
        "\n".join([head, *(f"## {title}\n\n{kept[title]}\n" for title in titles)]),
        encoding="utf-8",
    )


def main() -> None:
    """Print the report, or measure one part of it."""
    if sys.argv[1:2] == ["--part"]:
        sys.stdout.write("\n" + json.dumps(PARTS[sys.argv[2]](*json.loads(sys.argv[3]))) + "\n")
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/scale.md")
    parser.add_argument("--only", nargs="*", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--hosts", nargs="*", default=[], metavar="PYTHON")
    parser.add_argument("--articles", type=int, default=12_000, help="for two workers")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--stream", type=int, default=1_000_000, help="for the parent's memory")
    parser.add_argument("--flat", type=int, default=200_000, help="for one process's memory")
    parser.add_argument("--host-articles", type=int, default=2000)
    parser.add_argument("--engine-articles", type=int, default=100_000)
    parser.add_argument("--price", type=float, default=0.04)
    parser.add_argument("--pages", type=float, default=2.5e9)
    parser.add_argument("--page-bytes", type=int, default=3000)
    parser.add_argument("--extraction-ms", type=float, default=20.0)
    options = parser.parse_args()
    for name in options.only:
        title, section = SECTIONS[name]
        sys.stdout.write(f"## {title}\n\n")
        lines = []
        for line in section(options):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            lines.append(line)
        sys.stdout.write("\n")
        if options.save:
            save({title: "\n".join(lines)})


if __name__ == "__main__":
    main()
