"""Labels carried over from labelled lines of a page to all its lines, or to an extractor's."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from cleantext.kinds import BOILERPLATE

__all__ = ["align", "aligned_labels", "carry_labels", "matched_labels", "word_runs"]

_RUN = 4  # words of a run that two texts must share


def carry_labels(
    lines: Sequence[str], labels: Sequence[str], extracted: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Label extracted lines by matching them with labelled ones.

    A line takes the label of the labelled line that reads the same, case and punctuation aside.
    Of several such, each is taken once, in their order; if the extractor left out some of them,
    boilerplate is what it left out first. Lines that read like none of the labelled ones take the
    label of those with which they share at least half of their four-word runs, of two with as many
    that of content. All others are left out.

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
    """Find the label of each extracted line as `carry_labels` does, "" where there is none."""
    known, folded = [_folded(line) for line in lines], [_folded(line) for line in extracted]
    same: dict[str, list[str]] = defaultdict(list)
    for text, label in zip(known, labels, strict=True):
        same[text].append(label)
    for text, count in Counter(folded).items():
        copies = same.get(text, [])
        if count < len(copies):
            order = sorted(range(len(copies)), key=lambda place: copies[place] in BOILERPLATE)
            same[text] = [copies[place] for place in sorted(order[:count])]
    left = {text: iter(copies) for text, copies in same.items() if text}
    by_runs = _by_runs(known, labels)
    return [next(left[text], "") if text in left else by_runs(text) for text in folded]


def aligned_labels(lines: Sequence[str], labels: Sequence[str], page: Sequence[str]) -> list[str]:
    """Find the label of each line of a page of which a part is labelled.

    Lines that read the same are aligned in their order, as long stretches as can be; other copies
    of them get no label. Lines that read like none of the labelled ones are matched by their runs,
    as in `carry_labels`.

    Parameters
    ----------
    lines, labels : sequence of str
        The labelled part.
    page : sequence of str
        All lines of the page, perhaps cut otherwise.

    Returns
    -------
    list of str
        A label, or "", for each line of the page.

    Examples
    --------
    >>> page = ["Rain", "Menu", "Rain", "It fell."]
    >>> aligned_labels(["Rain", "It fell."], ["title", "content"], page)
    ['', '', 'title', 'content']
    """
    known, folded = [_folded(line) for line in lines], [_folded(line) for line in page]
    texts, by_runs = {"", *known}, _by_runs(known, labels)
    return [
        by_runs(text) if text not in texts else label if text else ""
        for text, label in zip(folded, align(known, labels, folded), strict=True)
    ]


def align(known: Sequence[str], labels: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Label texts by those that are the same and known, in order, as long stretches as can be.

    Returns
    -------
    list of str
        A label, or "", for each of `texts`.

    Examples
    --------
    >>> align(["b", "c"], ["B", "C"], ["b", "a", "b", "c"])
    ['', '', 'B', 'C']
    """
    found = [""] * len(texts)
    matcher = SequenceMatcher(None, texts, known, autojunk=False)
    for place, first, size in matcher.get_matching_blocks():
        found[place : place + size] = labels[first : first + size]
    return found


def _by_runs(known: Sequence[str], labels: Sequence[str]) -> Callable[[str], str]:
    """Give what labels a folded line by the runs of words that it shares with labelled ones."""
    labels_of: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for text, label in zip(known, labels, strict=True):
        for run in word_runs(text.split()):
            if label not in labels_of[run]:
                labels_of[run].append(label)

    def label_of(text: str) -> str:
        own = word_runs(text.split())
        votes = Counter(label for run in own for label in labels_of.get(run, ()))
        best = max(votes, key=lambda label: (votes[label], label == "content"), default="")
        return best if votes[best] * 2 >= len(own) else ""

    return label_of


def _folded(line: str) -> str:
    """Words of a line, case folded, a space between two."""
    return " ".join(re.findall(r"\w+", line.casefold()))


def word_runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Every run of four words, in order."""
    return [tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)]
