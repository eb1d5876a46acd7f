"""LangChain: the document transformer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("langchain_core")

from langchain_core.documents import Document

from cleantext.integrations.langchain import CleantextTransformer


def documents(texts: list[str]) -> list[Document]:
    return [Document(text, id=str(n), metadata={"n": n}) for n, text in enumerate(texts)]


def test_same_bytes(texts: list[str], expected: list[str]) -> None:
    given = documents(texts)
    assert CleantextTransformer().transform_documents(given) == documents(expected)
    assert given == documents(texts)
    later = CleantextTransformer().atransform_documents(given)
    assert asyncio.run(later) == documents(expected)


def test_settings(texts: list[str], stricter: list[str], settings: dict[str, Any]) -> None:
    cleaned = CleantextTransformer(**settings).transform_documents(documents(texts))
    assert cleaned == documents(stricter)
