"""What the tests of all hosts share: articles, and what `cleantext.clean` makes of them."""

from __future__ import annotations

import pytest
from conftest import SEEDS

from cleantext import Cleaner
from cleantext.labelled import read_articles


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "integrations" in item.path.parts:
            item.add_marker("integration")
            # What hosts warn of about themselves is theirs.
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Articles in twelve languages, and texts of every odd sort that hosts must carry."""
    odd = ["", "\n", " ", "one\r\ntwo\r\n", "🙂\u2028é\x85漢", "a\x0bb\x0cc"]
    return [article.text for article in read_articles(SEEDS / "test")] + odd


@pytest.fixture(scope="session")
def expected(texts: list[str]) -> list[str]:
    """Every text as `clean` returns it, one by one."""
    cleaner = Cleaner()
    cleaned = [cleaner.clean(text) for text in texts]
    assert sum(map(len, cleaned)) < sum(map(len, texts))
    return cleaned


@pytest.fixture(scope="session")
def stricter(texts: list[str], expected: list[str]) -> list[str]:
    """The same at threshold 0.2, without lines that name the mayor."""
    cleaner = Cleaner(threshold=0.2, drop="mayor")
    cleaned = [cleaner.clean(text) for text in texts]
    assert cleaned != expected
    return cleaned


@pytest.fixture
def settings() -> dict[str, object]:
    """The settings of `stricter`."""
    return {"threshold": 0.2, "drop": ["mayor"]}
