"""Texts of unusual size: nothing crashes, and every character is accounted for."""

from __future__ import annotations

import pytest
from texts import JUNK, PROSE

from cleantext import Cleaner

SIZES = {
    "a megabyte on one line": PROSE[0] * 8000,
    "a megabyte of one word": "a" * 1_000_000,
    "a megabyte of one sign": "|" * 1_000_000,
    "a megabyte of hashes": "Rain.\n" + "#" * 1_000_000,
    "a megabyte of brackets": "[" * 500_000 + "](.)" * 125_000,
    "a megabyte of links": "[a](b) **c** " * 80_000,
    "a megabyte of stops": "." * 1_000_000,
    "a megabyte of stops and quotes": '."' * 500_000,
    "a megabyte without spaces": "桥梁" * 500_000,
    "a megabyte of blank lines": "\n \r\n" * 250_000,
    "200,000 short lines": "Rain fell.\nShare this\n" * 100_000,
    "20,000 lines and twice as many blank ones": "a\n\n \n" * 20_000,
    "a long article with junk": "\n".join((PROSE * 2 + JUNK) * 200),
    "fences without end": "```\na\n" * 5000,
    "rules of tables": "|---|---|\n" * 2000,
    "a very long line among short ones": f"Rain.\n{'snow ' * 100_000}\nShare\n",
}


@pytest.mark.parametrize("text", SIZES.values(), ids=SIZES.keys())
def test_everything_is_accounted_for(cleaner: Cleaner, text: str) -> None:
    found = cleaner.explain(text)
    assert "".join(line.text for line in found.lines) == text
    assert "".join(line.text for line in found.lines if line.kept) == found.text


@pytest.mark.parametrize("text", [text for text in SIZES.values() if text.count("\n") < 50_000])
def test_nothing_is_lost_that_should_stay(cleaner: Cleaner, text: str) -> None:
    assert Cleaner(cleaner.model, threshold=1).clean(text) == text


def test_every_second_of_200_000_lines_goes(cleaner: Cleaner) -> None:
    dropping = Cleaner(cleaner.model, threshold=1, drop="share")
    assert dropping.clean("Rain fell.\nShare this\n" * 100_000) == "Rain fell.\n" * 100_000


def test_thousands_of_short_articles(cleaner: Cleaner) -> None:
    dropping = Cleaner(cleaner.model, threshold=1, drop="share")
    texts = ("Rain fell.\nShare this\n" if n % 2 else "" for n in range(5000))
    expected = ["Rain fell.\n" if n % 2 else "" for n in range(5000)]
    assert list(dropping.clean_many(texts)) == expected
