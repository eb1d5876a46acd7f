"""One thread for NumPy's matrix products while lines are scored.

Those of an article are too small to share out: the threads of a BLAS library spend more time on
waiting for each other than they save, and on a machine with a process a core there is a thread a
core in each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


@lru_cache(maxsize=1)
def _blas() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


_ours = Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS libraries to one thread in a `with` block, and give back what they had.

    The number of threads is the whole process's. So of several Python threads in such blocks, only
    the one that came first sets it and gives it back; no other mistakes the one for what was there.

    Examples
    --------
    >>> import numpy as np
    >>> with one_thread():
    ...     product = np.ones((2, 3)) @ np.ones((3, 2))
    """
    if not _ours.acquire(blocking=False):
        yield
        return
    try:
        with _blas().limit(limits=1):
            yield
    finally:
        _ours.release()
