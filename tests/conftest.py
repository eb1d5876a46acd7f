"""Fixtures: the shipped cleaner, and a small model trained once on `seeds/train`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

from cleantext import Cleaner
from cleantext.artifact import load_model, save_model
from cleantext.labelled import LabelledArticle, read_articles
from cleantext.model import LineModel

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"
RETENTION = 0.99  # that training on the seeds aims at

settings.register_profile("cleantext", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("cleantext")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than ten seconds; runs by default")
    config.addinivalue_line("markers", "integration: needs a host; `make integrations` runs them")


class SeedTraining(NamedTuple):
    """What training on `seeds/train` gave, and which files it read."""

    trained: Any
    folder: Path
    opened: frozenset[Path]


_watchers: list[set[str]] = []


def _note_opened(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _watchers and isinstance(arguments[0], str):
        for opened in _watchers:
            opened.add(arguments[0])


sys.addaudithook(_note_opened)


@contextmanager
def opened_files() -> Iterator[set[str]]:
    """Collect the names of all files that this process opens."""
    opened: set[str] = set()
    _watchers.append(opened)
    try:
        yield opened
    finally:
        _watchers.remove(opened)


@pytest.fixture(scope="session")
def seed_training(tmp_path_factory: pytest.TempPathFactory) -> SeedTraining:
    """A small model trained once on `seeds/train` alone."""
    from cleantext.training import NetworkSettings, Settings, train

    network = NetworkSettings(hidden=48, mixed=32, products=16, epochs=8)
    small = Settings(bits=14, injections=1, network=network, trees=32)
    with opened_files() as opened:
        articles = read_articles(SEEDS / "train")
        trained = train(articles, n_folds=3, retention=RETENTION, settings=small)
    folder = save_model(trained.model, tmp_path_factory.mktemp("seed") / "model", "# Seed model\n")
    return SeedTraining(trained, folder, frozenset(Path(name).resolve() for name in opened))


@pytest.fixture(scope="session")
def seed_model(seed_training: SeedTraining) -> Path:
    """Folder of the model trained on `seeds/train`."""
    return seed_training.folder


@pytest.fixture(scope="session")
def seed_lines(seed_model: Path) -> LineModel:
    """The model trained on `seeds/train`, loaded from its folder."""
    return load_model(seed_model)


@pytest.fixture(scope="session")
def cleaner() -> Cleaner:
    """The model that ships, with its default settings."""
    return Cleaner()


@pytest.fixture(scope="session")
def test_articles() -> list[LabelledArticle]:
    """The articles of `seeds/test`."""
    return read_articles(SEEDS / "test")
