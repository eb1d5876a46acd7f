"""Speed on one core, each figure beside a yardstick measured in the same run.

    python -m benchmarks.speed

The yardstick is `re.findall(r"\\w+", text.lower())` over the same texts: what the cheapest
possible look at every word costs in Python.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.pages import ROOT
from cleantext import clean, clean_many
from cleantext.evaluation import read_articles


def best(action: Callable[[], object], repeats: int) -> float:
    """Shortest of several runs, in seconds: the one that was disturbed least."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def fresh_process(code: str, repeats: int) -> float:
    """Shortest time of a statement in a fresh interpreter, in seconds, its start included."""
    return best(lambda: subprocess.run([sys.executable, "-c", code], check=True), repeats)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=float, default=4.0, help="text for clean_many")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    articles = [article.text for article in read_articles(ROOT / "seeds" / "train")]
    size = sum(len(text.encode()) for text in articles)
    texts = articles * max(1, round(options.megabytes * 1e6 / size))
    size = sum(len(text.encode()) for text in texts)
    one = min(articles, key=lambda text: abs(len(text.encode()) - 4500))
    list(clean_many(texts[:50]))  # load the model

    def words() -> None:
        for text in texts:
            re.findall(r"\w+", text.lower())

    ours = best(lambda: list(clean_many(texts)), options.repeats)
    yardstick = best(words, options.repeats)
    single = best(lambda: clean(one), 20 * options.repeats)
    single_yardstick = best(lambda: re.findall(r"\w+", one.lower()), 20 * options.repeats)
    bare = fresh_process("pass", options.repeats)
    numpy = fresh_process("import numpy", options.repeats)
    imported = fresh_process("import cleantext", options.repeats)
    first = fresh_process("import cleantext; cleantext.clean('One line.\\n')", options.repeats)

    rows = [
        f"clean_many, one core   {size / ours / 1e6:8.1f} MB/s over {size / 1e6:.1f} MB, "
        f"{len(texts)} articles; yardstick {size / yardstick / 1e6:.1f} MB/s, "
        f"{yardstick / ours:.2f} of it",
        f"clean, one article     {single * 1e3:8.2f} ms for {len(one.encode())} bytes; "
        f"yardstick {single_yardstick * 1e3:.2f} ms",
        f"import cleantext       {(imported - bare) * 1e3:8.0f} ms; "
        f"import numpy {(numpy - bare) * 1e3:.0f} ms",
        f"first clean, in all    {first * 1e3:8.0f} ms in a fresh process; "
        f"bare Python {bare * 1e3:.0f} ms",
    ]
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
