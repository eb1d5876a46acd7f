"""The fifteen kinds of line, in the order in which every array keeps them."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["BOILERPLATE", "KINDS", "kind_indices"]

#: Every kind with its one-line definition. Columns of `P` follow this order.
KINDS: dict[str, str] = {
    "content": "what the author wrote as the article: prose, headings, lists, tables, code, quotes",
    "title": "the article's own headline or its kicker",
    "byline": "author, date, agency, place, reading time",
    "caption": "caption or credit of a picture, a video or a chart",
    "bio": "who the author, the publication or the company is",
    "newsletter": "an invitation to sign up for e-mail, alerts or channels",
    "paywall": "log-in, subscription, membership or donation request",
    "social": "share and follow bars, handles, counters",
    "related": "a teaser of or a link to another piece",
    "promo": "the publisher's own plug: shows, podcasts, events, books, shops, apps",
    "ad": "third-party advertising and sponsor messages",
    "disclosure": "affiliate, legal, copyright and privacy notices",
    "comments": "reader comments and their forms",
    "nav": "menus, tags, buttons, pagination, players and other interface text",
    "offtopic": "reads like prose and belongs to another text: a slogan, an aside, a stray piece",
}

#: The kinds that `cleantext` removes unless told otherwise: all but `content` and `title`.
BOILERPLATE: frozenset[str] = frozenset(KINDS) - {"content", "title"}

_INDEX = {kind: index for index, kind in enumerate(KINDS)}


def kind_indices(kinds: Iterable[str]) -> list[int]:
    """Give the column of each kind, in the order of `KINDS`.

    Parameters
    ----------
    kinds : iterable of str
        Names out of `KINDS`.

    Returns
    -------
    list of int
        Sorted columns, 0 to 14, without repeats.

    Raises
    ------
    ValueError
        If a name is no kind; the message lists the fifteen that are.

    Examples
    --------
    >>> kind_indices({"promo", "newsletter"})
    [5, 9]
    """
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    unknown = [kind for kind in kinds if kind not in _INDEX]
    if unknown:
        raise ValueError(f"unknown kind {unknown[0]!r}; the kinds are: {', '.join(KINDS)}")
    return sorted({_INDEX[kind] for kind in kinds})
