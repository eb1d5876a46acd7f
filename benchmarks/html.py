"""Score `clean_html` beside other extractors, out of fold, and time it beside them.

    python -m benchmarks.html                  # speed alone: needs no corpus
    python -m benchmarks.html_model            # train, and keep what is out of fold
    python -m benchmarks.extractors            # run the others, and keep what they give
    python -m benchmarks.html --corpus --save

Pages are judged by their runs of four words: precision and recall a page, means over pages, F1 of
the means. Gold bodies that an extractor has drafted judge none. The pages of the `trafilatura` set
have snippets instead: those of the body that are there, and others that aren't.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.extractors import EXTRACTORS, JUDGED, OUTPUTS, judged_pages, kept
from benchmarks.pages import CORPUS, ROOT, read_rows
from cleantext.evaluation.shingles import shingle_scores, snippet_counts

RESULTS = ROOT / "benchmarks" / "results"
OURS = "cleantext"
RESAMPLES = 1000

Scores = npt.NDArray[np.float64]


@dataclass
class Judged:
    """Scores of one set of pages: a row a page, for each system."""

    by_snippets: bool
    rows: dict[str, list[tuple[float, ...]]] = field(default_factory=lambda: defaultdict(list))

    def figures(self, rows: Scores) -> Scores:
        """F1, precision and recall of the rows along the last axis but one."""
        if self.by_snippets:
            tp, fn, fp = np.moveaxis(rows.sum(axis=-2), -1, 0)
            return np.stack([2 * tp / (2 * tp + fn + fp), tp / (tp + fp), tp / (tp + fn)], axis=-1)
        precision, recall = np.moveaxis(rows.mean(axis=-2), -1, 0)
        total = np.maximum(precision + recall, 1e-9)
        return np.stack([2 * precision * recall / total, precision, recall], axis=-1)

    def resampled(self, system: str) -> Scores:
        """Figures of seeded bootstrap resamples, the same pages for every system."""
        rows = np.array(self.rows[system])
        draws = np.random.default_rng(0).integers(len(rows), size=(RESAMPLES, len(rows)))
        return np.stack([self.figures(rows[draw]) for draw in draws])


_CAVEAT = (
    "The model of each page saw no page of its host, but the rule that picks the threshold, and "
    "how hidden elements and `<noscript>` are read, were settled with an eye on these very pages: "
    "take our figures as slightly favourable, and small leads as ties."
)


def _half(values: Scores) -> float:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(high - low) / 2


def _cells(found: Scores, drawn: Scores) -> str:
    """F1, precision and recall as cells of a table, each with its ±."""
    return " | ".join(f"{found[i]:.3f} ± {_half(drawn[:, i]):.3f}" for i in range(len(found)))


def out_of_fold(rows: list[dict[str, Any]], threshold: float) -> dict[str, str]:
    """Our texts by page: lines less likely to go than the threshold."""
    return {
        row["page"]: "\n".join(
            [line for line, p in zip(row["lines"], row["p"], strict=True) if p < threshold]
        )
        for row in rows
    }


def _out_of_fold_rows() -> list[dict[str, Any]]:
    path = OUTPUTS / "out-of-fold.jsonl"
    if not path.is_file():
        sys.exit("run `python -m benchmarks.html_model` first")
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def judge(
    systems: dict[str, dict[str, str]], only: Collection[str] | None = None
) -> dict[str, Judged]:
    """Score every system on every set; the types of WCXB pages are sets of their own."""
    sets: dict[str, Judged] = {}
    for name in JUDGED:
        for row in judged_pages(name):
            if only is not None and row["page"] not in only:
                continue
            key = name if name != "wcxb_dev" else f"WCXB {row['page_type']}"
            judged = sets.setdefault(key, Judged(by_snippets=name == "trafilatura"))
            for system, texts in systems.items():
                text = texts.get(row["page"], "")
                score: tuple[float, ...]
                if judged.by_snippets:
                    score = snippet_counts(text, row["must_have"], row["must_not_have"] or ())
                else:
                    score = shingle_scores(text, row["body"])
                judged.rows[system].append(score)
    return sets


_TITLES = {
    "aed": "aed: English news and magazines, 2023",
    "fundus": "fundus: news in 22 languages",
    "WCXB article": "WCXB articles, golds not drafted by an extractor",
    "trafilatura": "trafilatura's pages: snippets, mostly German, many small sites",
}


def tables(sets: dict[str, Judged]) -> Iterator[str]:
    """Yield a table for each main set, then one of the other types of pages."""
    for key, title in _TITLES.items():
        judged = sets[key]
        ours = judged.resampled(OURS)
        count = len(judged.rows[OURS])
        yield f"## {title} ({count} pages)\n"
        yield "| system | F1 | precision | recall | cleantext − it, F1 |\n|---|--:|--:|--:|--:|"
        order = sorted(
            judged.rows, key=lambda system: -judged.figures(np.array(judged.rows[system]))[0]
        )
        base = judged.figures(np.array(judged.rows[OURS]))
        for system in order:
            found, drawn = judged.figures(np.array(judged.rows[system])), judged.resampled(system)
            cells = _cells(found, drawn)
            gap = f"{base[0] - found[0]:+.3f} ± {_half((ours - drawn)[:, 0]):.3f}"
            yield f"| {system} | {cells} | {'' if system == OURS else gap} |"
        yield ""
    others = [key for key in sets if key not in _TITLES]
    yield "## WCXB, other types of pages: F1\n"
    heads = " | ".join(f"{key[5:]} ({len(sets[key].rows[OURS])})" for key in others)
    yield f"| system | {heads} | mean |"
    yield "|---|" + "--:|" * (len(others) + 1)
    for system in sets[others[0]].rows:
        f1 = [sets[key].figures(np.array(sets[key].rows[system]))[0] for key in others]
        errors = [_half(sets[key].resampled(system)[:, 0]) for key in others]
        shown = " | ".join(f"{f:.3f} ± {e:.3f}" for f, e in zip(f1, errors, strict=True))
        yield f"| {system} | {shown} | {np.mean(f1):.3f} |"
    yield ""


def labels_by_hand() -> dict[str, str]:
    """Lines that the corpus labels as content, by page."""
    return {
        row["article"]: "\n".join(
            line
            for line, label in zip(row["lines"], row["labels"], strict=True)
            if label == "content"
        )
        for row in read_rows(CORPUS / "lines.jsonl.zst")
    }


def ceiling(ours: dict[str, str]) -> Iterator[str]:
    """Yield a table of what choosing lines by their labels would get, where there are labels."""
    yield "## What the labels by hand would get\n"
    yield (
        "The lines that a reader labelled as content, by the same measure, on the pages that have "
        "such labels. What they miss is where gold bodies draw other lines than the labels do.\n"
    )
    yield "| pages | system | F1 | precision | recall |\n|---|---|--:|--:|--:|"
    by_hand = labels_by_hand()
    systems = {"labels by hand": by_hand, OURS: ours}
    for key, judged in judge(systems, only=by_hand.keys()).items():
        if judged.by_snippets:
            continue
        for system, rows in judged.rows.items():
            cells = _cells(judged.figures(np.array(rows)), judged.resampled(system))
            yield f"| {key} ({len(rows)}) | {system} | {cells} |"
    yield ""


def plot(sets: dict[str, Judged], path: Path) -> None:
    """Draw precision against recall, a panel a set."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "cleantext"
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(_TITLES), figsize=(4 * len(_TITLES), 4))
    thresholds = np.round(np.arange(0.1, 0.96, 0.1), 2)
    rows = _out_of_fold_rows()
    dial = judge({f"{t:g}": out_of_fold(rows, t) for t in thresholds})
    for axes, key in zip(panels, _TITLES, strict=True):
        points = [dial[key].figures(np.array(scores)) for scores in dial[key].rows.values()]
        axes.plot([p[2] for p in points], [p[1] for p in points], label="cleantext, the dial")
        for system, scores in sets[key].rows.items():
            if system != OURS:
                found = sets[key].figures(np.array(scores))
                axes.plot(found[2], found[1], "o", label=system)
        axes.set_title(key)
        axes.set_xlabel("recall")
        axes.set_ylabel("precision")
        axes.grid(alpha=0.3)
    panels[-1].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


