"""Labels carried over from a page's labelled lines to what an extractor made of that page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

__all__ = ["carry_labels", "matched_labels", "word_runs"]

_RUN = 4  # words of a run that two texts must share


def carry_labels(
    lines: Sequence[str], labels: Sequence[str], extracted: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Label extracted lines by matching them with labelled ones.

    A line takes the label of the labelled line that reads the same, case and punctuation
    aside (of several, the next in order); else the label of the lines with which it shares
    at least half of its four-word runs, of two with as many that of content. What matches nothing
    is left out.

    Parameters
    ----------
    lines, labels : sequence of str
        The labelled article.
    extracted : sequence of str
        Lines of the extractor's output.

    Returns
    -------
    lines, labels : list of str
        The extracted lines that got a label, and their labels.

    Examples
    --------
    >>> carry_labels(["Cats sleep.", "Read also"], ["content", "related"], ["cats sleep", "Dogs"])
    (['cats sleep'], ['content'])
    """
    found = matched_labels(lines, labels, extracted)
    kept = [(line, label) for line, label in zip(extracted, found, strict=True) if label]
    return [line for line, _ in kept], [label for _, label in kept]


def matched_labels(
    lines: Sequence[str], labels: Sequence[str], extracted: Sequence[str]
) -> list[str]:
    """Find the label of each extracted line as `carry_labels` does, "" where nothing matches."""
    places: dict[str, list[int]] = defaultdict(list)
    runs: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        words = _words(line)
        places[" ".join(words)].append(index)
        for run in word_runs(words):
            runs[run].append(index)
    found = []
    last = -1
    for line in extracted:
        words = _words(line)
        if not words:
            found.append("")
            continue
        same = places.get(" ".join(words))
        if same:
            index = next((place for place in same if place > last), same[0])
            last = index
            label = labels[index]
        else:
            own = word_runs(words)
            votes: Counter[str] = Counter()
            for run in own:
                votes.update(list(dict.fromkeys(labels[index] for index in runs.get(run, ()))))
            label = max(votes, key=lambda label: (votes[label], label == "content"), default="")
            if not votes or votes[label] * 2 < len(own):
                found.append("")
                continue
            last = max((i for i in runs.get(own[-1], ()) if i > last), default=last)
        found.append(label)
    return found


def _words(line: str) -> list[str]:
    return re.findall(r"\w+", line.casefold())


def word_runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Every run of four words, in order."""
    return [tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)]
