"""Files that the command line reads and writes: text, JSONL, Parquet; plain, gzip or zstd.

Everything streams, so memory does not grow with a file. Output appears under its name only when
all of it is written. Given a job, writing can be taken up again after an interruption: what is done
so far waits beside the target, as ``.NAME.part`` and ``.NAME.part.json``.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

from cleantext.errors import DataError, MissingExtraError

__all__ = [
    "ParquetTexts", "Row", "Sink", "as_json", "bare_name", "decode", "describe_job", "encode",
    "file_format", "note", "opened", "rows", "writing",
]  # fmt: skip

Format = Literal["text", "jsonl", "parquet"]

# A part that can be taken up again grows by about as many bytes, uncompressed, at a time.
_CHECKPOINT_BYTES = 8_000_000
_PARQUET_ROWS = 1000
_ROW_GROUP_BYTES = 64_000_000


def file_format(name: str | Path, jsonl: bool = False) -> Format:
    """Tell a file's format by its name, compression aside.

    Examples
    --------
    >>> [file_format(name) for name in ("a.txt", "a.jsonl.zst", "a.parquet", "-")]
    ['text', 'jsonl', 'parquet', 'text']
    """
    suffix = Path(bare_name(name)).suffix.lower()
    if suffix == ".parquet":
        return "parquet"
    return "jsonl" if jsonl or suffix in (".jsonl", ".ndjson") else "text"


def bare_name(name: str | Path) -> str:
    """Name of a file without the suffix of its compression.

    Examples
    --------
    >>> bare_name("pages/a.html.gz"), bare_name("a.txt")
    ('pages/a.html', 'a.txt')
    """
    path = Path(name)
    return str(path.with_suffix("") if path.suffix.lower() in (".gz", ".zst") else name)


def note(message: str) -> None:
    """Say something on standard error, if it is open."""
    if sys.stderr is not None:
        sys.stderr.write(f"cleantext: {message}\n")


# Bytes that aren't UTF-8 pass through as they came.
def decode(data: bytes) -> str:
    """Decode UTF-8; other bytes become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Encode what `decode` made, byte for byte."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a surrogate pair out of JSON: shown, not kept
        return text.encode("utf-8", "replace")


def as_json(value: Any) -> bytes:
    """Write a value as a line of JSON, without the line break."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair can only be written escaped
        return json.dumps(value).encode()


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError:
        raise MissingExtraError("reading and writing .zst files", "zstd") from None
    return zstandard


class _ZstdReader(io.RawIOBase):
    """Decompress zstd, and say so if it is cut short, which the reader of `zstandard` doesn't."""

    def __init__(self, file: BinaryIO) -> None:
        self._chunks = self._decompressed(file)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = chunk
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    @staticmethod
    def _decompressed(file: BinaryIO) -> Iterator[bytes]:
        decompressor = _zstandard().ZstdDecompressor()
        frame = None
        while data := file.read(1 << 16):
            while data:
                frame = decompressor.decompressobj() if frame is None else frame
                yield frame.decompress(data)
                data = b""
                if frame.eof:
                    data, frame = frame.unused_data, None
        if frame is not None:
            raise EOFError("the last frame has no end")


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """Open a file and decompress by its suffix, or standard input for "-", by how it begins."""
    damage: tuple[type[Exception], ...] = ()
    with ExitStack() as stack:
        if name == "-":
            if sys.stdin is None:
                raise DataError("standard input is closed")
            name, file = "standard input", sys.stdin.buffer
            suffix = _compression(file)
        else:
            file = stack.enter_context(Path(name).open("rb"))
            suffix = Path(name).suffix.lower()
        stream: Any = file
        if suffix == ".gz":
            stream = gzip.GzipFile(fileobj=file)
            damage = (EOFError, gzip.BadGzipFile, zlib.error)
        elif suffix == ".zst":
            zstandard = _zstandard()
            stream = io.BufferedReader(_ZstdReader(file), 1 << 20)
            damage = (EOFError, zstandard.ZstdError)
        try:
            yield stream
        except damage as error:
            raise DataError(f"{name} is damaged or cut short: {error}") from None


def _compression(file: Any) -> str:
    """Suffix that goes with how a stream without a name begins; "" if it isn't compressed."""
    start = file.peek(4)[:4] if hasattr(file, "peek") else b""
    if start.startswith(b"\x1f\x8b"):
        return ".gz"
    return ".zst" if start == b"(\xb5/\xfd" else ""


