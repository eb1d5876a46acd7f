"""spaCy: the component."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

spacy = pytest.importorskip("spacy")

import cleantext  # noqa: E402
import cleantext.integrations.spacy  # noqa: E402


def marked(doc: Any, key: str = "boilerplate") -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in doc.spans[key]]


def wanted(text: str, **settings: Any) -> list[tuple[str, str]]:
    removed = cleantext.explain(text, **settings).removed
    return [(line.text.strip(), line.kind) for line in removed]


def test_spans_are_the_removed_lines(texts: list[str]) -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("cleantext")
    assert any(wanted(text) for text in texts)
    for text in texts:
        doc = nlp(text)
        assert doc.text == text
        assert marked(doc) == wanted(text)
        found = [span._.boilerplate_probability for span in doc.spans["boilerplate"]]
        assert found == [line.probability for line in cleantext.explain(text).removed]


def test_settings_and_other_pipelines(
    texts: list[str], settings: dict[str, Any], tmp_path: Path
) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("cleantext", config={**settings, "spans_key": "junk"})
    nlp.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    for doc in loaded.pipe(texts, n_process=2):
        assert marked(doc, "junk") == wanted(doc.text, **settings)
