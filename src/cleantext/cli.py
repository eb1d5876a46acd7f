"""The command line: `cleantext clean | explain | train | evaluate | info`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cleantext import __version__
from cleantext.errors import CleantextError, DataError, ModelError
from cleantext.files import (
    ParquetTexts,
    as_json,
    decode,
    describe_job,
    encode,
    file_format,
    note,
    opened,
    rows,
    writing,
)
from cleantext.pages_cli import (
    add_page_options,
    clean_pages,
    explain_pages,
    holds_many,
    kinds_named,
    names_folder,
    takes_pages,
)

__all__ = ["main"]

_STRUCK, _DIM, _PLAIN = "\x1b[9;31m", "\x1b[2m", "\x1b[0m"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0: done. 1: an input, a model or a file can't be used. 2: the command is misspelt.
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    if sys.stdout is None:
        return _fail("standard output is closed")
    try:
        with _ended_in_order():
            run(options)
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone: nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        resumes = getattr(options, "resume", False)
        left = "the same command goes on from here" if resumes else "nothing half-written is left"
        return _fail(f"interrupted; {left}", code=130)
    except (CleantextError, ValueError, TypeError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}")
    return 0


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let what ends a process (SIGTERM, SIGHUP) unwind it first, so that nothing is left behind."""

    def end(number: int, frame: Any) -> None:
        raise SystemExit(128 + number)

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # What is ignored (under nohup) or not ours (set in C) stays so.
            if number and signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _fail(message: str, code: int = 1) -> int:
    note(message)
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
        metavar="PATH",
        help="file to write, or folder (there already, or with a / at its end); standard output by "
        "default",
    )
    clean.add_argument(
        "--jobs",
        type=int,
        default=1,
        metavar="N",
        help="processes, -1 for one a core (default: %(default)s)",
    )
    clean.add_argument(
        "--on-error",
        choices=("raise", "keep", "drop"),
        default="raise",
        help="a row without a text ends the command, stays as it is, or is left out "
        "(default: %(default)s)",
    )
    clean.add_argument(
        "--resume",
        action="store_true",
        help="leave finished outputs alone, and go on with a JSONL file where the same command "
        "with --resume stopped",
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
        help="UTF-8 text, .jsonl, .parquet; also .gz or .zst; or pages (see below); - or none for "
        "standard input",
    )
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help="input has one JSON object a line, whatever its name",
    )
    parser.add_argument(
        "--field",
        default="text",
        metavar="NAME",
        help="field or column that holds the text (default: %(default)s)",
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
        remove=kinds_named(options),
        keep=options.keep,
        drop=options.drop,
        max_removed=options.max_removed,
    )


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


def _clean(options: argparse.Namespace) -> None:
    if takes_pages(options):
        clean_pages(options)
        return
    _refuse_page_options(options, ("json", "markdown", "url"))
    output = None if options.output is None else Path(options.output)
    if options.resume and output is None:
        raise DataError("--resume needs --output: it goes on with a file that was begun")
    cleaner = _cleaner(options)
    targets: list[tuple[list[str], Path | None]] = [(options.files, output)]
    if output is not None and (len(options.files) > 1 or names_folder(options.output)):
        output.mkdir(parents=True, exist_ok=True)
        names = [Path(name).name for name in options.files]
        if "-" in names or len(set(names)) < len(names):
            raise DataError("an output folder needs input files, each of another name")
        targets = [([name], output / Path(name).name) for name in options.files]
    if options.resume:
        done = [target for _, target in targets if target is not None and target.is_file()]
        targets = [(names, target) for names, target in targets if target not in done]
        if done:
            note(f"{len(done)} finished before, left as they are, {done[0]} the first")
    plain = []
    for names, target in targets:
        [kind, *others] = {file_format(name, options.jsonl) for name in names}
        if others:
            raise DataError("text, JSONL and Parquet files don't go into one output")
        into_parquet = target is not None and file_format(target) == "parquet"
        if (kind == "parquet") != into_parquet:
            raise DataError("Parquet goes into .parquet files (--output), and nothing else does")
        if kind == "text":
            plain.append((names, target))
        elif kind == "jsonl":
            _clean_jsonl(cleaner, names, target, options)
        else:
            assert target is not None
            _clean_parquet(cleaner, names[0], target, options)
    _clean_texts(cleaner, plain, options)


def _refuse_page_options(options: argparse.Namespace, names: Sequence[str]) -> None:
    """Refuse what would count for nothing, as the input is text."""
    given = [f"--{name}" for name in names if getattr(options, name)]
    if options.extractor != "blocks":
        given.append("--extractor")
    if given:
        raise DataError(f"{given[0]} is for pages; add --html if the input is HTML")


def _clean_texts(
    cleaner: Any, targets: list[tuple[list[str], Path | None]], options: argparse.Namespace
) -> None:
    """Clean files that hold a text each."""

    def texts() -> Iterator[str]:
        for names, _ in targets:
            for name in names:
                with opened(name) as file:
                    yield decode(file.read())

    cleaned = _many(cleaner, texts(), options)
    for names, target in targets:
        with writing(target) as out:
            for _ in names:
                out.write(encode(next(cleaned)))


def _clean_jsonl(
    cleaner: Any, names: list[str], target: Path | None, options: argparse.Namespace
) -> None:
    """Clean a field of JSON lines."""
    waiting: deque[Any] = deque()
    problems = _Problems(options.on_error)

    def texts(skip: int) -> Iterator[Any]:
        for name in names:
            with opened(name) as file:
                for row in rows(file, name, options.field, skip):
                    problems.check(row.error)
                    waiting.append(row)
                    yield None if row.problem else row.value[options.field]

    with writing(target, _job(names, options) if options.resume else None) as out:
        if out.rows:
            note(f"going on after row {out.rows}")
        for text in _many(cleaner, texts(out.rows), options):
            row = waiting.popleft()
            if row.problem is None:
                out.write(as_json({**row.value, options.field: text}) + b"\n")
            elif options.on_error == "keep":
                out.write(row.line.rstrip(b"\r\n") + b"\n")
            out.row_done()
    problems.report()