class Row(NamedTuple):
    """A line of JSONL: the object it holds, or what is wrong with it."""

    where: str
    """File and line, as errors say it."""
    line: bytes
    value: dict[str, Any]
    problem: str | None

    @property
    def error(self) -> str | None:
        """What is wrong with it, and where."""
        return self.problem and f"{self.where}: {self.problem}"


def rows(file: BinaryIO, name: str, field: str, skip: int = 0) -> Iterator[Row]:
    """Read JSON lines, blank ones aside; each must be an object with a text in `field`."""
    for number, line in enumerate(file, 1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if not line.strip():
            continue
        if skip:
            skip -= 1
            continue
        value, problem = _parsed(line, field)
        where = f"{'standard input' if name == '-' else name}:{number}"
        yield Row(where, line, value, problem)


def _parsed(line: bytes, field: str) -> tuple[dict[str, Any], str | None]:
    try:
        value = json.loads(decode(line))
    except (ValueError, RecursionError) as error:
        return {}, f"not JSON ({error})"
    if not isinstance(value, dict) or field not in value:
        return {}, f'no field "{field}"; name another with --field'
    if not isinstance(value[field], str):
        return {}, f'field "{field}" must be a string, not {type(value[field]).__name__}'
    return value, None


def describe_job(names: list[str], **settings: Any) -> dict[str, Any]:
    """Say what a command works on: its input files as they are now, and its settings."""
    inputs = {}
    for name in names:
        if name == "-":
            raise DataError("--resume needs input files: standard input may not be the same again")
        about = Path(name).stat()
        inputs[name] = [about.st_size, about.st_mtime_ns]
    job: dict[str, Any] = json.loads(json.dumps({**settings, "inputs": inputs}, default=str))
    return job


class Sink:
    """A file to write rows to, compressed as its name says.

    Attributes
    ----------
    rows : int
        Rows of the input that are done: those before an interruption, at first.
    """

    def __init__(self, file: BinaryIO, suffix: str, part: Path | None = None) -> None:
        self.file = file
        self.rows = 0
        self._suffix = suffix
        self._part = part
        self._frame: Any = None
        self._job: dict[str, Any] | None = None
        self._since = 0  # uncompressed bytes since the last checkpoint
        self._empty = True

    def write(self, data: bytes) -> None:
        """Write some bytes."""
        self._since += len(data)
        self._empty = False
        if self._suffix in (".gz", ".zst"):
            if self._frame is None:
                self._frame = self._new_frame()
            data = self._frame.compress(data)
        self.file.write(data)

    def row_done(self) -> None:
        """Note that one more row of the input is dealt with."""
        self.rows += 1
        if self._job is not None and self._since >= _CHECKPOINT_BYTES:
            self._checkpoint()

    def finish(self) -> None:
        """Write what the compressor holds back."""
        if self._suffix in (".gz", ".zst") and self._empty:
            self._frame = self._new_frame()  # an empty file is a frame of nothing
        self._end_frame()

    def resume(self, job: dict[str, Any]) -> None:
        """Keep checkpoints from now on, and go on from the last one if there is one."""
        assert self._part is not None
        self._job = job
        if not self._notes.exists():
            return
        try:
            noted = json.loads(self._notes.read_text(encoding="utf-8"))
            same = noted["job"] == job
            rows, size = int(noted["rows"]), int(noted["bytes"])
        except (ValueError, KeyError, TypeError):
            same, rows, size = False, 0, 0
        if not same or self.file.seek(0, io.SEEK_END) < size:
            raise DataError(
                f"{self._part} was begun with another input, other settings or another version: "
                f"delete it and {self._notes} to start anew"
            )
        self.rows = rows
        self._empty = not size
        self.file.seek(size)
        self.file.truncate()

    @property
    def _notes(self) -> Path:
        assert self._part is not None
        return self._part.with_name(self._part.name + ".json")

    def _checkpoint(self) -> None:
        self._end_frame()
        self.file.flush()
        os.fsync(self.file.fileno())
        noted = {"rows": self.rows, "bytes": self.file.tell(), "job": self._job}
        new = self._notes.with_suffix(".new")
        new.write_text(json.dumps(noted), encoding="utf-8")
        new.replace(self._notes)
        self._since = 0

    def _new_frame(self) -> Any:
        if self._suffix == ".gz":
            return zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)  # 16: as gzip, no date
        return _zstandard().ZstdCompressor().compressobj()

    def _end_frame(self) -> None:
        if self._frame is not None:
            self.file.write(self._frame.flush())
            self._frame = None


