"""Spark: a local session with two workers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("pyspark")
pytest.importorskip("pandas")

from pyspark.sql import SparkSession

from cleantext.integrations.spark import clean_frames, clean_udf


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


def rows(texts: list[str]) -> list[tuple[int, str | None]]:
    return list(enumerate([*texts, None]))


def test_same_bytes(session: Any, texts: list[str], expected: list[str]) -> None:
    frame = session.createDataFrame(rows(texts), "id long, body string").repartition(4)
    mapped = frame.mapInPandas(clean_frames("body"), frame.schema)
    assert sorted(map(tuple, mapped.collect())) == rows(expected)
    applied = frame.withColumn("body", clean_udf()("body"))
    assert sorted(map(tuple, applied.collect())) == rows(expected)
    assert applied.schema == frame.schema


def test_settings(
    session: Any, texts: list[str], stricter: list[str], settings: dict[str, Any]
) -> None:
    frame = session.createDataFrame(rows(texts), "id long, text string")
    mapped = frame.mapInPandas(clean_frames(**settings), frame.schema)
    assert sorted(map(tuple, mapped.collect())) == rows(stricter)
    applied = frame.withColumn("text", clean_udf(**settings)("text"))
    assert sorted(map(tuple, applied.collect())) == rows(stricter)