# Speed -------------------------------------------------------------------------------------

_PARAGRAPH = (
    "<p>The bridge over the Tamar will stay shut until May, the council said on <b>Monday</b>, "
    "after <a href='/divers'>divers</a> found cracks in two of its eleven piers, number {}.</p>\n"
)
_TEASER = (
    "<div class='card teaser'><a href='/s/{0}'><h3>Story {0}</h3><span>Read on</span></a></div>\n"
)


def made_page(size: int) -> str:
    """Make a page of about `size` bytes: a menu, an article, teasers, a footer."""
    start = (
        "<!doctype html><html><head><title>Bridge shut</title></head><body><nav class=menu><ul>"
        "<li><a href=/>Home</a><li><a href=/n>News</a></ul></nav><main><article class=story>"
        "<h1>Bridge shut</h1>\n"
    )
    end = "</article></main><footer><small>© The Post</small></footer></body></html>"
    parts, length, number = [start], len(start) + len(end), 0
    while length < size:
        part = (_TEASER if number % 4 == 3 else _PARAGRAPH).format(number)
        parts.append(part)
        length += len(part)
        number += 1
    return "".join([*parts, end])


#: Extracts pages, giving out each text as it comes.
_Caller = Callable[[Iterable[str]], Iterator[str]]


def _timed(call: _Caller, pages: list[str], repeats: int) -> float:
    """Shortest processor time over all pages."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        for _text in call(pages):
            pass
        times.append(time.process_time() - start)
    return min(times)


def _callers() -> dict[str, _Caller]:
    from cleantext import clean_html, clean_html_many

    def each(extract: Callable[[str, str], str], pages: Iterable[str]) -> Iterator[str]:
        return (extract(page, "en") for page in pages)

    return {
        f"{OURS}, clean_html_many": clean_html_many,
        OURS: lambda pages: map(clean_html, pages),
        **{name: partial(each, EXTRACTORS[name]) for name in ("trafilatura", "resiliparse")},
    }


def speed(pages: list[str], repeats: int) -> Iterator[str]:
    """Yield pages a second on one core and peak memory, then cost by size."""
    size = sum(len(page.encode("utf-8", "replace")) for page in pages) / 1e6
    yield f"## Speed: {len(pages)} pages, {size:.1f} MB, one core\n"
    yield "| system | pages a second | MB a second | peak memory, MB |\n|---|--:|--:|--:|"
    for name, call in _callers().items():
        list(call(pages[:1]))
        seconds = _timed(call, pages, repeats)
        yield (
            f"| {name} | {len(pages) / seconds:.1f} | {size / seconds:.1f} "
            f"| {_peak(name, pages):.0f} |"
        )
    yield "\n## Cost by size of the page: milliseconds a megabyte\n"
    yield "| system | 10 kB | 100 kB | 1 MB | 10 MB |\n|---|--:|--:|--:|--:|"
    sizes = (10_000, 100_000, 1_000_000, 10_000_000)
    for name, call in _callers().items():
        cells = []
        for wanted in sizes:
            page = made_page(wanted)
            times = max(1, 300_000 // wanted)
            cells.append(_timed(call, [page] * times, repeats) / times / len(page) * 1e9)
        yield f"| {name} | {' | '.join(f'{cell:.0f}' for cell in cells)} |"
    yield ""


def _peak(name: str, pages: list[str]) -> float:
    """Peak memory of a fresh process that extracts the pages, in megabytes."""
    code = (
        "import json, sys; from benchmarks.html import extract_all; "
        "print(extract_all(sys.argv[1], map(json.loads, sys.stdin)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, name],
        input="\n".join(map(json.dumps, pages)),
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return float(done.stdout)


def extract_all(name: str, pages: Iterable[str]) -> float:
    """Extract pages and give the growth of this process's peak memory, in megabytes."""
    call = _callers()[name]
    before = _peak_so_far()
    for _text in call(pages):
        pass
    return _peak_so_far() - before


