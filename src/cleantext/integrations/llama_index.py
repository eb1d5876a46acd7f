"""LlamaIndex: a transformation for ingestion pipelines.

>>> from llama_index.core import Document
>>> from cleantext.integrations.llama_index import CleantextTransform
>>> nodes = CleantextTransform()([Document(text="Rain fell on the hills all night.\\n")])
>>> nodes[0].get_content()
'Rain fell on the hills all night.\\n'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.schema import BaseNode, TransformComponent

from cleantext.cleaner import Cleaner

__all__ = ["CleantextTransform"]


class CleantextTransform(TransformComponent):
    """Remove boilerplate lines from nodes; put it before the node parser.

    The nodes given stay as they are; copies with the same id come back. The settings, all plain
    values, are part of what the pipeline's cache compares.
    """

    model: str | None = Field(None, description="Folder of a model; the shipped one by default.")
    threshold: float | None = Field(None, description="Probability from which on a line goes.")
    remove: list[str] | None = Field(None, description="Kinds to remove.")
    keep: list[str] | None = Field(None, description="Lines with one of these stay.")
    drop: list[str] | None = Field(None, description="Lines with one of these go.")
    max_removed: float | None = Field(None, description="Leave a text alone beyond this share.")

    _cleaner: Cleaner = PrivateAttr()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        fields = ("model", "threshold", "remove", "keep", "drop", "max_removed")
        self._cleaner = Cleaner(**{name: getattr(self, name) for name in fields})

    @classmethod
    def class_name(cls) -> str:
        """Name in serialised pipelines."""
        return "CleantextTransform"

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """Clean nodes."""
        nodes = list(nodes)
        texts = self._cleaner.clean_many(node.get_content() for node in nodes)
        cleaned = []
        for node, text in zip(nodes, texts, strict=True):
            copy = node.model_copy()
            copy.set_content(text)
            cleaned.append(copy)
        return cleaned
