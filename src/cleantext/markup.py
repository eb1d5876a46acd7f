"""What HTML adds to lines: the elements around each, as columns.

A `Markup` is one page's elements and what its lines know of them; `columns` lays those of a batch
end to end, aligned with its rows. A batch of plain text has none, and its lines stand in one
element without a name: every markup feature is at rest there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleantext.lines import Batch, FloatArray, IntArray, once_per_batch

__all__ = [
    "BITS",
    "LEVELS",
    "TAGS",
    "Columns",
    "Containers",
    "Markup",
    "ancestors",
    "columns",
    "containers",
    "span_means",
]

#: Tags that lines are told apart by; all others are "".
TAGS: tuple[str, ...] = (
    "", "html", "body", "div", "p", "span", "a", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5",
    "h6", "td", "th", "tr", "table", "blockquote", "pre", "code", "dl", "dt", "dd", "figure",
    "figcaption", "header", "footer", "nav", "aside", "article", "main", "section", "form",
    "button", "label", "strong", "b", "em", "i", "small", "time", "address", "details", "summary",
    "font", "center", "caption",
)  # fmt: skip

#: What a line can stand in, at any depth: one bit each.
BITS: tuple[str, ...] = (
    "link", "heading", "item", "list", "table", "quote", "figure", "caption", "header", "footer",
    "nav", "aside", "article", "main", "section", "form", "button", "code", "definition",
    "details", "address", "time", "strong", "emphasis", "label", "paragraph", "hidden",
    "aria_hidden", "dialog", "search", "body_property", "title_property", "author_property",
    "comment_property",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Markup:
    """Elements of one page in document order, and the element of each of its lines."""

    tag: list[int]
    """Index into `TAGS` of each element."""
    parent: list[int]
    """Row of each element's parent; the first element is its own."""
    bits: list[int]
    """Sums of ``1 << BITS.index(name)`` for each element."""
    words: list[int]
    """Index into `classes` of each element."""
    depth: list[int]
    """Elements around each element, itself included."""
    first: list[int]
    """First line inside each element."""
    last: list[int]
    """One past the last line inside each element."""
    classes: list[str]
    """Distinct strings of class, id and role words."""
    element: list[int]
    """Element of each line."""
    chars: list[int]
    """Characters of each line."""
    link_chars: list[int]
    """Those of them inside links."""
    links: list[int]
    """Links in each line."""
    title: str = ""
    """The page's own name for itself: `<title>` and Open Graph."""
    description: str = ""
    """Its description of itself."""
    body: str = ""
    """Its `articleBody` in JSON-LD."""


_NONE = Markup([0], [0], [0], [0], [0], [0], [0], [""], [], [], [], [])


class Columns:
    """The markup of all pages of a batch, one element table and one row a line.

    Attributes
    ----------
    tag, parent, bits, words, depth : ndarray of shape (n_elements,)
        As in `Markup`, counted over the batch.
    first, last : ndarray of shape (n_elements,)
        Rows of the batch inside each element.
    classes : list of str
        Distinct strings of each page, one after the other.
    element, chars, link_chars, links : ndarray of shape (n_lines,)
        As in `Markup`, a row for each line that is not blank.
    """

    def __init__(self, batch: Batch) -> None:
        pages = batch.markup
        absent = pages is None
        if pages is None:
            pages = tuple(_NONE for _ in batch.texts)
        self.pages: tuple[Markup, ...] = pages
        sizes = np.array([len(page.tag) for page in pages], dtype=np.int64)
        offset = np.cumsum(sizes) - sizes
        self.root: IntArray = offset
        shift = np.repeat(offset, sizes)
        self.page: IntArray = np.repeat(np.arange(len(pages)), sizes)
        self.tag = _joined([page.tag for page in pages])
        self.parent = _joined([page.parent for page in pages]) + shift
        self.bits = _joined([page.bits for page in pages])
        self.depth = _joined([page.depth for page in pages])
        named = np.array([len(page.classes) for page in pages], dtype=np.int64)
        self.words = _joined([page.words for page in pages]) + np.repeat(
            np.cumsum(named) - named, sizes
        )
        self.classes = [words for page in pages for words in page.classes]
        if absent:
            self.element: IntArray = offset[batch.line_article]
            zeros = np.zeros(len(batch), dtype=np.int64)
            self.chars: IntArray = zeros
            self.link_chars: IntArray = zeros
            self.links: IntArray = zeros
            bounds = np.append(0, np.cumsum(batch.article_lines))
            self.first, self.last = bounds[:-1], bounds[1:]
            return
        # Lines that are blank to a batch have no row in it.
        counts = np.array([len(page.element) for page in pages], dtype=np.int64)
        line_offset = np.cumsum(counts) - counts
        has_row = np.zeros(int(counts.sum()), dtype=np.bool_)
        has_row[_line_numbers(batch, line_offset)] = True
        rows = np.append(0, np.cumsum(has_row))
        line_shift = np.repeat(line_offset, sizes)
        self.first = rows[_joined([page.first for page in pages]) + line_shift]
        self.last = rows[_joined([page.last for page in pages]) + line_shift]
        element = _joined([page.element for page in pages]) + np.repeat(offset, counts)
        self.element = element[has_row]
        self.chars = _joined([page.chars for page in pages])[has_row]
        self.link_chars = _joined([page.link_chars for page in pages])[has_row]
        self.links = _joined([page.links for page in pages])[has_row]


