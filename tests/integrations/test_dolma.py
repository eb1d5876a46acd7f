"""Dolma: tag with its tagger runner, cut out with its mixer."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("dolma")

from dolma.core.data_types import Document

import cleantext
from cleantext.integrations.dolma import CleantextTagger


def cut(text: str, spans: list[Any]) -> str:
    for start, end, _ in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_cutting_out_the_spans_gives_the_same_bytes(texts: list[str], expected: list[str]) -> None:
    for text, wanted in zip(texts, expected, strict=True):
        tagger = CleantextTagger()
        found = tagger.group_output(tagger.predict(Document("web", "1", text)))
        assert cut(text, found.get("boilerplate", [])) == wanted
        kinds = {line.kind for line in cleantext.explain(text).removed}
        assert set(found) - {"boilerplate"} == kinds


@pytest.mark.slow
def test_tag_and_mix(texts: list[str], expected: list[str], tmp_path: Path) -> None:
    documents = tmp_path / "pages" / "documents"
    documents.mkdir(parents=True)
    with gzip.open(documents / "0.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            row = {"id": str(number), "text": text, "source": "web", "added": "", "created": ""}
            file.write(json.dumps(row) + "\n")
    tag = [
        "tag", "--documents", str(documents / "*.gz"), "--experiment", "ct", "--processes", "1",
        "--taggers", "cleantext_v1", "--tagger_modules", "cleantext.integrations.dolma",
    ]  # fmt: skip
    run(tag, tmp_path)
    config = {
        "streams": [
            {
                "name": "clean",
                "documents": [str(documents / "*.gz")],
                "attributes": ["ct"],
                "output": {"path": str(tmp_path / "out"), "max_size_in_bytes": 10**9},
                "span_replacement": [
                    {
                        "span": "$.attributes.ct__cleantext_v1__boilerplate",
                        "min_score": 0.0,
                        "replacement": "",
                    }
                ],
            }
        ],
        "processes": 1,
    }
    (tmp_path / "mix.json").write_text(json.dumps(config))
    run(["-c", str(tmp_path / "mix.json"), "mix"], tmp_path)
    [path] = (tmp_path / "out").glob("*.gz")
    rows = sorted(read(path), key=lambda row: int(row["id"]))
    assert [row["text"] for row in rows] == expected


def run(arguments: list[str], folder: Path) -> None:
    program = Path(sys.executable).with_name("dolma")
    done = subprocess.run(
        [str(program), *arguments], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
