"""The exceptions of `cleantext`, all children of one.

::

    CleantextError
    ├── ModelError         (ValueError)   a model folder is missing, damaged or of another format
    ├── PageError          (ValueError)   what came as HTML is something else
    ├── DataError          (ValueError)   data can't be read: says the file and the line
    ├── CleaningError      (RuntimeError) a text of many can't be cleaned: says which
    └── MissingExtraError  (ImportError)  an optional package is needed: says what to install
"""

from __future__ import annotations

__all__ = [
    "CleaningError",
    "CleantextError",
    "DataError",
    "MissingExtraError",
    "ModelError",
    "PageError",
]


class CleantextError(Exception):
    """The parent of every error that this package raises on purpose."""


class ModelError(CleantextError, ValueError):
    """A model folder is missing, damaged, or written in another format."""


class PageError(CleantextError, ValueError):
    """What came as HTML is something else; the message says what it looks like."""


class DataError(CleantextError, ValueError):
    """Data can't be read or used; the message names the file and the line."""


class CleaningError(CleantextError, RuntimeError):
    """A text among many can't be cleaned, or a worker process died; the message says which."""


class MissingExtraError(CleantextError, ImportError):
    """A package of an optional extra isn't installed; the message says which to install."""

    def __init__(self, what: str, extra: str) -> None:
        self._said = what, extra
        super().__init__(
            f"{what} needs packages that aren't installed. "
            f'Install them with: pip install "cleantext-lines[{extra}]"'
        )

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return type(self), self._said  # as a worker process hands it over
