"""Give scraping pipelines the article and nothing else.

    >>> import cleantext
    >>> text = "The bridge will stay shut until May, the council said on Monday.\\n"
    >>> cleantext.clean(text) == text
    True

`clean` returns the cleaned text, `explain` says what went and why, `clean_many` is the fast way
for many texts, `Cleaner` holds a model and settings. `clean_html`, `clean_html_many`,
`explain_html` and `clean_article` do the same from the page (with the `html` extra). Training and
evaluation are in `cleantext.training` and `cleantext.evaluation`, or on the command line:
`cleantext --help`.

Two other distributions on PyPI, `cleantext` and `clean-text`, import under this name as well
and do something else (they normalise text); ours is `cleantext-lines`. Install only one of the
three in an environment.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cleantext.errors import (
    CleaningError,
    CleantextError,
    DataError,
    MissingExtraError,
    ModelError,
    PageError,
)
from cleantext.kinds import BOILERPLATE, KINDS

if TYPE_CHECKING:
    from cleantext.cleaner import Cleaner, Explanation, Verdict, clean, clean_many, explain
    from cleantext.html import (
        Article,
        PageCleaner,
        clean_article,
        clean_html,
        clean_html_many,
        explain_html,
    )

__version__ = "0.1.0"

__all__ = [
    "BOILERPLATE",
    "KINDS",
    "Article",
    "Cleaner",
    "CleaningError",
    "CleantextError",
    "DataError",
    "Explanation",
    "MissingExtraError",
    "ModelError",
    "PageCleaner",
    "PageError",
    "Verdict",
    "clean",
    "clean_article",
    "clean_html",
    "clean_html_many",
    "clean_many",
    "explain",
    "explain_html",
]

# Loaded when first used, NumPy with them: a program that may never clean pays nothing.
_LAZY = {
    **dict.fromkeys(
        ("Cleaner", "Explanation", "Verdict", "clean", "clean_many", "explain"), "cleaner"
    ),
    **dict.fromkeys(
        (
            "Article",
            "PageCleaner",
            "clean_article",
            "clean_html",
            "clean_html_many",
            "explain_html",
        ),
        "html",
    ),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
