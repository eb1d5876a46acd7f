"""What people do today, as functions from lines to a keep mask: the systems to beat."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

__all__ = ["BASELINES", "c4_rules", "keep_everything", "keywords"]

_KEYWORDS = re.compile(
    r"subscri|newsletter|sign up|read more|read also|related:|follow us|share this|click here"
    r"|advertisement|sponsored|podcast|listen to|copyright|all rights reserved|log in|cookie"
    r"|abonn|werbung|lesen sie auch|lire aussi|à lire|leggi anche|iscriviti|suscr|inscreva"
    r"|lees ook|czytaj też|läs också|publici",
    re.IGNORECASE,
)
_C4_END = re.compile(r"[.!?\"'”’»。！？]\s*$")
_C4_POLICY = (
    "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies",
    "use cookies", "javascript", "lorem ipsum",
)  # fmt: skip


def keep_everything(lines: Sequence[str]) -> list[bool]:
    """Keep all."""
    return [True] * len(lines)


def keywords(lines: Sequence[str]) -> list[bool]:
    """Drop lines of fewer than 25 words that hold a keyword."""
    return [not (len(line.split()) < 25 and _KEYWORDS.search(line)) for line in lines]


def c4_rules(lines: Sequence[str]) -> list[bool]:
    """Keep lines that end as sentences, have three words, and speak of no policy.

    The line rules of C4 (Raffel et al., 2020, section 2.2).
    """
    return [
        bool(_C4_END.search(line))
        and len(line.split()) >= 3
        and not any(phrase in line.lower() for phrase in _C4_POLICY)
        for line in lines
    ]


BASELINES: dict[str, Callable[[Sequence[str]], list[bool]]] = {
    "keep everything": keep_everything,
    "keyword list": keywords,
    "C4 line rules": c4_rules,
}
