"""Dask: bags and data frames, in processes."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("dask")

import dask.bag

from cleantext.integrations.dask import clean_bag, clean_series


@pytest.mark.parametrize("scheduler", ["synchronous", "threads", "processes"])
def test_same_bytes_of_a_bag(texts: list[str], expected: list[str], scheduler: str) -> None:
    bag = dask.bag.from_sequence([*texts, None], npartitions=3)
    assert list(clean_bag(bag).compute(scheduler=scheduler, num_workers=2)) == [*expected, None]


def test_settings(texts: list[str], stricter: list[str], settings: dict[str, Any]) -> None:
    bag = clean_bag(dask.bag.from_sequence(texts, npartitions=2), **settings)
    assert list(bag.compute(scheduler="synchronous")) == stricter


def test_same_bytes_of_a_series(texts: list[str], expected: list[str]) -> None:
    frames = pytest.importorskip("dask.dataframe")
    pd = pytest.importorskip("pandas")
    frame = frames.from_pandas(pd.DataFrame({"text": [*texts, None]}), npartitions=3)
    cleaned = clean_series(frame["text"])
    assert cleaned.dtype == frame["text"].dtype
    found = cleaned.compute(scheduler="threads").tolist()
    assert found[:-1] == expected
    assert pd.isna(found[-1])
