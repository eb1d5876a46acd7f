"""Spark: a function for `mapInPandas`, and a pandas UDF.

>>> import pandas as pd
>>> from cleantext.integrations.spark import clean_frames
>>> frames = iter([pd.DataFrame({"id": [7], "text": ["Rain fell on the hills all night.\\n"]})])
>>> next(clean_frames("text")(frames))["text"].tolist()
['Rain fell on the hills all night.\\n']

With a session that is ``frame.mapInPandas(clean_frames("text"), frame.schema)``, or
``frame.withColumn("text", clean_udf()("text"))``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from cleantext.cleaner import Cleaner

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["clean_frames", "clean_udf"]


def clean_frames(
    column: str = "text", **settings: Any
) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    """Make a function for `DataFrame.mapInPandas` that cleans a column; nulls stay null.

    Parameters
    ----------
    column : str
        Column that holds the texts; all others pass as they are.
    **settings
        As for `cleantext.Cleaner`.
    """
    cleaner = Cleaner(**settings)

    def clean_column(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        from cleantext.integrations.pandas import clean_series

        for frame in frames:
            yield frame.assign(**{column: clean_series(frame[column], cleaner)})

    return clean_column


def clean_udf(**settings: Any) -> Any:
    """Make a pandas UDF from string to string, which cleans a column; nulls stay null.

    Parameters
    ----------
    **settings
        As for `cleantext.Cleaner`.
    """
    import pandas as pd
    from pyspark.sql.functions import pandas_udf

    cleaner = Cleaner(**settings)

    def clean_texts(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        from cleantext.integrations.pandas import clean_series

        for series in batches:
            yield clean_series(series, cleaner)

    # pandas_udf reads the types themselves, not their names
    clean_texts.__annotations__ = {"batches": Iterator[pd.Series], "return": Iterator[pd.Series]}
    return pandas_udf(clean_texts, "string")
