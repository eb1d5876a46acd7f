"""The exceptions of `cleantext`, all children of one.

::

    CleantextError
    ├── ModelError         (ValueError)   a model folder is missing, damaged or of another format
    ├── PageError          (ValueError)   what came as HTML is something else
    ├── DataError          (ValueError)   labelled data can't be read: says the file and the line
    └── MissingExtraError  (ImportError)  an optional package is needed: says what to install
"""

from __future__ import annotations

__all__ = ["CleantextError", "DataError", "MissingExtraError", "ModelError", "PageError"]


class CleantextError(Exception):
    """The parent of every error that this package raises on purpose."""


class ModelError(CleantextError, ValueError):
    """A model folder is missing, damaged, or written in another format."""


class PageError(CleantextError, ValueError):
    """What came as HTML is something else; the message says what it looks like."""


class DataError(CleantextError, ValueError):
    """Labelled data can't be read or used; the message names the file and the line."""


class MissingExtraError(CleantextError, ImportError):
    """A package of an optional extra isn't installed; the message says which to install."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs packages that aren't installed. "
            f'Install them with: pip install "cleantext-lines[{extra}]"'
        )