def _clean_parquet(cleaner: Any, name: str, target: Path, options: argparse.Namespace) -> None:
    """Clean a column of a Parquet file."""
    file = ParquetTexts(name, options.field)
    waiting: deque[Any] = deque()
    problems = _Problems(options.on_error)

    def texts() -> Iterator[Any]:
        for first, batch, column in file.batches():
            waiting.append((batch, [text is not None for text in column]))
            for number, text in enumerate(column, first):
                if text is None:
                    problems.check(f'{name}: row {number}: "{options.field}" is null')
                yield text

    def cleaned() -> Iterator[Any]:
        results = _many(cleaner, texts(), options)
        for text in results:
            batch, present = waiting.popleft()
            column = [text, *(next(results) for _ in range(batch.num_rows - 1))]
            chosen = present if options.on_error == "drop" else [True] * len(column)
            yield file.with_texts(batch, column, chosen)

    with writing(target) as out:
        file.write(out, cleaned())
    problems.report()


class _Problems:
    """Rows that can't be cleaned: the first ends everything, or all are counted."""

    def __init__(self, on_error: str) -> None:
        self.on_error = on_error
        self.count = 0
        self.first = ""

    def check(self, problem: str | None) -> None:
        if problem is None:
            return
        if self.on_error == "raise":
            raise DataError(problem)
        self.count += 1
        self.first = self.first or problem

    def report(self) -> None:
        if self.count:
            what = "kept as they came" if self.on_error == "keep" else "left out"
            note(f"rows that could not be cleaned, {what}: {self.count}; first: {self.first}")


def _many(cleaner: Any, texts: Iterator[Any], options: argparse.Namespace) -> Iterator[str]:
    """Clean a stream of texts; None stands for a row that was found wanting before."""
    on_error = "raise" if options.on_error == "raise" else "keep"
    cleaned = cleaner.clean_many(texts, n_jobs=options.jobs, on_error=on_error)
    return iter(_progress(cleaned, "cleaning"))


def _job(names: list[str], options: argparse.Namespace) -> dict[str, Any]:
    from cleantext.artifact import model_digest

    settings = ("field", "model", "threshold", "remove", "keep", "drop", "max_removed", "on_error")
    chosen = {name: getattr(options, name) for name in settings}
    if options.model:  # the same folder may hold another model by then
        chosen["model_sha256"] = model_digest(options.model)
    return describe_job(names, version=__version__, **chosen)


def _explain(options: argparse.Namespace) -> None:
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    out = sys.stdout.buffer
    named = holds_many(options) or file_format(options.files[0]) == "jsonl"
    for name, found in explain_pages(options) if takes_pages(options) else _explanations(options):
        if named and not options.json:
            out.write(encode(f"== {name}\n"))
        if options.json:
            about = {"name": name} if named else {}
            out.write(as_json({**about, **_explained(found)}) + b"\n")
        elif colour:
            out.write(encode(_coloured(found) + "\n"))
        else:
            out.write(encode(f"{found}\n"))


def _explanations(options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """Explain every text of the input, each beside its name."""
    _refuse_page_options(options, ())
    cleaner = _cleaner(options)
    for name in options.files:
        for shown, text in _texts_to_explain(name, options):
            yield shown, cleaner.explain(text)


def _texts_to_explain(name: str, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    kind = file_format(name, options.jsonl)
    if kind == "parquet":
        raise DataError(f"{name}: explain reads text and JSONL, no Parquet")
    with opened(name) as file:
        if kind == "text":
            yield ("standard input" if name == "-" else name), decode(file.read())
            return
        for row in rows(file, name, options.field):
            if row.problem:
                raise DataError(row.error)
            yield row.where, row.value[options.field]


def _explained(found: Any) -> dict[str, Any]:
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
    from cleantext.artifact import check_target, save_model
    from cleantext.labelled import file_digests, read_articles, read_plugs
    from cleantext.training import Settings, train
    from cleantext.training.card import model_card

    check_target(options.output)
    if options.jobs == 0:
        raise DataError("--jobs must be a number of processes, or -1 for one a core, not 0")
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
    from cleantext.evaluation import kept_lines, read_articles, score_articles

    cleaner = _cleaner(options)
    articles = read_articles(*options.data)
    shown = _progress(articles, "cleaning", len(articles))
    report = score_articles(articles, [kept_lines(cleaner, article) for article in shown])
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
        ("model", str(path)),
        ("threshold", f"{model.threshold:.2f} (keeps {card.get('retention_aim', '?')} of content "
         "out of fold)"),
        ("trained", f"{card.get('articles', '?')} articles of {card.get('groups', '?')} hosts, "
         f"{card.get('lines', '?')} lines, {card.get('plugs', '?')} plugs"),
        ("languages", ", ".join(card.get("languages", [])) or "?"),
    ]  # fmt: skip
    try:
        for view, metrics in card.get("metrics", {}).items():
            figures = metrics["figures"]
            names = ("precision", "recall", "f1")
            shown = "  ".join(f"{name} {figures[name]:.3f}" for name in names)
            rows.append((view, f"{shown}  retention {figures['retention']:.4f}"))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ModelError(f"{path}: the figures in its model.json can't be read") from None
    width = max(len(name) for name, _ in rows)
    sys.stdout.write("".join(f"{name:<{width}}  {shown}\n" for name, shown in rows))


if __name__ == "__main__":
    sys.exit(main())
