"""pandas: ``series.cleantext.clean()``.

Importing this module registers the accessor.

>>> import pandas as pd
>>> import cleantext.integrations.pandas
>>> texts = pd.Series(["Rain fell on the hills all night.\\n", None])
>>> texts.cleantext.clean().tolist()[0]
'Rain fell on the hills all night.\\n'
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from cleantext.cleaner import Cleaner

__all__ = ["CleantextAccessor", "clean_series"]


def clean_series(series: pd.Series, cleaner: Cleaner, n_jobs: int | None = 1) -> pd.Series:
    """Clean a series; index, name and type stay, and missing values stay missing."""
    missing = series.isna()
    if missing.all():  # such a series may be one of numbers
        return series.copy()
    texts = series.astype(object).where(~missing, "")
    cleaned = pd.Series(
        list(cleaner.clean_many(texts, n_jobs=n_jobs)),
        index=series.index,
        name=series.name,
        # The categories of a categorical series are its texts before cleaning.
        dtype=object if isinstance(series.dtype, pd.CategoricalDtype) else series.dtype,
    )
    return cleaned.where(~missing, series)


@pd.api.extensions.register_series_accessor("cleantext")
class CleantextAccessor:
    """The methods of ``series.cleantext``."""

    def __init__(self, series: pd.Series) -> None:
        self._series = series

    def clean(self, *, n_jobs: int | None = 1, **settings: Any) -> pd.Series:
        """Clean every text; `settings` as for `cleantext.Cleaner`."""
        return clean_series(self._series, Cleaner(**settings), n_jobs)
