"""Dask: bags of texts, and series of data frames.

>>> import dask.bag
>>> from cleantext.integrations.dask import clean_bag
>>> bag = dask.bag.from_sequence(["Rain fell on the hills all night.\\n"], npartitions=1)
>>> clean_bag(bag).compute(scheduler="synchronous")
['Rain fell on the hills all night.\\n']
"""

from __future__ import annotations

from typing import Any

import dask.bag

from cleantext.cleaner import Cleaner
from cleantext.integrations._values import clean_values

__all__ = ["clean_bag", "clean_series"]


def clean_bag(bag: dask.bag.Bag, **settings: Any) -> dask.bag.Bag:
    """Clean a bag of texts lazily, a partition at a time; None stays None.

    `settings` are those of `Cleaner`.
    """
    cleaner = Cleaner(**settings)
    return bag.map_partitions(lambda texts: clean_values(cleaner, texts))


def clean_series(series: Any, **settings: Any) -> Any:
    """Clean a series of `dask.dataframe` lazily; missing values stay missing.

    Parameters
    ----------
    series : dask.dataframe.Series
        Texts.
    **settings
        As for `cleantext.Cleaner`.

    Returns
    -------
    dask.dataframe.Series
    """
    from cleantext.integrations import pandas

    return series.map_partitions(pandas.clean_series, Cleaner(**settings), meta=series._meta)
