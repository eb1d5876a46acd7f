"""A stream of texts through a function of batches: lazy, ordered, bounded, on all cores.

Texts are read in chunks of about as many characters each. In one process a chunk is read when
the one before has been given out; with workers, at most two chunks a worker are on their way.
So memory does not grow with the stream, and the chunks, and with them the results to the last
bit, are the same for any number of workers.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from numbers import Integral
from typing import Any, Literal, NamedTuple, get_args

from cleantext.errors import CleaningError, MissingExtraError
from cleantext.lines import check_text

__all__ = ["TEXTS", "Items", "OnError", "check_on_error", "stream", "worker_count"]

OnError = Literal["raise", "keep", "drop"]

CleanBatch = Callable[[list[Any]], Iterable[Any]]

# An item counts as this many characters more than it has, so that empty ones fill a chunk too.
_ITEM_COST = 100
# Chunks on their way for each worker: one at work, one waiting.
_CHUNKS_PER_WORKER = 2
# Workers share the cores among themselves; a pool of threads in each would only take room.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


class Items(NamedTuple):
    """What a stream is made of."""

    what: str
    """What errors call them."""
    types: tuple[type[Sized], ...]
    check: Callable[[Any, str], object]
    """Raises a `TypeError` for anything else; takes the item and what to call it."""


TEXTS = Items("texts", (str,), check_text)


class _Failed(NamedTuple):
    """Takes the place of a result: the text could not be cleaned."""

    reason: str


class _Chunk(NamedTuple):
    first: int  # number of its first item
    items: list[Any]  # as they came
    texts: list[Any]  # those that can be cleaned
    error: Exception | None = None  # that the iterable raised after these items


def stream(
    clean: CleanBatch,
    texts: Iterable[Any],
    *,
    chunk_size: int,
    items: Items = TEXTS,
    n_jobs: int | None = 1,
    on_error: OnError = "raise",
    progress: bool = False,
) -> Iterator[Any]:
    """Pass texts through a function of batches.

    Parameters
    ----------
    clean : callable
        Takes a list of texts and gives a result for each, mostly another text; must pickle if
        `n_jobs` is not 1.
    texts : iterable
        What `items` says, read as results are asked for.
    chunk_size : int
        Characters from which on a chunk is full.
    items : Items
        What the stream is made of: texts, or pages.
    n_jobs, on_error, progress
        As for `Cleaner.clean_many`.

    Returns
    -------
    iterator
        One result a text, in order (fewer with ``on_error="drop"``).

    Examples
    --------
    >>> list(stream(lambda texts: map(str.upper, texts), ["a", "b"], chunk_size=1))
    ['A', 'B']
    """
    check_on_error(on_error)
    workers = worker_count(n_jobs)
    chunks = _chunks(iter(texts), chunk_size, items)
    if workers == 1:
        done: Iterator[tuple[_Chunk, list[Any]]] = (
            (chunk, _outcomes(clean, chunk.texts)) for chunk in chunks
        )
    else:
        done = _in_processes(_executor(), clean, chunks, workers, items.what)
    results = _results(done, on_error, items)
    return _with_bar(results, texts, items.what) if progress else results


def check_on_error(on_error: str) -> None:
    """Refuse what is no way to deal with errors.

    Examples
    --------
    >>> check_on_error("ignore")
    Traceback (most recent call last):
        ...
    ValueError: on_error must be 'raise', 'keep' or 'drop', not 'ignore'
    """
    if on_error not in get_args(OnError):
        raise ValueError(f"on_error must be 'raise', 'keep' or 'drop', not {on_error!r}")


def worker_count(n_jobs: int | None) -> int:
    """Number of processes that `n_jobs` asks for; -1 means one a core, as in scikit-learn.

    Examples
    --------
    >>> worker_count(None), worker_count(3)
    (1, 3)
    >>> worker_count(0)
    Traceback (most recent call last):
        ...
    ValueError: n_jobs must be a positive number of processes, or -1 for one a core, not 0
    """
    if n_jobs is None:
        return 1
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, Integral):
        raise TypeError(f"n_jobs must be a whole number, not {type(n_jobs).__name__}")
    if n_jobs == -1:
        _executor()
        from loky import cpu_count

        return int(cpu_count())
    if n_jobs < 1:
        raise ValueError(
            f"n_jobs must be a positive number of processes, or -1 for one a core, not {n_jobs}"
        )
    return int(n_jobs)


def _chunks(texts: Iterator[Any], chunk_size: int, wanted: Items) -> Iterator[_Chunk]:
    first = size = 0
    items: list[Any] = []
    usable: list[Any] = []
    while True:
        try:
            item = next(texts)
        except StopIteration:
            break
        except Exception as error:
            yield _Chunk(first, items, usable, error)
            return
        items.append(item)
        size += _ITEM_COST
        if isinstance(item, wanted.types):
            usable.append(item)
            size += len(item)
        if size >= chunk_size:
            yield _Chunk(first, items, usable)
            first += len(items)
            items, usable, size = [], [], 0
    if items:
        yield _Chunk(first, items, usable)


def _outcomes(clean: CleanBatch, texts: list[Any]) -> list[Any]:
    """Clean a chunk; if that fails, each half of it, to find the texts at fault."""
    if not texts:
        return []
    try:
        return list(clean(texts))
    except MissingExtraError:
        raise  # no text is at fault
    except Exception as error:
        if len(texts) == 1:
            return [_Failed(f"{type(error).__name__}: {error}")]
    middle = len(texts) // 2
    return _outcomes(clean, texts[:middle]) + _outcomes(clean, texts[middle:])


def _results(
    done: Iterator[tuple[_Chunk, list[Any]]], on_error: OnError, wanted: Items
) -> Iterator[Any]:
    for chunk, outcomes in done:
        left = iter(outcomes)
        for number, item in enumerate(chunk.items, chunk.first):
            outcome = next(left) if isinstance(item, wanted.types) else _Failed("")
            if not isinstance(outcome, _Failed):
                yield outcome
            elif on_error == "keep":
                yield item
            elif on_error == "raise":
                name = f"item {number} of {wanted.what}"
                wanted.check(item, name)
                raise CleaningError(f"{name} could not be cleaned: {outcome.reason}")
        if chunk.error is not None:
            raise chunk.error


def _executor() -> Any:
    try:
        from loky import ProcessPoolExecutor
    except ImportError:
        raise MissingExtraError("cleaning in several processes", "parallel") from None
    return ProcessPoolExecutor


def _in_processes(
    executor: Any, clean: CleanBatch, chunks: Iterator[_Chunk], workers: int, what: str
) -> Iterator[tuple[_Chunk, list[Any]]]:
    pool = executor(
        workers, initializer=_start_worker, initargs=(clean, os.getpid()), env=_ONE_THREAD
    )
    waiting: deque[tuple[_Chunk, Any]] = deque()
    try:
        for chunk in chunks:
            waiting.append((chunk, _submitted(pool, chunk)))
            if len(waiting) >= _CHUNKS_PER_WORKER * workers:
                yield _finished(*waiting.popleft(), what)
        while waiting:
            yield _finished(*waiting.popleft(), what)
    finally:  # nothing left to do, an error, an interrupt, or nobody wants the rest
        pool.shutdown(wait=True, kill_workers=True)


def _submitted(pool: Any, chunk: _Chunk) -> Any:
    """Hand a chunk to the workers; if one of them has died, that is what comes of the chunk."""
    from concurrent.futures import Future
    from concurrent.futures.process import BrokenProcessPool

    try:
        return pool.submit(_work, chunk.texts)
    except BrokenProcessPool as error:
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed


def _finished(chunk: _Chunk, future: Any, what: str) -> tuple[_Chunk, list[Any]]:
    from concurrent.futures.process import BrokenProcessPool

    try:
        return chunk, future.result()
    except BrokenProcessPool as error:
        last = chunk.first + max(len(chunk.items) - 1, 0)
        raise CleaningError(
            f"a worker process died at items {chunk.first} to {last} of {what} or soon after them; "
            f"if memory ran out, use fewer processes (n_jobs)"
        ) from error


# In a worker: set once when it starts, so that no task carries the model.
_clean: CleanBatch


def _start_worker(clean: CleanBatch, parent: int) -> None:
    global _clean
    _clean = clean
    if os.name != "nt":  # where `getppid` stays the same
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means


def _end_with(parent: int) -> None:
    """End this worker when its parent is no more: killed, it can't tell us to."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _work(texts: list[Any]) -> list[Any]:
    return _outcomes(_clean, texts)


def _with_bar(results: Iterator[Any], texts: Iterable[Any], what: str) -> Iterator[Any]:
    try:
        from tqdm import tqdm
    except ImportError:
        raise MissingExtraError("progress=True", "parallel") from None
    total = len(texts) if isinstance(texts, Sized) else None

    def shown() -> Iterator[Any]:
        with tqdm(total=total, desc="cleaning", unit=f" {what}") as bar:
            for result in results:
                yield result
                bar.update()

    return shown()
