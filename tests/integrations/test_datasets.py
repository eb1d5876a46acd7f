"""Hugging Face datasets: `map`, its cache and its processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

datasets = pytest.importorskip("datasets")

from cleantext.integrations.datasets import CleanBatch  # noqa: E402


@pytest.fixture
def dataset(texts: list[str], tmp_path: Path) -> Any:
    """A dataset on disk, so that its maps are cached."""
    whole = {"id": list(range(len(texts))), "body": texts}
    datasets.Dataset.from_dict(whole).save_to_disk(tmp_path / "pages")
    return datasets.load_from_disk(tmp_path / "pages")


@pytest.mark.parametrize("n_processes", [None, 2])
def test_same_bytes(
    dataset: Any, texts: list[str], expected: list[str], n_processes: int | None
) -> None:
    cleaned = dataset.map(CleanBatch("body"), batched=True, batch_size=7, num_proc=n_processes)
    assert list(cleaned["body"]) == expected
    assert list(cleaned["id"]) == list(range(len(texts)))


def test_the_cache_knows_the_settings(
    dataset: Any, stricter: list[str], settings: dict[str, Any]
) -> None:
    first = dataset.map(CleanBatch("body"), batched=True)
    again = dataset.map(CleanBatch("body"), batched=True)
    assert again._fingerprint == first._fingerprint
    other = dataset.map(CleanBatch("body", **settings), batched=True)
    assert other._fingerprint != first._fingerprint
    assert list(other["body"]) == stricter


def test_none_stays_none(texts: list[str], expected: list[str]) -> None:
    dataset = datasets.Dataset.from_dict({"text": [None, texts[0]]})
    assert list(dataset.map(CleanBatch(), batched=True)["text"]) == [None, expected[0]]
    streamed = dataset.to_iterable_dataset().map(CleanBatch(), batched=True)
    assert [row["text"] for row in streamed] == [None, expected[0]]
