"""LlamaIndex: the transformation, alone and in a pipeline with its cache."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llama_index.core")

from llama_index.core import Document
from llama_index.core.ingestion import IngestionCache, IngestionPipeline
from llama_index.core.schema import TextNode

from cleantext.integrations.llama_index import CleantextTransform


def contents(nodes: Any) -> list[str]:
    return [node.get_content() for node in nodes]


@pytest.mark.parametrize("kind", [Document, TextNode])
def test_same_bytes(texts: list[str], expected: list[str], kind: Any) -> None:
    given = [kind(text=text, metadata={"n": n}) for n, text in enumerate(texts)]
    cleaned = CleantextTransform()(given)
    assert contents(cleaned) == expected
    assert contents(given) == texts
    assert [node.node_id for node in cleaned] == [node.node_id for node in given]
    assert [node.metadata for node in cleaned] == [node.metadata for node in given]
    assert contents(asyncio.run(CleantextTransform().acall(given))) == expected


def test_a_pipeline_and_its_cache(
    texts: list[str],
    expected: list[str],
    stricter: list[str],
    settings: dict[str, Any],
    tmp_path: Path,
) -> None:
    given = [Document(text=text) for text in texts]
    cache = IngestionCache()
    for options, wanted in [({}, expected), (settings, stricter), ({}, expected)]:
        pipeline = IngestionPipeline(transformations=[CleantextTransform(**options)], cache=cache)
        assert contents(pipeline.run(documents=given)) == wanted
    assert len(cache.cache.get_all(cache.collection)) == 2


def test_it_serialises(settings: dict[str, Any], texts: list[str], stricter: list[str]) -> None:
    stored = CleantextTransform(**settings).to_json()
    copy = CleantextTransform.from_json(stored)
    assert contents(copy([TextNode(text=text) for text in texts])) == stricter
