"""Articles made out of labelled ones: without junk, with less, with other junk, other cuts.

All use the lines of their own fold alone, so that nothing put into an article of a held-out
fold was seen in training.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import TypeVar

import numpy as np

from cleantext.kinds import BOILERPLATE
from cleantext.labelled import LabelledArticle, Plug
from cleantext.lines import sentence_ends

__all__ = ["bodies", "injected", "sentences", "thinned"]

_Item = TypeVar("_Item")

_SHORTEST = 5  # lines of a body worth keeping
#: What goes in: a plug of a bank, a run of another article's junk, a stray sentence of another.
_SOURCES = ("plug", "junk", "stray")
_ODDS = (0.55, 0.3, 0.15)
_FURNITURE = frozenset(
    (
        "newsletter",
        "paywall",
        "social",
        "related",
        "promo",
        "ad",
        "bio",
        "disclosure",
        "caption",
        "offtopic",
    )
)


def bodies(articles: Sequence[LabelledArticle]) -> list[LabelledArticle]:
    """Articles with nothing but their content lines."""
    found = []
    for article in articles:
        lines = tuple(
            line
            for line, label in zip(article.lines, article.labels, strict=True)
            if label == "content"
        )
        if len(lines) >= _SHORTEST:
            found.append(
                replace(article, lines=lines, labels=("content",) * len(lines), view="body")
            )
    return found


def injected(
    articles: Sequence[LabelledArticle],
    plugs: Sequence[Plug],
    rng: np.random.Generator,
) -> list[LabelledArticle]:
    """Put one to four groups of foreign lines into each body.

    Parameters
    ----------
    articles : sequence of LabelledArticle
        Articles of one fold; their bodies are the hosts and their junk is injected into others.
    plugs : sequence of Plug
        Plugs of the same fold.
    rng : numpy.random.Generator
        Draws sources, places and lines.

    Returns
    -------
    list of LabelledArticle
        One for each article whose body is long enough, labelled.
    """
    hosts = bodies(articles)
    pools = _Pools(articles, plugs)
    made = []
    for host in hosts:
        size = len(host.lines)
        places: dict[int, list[tuple[str, str]]] = {}
        for _ in range(int(rng.choice([1, 2, 3, 4], p=[0.35, 0.35, 0.2, 0.1]))):
            # Mostly between two paragraphs; now and then at the very end.
            place = size if rng.random() < 0.1 else int(rng.integers(1, size))
            group = pools.draw(host, rng)
            if group and place not in places:
                places[place] = group
        lines: list[str] = []
        labels: list[str] = []
        for index in range(size + 1):
            for line, label in places.get(index, ()):
                lines.append(line)
                labels.append(label)
            if index < size:
                lines.append(host.lines[index])
                labels.append("content")
        made.append(replace(host, lines=tuple(lines), labels=tuple(labels), view="injected"))
    return made


#: Chances of a run of junk to stay when its article is thinned out.
_STAYS = (0.05, 0.15, 0.3)
_LONGEST_RUN = 4  # lines that stay of it


def thinned(articles: Sequence[LabelledArticle], rng: np.random.Generator) -> list[LabelledArticle]:
    """Leave out most of the junk of each article, as extractors do.

    Each run of lines of one kind of junk stays, cut to four lines, with a chance that is drawn for
    its article; of many articles none stays. All other lines stay.

    Parameters
    ----------
    articles : sequence of LabelledArticle
        Those without junk, and those of fewer than five other lines, give none.
    rng : numpy.random.Generator
        Draws chances, runs and cuts.

    Returns
    -------
    list of LabelledArticle
    """
    made = []
    for article in articles:
        n_junk = sum(label in BOILERPLATE for label in article.labels)
        if not n_junk or len(article.labels) - n_junk < _SHORTEST:
            continue
        stays = rng.choice(_STAYS)
        kept: list[int] = []
        for label, run in groupby(range(len(article.labels)), key=article.labels.__getitem__):
            rows = list(run)
            if label in BOILERPLATE:
                if rng.random() >= stays:
                    continue
                size = min(int(rng.integers(1, _LONGEST_RUN + 1)), len(rows))
                first = int(rng.integers(len(rows) - size + 1))
                rows = rows[first : first + size]
            kept += rows
        made.append(
            replace(
                article,
                lines=tuple(article.lines[row] for row in kept),
                labels=tuple(article.labels[row] for row in kept),
                view="thinned",
            )
        )
    return made


def sentences(articles: Sequence[LabelledArticle]) -> list[LabelledArticle]:
    """Take lines apart into their sentences, as a text without line breaks is judged."""
    made = []
    for article in articles:
        parts = [_sentences(line) for line in article.lines]
        labels = [label for label, own in zip(article.labels, parts, strict=True) for _ in own]
        lines = tuple(sentence for own in parts for sentence in own)
        made.append(replace(article, lines=lines, labels=tuple(labels), view="sentences"))
    return made


def _sentences(line: str) -> list[str]:
    edges = [0, *sentence_ends(line), len(line)]
    return [line[start:end] for start, end in pairwise(edges)]


class _Pools:
    """Lines to inject, by language."""

    def __init__(self, articles: Sequence[LabelledArticle], plugs: Sequence[Plug]) -> None:
        self.plugs: dict[str, list[Plug]] = defaultdict(list)
        for plug in plugs:
            self.plugs[plug.lang].append(plug)
        self.junk: dict[str, list[tuple[str, list[tuple[str, str]]]]] = defaultdict(list)
        self.prose: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for article in articles:
            self.junk[article.lang] += [(article.group, run) for run in _junk_runs(article)]
            self.prose[article.lang] += [
                (article.group, line)
                for line, label in zip(article.lines, article.labels, strict=True)
                if label == "content" and len(line) >= 60 and line.rstrip()[-1:] in '.!?。”"'
            ]

    def draw(self, host: LabelledArticle, rng: np.random.Generator) -> list[tuple[str, str]]:
        """Draw a group of lines that isn't of the host's own group; [] if none turns up."""
        source = rng.choice(_SOURCES, p=_ODDS)
        if source == "plug":
            pool = self.plugs.get(host.lang) or self.plugs.get("en") or []
            if pool:
                plug = pool[int(rng.integers(len(pool)))]
                return [(line, plug.kind) for line in plug.lines]
            source = "junk"
        if source == "junk":
            found = _other(self.junk.get(host.lang, []), host.group, rng)
            return found[: int(rng.integers(1, 4))] if found else []
        line = _other(self.prose.get(host.lang, []), host.group, rng)
        if not line:
            return []
        parts = [part.strip() for part in _sentences(line) if len(part) >= 30]
        if parts and rng.random() < 0.6:
            line = parts[int(rng.integers(len(parts)))]
        return [(line, "offtopic")]


def _other(pool: Sequence[tuple[str, _Item]], group: str, rng: np.random.Generator) -> _Item | None:
    """Draw an item of another group; None if eight draws find none."""
    for _ in range(8):
        if not pool:
            return None
        owner, item = pool[int(rng.integers(len(pool)))]
        if owner != group:
            return item
    return None


def _junk_runs(article: LabelledArticle) -> list[list[tuple[str, str]]]:
    """Runs of lines of one kind of furniture, cut to readable lengths."""
    runs: list[list[tuple[str, str]]] = []
    before = ""
    for line, label in zip(article.lines, article.labels, strict=True):
        if label in _FURNITURE and len(line) >= 4:
            if label == before and len(runs[-1]) < 3:
                runs[-1].append((line, label))
            else:
                runs.append([(line, label)])
            before = label
        else:
            before = ""
    return runs
