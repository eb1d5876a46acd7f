"""Hugging Face datasets: a callable for ``dataset.map(..., batched=True)``.

>>> from datasets import Dataset
>>> from cleantext.integrations.datasets import CleanBatch
>>> dataset = Dataset.from_dict({"text": ["Rain fell on the hills all night.\\n", None]})
>>> dataset.map(CleanBatch("text"), batched=True)["text"][0]
'Rain fell on the hills all night.\\n'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cleantext.cleaner import Cleaner
from cleantext.integrations._values import clean_values

__all__ = ["CleanBatch"]


class CleanBatch:
    """Clean a column of a batch; None stays None.

    It pickles to a few hundred bytes (the shipped model stays out), always the same, so the
    cache of `datasets` recognises it, and `num_proc` costs nothing extra.

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

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[str | None]]:
        return {self.column: clean_values(self.cleaner, batch[self.column])}
