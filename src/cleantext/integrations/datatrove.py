"""datatrove: a formatter, and a filter for documents that were mostly boilerplate.

>>> from datatrove.data import Document
>>> from cleantext.integrations.datatrove import BoilerplateFilter, CleantextFormatter
>>> documents = [Document(text="Rain fell on the hills all night.\\n", id="1")]
>>> steps = [CleantextFormatter(), BoilerplateFilter(max_boilerplate=0.5)]
>>> for step in steps:
...     documents = step.run(documents)
>>> [document.text for document in documents]
['Rain fell on the hills all night.\\n']
"""

from __future__ import annotations

from typing import Any

from datatrove.data import Document, DocumentsPipeline
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.formatters.base import BaseFormatter
from datatrove.pipeline.writers.disk_base import DiskWriter
from datatrove.utils.batching import batched
from datatrove.utils.typeshelper import StatHints

from cleantext.cleaner import Cleaner

__all__ = ["BoilerplateFilter", "CleantextFormatter"]

_SHARE = "boilerplate_share"


def _clean(cleaner: Cleaner, documents: list[Document]) -> list[str]:
    """Clean texts, and note in the metadata which share of each was boilerplate."""
    texts = list(cleaner.clean_many(document.text for document in documents))
    for document, text in zip(documents, texts, strict=True):
        gone = len(document.text) - len(text)
        document.metadata[_SHARE] = round(gone / max(len(document.text), 1), 4)
    return texts


class CleantextFormatter(BaseFormatter):
    """Remove boilerplate lines from the text of documents.

    Adds `boilerplate_share` to the metadata: the share of the characters that went.

    Parameters
    ----------
    batch_size : int
        Documents to clean together, which is faster than one by one.
    **settings
        As for `cleantext.Cleaner`.
    """

    name = "🧹 cleantext"

    def __init__(self, batch_size: int = 100, **settings: Any) -> None:
        super().__init__()
        self.batch_size = batch_size
        self.cleaner = Cleaner(**settings)

    def format(self, text: str) -> str:
        """Clean one text."""
        return self.cleaner.clean(text)

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """Clean documents as they pass."""
        for documents in batched(data, self.batch_size):
            with self.track_time("batch"):
                texts = _clean(self.cleaner, documents)
            for document, text in zip(documents, texts, strict=True):
                self.stat_update(StatHints.total)
                if text != document.text:
                    self.stat_update("cleaned")
                    removed = len(document.text) - len(text)
                    self.stat_update("removed_characters", value=removed)
                document.text = text
                yield document


class BoilerplateFilter(BaseFilter):
    """Drop documents that were mostly boilerplate, without changing those that stay.

    After a `CleantextFormatter` it reads the `boilerplate_share` that was noted; without one it
    cleans a copy of the text to find out.

    Parameters
    ----------
    max_boilerplate : float
        Drop a document if more than this share of its characters was boilerplate.
    exclusion_writer : DiskWriter, optional
        Where dropped documents go.
    batch_size : int
        Documents to judge together.
    **settings
        As for `cleantext.Cleaner`.
    """

    name = "🧹 mostly boilerplate"

    def __init__(
        self,
        max_boilerplate: float = 0.5,
        exclusion_writer: DiskWriter | None = None,
        batch_size: int = 100,
        **settings: Any,
    ) -> None:
        super().__init__(exclusion_writer, batch_size)
        self.max_boilerplate = max_boilerplate
        self.cleaner = Cleaner(**settings)

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        """Judge one document."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: list[Document]) -> list[bool | tuple[bool, str]]:
        """Judge documents together."""
        _clean(self.cleaner, [document for document in batch if _SHARE not in document.metadata])
        return [
            document.metadata[_SHARE] <= self.max_boilerplate or (False, "mostly_boilerplate")
            for document in batch
        ]
