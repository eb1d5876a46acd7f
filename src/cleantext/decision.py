"""From probabilities to what stays: threshold, chosen kinds, the caller's patterns, guards.

Order of precedence, strongest first: lines inside fenced code and Markdown tables stay; lines
that match a `keep` pattern stay; lines that match a `drop` pattern go; every other line goes if
the probability of the kinds to remove reaches the line's threshold. The longer a line, the more
of the author's words would be lost with it, so the higher that is (`line_thresholds`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np

from cleantext.kinds import BOILERPLATE, kind_indices
from cleantext.lines import Batch, BoolArray, FloatArray, IntArray
from cleantext.model import junk_probability

__all__ = [
    "FREE_LENGTH",
    "Pattern",
    "batch_thresholds",
    "check_share",
    "compile_patterns",
    "keep_mask",
    "kept_spans",
    "line_thresholds",
    "removal_columns",
]

Pattern = str | re.Pattern[str]

#: Characters up to which a line goes at the threshold as it is set.
FREE_LENGTH = 100

_FENCES = ("```", "~~~")
# The row of dashes under a table's head: at least one bar in it.
_TABLE_RULE = re.compile(r"(?=.*\|)\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?")
# What marks a line as quoted: tables and code may stand in a quotation.
_QUOTED = re.compile(r"^(?:>\s*)+")


def check_share(value: float | None, name: str) -> None:
    """Refuse what is no probability.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it lies outside 0 to 1.

    Examples
    --------
    >>> check_share(90, "threshold")
    Traceback (most recent call last):
        ...
    ValueError: threshold must lie between 0 and 1, not 90
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float, np.floating)):
        raise TypeError(f"{name} must be a number between 0 and 1, not {type(value).__name__}")
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}")


def removal_columns(remove: Iterable[str] | None) -> list[int]:
    """Columns of the kinds to remove: all boilerplate by default."""
    return kind_indices(BOILERPLATE if remove is None else remove)


def compile_patterns(
    patterns: Pattern | Iterable[Pattern] | None, name: str
) -> tuple[re.Pattern[str], ...]:
    """Compile the caller's patterns: strings are matched as they stand, whatever the case.

    Raises
    ------
    TypeError
        For anything but strings and compiled patterns of `str`.
    ValueError
        For an empty string.

    Examples
    --------
    >>> compile_patterns("(live)", "keep")[0].search("Tonight (LIVE)") is not None
    True
    """
    if patterns is None:
        return ()
    if isinstance(patterns, (str, re.Pattern)):
        patterns = [patterns]
    compiled = []
    for pattern in patterns:
        if pattern == "":
            raise ValueError(f'an empty text ("") as a {name} pattern would match every line')
        if isinstance(pattern, str):
            compiled.append(re.compile(re.escape(pattern), re.IGNORECASE))
        elif isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
            compiled.append(pattern)
        else:
            raise TypeError(
                f"{name} takes strings and compiled patterns of str, not {type(pattern).__name__}"
            )
    return tuple(compiled)


def line_thresholds(threshold: float, length: IntArray) -> FloatArray:
    """Probability from which on lines of these lengths go.

    Up to `FREE_LENGTH` characters it is the threshold itself. A line of twice that length needs
    twice the odds, and so on: what a wrong removal costs grows with the line, what a right one
    gains does not (Elkan, 2001, *The foundations of cost-sensitive learning*).

    Examples
    --------
    >>> line_thresholds(0.6, np.array([20, 100, 200, 1000])).round(2).tolist()
    [0.6, 0.6, 0.75, 0.94]
    """
    cost = np.maximum(length / FREE_LENGTH, 1.0)
    found: FloatArray = threshold * cost / (threshold * cost + (1 - threshold))
    return found


def batch_thresholds(batch: Batch, threshold: float) -> FloatArray:
    """Probability from which on each line of a batch goes.

    Lines of texts follow `line_thresholds`. Most of any page is no article, so a long line of a
    page that stays costs as much as one that is lost: there the threshold is the same for all.
    """
    if batch.markup is not None:
        return np.full(len(batch), threshold)
    return line_thresholds(threshold, batch.line_stop - batch.line_start)


