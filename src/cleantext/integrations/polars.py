"""polars: ``pl.col("text").cleantext.clean()``, and the same for a series.

Importing this module registers both namespaces.

>>> import polars as pl
>>> import cleantext.integrations.polars
>>> frame = pl.DataFrame({"text": ["Rain fell on the hills all night.\\n", None]})
>>> frame.with_columns(pl.col("text").cleantext.clean())["text"].to_list()
['Rain fell on the hills all night.\\n', None]
"""

from __future__ import annotations

from typing import Any

import polars as pl

from cleantext.cleaner import Cleaner
from cleantext.integrations._values import clean_values

__all__ = ["CleantextExpr", "CleantextSeries"]


def _clean_series(series: pl.Series, cleaner: Cleaner) -> pl.Series:
    return pl.Series(series.name, clean_values(cleaner, series), dtype=pl.String)


@pl.api.register_expr_namespace("cleantext")
class CleantextExpr:
    """The methods of ``expression.cleantext``."""

    def __init__(self, expr: pl.Expr) -> None:
        self._expr = expr

    def clean(self, **settings: Any) -> pl.Expr:
        """Clean every text; `settings` as for `cleantext.Cleaner`.

        Each text is cleaned for itself, so lazy and streaming queries may cut batches.
        """
        cleaner = Cleaner(**settings)
        return self._expr.map_batches(
            lambda series: _clean_series(series, cleaner),
            return_dtype=pl.String,
            is_elementwise=True,
        )


@pl.api.register_series_namespace("cleantext")
class CleantextSeries:
    """The methods of ``series.cleantext``."""

    def __init__(self, series: pl.Series) -> None:
        self._series = series

    def clean(self, **settings: Any) -> pl.Series:
        """Clean every text; `settings` as for `cleantext.Cleaner`."""
        return _clean_series(self._series, Cleaner(**settings))
