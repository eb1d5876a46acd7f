"""Ray Data: an actor pool on a local cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")

from cleantext.integrations.ray import CleanBatch  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, ignore_reinit_error=True)
    yield
    ray.shutdown()


def cleaned(dataset: Any, **options: Any) -> dict[int, str]:
    rows = dataset.map_batches(CleanBatch, batch_size=10, concurrency=2, **options).take_all()
    return {row["id"]: row["body"] for row in rows}


def test_same_bytes_and_settings(
    texts: list[str], expected: list[str], stricter: list[str], settings: dict[str, Any]
) -> None:
    rows = [{"id": number, "body": text} for number, text in enumerate([*texts, None])]
    dataset = ray.data.from_items(rows, override_num_blocks=4)
    found = cleaned(dataset, fn_constructor_args=("body",))
    assert found == dict(enumerate([*expected, None]))
    found = cleaned(dataset, fn_constructor_kwargs={"column": "body", **settings})
    assert found == dict(enumerate([*stricter, None]))