def keep_mask(
    batch: Batch,
    P: FloatArray,
    threshold: float,
    columns: list[int],
    keep: Sequence[re.Pattern[str]] = (),
    drop: Sequence[re.Pattern[str]] = (),
) -> BoolArray:
    """Decide which lines of a batch stay.

    Parameters
    ----------
    batch : Batch
        The articles.
    P : ndarray of shape (n_lines, n_kinds)
        Probabilities.
    threshold : float
        Probability from which on a short line goes, 0 to 1; see `line_thresholds`.
    columns : list of int
        Columns of `P` of the kinds to remove.
    keep, drop : sequence of compiled patterns
        Lines that match stay, or go.

    Returns
    -------
    ndarray of shape (n_lines,), bool
    """
    stays = junk_probability(P, columns) < batch_thresholds(batch, threshold)
    if keep or drop:
        for row in range(len(batch)):
            line = batch.line_text(row)
            if any(pattern.search(line) for pattern in keep):
                stays[row] = True
            elif any(pattern.search(line) for pattern in drop):
                stays[row] = False
    last = batch.article_lines.cumsum()
    for article, text in enumerate(batch.texts):
        if "|" in text or any(fence in text for fence in _FENCES):
            rows = slice(int(last[article] - batch.article_lines[article]), int(last[article]))
            lines = [batch.line_text(row) for row in range(rows.start, rows.stop)]
            after_blank = batch.line_start[rows][1:] > batch.line_stop[rows][:-1]
            stays[rows] |= protected(lines, {row + 1 for row in after_blank.nonzero()[0].tolist()})
    return stays


def protected(lines: Sequence[str], after_blank: Collection[int] = ()) -> BoolArray:
    """Mark lines of fenced code blocks that close, and of Markdown tables.

    Parameters
    ----------
    lines : sequence of str
        Lines of a text, blank ones left out.
    after_blank : collection of int
        Which of them come after a blank line: it ends a table.

    Examples
    --------
    >>> protected(["Run:", "```", "subscribe()", "```", "| a | b |", "|---|---|", "Bye"]).tolist()
    [False, True, True, True, True, True, False]
    """
    mask = np.zeros(len(lines), dtype=np.bool_)
    bare = [line.strip() for line in lines]
    quoted = [line.startswith(">") for line in bare]
    bare = [
        _QUOTED.sub("", line, count=1) if is_quoted else line
        for line, is_quoted in zip(bare, quoted, strict=True)
    ]
    opened, fence = -1, ""
    for index, line in enumerate(bare):
        if opened >= 0 and quoted[opened] and not quoted[index]:
            opened = -1  # the quotation ended before its code did
        if opened < 0 and line.startswith(_FENCES):
            info = line.lstrip(line[0])
            if line[0] == "~" or "`" not in info:  # code in a line has backticks after it, too
                opened, fence = index, line[: len(line) - len(info)]
        elif (
            opened >= 0
            and quoted[index] == quoted[opened]
            and line.startswith(fence)
            and not line.strip(fence[0])
        ):
            mask[opened : index + 1] = True
            opened = -1
    index = 0
    while index < len(bare):
        if mask[index] or "-" not in bare[index] or not _TABLE_RULE.fullmatch(bare[index]):
            index += 1
            continue
        has_head = index > 0 and index not in after_blank and "|" in bare[index - 1]
        first = index - 1 if has_head else index
        index += 1
        while index < len(bare) and "|" in bare[index] and index not in after_blank:
            index += 1
        mask[first:index] = True
    return mask


def kept_spans(batch: Batch, stays: BoolArray) -> list[list[tuple[int, int]]]:
    """Spans of each article's text that stay, blank lines settled.

    Blank lines next to a removed line collapse: of the blank lines before and after a removed
    run, the longer group stays (the one before, if they are equally long), blank lines between
    two removed lines go, and a removed run at either end of the text takes its blank lines
    along. All other blank lines stay as they are.

    Parameters
    ----------
    batch : Batch
        The articles.
    stays : ndarray of shape (n_lines,), bool
        Which lines stay.

    Returns
    -------
    list of list of (int, int)
        For each article, the spans to copy, in order.
    """
    spans: list[list[tuple[int, int]]] = []
    first = 0
    for article, text in enumerate(batch.texts):
        last = first + int(batch.article_lines[article])
        spans.append(_article_spans(batch, stays, first, last, len(text)))
        first = last
    return spans


def _article_spans(
    batch: Batch, stays: BoolArray, first: int, last: int, size: int
) -> list[tuple[int, int]]:
    removed = (np.flatnonzero(~stays[first:last]) + first).tolist()
    if not removed:
        return [(0, size)] if size else []
    article = int(batch.line_article[first])
    offset, text = int(batch.article_start[article]), batch.texts[article]
    start, stop = batch.line_start, batch.line_stop
    spans = []
    done = 0  # everything before is settled
    for begin, end in _runs(removed):
        before = int(stop[begin - 1]) - offset if begin > first else 0
        after = int(start[end]) - offset if end < last else size
        if begin > first:
            spans.append((done, before))
        if begin > first and end < last:
            lead = (before, int(start[begin]) - offset)
            trail = (int(stop[end - 1]) - offset, after)
            lead_lines, trail_lines = (
                len(text[slice(*blank)].splitlines()) for blank in (lead, trail)
            )
            spans.append(lead if lead_lines >= trail_lines else trail)
        done = after
    spans.append((done, size))
    return [span for span in spans if span[0] < span[1]]


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and one past the last of each run of rows that follow each other."""
    begin = end = rows[0]
    for row in rows:
        if row > end:
            yield begin, end
            begin = row
        end = row + 1
    yield begin, end
