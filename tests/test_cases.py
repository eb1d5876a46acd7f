"""Cases kept as data: what the shipped model does with texts of known outcome.

A bug report becomes a case first. Those in `known-failures.json` must fail: when one passes,
move it to the file of its kind of evidence.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cleantext import Cleaner

FOLDER = Path(__file__).parent / "cases"
KNOWN_FAILURES = "known-failures"
FILES = ("in-the-wild", "negative", "synthetic", KNOWN_FAILURES)


def read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def parameters() -> list[Any]:
    fails = pytest.mark.xfail(strict=True, reason="known failure", raises=AssertionError)
    return [
        pytest.param(
            case, id=f"{name}-{case['label']}", marks=fails if name == KNOWN_FAILURES else ()
        )
        for name in FILES
        for case in read(name)
    ]


@pytest.mark.parametrize("case", parameters())
def test_case(cleaner: Cleaner, case: dict[str, Any]) -> None:
    found = cleaner.explain("\n".join(case["lines"]))
    assert [line.text.rstrip("\n") for line in found.removed] == [
        case["lines"][index] for index in case["removed"]
    ]


def test_cases_are_well_formed() -> None:
    labels = [case["label"] for name in FILES for case in read(name)]
    assert len(set(labels)) == len(labels)
    for name in FILES:
        for case in read(name):
            assert set(case) == {"label", "comment", "lines", "removed"}
            assert case["removed"] == sorted(set(case["removed"]))
            assert all(case["lines"][index].strip() for index in case["removed"])
            assert (name == "negative") <= (not case["removed"])
