"""What the adapters to hosts with columns share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cleantext.cleaner import Cleaner

__all__ = ["clean_values"]


def clean_values(cleaner: Cleaner, values: Iterable[str | None]) -> list[str | None]:
    """Clean a column; None stays None, and anything else that is no `str` is refused.

    Raises
    ------
    TypeError
        If the column is one text, or holds anything else.

    Examples
    --------
    >>> clean_values(Cleaner(), ["Rain fell on the hills all night.", None])
    ['Rain fell on the hills all night.', None]
    """
    if isinstance(values, str):
        raise TypeError("a column of texts is wanted, not one text: ask the host for batches")
    column: Sequence[str | None] = list(values)
    cleaned = cleaner.clean_many("" if value is None else value for value in column)
    return [None if value is None else text for value, text in zip(column, cleaned, strict=True)]
