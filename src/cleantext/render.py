"""Kept lines of a page as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cleantext.markup import TAGS
from cleantext.page import Page

__all__ = ["markdown"]

_TAG = {name: index for index, name in enumerate(TAGS)}
_LEVEL = {_TAG[f"h{level}"]: level for level in range(1, 7)}
_LISTS = {_TAG["ul"]: False, _TAG["ol"]: True}
_ITEM, _QUOTE, _PRE, _TABLE, _TERM, _DETAIL = (
    _TAG[name] for name in ("li", "blockquote", "pre", "table", "dt", "dd")
)
# What would turn a line of plain text into something else.
_SPECIAL = re.compile(
    r"^(\d{1,9})(?=[.)](?:\s|$))|^(?=#{1,6}\s|[-+*]\s|>|```|~~~|(?:[-*_]\s*){3,}$|=+$)"
)
_TAG_START = re.compile(r"(?=<[A-Za-z/!?])")
_BACKTICKS = re.compile(r"`+")


class _Place:
    """What a line stands in, from the page outward in."""

    def __init__(self, page: Page, element: int) -> None:
        markup = page.markup
        self.level = self.quotes = 0
        self.items: list[int] = []
        self.ordered: list[bool] = []
        self.code = self.table = -1
        self.term = self.detail = False
        waiting = False  # an item whose list is further out
        while True:
            tag = markup.tag[element]
            if tag in _LEVEL and not self.level:
                self.level = _LEVEL[tag]
            elif tag == _QUOTE:
                self.quotes += 1
            elif tag == _PRE:
                self.code = element
            elif tag == _TABLE and self.table < 0:
                self.table = element
            elif tag == _ITEM and not waiting:
                self.items.append(element)
                waiting = True
            elif tag in _LISTS and waiting:
                self.ordered.append(_LISTS[tag])
                waiting = False
            elif tag == _TERM:
                self.term = True
            elif tag == _DETAIL:
                self.detail = True
            parent = markup.parent[element]
            if parent == element:
                break
            element = parent
        if waiting:
            self.ordered.append(False)
        self.items.reverse()
        self.ordered.reverse()


def markdown(page: Page, kept: Sequence[Any]) -> str:
    """Write the kept lines of a page as Markdown.

    Parameters
    ----------
    page : Page
        The page.
    kept : sequence of bool
        Whether each of its lines stays.

    Examples
    --------
    >>> from cleantext.page import parse_page
    >>> page = parse_page("<h2>Rain</h2><ul><li>Hills<li>Rivers</ul><p>It fell.<pre>wet = 1</pre>")
    >>> print(markdown(page, [True] * len(page.lines)), end="")
    ## Rain
    <BLANKLINE>
    - Hills
    - Rivers
    <BLANKLINE>
    It fell.
    <BLANKLINE>
    ```
    wet = 1
    ```
    """
    places = {
        number: _Place(page, page.markup.element[number])
        for number, stays in enumerate(kept)
        if stays
    }
    fences = _fences(page, places)
    written: list[str] = []
    before: _Place | None = None
    was_row = False
    begun: dict[int, str] = {}  # item: the white space that its further lines stand behind
    count: dict[int, int] = {}  # parent of items: how many there were

    for number, place in places.items():
        line, is_row = page.lines[number], False
        if before is not None and before.code >= 0 and place.code != before.code:
            written.append(fences[before.code])
        plain, tight = _TAG_START.sub(r"\\", line), False
        if place.code >= 0:
            tight = before is not None and before.code == place.code
            text = line if tight else f"{fences[place.code]}\n{line}"
        elif number in page.cells:
            is_row = True
            cells = [_TAG_START.sub(r"\\", cell).replace("|", "\\|") for cell in page.cells[number]]
            text = f"| {' | '.join(cells)} |"
            tight = was_row and before is not None and before.table == place.table
            if not tight:
                text += f"\n|{'---|' * len(cells)}"
        elif place.level and not place.items:
            text = f"{'#' * place.level} {plain}"
        elif place.term:
            text = f"**{plain}**"
        else:
            text = _SPECIAL.sub(r"\1\\", plain)
        if place.items and place.code < 0 and not is_row:
            item = place.items[-1]
            indent = begun.get(place.items[-2], "") if len(place.items) > 1 else ""
            if item in begun:
                text = begun[item] + text
            else:
                parent = page.markup.parent[item]
                count[parent] = count.get(parent, 0) + 1
                mark = f"{count[parent]}. " if place.ordered[-1] else "- "
                begun[item] = indent + " " * len(mark)
                text = f"{indent}{mark}{text}"
            tight = bool(before and before.items)
        if place.quotes and place.code < 0:
            quote = "> " * place.quotes
            text = quote + text.replace("\n", f"\n{quote}")
        if written and not tight:
            # A blank line of a quotation belongs to it.
            within = min(place.quotes, before.quotes if before else 0)
            written.append(("> " * within).rstrip())
        written.append(text)
        before, was_row = place, is_row
    if before is not None and before.code >= 0:
        written.append(fences[before.code])
    return "".join(line + "\n" for line in written)


def _fences(page: Page, places: dict[int, _Place]) -> dict[int, str]:
    """Fence of each preformatted element: longer than any row of backticks in it."""
    fences: dict[int, str] = {}
    for number, place in places.items():
        if place.code >= 0:
            inside = max(map(len, _BACKTICKS.findall(page.lines[number])), default=0)
            known = fences.get(place.code, "```")
            fences[place.code] = max(known, "`" * (inside + 1), key=len)
    return fences
