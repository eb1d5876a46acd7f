"""`clean`, `explain`, `clean_many` and the `Cleaner` behind them."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import cleantext
from cleantext.artifact import default_model_path, load_model
from cleantext.decision import (
    Pattern,
    batch_thresholds,
    check_share,
    compile_patterns,
    keep_mask,
    kept_spans,
    removal_columns,
)  # fmt: skip
from cleantext.errors import ModelError
from cleantext.kinds import KINDS
from cleantext.lines import Batch, BoolArray, FloatArray, check_text
from cleantext.model import LineModel, junk_probability
from cleantext.streaming import OnError, stream

__all__ = [
    "Cleaner",
    "Explanation",
    "Verdict",
    "clean",
    "clean_many",
    "default_cleaner",
    "explain",
    "shipped_model",
]

#: Share of an article's characters from which on an explanation warns that much would go.
MUCH_REMOVED = 0.5

# A batch of articles shares the work up to this many characters.
_BATCH_CHARACTERS = 150_000

_KINDS = tuple(KINDS)


@dataclass(frozen=True)
class Verdict:
    """What was decided about one line, or one sentence of a text that is one line."""

    number: int
    """Number of the line in the text, from 1; sentences of a text that is one line share it."""
    text: str
    """The line (or sentence) as it stands, line break included."""
    start: int
    """First character in the text."""
    end: int
    """One past the last character, line break included."""
    kind: str
    """Likeliest kind of all; of a removed line, likeliest of those to remove; or "blank"."""
    probability: float
    """Probability that the line is of a kind to remove, 0 to 1."""
    threshold: float
    """Probability from which on this line goes: the longer the line, the higher."""
    kept: bool
    """Whether the line is in the cleaned text."""


@dataclass(frozen=True)
class Explanation:
    """A cleaned text with everything that was decided on the way.

    Attributes
    ----------
    text : str
        The cleaned text: the kept lines, joined.
    lines : tuple of Verdict
        Every line of the input (every sentence, if it came as one line), in order.
    threshold : float
        The threshold used.
    notes : tuple of str
        Warnings, such as that most of the text would go.

    Examples
    --------
    >>> print(explain("Rain fell on the hills all night, the mayor said.\\n").text, end="")
    Rain fell on the hills all night, the mayor said.
    """

    text: str
    lines: tuple[Verdict, ...]
    threshold: float
    notes: tuple[str, ...] = ()

    @property
    def removed(self) -> tuple[Verdict, ...]:
        """The removed lines, blank ones aside."""
        return tuple(line for line in self.lines if not line.kept and line.kind != "blank")

    def __str__(self) -> str:
        rows = []
        for line in self.lines:
            if line.kind == "blank":
                continue
            mark = " " if line.kept else "-"
            about = "" if line.kept else f"{line.kind} {line.probability:.2f}"
            rows.append(f"{mark} {line.number:>4}  {about:<15}  {line.text.rstrip()}")
        total = sum(line.kind != "blank" for line in self.lines)
        rows.append(
            f"removed {len(self.removed)} of {total} lines at threshold {self.threshold:.2f}"
        )
        rows += [f"note: {note}" for note in self.notes]
        return "\n".join(rows)


class Cleaner:
    """A model with its settings: call it with a text and get the cleaned text.

    Immutable after its making, so threads may share one; it pickles, so processes may too. The
    model that ships stays out of the pickle: every process loads its own.

    Parameters
    ----------
    model : LineModel or path, optional
        A model, or the folder of one; the model that ships by default.
    threshold : float, optional
        Probability of boilerplate from which on a line goes, 0 to 1. Lower removes more, and always
        a superset (as long as `max_removed` doesn't step in). A line of more than 100 characters
        needs a higher one, the longer the higher. By default the model's own, which was chosen to
        keep nearly all content.
    remove : iterable of str, optional
        Kinds to remove; by default all but `content` and `title`.
    keep, drop : str, compiled pattern, or iterable of these, optional
        Lines that match a `keep` pattern always stay; lines that match a `drop` pattern go.
        Strings are looked for as they stand, whatever the case. `keep` beats `drop`.
    max_removed : float, optional
        If more than this share of a text's characters would go, return the text as it came
        (lines that match `drop` included). Off by default.

    Raises
    ------
    TypeError, ValueError
        If a setting can't be used; the message says what was wanted.
    ModelError
        If the model folder can't be read.

    Examples
    --------
    >>> cleaner = Cleaner(drop="word of the day")
    >>> cleaner("Rain fell on the hills all night, the mayor said.\\nWord of the day: petrichor\\n")
    'Rain fell on the hills all night, the mayor said.\\n'
    """

    def __init__(
        self,
        model: LineModel | str | Path | None = None,
        *,
        threshold: float | None = None,
        remove: Iterable[str] | None = None,
        keep: Pattern | Iterable[Pattern] | None = None,
        drop: Pattern | Iterable[Pattern] | None = None,
        max_removed: float | None = None,
    ) -> None:
        check_share(threshold, "threshold")
        check_share(max_removed, "max_removed")
        self._columns = removal_columns(remove)
        self._keep = compile_patterns(keep, "keep")
        self._drop = compile_patterns(drop, "drop")
        self._max_removed = max_removed
        if model is None:
            model = shipped_model()
        self.model = model if isinstance(model, LineModel) else load_model(model)
        self.threshold = float(self.model.threshold if threshold is None else threshold)
        # What was asked for, for the model of pages, whose defaults are others.
        self._asked: dict[str, Any] = {
            "threshold": threshold,
            "remove": None if remove is None else [_KINDS[column] for column in self._columns],
            "keep": self._keep or None,
            "drop": self._drop or None,
        }

    @classmethod
    def load(cls, path: str | Path, **settings: Any) -> Cleaner:
        """Make a cleaner of a model folder that `cleantext train` wrote."""
        return cls(path, **settings)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        for name, model in _SHIPPED.items():
            if self.model is model:
                state["model"] = _Shipped(name, cleantext.__version__)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        model = state["model"]
        if isinstance(model, _Shipped):
            if model.version != cleantext.__version__:
                raise ModelError(
                    f"this Cleaner uses the model that ships with cleantext {model.version}, and "
                    f"here is {cleantext.__version__}: install the same version everywhere"
                )
            state = {**state, "model": shipped_model(model.name)}
        # Equal names are one string again, so that it pickles to the same bytes: hosts hash those.
        for name, value in state.items():
            setattr(self, name, value)
        self._asked = {sys.intern(name): value for name, value in self._asked.items()}

    def __repr__(self) -> str:
        kinds = [_KINDS[column] for column in self._columns]
        return f"Cleaner(threshold={self.threshold:.2f}, remove={kinds})"

    def __call__(self, text: str) -> str:
        """Clean one text."""
        return self.clean(text)

    def clean(self, text: str) -> str:
        """Return `text` without its boilerplate: its kept lines, byte for byte, in order."""
        return next(self._clean_batch([check_text(text)]))

    def clean_html(self, html: Any, *, output: str = "text") -> str:
        """Clean a page by the model of pages, with this cleaner's settings; see `clean_html`.

        The threshold is this cleaner's if one was given, else the page model's own; a model of
        texts has no part in it.

        Raises
        ------
        ValueError
            If this cleaner has `max_removed`: most of any page is no article.
        PageError
            If `html` is plainly something else.
        """
        from cleantext.html import clean_html

        if self._max_removed is not None:
            raise ValueError("max_removed is for texts: most of any page is no article")
        return clean_html(html, output=output, **self._asked)

    def clean_many(
        self,
        texts: Iterable[str],
        *,
        n_jobs: int | None = 1,
        on_error: OnError = "raise",
        progress: bool = False,
    ) -> Iterator[str]:
        """Clean texts lazily, in order; a generator in gives a generator out.

        Parameters
        ----------
        texts, n_jobs, on_error, progress
            As for the function `clean_many`.

        Raises
        ------
        TypeError
            If `texts` is a single `str`, or an item is not a `str` (says which).
        CleaningError
            If a text can't be cleaned (says which), or a worker process dies.
        """
        if isinstance(texts, (str, bytes)):
            raise TypeError("clean_many takes an iterable of texts; for one text use clean")
        return stream(
            self._clean_batch,
            texts,
            chunk_size=_BATCH_CHARACTERS,
            n_jobs=n_jobs,
            on_error=on_error,
            progress=progress,
        )

    def explain(self, text: str) -> Explanation:
        """Clean one text and say of every line what was decided.

        `explain(text).text` equals `clean(text)`, and joining the text of the lines that were
        kept gives the same.
        """
        return self.explain_batch(Batch([check_text(text)]))

    def explain_batch(self, batch: Batch) -> Explanation:
        """As `explain`, for a batch of one article."""
        [text] = batch.texts
        P, stays, spans, notes = self._decide(batch)
        kept = np.zeros(len(text) + 1, dtype=np.bool_)
        for start, stop in spans[0]:
            kept[start:stop] = True
        probability = junk_probability(P, self._columns)
        thresholds = batch_thresholds(batch, self.threshold)
        rows = dict(zip(batch.line_start.tolist(), range(len(batch)), strict=True))
        line_starts = [0, *accumulate(map(len, text.splitlines(keepends=True)))][:-1]
        starts = sorted({*line_starts, *rows})
        lines = []
        for start, end in pairwise([*starts, len(text)]):
            row = rows.get(start)
            number = bisect_right(line_starts, start)
            kind, p, needed = "blank", 0.0, self.threshold
            if row is not None:
                kind = self._kind(P[row], bool(stays[row]))
                p, needed = float(probability[row]), float(thresholds[row])
            stayed = bool(kept[start])
            lines.append(Verdict(number, text[start:end], start, end, kind, p, needed, stayed))
        cleaned = "".join(text[start:stop] for start, stop in spans[0])
        return Explanation(cleaned, tuple(lines), self.threshold, notes[0])

    def stays(self, batch: Batch) -> BoolArray:
        """Whether each row of a batch stays, shape (n_lines,)."""
        return self._judged(batch)[1]

    def _judged(self, batch: Batch) -> tuple[FloatArray, BoolArray]:
        """Probabilities of each row of a batch, and whether it stays."""
        if self.model.reads_markup and batch.markup is None:
            raise ModelError(
                "this model was trained on pages, so it can't judge plain text: use clean_html or "
                "PageCleaner, or leave the model out"
            )
        P = self.model.predict_proba(batch)
        return P, keep_mask(batch, P, self.threshold, self._columns, self._keep, self._drop)

    def _kind(self, p: np.ndarray[Any, Any], stays: bool) -> str:
        """Likeliest kind of a line; of a removed one, likeliest among those to remove."""
        if stays:
            return _KINDS[int(p.argmax())]
        return _KINDS[max(self._columns, key=lambda column: float(p[column]), default=0)]

    def _clean_batch(self, texts: list[str]) -> Iterator[str]:
        if not texts:
            return
        *_, spans, _ = self._decide(Batch(texts))
        for text, own in zip(texts, spans, strict=True):
            if own == [(0, len(text))]:
                yield text
            else:
                yield "".join(text[start:stop] for start, stop in own)

    def _decide(
        self, batch: Batch
    ) -> tuple[Any, Any, list[list[tuple[int, int]]], list[tuple[str, ...]]]:
        """Probabilities, keep mask, kept spans and notes of a batch."""
        P, stays = self._judged(batch)
        size = np.where(stays, 0, batch.line_stop - batch.line_start)
        gone = np.bincount(batch.line_article, weights=size, minlength=batch.n_articles)
        whole = np.maximum(batch.article_stop - batch.article_start, 1)
        notes: list[tuple[str, ...]] = [()] * batch.n_articles
        most = 1.0 if self._max_removed is None else self._max_removed
        for article in np.flatnonzero(gone > min(MUCH_REMOVED, most) * whole).tolist():
            share = gone[article] / whole[article]
            if self._max_removed is not None and share > self._max_removed:
                stays[batch.line_article == article] = True
                notes[article] = (
                    f"{share:.0%} of the characters would have gone, more than max_removed="
                    f"{self._max_removed:g} allows: nothing was removed",
                )
            elif share > MUCH_REMOVED and batch.markup is None:
                notes[article] = (
                    f"{share:.0%} of the characters went: this may be no article, or none of the "
                    f"sort that the model knows; max_removed= sets a limit",
                )
        return P, stays, kept_spans(batch, stays), notes


@lru_cache(maxsize=1)
def default_cleaner() -> Cleaner:
    """The shipped model with its default settings, loaded on first use."""
    return Cleaner()


class _Shipped(NamedTuple):
    """Stands for a model that ships in a pickle."""

    name: str
    version: str


_SHIPPED: dict[str, LineModel] = {}


def shipped_model(name: str = "default") -> LineModel:
    """Load a model that ships with the package, once a process."""
    if name not in _SHIPPED:
        _SHIPPED.setdefault(name, load_model(default_model_path(name)))
    return _SHIPPED[name]


def _cleaner(settings: dict[str, Any]) -> Cleaner:
    if all(value is None for value in settings.values()):
        return default_cleaner()
    return Cleaner(**settings)


def clean(
    text: str,
    *,
    threshold: float | None = None,
    remove: Iterable[str] | None = None,
    keep: Pattern | Iterable[Pattern] | None = None,
    drop: Pattern | Iterable[Pattern] | None = None,
    max_removed: float | None = None,
) -> str:
    """Return an article's text without the lines that nobody wrote as part of it.

    Parameters
    ----------
    text : str
        The article, a paragraph a line, as an extractor gives it.
    threshold, remove, keep, drop, max_removed
        As for `Cleaner`.

    Returns
    -------
    str
        The kept lines, byte for byte, in order. An article without boilerplate comes back as
        it was; an empty text gives "".

    Raises
    ------
    TypeError
        If `text` is not a `str`.

    Examples
    --------
    >>> clean("The bridge will stay shut until May, the council said on Monday.\\n")
    'The bridge will stay shut until May, the council said on Monday.\\n'
    """
    settings = {"threshold": threshold, "remove": remove, "keep": keep, "drop": drop,
                "max_removed": max_removed}  # fmt: skip
    return _cleaner(settings).clean(text)


def explain(
    text: str,
    *,
    threshold: float | None = None,
    remove: Iterable[str] | None = None,
    keep: Pattern | Iterable[Pattern] | None = None,
    drop: Pattern | Iterable[Pattern] | None = None,
    max_removed: float | None = None,
) -> Explanation:
    """Say what `clean` removes, why and where.

    Parameters
    ----------
    text, threshold, remove, keep, drop, max_removed
        As for `clean`.

    Returns
    -------
    Explanation
        `.text` is what `clean` returns; `.lines` has a verdict for every line, `.removed` those
        of the removed ones; `print` shows them.

    Examples
    --------
    >>> text = "The bridge will stay shut until May.\\nOur app is free.\\n"
    >>> [line.text for line in explain(text, drop="our app").removed]
    ['Our app is free.\\n']
    """
    settings = {"threshold": threshold, "remove": remove, "keep": keep, "drop": drop,
                "max_removed": max_removed}  # fmt: skip
    return _cleaner(settings).explain(text)


def clean_many(
    texts: Iterable[str],
    *,
    n_jobs: int | None = 1,
    on_error: OnError = "raise",
    progress: bool = False,
    threshold: float | None = None,
    remove: Iterable[str] | None = None,
    keep: Pattern | Iterable[Pattern] | None = None,
    drop: Pattern | Iterable[Pattern] | None = None,
    max_removed: float | None = None,
) -> Iterator[str]:
    """Clean many texts lazily and in order; articles share the work, so this is the fast way.

    Parameters
    ----------
    texts : iterable of str
        The articles. Read a few hundred kilobytes ahead, for each process.
    n_jobs : int, optional
        Processes to clean in; 1 is this one alone, -1 one a core. More than one needs the extra
        `parallel`, takes half a second to start, and gives the same results in the same order.
    on_error : {"raise", "keep", "drop"}
        What to do about an item that can't be cleaned, as it is no `str`, say: raise an error
        that names it, after all results before it; give it back unchanged; or leave it out.
    progress : bool
        Show a bar; needs tqdm, which the extra `parallel` has.
    threshold, remove, keep, drop, max_removed
        As for `clean`.

    Returns
    -------
    iterator of str
        `clean(text)` of each text.

    Raises
    ------
    TypeError
        If `texts` is a single `str`, or an item is not a `str` (says which).
    CleaningError
        If a text can't be cleaned (says which), or a worker process dies.

    Examples
    --------
    >>> list(clean_many(["The bridge will stay shut until May.", ""]))
    ['The bridge will stay shut until May.', '']
    >>> list(clean_many(["Snow fell on the hills.", None], on_error="keep"))
    ['Snow fell on the hills.', None]
    """
    settings = {"threshold": threshold, "remove": remove, "keep": keep, "drop": drop,
                "max_removed": max_removed}  # fmt: skip
    return _cleaner(settings).clean_many(texts, n_jobs=n_jobs, on_error=on_error, progress=progress)
