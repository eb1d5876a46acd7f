"""pandas: the accessor."""

from __future__ import annotations

from typing import Any

import pytest

pd = pytest.importorskip("pandas")

import cleantext.integrations.pandas  # noqa: E402, F401


@pytest.mark.parametrize("dtype", [object, "string", None])
def test_same_bytes(texts: list[str], expected: list[str], dtype: Any) -> None:
    series = pd.Series(texts, index=range(7, 7 + len(texts)), name="body", dtype=dtype)
    before = series.copy()
    cleaned = series.cleantext.clean()
    assert cleaned.tolist() == expected
    assert (cleaned.name, cleaned.dtype) == (series.name, series.dtype)
    assert cleaned.index.equals(series.index)
    assert series.equals(before)


def test_settings_and_processes(
    texts: list[str], stricter: list[str], settings: dict[str, Any]
) -> None:
    cleaned = pd.Series(texts).cleantext.clean(n_jobs=2, **settings)
    assert cleaned.tolist() == stricter


@pytest.mark.parametrize("dtype", [object, "string", None])
def test_missing_values_stay_missing(texts: list[str], expected: list[str], dtype: Any) -> None:
    cleaned = pd.Series([texts[0], None, texts[1]], dtype=dtype).cleantext.clean()
    assert cleaned.isna().tolist() == [False, True, False]
    assert [cleaned[0], cleaned[2]] == expected[:2]


def test_categories_do_not_swallow_texts(texts: list[str], expected: list[str]) -> None:
    assert pd.Series(texts, dtype="category").cleantext.clean().tolist() == expected


def test_numbers_are_refused() -> None:
    with pytest.raises(TypeError, match="item 0 of texts must be a str, not"):
        pd.Series([1, 2]).cleantext.clean()