@contextmanager
def writing(path: Path | None, job: dict[str, Any] | None = None) -> Iterator[Sink]:
    """Open standard output, or a file that appears only when all of it is written.

    With a job, what was written up to the last checkpoint outlives a failure, and is where the
    next attempt at the same job goes on. What is there and is no regular file (a pipe, a device)
    is written to as it is; of a symbolic link, the file that it leads to is replaced.
    """
    if path is None:
        yield Sink(sys.stdout.buffer, "")
        return
    if not path.parent.is_dir():
        raise DataError(f"{path}: no folder {path.parent} to write into")
    suffix = path.suffix.lower()
    if suffix == ".zst":
        _zstandard()
    is_device = path.parts[:2] == ("/", "dev")  # some lead to files, to be gone on with
    if is_device or (path.exists() and not path.is_file() and not path.is_dir()):
        if job is not None:
            raise DataError(f"{path} is no regular file: --resume can't go on with it")
        try:
            with path.open("ab" if is_device else "wb") as file:
                sink = Sink(file, suffix)
                yield sink
                sink.finish()
        except BrokenPipeError:
            raise DataError(f"{path}: its reader has gone") from None
        return
    named = path
    with suppress(OSError, RuntimeError):  # as some versions of Python treat links to themselves
        path = path.resolve()
    if path.is_symlink():
        raise DataError(f"{named} is a link that leads nowhere")
    if job is None:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name[:50]}.", suffix=".part"
        )
        part = Path(name)
    else:
        part = path.with_name(f".{path.name}.part")
        handle = os.open(part, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    notes = part.with_name(part.name + ".json")
    try:
        with os.fdopen(handle, "r+b") as file:
            sink = Sink(file, suffix, part)
            if job is not None:
                sink.resume(job)
                if not sink.rows:
                    file.truncate(0)
            yield sink
            sink.finish()
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o666 & ~umask)
        part.replace(path)
        notes.unlink(missing_ok=True)
    except BaseException:
        if not notes.exists():
            part.unlink(missing_ok=True)
        raise


class ParquetTexts:
    """A Parquet file, read and written a few rows at a time.

    Parameters
    ----------
    name : str
        File to read.
    field : str
        Column that holds the texts.
    """

    def __init__(self, name: str, field: str) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise MissingExtraError("reading and writing Parquet", "parquet") from None
        self._arrow = pyarrow
        self.name = name
        self.field = field
        with self._opened() as file:
            self.schema = file.schema_arrow
            if self.schema.names.count(field) > 1:
                raise DataError(f'{name}: several columns are named "{field}"')
            groups = file.metadata.num_row_groups
            codec = file.metadata.row_group(0).column(0).compression if groups else "SNAPPY"
            self._codec = {"UNCOMPRESSED": "none"}.get(codec, codec.lower())
        if field not in self.schema.names:
            raise DataError(f'{name}: no column "{field}"; name another with --field')
        kind = self.schema.field(field).type
        if not (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)):
            raise DataError(f'{name}: column "{field}" must hold strings, not {kind}')

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        with Path(self.name).open("rb") as raw:
            try:
                with self._arrow.parquet.ParquetFile(raw) as file:
                    yield file
            except self._arrow.ArrowInvalid as error:
                raise DataError(f"{self.name} is no Parquet file, or damaged: {error}") from None

    def batches(self) -> Iterator[tuple[int, Any, list[str | None]]]:
        """Read batches: number of the first row, the batch, and its texts."""
        with self._opened() as file:
            first = 1
            for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
                yield first, batch, batch.column(self.field).to_pylist()
                first += batch.num_rows

    def with_texts(self, batch: Any, texts: Sequence[str | None], chosen: list[bool]) -> Any:
        """Put texts into a batch, and leave out the rows that are not chosen."""
        index = self.schema.get_field_index(self.field)
        column = self._arrow.array(texts, type=self.schema.field(index).type)
        return batch.set_column(index, self.schema.field(index), column).filter(
            self._arrow.array(chosen, type=self._arrow.bool_())
        )

    def write(self, sink: Sink, batches: Iterator[Any]) -> None:
        """Write batches in row groups of a size that readers like."""
        waiting: list[Any] = []

        def flush() -> None:
            if waiting:
                table = self._arrow.Table.from_batches(waiting, self.schema)
                writer.write_table(table, row_group_size=max(table.num_rows, 1))
                waiting.clear()

        with self._arrow.parquet.ParquetWriter(
            sink.file, self.schema, compression=self._codec
        ) as writer:
            for batch in batches:
                waiting.append(batch)
                if sum(item.nbytes for item in waiting) >= _ROW_GROUP_BYTES:
                    flush()
            flush()
