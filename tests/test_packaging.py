"""What an installation carries, and what importing it loads."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SEEDS

import cleantext
from cleantext import Cleaner

HEAVY = (
    "sklearn", "scipy", "joblib", "loky", "lxml", "selectolax", "charset_normalizer", "trafilatura",
    "bs4", "fastwarc", "pandas", "pyarrow", "zstandard", "matplotlib", "tqdm",
)  # fmt: skip


def output_of(*command: Any, **options: Any) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def modules_after(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter holds after running some code."""
    source = str(Path(cleantext.__file__).parents[1])
    listed = output_of(
        sys.executable,
        "-c",
        f"import sys\n{code}\nprint(*sys.modules)",
        env={**os.environ, "PYTHONPATH": source},
    )
    return set(listed.split())


@pytest.mark.parametrize(
    "code",
    [
        "import cleantext",
        "import cleantext; cleantext.clean('Rain fell.')",
        "from cleantext.cli import main",
    ],
)
def test_importing_and_cleaning_load_nothing_heavy(code: str) -> None:
    loaded = modules_after(code)
    assert "cleantext" in loaded
    assert not loaded & set(HEAVY)
    assert not {name for name in loaded if name.startswith("cleantext.training")}


def test_the_command_line_starts_without_numpy() -> None:
    assert "numpy" not in modules_after("from cleantext.cli import main")


def test_evaluation_loads_nothing_heavy() -> None:
    assert not modules_after("import cleantext.evaluation") & set(HEAVY)


def test_everything_public_is_there() -> None:
    assert all(hasattr(cleantext, name) for name in cleantext.__all__)
    for error in (cleantext.ModelError, cleantext.DataError):
        assert issubclass(error, cleantext.CleantextError)
        assert issubclass(error, ValueError)
    assert issubclass(cleantext.MissingExtraError, ImportError)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    output_of(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of programs of a fresh environment that holds the wheel and what it needs."""
    environment = tmp_path_factory.mktemp("environment")
    output_of(sys.executable, "-m", "venv", environment)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    quiet = ("-q", "--disable-pip-version-check")
    output_of(programs / "python", "-m", "pip", "install", *quiet, wheel)
    return programs


def bare_environment() -> dict[str, str]:
    """The variables of this process without those that change what Python imports."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


@pytest.mark.slow
def test_wheel_holds_model_data_and_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        packed = archive.read("cleantext/models/default/arrays.npz")
    data = {f"cleantext/data/{path.name}" for path in (ROOT / "src/cleantext/data").iterdir()}
    model = {
        f"cleantext/models/{name}/{file}"
        for name in ("default", "html")
        for file in ("arrays.npz", "model.json", "README.md")
    }
    modules = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "cleantext").rglob("*.py")
    }
    assert data | model | modules | {"cleantext/py.typed"} <= held
    assert any(name.endswith("licenses/LICENSE") for name in held)
    assert packed == (ROOT / "models" / "default" / "arrays.npz").read_bytes()
    assert not {name for name in held if name.startswith(("tests", "seeds", "benchmarks"))}


@pytest.mark.slow
def test_installed_without_extras_it_cleans(
    installed: Path, cleaner: Cleaner, tmp_path: Path
) -> None:
    env = bare_environment()
    listed = output_of(installed / "python", "-m", "pip", "list", "--format=freeze", env=env)
    packages = {row.partition("==")[0].lower() for row in listed.split()}
    core = {"cleantext-lines", "numpy", "threadpoolctl"}
    assert packages - {"pip", "setuptools", "wheel"} == core
    article = SEEDS / "original" / "article.txt"
    output_of(installed / "cleantext", "clean", article, "-o", "out.txt", cwd=tmp_path, env=env)
    expected = cleaner.clean(article.read_bytes().decode())
    assert (tmp_path / "out.txt").read_bytes().decode() == expected
    shown = output_of(installed / "cleantext", "info", cwd=tmp_path, env=env)
    assert str(installed.parent) in shown


@pytest.mark.slow
def test_installed_without_extras_training_says_what_it_needs(
    installed: Path, tmp_path: Path
) -> None:
    data = tmp_path / "tiny.tsv"
    data.write_text("content\tRain.\nad\tBuy\n")
    done = subprocess.run(
        [str(installed / "cleantext"), "train", str(data), "-o", str(tmp_path / "model")],
        capture_output=True,
        text=True,
        check=False,
        env=bare_environment(),
    )
    assert done.returncode == 1
    assert 'pip install "cleantext-lines[train]"' in done.stderr
    assert "Traceback" not in done.stderr
