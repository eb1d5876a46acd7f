"""Ray Data: a callable class for `map_batches`.

>>> import ray  # doctest: +SKIP
>>> from cleantext.integrations.ray import CleanBatch
>>> dataset = ray.data.read_parquet("pages/")  # doctest: +SKIP
>>> dataset.map_batches(CleanBatch, concurrency=2).write_parquet("cleaned/")  # doctest: +SKIP

A page that runs is `docs/integrations/ray.md`; the class needs no cluster to be called:

>>> import numpy as np
>>> batch = {"text": np.array(["Rain fell on the hills all night.\\n"], dtype=object)}
>>> CleanBatch()(batch)["text"].tolist()
['Rain fell on the hills all night.\\n']
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cleantext.cleaner import Cleaner
from cleantext.integrations._values import clean_values

__all__ = ["CleanBatch"]


class CleanBatch:
    """Clean a column of Ray's default batches, dicts of arrays; None stays None.

    Each actor makes it once, and loads the model then. Give settings by
    ``fn_constructor_kwargs={"column": "body", "threshold": 0.8}``.

    Parameters
    ----------
    column : str
        Column that holds the texts.
    **settings
        As for `cleantext.Cleaner`.
    """

    def __init__(self, column: str = "text", **settings: Any) -> None:
        self.column = column
        self.cleaner = Cleaner(**settings)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        cleaned = clean_values(self.cleaner, batch[self.column])
        return {**batch, self.column: np.array(cleaned, dtype=object)}