def _peak_so_far() -> float:
    """Peak memory of this process, in megabytes: `getrusage` would count its parent's too."""
    status = Path("/proc/self/status")
    if not status.is_file():  # no Linux
        return float("nan")
    [line] = [row for row in status.read_text().splitlines() if row.startswith("VmHWM")]
    return float(line.split()[1]) / 1024


def main() -> None:
    """Print the tables, and write them on `--save`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", action="store_true", help="judge on the development corpus")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/")
    options = parser.parse_args()
    rows = ["# From the page: benchmark\n"]
    if options.corpus:
        from cleantext import PageCleaner

        threshold = PageCleaner().threshold
        systems = {OURS: out_of_fold(_out_of_fold_rows(), threshold)}
        systems |= {name: texts for name in EXTRACTORS if (texts := kept(name))}
        sets = judge(systems)
        rows.append(
            f"Our figures are out of fold, grouped by host, at threshold {threshold:g}. {_CAVEAT}\n"
        )
        rows += tables(sets)
        rows += ceiling(systems[OURS])
        pages = [row["html"] for name in JUDGED for row in _first(judged_pages(name), 50)]
    else:
        pages = [made_page(size) for size in (5_000, 20_000, 80_000, 320_000)] * 10
    sys.stdout.write("\n".join(rows) + "\n")
    sys.stdout.flush()
    timed = list(speed(pages, options.repeats))
    sys.stdout.write("\n".join(timed))
    text = "\n".join([*rows, *timed])
    if options.save:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "html.md").write_text(text, encoding="utf-8")
        if options.corpus:
            plot(sets, RESULTS / "html.svg")


def _first(rows: Iterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return list(itertools.islice(rows, count))


if __name__ == "__main__":
    main()
