"""spaCy: a pipeline component that marks boilerplate in ``doc.spans["boilerplate"]``.

A `Doc` never changes its text, so nothing is removed. Importing this module registers the
factory "cleantext".

>>> import spacy
>>> import cleantext.integrations.spacy
>>> nlp = spacy.blank("en")
>>> component = nlp.add_pipe("cleantext", config={"drop": ["word of the day"]})
>>> doc = nlp("Rain fell on the hills all night.\\nWord of the day: petrichor\\n")
>>> [span.text for span in doc.spans["boilerplate"]]
['Word of the day: petrichor']
"""

from __future__ import annotations

from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from cleantext.cleaner import Cleaner

__all__ = ["BoilerplateMarker", "make_cleantext"]

Span.set_extension("boilerplate_probability", default=None, force=True)


class BoilerplateMarker:
    """Put the lines that `cleantext.clean` removes into a span group.

    Each span's label is the line's kind, and ``span._.boilerplate_probability`` its
    probability of boilerplate.

    Parameters
    ----------
    spans_key : str
        Name of the span group.
    **settings
        As for `cleantext.Cleaner`.
    """

    def __init__(self, spans_key: str = "boilerplate", **settings: Any) -> None:
        self.spans_key = spans_key
        self.cleaner = Cleaner(**settings)

    def __call__(self, doc: Doc) -> Doc:
        spans = []
        for line in self.cleaner.explain(doc.text).removed:
            start = line.end - len(line.text.lstrip())
            end = line.start + len(line.text.rstrip())
            span = doc.char_span(start, end, label=line.kind, alignment_mode="expand")
            span._.boilerplate_probability = line.probability
            spans.append(span)
        doc.spans[self.spans_key] = spans
        return doc


@Language.factory(
    "cleantext",
    assigns=["doc.spans"],
    default_config={
        "spans_key": "boilerplate",
        "model": None,
        "threshold": None,
        "remove": None,
        "keep": None,
        "drop": None,
        "max_removed": None,
    },
)
def make_cleantext(
    nlp: Language,
    name: str,
    spans_key: str,
    model: str | None,
    threshold: float | None,
    remove: list[str] | None,
    keep: list[str] | None,
    drop: list[str] | None,
    max_removed: float | None,
) -> BoilerplateMarker:
    """Make the component for ``nlp.add_pipe("cleantext", config=...)``."""
    return BoilerplateMarker(
        spans_key,
        model=model,
        threshold=threshold,
        remove=remove,
        keep=keep,
        drop=drop,
        max_removed=max_removed,
    )
