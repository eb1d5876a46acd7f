"""NeMo Curator: a document modifier.

>>> from nemo_curator.stages.text.modifiers import Modify
>>> from cleantext.integrations.nemo_curator import CleantextModifier
>>> stage = Modify(CleantextModifier(), input_fields="text")
>>> CleantextModifier().modify_document("Rain fell on the hills all night.\\n")
'Rain fell on the hills all night.\\n'
"""

from __future__ import annotations

from typing import Any

from nemo_curator.stages.text.modifiers import DocumentModifier

from cleantext.cleaner import Cleaner

__all__ = ["CleantextModifier"]


class CleantextModifier(DocumentModifier):
    """Remove boilerplate lines from the text of documents.

    Parameters
    ----------
    **settings
        As for `cleantext.Cleaner`.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self._cleaner = Cleaner(**settings)

    def modify_document(self, text: str) -> str:
        """Clean one text."""
        return self._cleaner.clean(text)
