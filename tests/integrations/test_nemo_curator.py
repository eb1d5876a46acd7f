"""NeMo Curator: its own base class and stage, alone and in a pipeline on Ray."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nemo_curator")

import pandas as pd
from nemo_curator.stages.text.modifiers import DocumentModifier, Modify
from nemo_curator.tasks import DocumentBatch

from cleantext.integrations.nemo_curator import CleantextModifier


def test_same_bytes(texts: list[str], expected: list[str]) -> None:
    stage = Modify(CleantextModifier(), input_fields="body")
    frame = pd.DataFrame({"id": range(len(texts)), "body": texts})
    batch = stage.process(DocumentBatch(dataset_name="pages", data=frame))
    assert batch.to_pandas()["body"].tolist() == expected
    assert batch.to_pandas()["id"].tolist() == list(range(len(texts)))
    assert isinstance(CleantextModifier(), DocumentModifier)
    assert CleantextModifier().name == "CleantextModifier"


def test_settings(texts: list[str], stricter: list[str], settings: dict[str, Any]) -> None:
    modifier = CleantextModifier(**settings)
    assert [modifier.modify_document(text) for text in texts] == stricter


@pytest.mark.slow
def test_a_pipeline_on_ray(texts: list[str], expected: list[str], tmp_path: Path) -> None:
    import ray
    from nemo_curator.backends.ray_data import RayDataExecutor
    from nemo_curator.pipeline import Pipeline
    from nemo_curator.stages.text.io.reader import JsonlReader
    from nemo_curator.stages.text.io.writer import JsonlWriter

    (tmp_path / "in").mkdir()
    frame = pd.DataFrame({"id": range(len(texts)), "text": texts})
    frame.to_json(tmp_path / "in" / "pages.jsonl", orient="records", lines=True)
    pipeline = Pipeline(
        "clean",
        stages=[
            JsonlReader(str(tmp_path / "in")),
            Modify(CleantextModifier()),
            JsonlWriter(str(tmp_path / "out")),
        ],
    )
    ray.init(num_cpus=2, include_dashboard=False, ignore_reinit_error=True)
    try:
        pipeline.run(RayDataExecutor())
    finally:
        ray.shutdown()
    [path] = (tmp_path / "out").glob("*.jsonl")
    found = pd.read_json(path, orient="records", lines=True, dtype=False).sort_values("id")
    assert found["text"].tolist() == expected
