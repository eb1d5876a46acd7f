"""polars: the namespaces of expressions and series."""

from __future__ import annotations

from typing import Any

import pytest

pl = pytest.importorskip("polars")

import cleantext.integrations.polars  # noqa: E402, F401


def test_same_bytes_eager_lazy_and_streaming(texts: list[str], expected: list[str]) -> None:
    frame = pl.DataFrame({"id": range(len(texts)), "text": texts})
    cleaned = pl.col("text").cleantext.clean()
    assert frame.with_columns(cleaned)["text"].to_list() == expected
    lazy = frame.lazy().with_columns(cleaned)
    assert lazy.collect()["text"].to_list() == expected
    streamed = lazy.collect(engine="streaming")
    assert streamed["text"].to_list() == expected
    assert streamed["id"].to_list() == list(range(len(texts)))
    assert frame["text"].cleantext.clean().to_list() == expected


def test_settings(texts: list[str], stricter: list[str], settings: dict[str, Any]) -> None:
    frame = pl.DataFrame({"text": texts})
    cleaned = frame.select(pl.col("text").cleantext.clean(**settings))
    assert cleaned["text"].to_list() == stricter
    assert frame["text"].cleantext.clean(**settings).to_list() == stricter


def test_nulls_stay_null(texts: list[str], expected: list[str]) -> None:
    series = pl.Series("text", [texts[0], None, texts[1]])
    assert series.cleantext.clean().to_list() == [expected[0], None, expected[1]]
    nothing = pl.Series("text", [None, None], dtype=pl.String)
    assert nothing.cleantext.clean().to_list() == [None, None]


def test_numbers_are_refused() -> None:
    with pytest.raises(TypeError, match="item 0 of texts must be a str, not int"):
        pl.Series([1, 2]).cleantext.clean()
