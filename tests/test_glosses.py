"""Glossaries: what the words of other languages in `vectors.npz` mean in English."""

from __future__ import annotations

from pathlib import Path

import pytest

GLOSSES = sorted((Path(__file__).parents[1] / "scripts" / "glosses").glob("*.tsv"))


@pytest.mark.parametrize("path", GLOSSES, ids=lambda path: str(path.stem))
def test_glossaries_hold_a_word_and_its_meaning_a_line_in_order(path: Path) -> None:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    assert all(len(row) == 2 for row in rows)
    words = [word for word, _ in rows]
    assert words == sorted(set(words))
    assert all(word.isalpha() and word == word.lower() and len(word) >= 3 for word in words)
    assert all(meaning == meaning.lower() for _, meaning in rows)
    meanings = [meaning for _, meaning in rows if meaning != "="]
    assert all(part.isalpha() and part.isascii() for text in meanings for part in text.split())
    assert 0 < len(rows) - len(meanings) < len(rows) / 2


def test_glossaries_know_common_words() -> None:
    found = {path.stem: path.read_text(encoding="utf-8") for path in GLOSSES}
    assert "und\t=\n" in found["de"]
    assert "jahr\tyear\n" in found["de"]
    assert "ville\tcity\n" in found["fr"]
    assert "пошук\tsearch\n" in found["uk"]
