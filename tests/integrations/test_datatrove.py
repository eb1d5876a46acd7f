"""datatrove: a local pipeline with its readers, writers and statistics."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("datatrove")

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from cleantext.integrations.datatrove import BoilerplateFilter, CleantextFormatter

PLUGS = "Subscribe to our newsletter.\nShare on Facebook | Tweet\nAdvertisement\n"


def documents(texts: list[str]) -> list[Document]:
    return [Document(text=text, id=str(number)) for number, text in enumerate(texts)]


def written(folder: Path) -> list[dict[str, Any]]:
    rows = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            rows += [json.loads(line) for line in file]
    return rows


def test_a_pipeline_gives_the_same_bytes(
    texts: list[str], expected: list[str], tmp_path: Path
) -> None:
    present = [pair for pair in zip(texts, expected, strict=True) if pair[0]]  # the reader's rule
    data = tmp_path / "in"
    data.mkdir()
    for part in range(2):
        rows = [
            json.dumps({"id": str(number), "text": text}) + "\n"
            for number, (text, _) in enumerate(present)
            if number % 2 == part
        ]
        (data / f"{part}.jsonl").write_text("".join(rows), encoding="utf-8")
    executor = LocalPipelineExecutor(
        [
            JsonlReader(str(data)),
            CleantextFormatter(batch_size=5),
            JsonlWriter(str(tmp_path / "out")),
        ],
        tasks=2,
        workers=2,
        logging_dir=str(tmp_path / "logs"),
    )
    executor.run()
    rows = sorted(written(tmp_path / "out"), key=lambda row: int(row["id"]))
    assert [row["text"] for row in rows] == [text for _, text in present]
    stats = json.loads((tmp_path / "logs" / "stats.json").read_text())
    found = next(step["stats"] for step in stats if "cleantext" in step["name"])
    assert found["total"] == len(present)
    assert found["cleaned"] == sum(old != new for old, new in present)
    removed = sum(len(old) - len(new) for old, new in present)
    assert found["removed_characters"]["total"] == removed


def test_the_formatter_formats_one_text_as_well(texts: list[str], expected: list[str]) -> None:
    assert list(map(CleantextFormatter().format, texts)) == expected


def test_settings(texts: list[str], stricter: list[str], settings: dict[str, Any]) -> None:
    cleaned = CleantextFormatter(**settings).run(iter(documents(texts)))
    assert [document.text for document in cleaned] == stricter


@pytest.mark.parametrize("formatted", [False, True])
def test_the_filter_drops_what_was_mostly_boilerplate(
    texts: list[str], expected: list[str], tmp_path: Path, formatted: bool
) -> None:
    data: Any = iter(documents([texts[0], PLUGS * 5, "", texts[1]]))
    if formatted:
        data = CleantextFormatter().run(data)
    excluded = JsonlWriter(str(tmp_path / "excluded"))
    step = BoilerplateFilter(max_boilerplate=0.5, exclusion_writer=excluded)
    kept = list(step.run(data))
    wanted = expected if formatted else texts
    assert [document.text for document in kept] == [wanted[0], "", wanted[1]]
    [row] = written(tmp_path / "excluded")
    assert row["id"] == "1"
    assert row["metadata"]["filter_reason"] == "mostly_boilerplate"
    assert row["metadata"]["boilerplate_share"] > 0.5
    assert step.stats["dropped_mostly_boilerplate"].total == 1
    assert BoilerplateFilter().filter(documents([texts[0]])[0]) is True
