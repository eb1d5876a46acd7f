"""The examples in the docstrings and on the pages of all hosts."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import ROOT

#: The package that each adapter is for.
HOSTS = {
    "dask": "dask",
    "datasets": "datasets",
    "datatrove": "datatrove",
    "dolma": "dolma",
    "langchain": "langchain_core",
    "llama_index": "llama_index",
    "nemo_curator": "nemo_curator",
    "pandas": "pandas",
    "polars": "polars",
    "ray": "ray",
    "scrapy": "scrapy",
    "spacy": "spacy",
    "spark": "pyspark",
}
PAGES = ROOT / "docs" / "integrations"
ADAPTERS = ROOT / "src" / "cleantext" / "integrations"


def test_every_adapter_has_a_page_in_the_index() -> None:
    modules = {path.stem for path in ADAPTERS.glob("[!_]*.py")}
    assert modules == set(HOSTS)
    assert {path.stem for path in PAGES.glob("*.md")} - {"README"} == modules
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert all(f"({module}.md)" in index for module in modules)


def test_importing_the_package_imports_no_host() -> None:
    source = (ADAPTERS / "__init__.py").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(import|from) ", source, re.MULTILINE)


@pytest.mark.parametrize("module", HOSTS)
def test_the_docstring_examples_run(module: str) -> None:
    pytest.importorskip(HOSTS[module])
    result = doctest.testmod(import_module(f"cleantext.integrations.{module}"))
    assert result.attempted > 0
    assert result.failed == 0


def test_the_shared_examples_run() -> None:
    assert doctest.testmod(import_module("cleantext.integrations._values")).failed == 0


@pytest.mark.parametrize("module", HOSTS)
def test_the_example_of_the_page_runs(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec(HOSTS[module]) is None:
        pytest.skip(f"{HOSTS[module]} isn't installed")
    page = (PAGES / f"{module}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert blocks
    monkeypatch.chdir(tmp_path)
    exec(compile("\n".join(blocks), f"{module}.md", "exec"), {"__name__": "__main__"})
