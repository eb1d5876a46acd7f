"""LangChain: a document transformer.

>>> from langchain_core.documents import Document
>>> from cleantext.integrations.langchain import CleantextTransformer
>>> documents = [Document("Rain fell on the hills all night.\\n", metadata={"source": "a"})]
>>> CleantextTransformer().transform_documents(documents)[0].page_content
'Rain fell on the hills all night.\\n'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.documents import BaseDocumentTransformer, Document

from cleantext.cleaner import Cleaner

__all__ = ["CleantextTransformer"]


class CleantextTransformer(BaseDocumentTransformer):
    """Remove boilerplate lines from documents; put it before the text splitter.

    The documents given stay as they are; new ones with the same id and metadata come back.

    Parameters
    ----------
    **settings
        As for `cleantext.Cleaner`.
    """

    def __init__(self, **settings: Any) -> None:
        self.cleaner = Cleaner(**settings)

    def transform_documents(
        self, documents: Sequence[Document], **kwargs: Any
    ) -> Sequence[Document]:
        """Clean documents."""
        documents = list(documents)  # loaders give iterators, too
        texts = self.cleaner.clean_many(document.page_content for document in documents)
        return [
            document.model_copy(update={"page_content": text})
            for document, text in zip(documents, texts, strict=True)
        ]
