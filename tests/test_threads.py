"""Matrix products keep to one thread while lines are scored, and only then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import ThreadpoolController

from cleantext import Cleaner
from cleantext.lines import Batch, FloatArray
from cleantext.model import LineModel
from cleantext.threads import one_thread

TEXT = "The bridge will stay shut until May, the council said on Monday.\nShare\n"


def thread_counts() -> set[int]:
    found = ThreadpoolController().select(user_api="blas").lib_controllers
    return {library.num_threads for library in found}


@pytest.fixture
def before() -> set[int]:
    """Counts of threads as they are set outside, more than one."""
    counts = thread_counts()
    if max(counts, default=1) == 1:
        pytest.skip("NumPy's BLAS library has one thread anyway")
    return counts


def test_lines_are_scored_by_one_thread(
    cleaner: Cleaner, before: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    second_pass = LineModel.second_pass

    def watched(self: LineModel, batch: Batch, scores: FloatArray) -> FloatArray:
        seen.update(thread_counts())
        return second_pass(self, batch, scores)

    monkeypatch.setattr(LineModel, "second_pass", watched)
    cleaner.clean(TEXT)
    assert seen == {1}
    assert thread_counts() == before


def test_threads_that_come_and_go_leave_what_was_set(before: set[int]) -> None:
    def often() -> None:
        for _ in range(500):
            with one_thread():
                pass

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(often) for _ in range(4)]:
            done.result()
    assert thread_counts() == before


def test_an_error_inside_gives_the_threads_back(before: set[int]) -> None:
    with pytest.raises(KeyError), one_thread():
        raise KeyError
    assert thread_counts() == before
