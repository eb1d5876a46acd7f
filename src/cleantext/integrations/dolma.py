"""Dolma: the tagger `cleantext_v1`, whose spans `dolma mix` can cut out.

``dolma tag --tagger_modules cleantext.integrations.dolma --taggers cleantext_v1 ...`` finds it.

>>> from dolma.core.data_types import Document
>>> from cleantext.integrations.dolma import CleantextTagger
>>> document = Document(source="web", id="1", text="Rain fell on the hills all night.\\n")
>>> CleantextTagger().predict(document).spans
[]
"""

from __future__ import annotations

from dolma import BaseTagger, add_tagger
from dolma.core.data_types import DocResult, Document, Span

from cleantext.cleaner import default_cleaner

__all__ = ["CleantextTagger"]


@add_tagger("cleantext_v1")
class CleantextTagger(BaseTagger):
    """Tag what `cleantext.clean` removes.

    Spans of type `boilerplate` cover exactly the characters that go, blank lines among them, so
    that cutting out all of them gives the bytes of `cleantext.clean`. Each removed line has a
    second span, of its kind (`newsletter`, `promo`, ...). The score is the probability of
    boilerplate, 1 for a blank line. Dolma makes taggers without arguments, so it is the shipped
    model at its own threshold.
    """

    def predict(self, doc: Document) -> DocResult:
        """Tag one document."""
        spans = []
        for line in default_cleaner().explain(doc.text).lines:
            if line.kept:
                continue
            blank = line.kind == "blank"
            score = 1.0 if blank else line.probability
            spans.append(Span(line.start, line.end, "boilerplate", score))
            if not blank:
                spans.append(Span(line.start, line.end, line.kind, score))
        return DocResult(doc=doc, spans=spans)
