"""The command line: `cleantext clean | explain | train | evaluate | info`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from cleantext import __version__
from cleantext.errors import CleantextError, DataError
from cleantext.pages_cli import add_page_options, clean_pages, explain_pages, takes_pages

__all__ = ["main"]

_STRUCK, _DIM, _PLAIN = "\x1b[9;31m", "\x1b[2m", "\x1b[0m"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0: done. 1: an input, a model or a file can't be used. 2: the command is misspelt.
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone: nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return _fail("interrupted; nothing half-written is left", code=130)
    except (CleantextError, ValueError, TypeError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}")
    return 0


def _fail(message: str, code: int = 1) -> int:
    sys.stderr.write(f"cleantext: {message}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cleantext", description="Remove from scraped articles what isn't the article."
    )
    parser.add_argument("--version", action="version", version=f"cleantext {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    clean = commands.add_parser("clean", help="write the cleaned text")
    _add_input(clean)
    clean.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="file to write, or folder for several files; standard output by default",
    )
    add_page_options(clean, writes=True)
    _add_settings(clean)
    clean.set_defaults(run=_clean)

    explain = commands.add_parser("explain", help="show what goes, why and where")
    _add_input(explain)
    explain.add_argument("--json", action="store_true", help="one JSON object a text")
    add_page_options(explain, writes=False)
    _add_settings(explain)
    explain.set_defaults(run=_explain)

    train = commands.add_parser("train", help="train a model on labelled lines")
    train.add_argument(
        "data",
        nargs="+",
        type=Path,
        metavar="DATA",
        help="labelled articles: .jsonl or .tsv files, or folders of them",
    )
    train.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FOLDER", help="model folder to write"
    )
    train.add_argument(
        "--plugs",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="JSONL of plugs to inject in training; may be given again",
    )
    train.add_argument(
        "--retention",
        type=float,
        default=0.998,
        metavar="SHARE",
        help="share of content characters that the threshold must keep "
        "out of fold (default: %(default)s)",
    )
    train.add_argument("--folds", type=int, default=5, metavar="N", help="default: %(default)s")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    train.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="processes (default: %(default)s)"
    )
    train.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="score a model on labelled lines")
    evaluate.add_argument(
        "data",
        nargs="+",
        type=Path,
        metavar="DATA",
        help="labelled articles that the model was not trained on",
    )
    evaluate.add_argument("--json", action="store_true", help="figures as JSON")
    _add_settings(evaluate)
    evaluate.set_defaults(run=_evaluate)

    info = commands.add_parser("info", help="show a model's card in brief")
    info.add_argument("--model", type=Path, metavar="FOLDER", help="the shipped model by default")
    info.set_defaults(run=_info)
    return parser


def _add_input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        default=["-"],
        metavar="FILE",
        help="UTF-8 text, or pages (see below); - or none for standard input",
    )
    parser.add_argument("--jsonl", action="store_true", help="input has one JSON object a line")
    parser.add_argument(
        "--field",
        default="text",
        metavar="NAME",
        help="field that holds the text (default: %(default)s)",
    )


def _add_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to remove")
    group.add_argument("--model", type=Path, metavar="FOLDER", help="the shipped model by default")
    group.add_argument(
        "--threshold",
        type=float,
        metavar="P",
        help="probability from which on a line goes; lower removes more",
    )
    group.add_argument(
        "--remove",
        metavar="KIND[,KIND…]",
        help="kinds to remove; all but content and title by default",
    )
    group.add_argument(
        "--keep",
        action="append",
        metavar="TEXT",
        help="lines with this text stay; may be given again",
    )
    group.add_argument(
        "--drop",
        action="append",
        metavar="TEXT",
        help="lines with this text go; may be given again",
    )
    group.add_argument(
        "--max-removed",
        type=float,
        metavar="SHARE",
        help="leave a text alone if more than this share of it would go",
    )


def _cleaner(options: argparse.Namespace) -> Any:
    from cleantext.cleaner import Cleaner

    return Cleaner(
        options.model,
        threshold=options.threshold,
        remove=options.remove.split(",") if options.remove else None,
        keep=options.keep,
        drop=options.drop,
        max_removed=options.max_removed,
    )


# Bytes that aren't UTF-8 pass through as they came.
def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _encode(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a surrogate pair out of JSON: shown, not kept
        return text.encode("utf-8", "replace")


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as file:
            yield file


@contextmanager
def _writing(path: Path | None) -> Iterator[BinaryIO]:
    """Open standard output, or a file that appears only when all of it is written."""
    if path is None:
        yield sys.stdout.buffer
        return
    if not path.parent.is_dir():
        raise DataError(f"{path}: no folder {path.parent} to write into")
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        Path(part).chmod(0o666 & ~umask)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _progress(items: Iterable[Any], what: str, total: int | None = None) -> Iterable[Any]:
    """Show a bar on a terminal, where tqdm is installed."""
    if not sys.stderr.isatty():
        return items
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    bar: Iterable[Any] = tqdm(items, desc=what, total=total, unit=" articles", leave=False, delay=1)
    return bar


def _rows(file: BinaryIO, name: str, field: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        where = f"{'standard input' if name == '-' else name}:{number}"
        try:
            row = json.loads(_decode(line))
        except ValueError as error:
            raise DataError(f"{where}: not JSON ({error})") from None
        if not isinstance(row, dict) or field not in row:
            raise DataError(f'{where}: no field "{field}"; name another with --field')
        if not isinstance(row[field], str):
            kind = type(row[field]).__name__
            raise DataError(f'{where}: field "{field}" must be a string, not {kind}')
        yield row


def _clean(options: argparse.Namespace) -> None:
    if takes_pages(options):
        clean_pages(options)
        return
    cleaner = _cleaner(options)
    output: Path | None = options.output
    if output is not None and (len(options.files) > 1 or output.is_dir()):
        output.mkdir(parents=True, exist_ok=True)
        names = [Path(name).name for name in options.files]
        if "-" in names or len(set(names)) < len(names):
            raise DataError("an output folder needs input files, each of another name")
        targets: list[tuple[list[str], Path | None]] = [
            ([name], output / Path(name).name) for name in options.files
        ]
    else:
        targets = [(options.files, output)]
    for names, target in targets:
        with _writing(target) as out:
            for name in names:
                with _opened(name) as file:
                    if options.jsonl:
                        _clean_rows(cleaner, _rows(file, name, options.field), options.field, out)
                    else:
                        out.write(_encode(cleaner.clean(_decode(file.read()))))


def _clean_rows(cleaner: Any, rows: Iterator[dict[str, Any]], field: str, out: BinaryIO) -> None:
    waiting: list[dict[str, Any]] = []

    def texts() -> Iterator[str]:
        for row in rows:
            waiting.append(row)
            yield row[field]

    for text in _progress(cleaner.clean_many(texts()), "cleaning"):
        row = waiting.pop(0)
        out.write(_json({**row, field: text}) + b"\n")


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair can only be written escaped
        return json.dumps(value).encode()


def _explain(options: argparse.Namespace) -> None:
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    out = sys.stdout.buffer
    for found in explain_pages(options) if takes_pages(options) else _explanations(options):
        if options.json:
            out.write(_json(_as_json(found)) + b"\n")
        elif colour:
            out.write(_encode(_coloured(found) + "\n"))
        else:
            out.write(_encode(f"{found}\n"))


def _explanations(options: argparse.Namespace) -> Iterator[Any]:
    cleaner = _cleaner(options)
    for name in options.files:
        with _opened(name) as file:
            texts = ([row[options.field] for row in _rows(file, name, options.field)]
                     if options.jsonl else [_decode(file.read())])  # fmt: skip
        yield from map(cleaner.explain, texts)


def _as_json(found: Any) -> dict[str, Any]:
    lines = [
        {"number": line.number, "start": line.start, "end": line.end, "kind": line.kind,
         "probability": round(line.probability, 4), "kept": line.kept, "text": line.text}
        for line in found.lines
    ]  # fmt: skip
    return {
        "text": found.text,
        "threshold": found.threshold,
        "notes": list(found.notes),
        "lines": lines,
    }


def _coloured(found: Any) -> str:
    rows = []
    for line in found.lines:
        text = line.text.rstrip()
        if line.kept:
            rows.append(text)
        elif line.kind != "blank":
            rows.append(f"{_STRUCK}{text}{_PLAIN} {_DIM}{line.kind} {line.probability:.2f}{_PLAIN}")
    rows += [f"{_DIM}note: {note}{_PLAIN}" for note in found.notes]
    return "\n".join(rows)


def _train(options: argparse.Namespace) -> None:
    from cleantext.artifact import save_model
    from cleantext.labelled import file_digests, read_articles, read_plugs
    from cleantext.training import Settings, train
    from cleantext.training.card import model_card

    articles = read_articles(*options.data)
    plugs = read_plugs(*options.plugs)
    digests = {"files": file_digests(options.data), "plug_files": file_digests(options.plugs)}
    trained = train(
        articles,
        plugs,
        retention=options.retention,
        n_folds=options.folds,
        settings=Settings(seed=options.seed),
        n_jobs=options.jobs,
        progress=_steps(),
        card=digests,
    )
    card = model_card(trained.model)
    save_model(trained.model, options.output, card)
    sys.stdout.write(card + f"\nmodel written to {options.output}\n")


def _steps() -> Callable[[str, int, int], None]:
    """Progress of training: a bar on a terminal."""
    bars: dict[str, Any] = {}

    def show(step: str, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        if step not in bars:
            from tqdm import tqdm

            bars[step] = tqdm(total=total, desc=step)
        bars[step].update(done - bars[step].n)
        if done == total:
            bars[step].close()

    return show


def _evaluate(options: argparse.Namespace) -> None:
    from cleantext.evaluation import evaluate, read_articles

    cleaner = _cleaner(options)
    articles = read_articles(*options.data)
    report = evaluate(cleaner, list(_progress(articles, "reading", len(articles))))
    if options.json:
        sys.stdout.write(
            json.dumps({"threshold": cleaner.threshold, **report.as_dict()}, indent=1) + "\n"
        )
    else:
        sys.stdout.write(f"threshold {cleaner.threshold:.2f}, {report}\n")


def _info(options: argparse.Namespace) -> None:
    from cleantext.artifact import default_model_path, load_model

    path = options.model or default_model_path()
    model = load_model(path)
    card = model.card
    rows = [
        f"model      {path}",
        f"threshold  {model.threshold:.2f} "
        f"(keeps {card.get('retention_aim', '?')} of content out of fold)",
        f"trained    {card.get('articles', '?')} articles of {card.get('groups', '?')} hosts, "
        f"{card.get('lines', '?')} lines, {card.get('plugs', '?')} plugs",
        f"languages  {', '.join(card.get('languages', [])) or '?'}",
    ]
    for view, metrics in card.get("metrics", {}).items():
        figures = metrics["figures"]
        shown = "  ".join(f"{name} {figures[name]:.3f}" for name in ("precision", "recall", "f1"))
        rows.append(f"{view:<11}{shown}  retention {figures['retention']:.4f}")
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    sys.exit(main())