def _joined(parts: list[list[int]]) -> IntArray:
    if len(parts) == 1:
        return np.array(parts[0], dtype=np.int64)
    return np.array(list(itertools.chain.from_iterable(parts)), dtype=np.int64)


def _line_numbers(batch: Batch, line_offset: IntArray) -> IntArray:
    """Number of each row's line, counted over the lines of all pages, blank ones included."""
    breaks = np.flatnonzero(batch.codes == ord("\n"))
    before = np.searchsorted(breaks, batch.line_start)
    of_article = np.searchsorted(breaks, batch.article_start)
    numbers: IntArray = before - of_article[batch.line_article] + line_offset[batch.line_article]
    return numbers


@once_per_batch
def columns(batch: Batch) -> Columns:
    """Lay the markup of a batch's pages end to end."""
    return Columns(batch)


#: Elements around a line that are looked at one by one.
LEVELS = 10


@once_per_batch
def ancestors(batch: Batch) -> IntArray:
    """Elements around each line from its own outward, shape (n_lines, LEVELS); -1 past the root."""
    markup = columns(batch)
    laid = np.full((len(batch), LEVELS), -1, dtype=np.int64)
    here = markup.element
    is_root = np.zeros(markup.tag.size + 1, dtype=np.bool_)
    is_root[markup.root] = True
    parent = np.append(np.where(is_root[:-1], -1, markup.parent), -1)
    for level in range(LEVELS):
        laid[:, level] = here
        here = parent[here]
    return laid


class Containers(NamedTuple):
    """Elements that hold more lines than what is in them: each line's, from the inside out."""

    first: IntArray
    """First row inside, shape (n_lines, levels)."""
    last: IntArray
    """One past the last row inside, shape (n_lines, levels)."""


@once_per_batch
def containers(batch: Batch, levels: int) -> Containers:
    """Stretches of rows of the elements around each line, wrappers that add no line left out."""
    markup = columns(batch)
    same = (markup.first == markup.first[markup.parent]) & (
        markup.last == markup.last[markup.parent]
    )
    same[markup.root] = False
    # The outermost element of each stretch: pointers double until they stand still.
    top = np.where(same, markup.parent, np.arange(markup.tag.size))
    while True:
        further = top[top]
        if np.array_equal(further, top):
            break
        top = further
    first = np.empty((len(batch), levels), dtype=np.int64)
    last = np.empty((len(batch), levels), dtype=np.int64)
    here = top[markup.element]
    # A line that fills its element starts from what is around that.
    alone = markup.last[here] - markup.first[here] <= 1
    here = np.where(alone, top[markup.parent[here]], here)
    for level in range(levels):
        first[:, level], last[:, level] = markup.first[here], markup.last[here]
        here = top[markup.parent[here]]
    return Containers(first, last)


def span_means(values: FloatArray, first: IntArray, last: IntArray) -> FloatArray:
    """Mean of `values` over the rows of each stretch, 0 for an empty one."""
    total = np.append(0.0, np.cumsum(values, dtype=np.float64))
    means: npt.NDArray[np.float64] = (total[last] - total[first]) / np.maximum(last - first, 1)
    return means
