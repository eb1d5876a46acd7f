"""The model card: what a model was made of and what it can do, from its manifest."""

from __future__ import annotations

from typing import Any

from cleantext.model import LineModel
from cleantext.training.dataset import MADE_VIEWS

__all__ = ["model_card"]

_FIGURES = ("precision", "recall", "f1", "retention", "hurt", "unchanged")
_VIEWS = {"given": "articles as given", **MADE_VIEWS}


def model_card(model: LineModel) -> str:
    """Write a model's card in Markdown from what training recorded."""
    card = model.card
    rows = [
        "# Line model",
        "",
        f"Trained on {card['articles']} articles ({card['lines']} labelled lines, "
        f"{card['groups']} hosts, {card['plugs']} plugs) in: "
        f"{', '.join(card['languages']) or '?'}.",
        "",
        f"Threshold {model.threshold:.2f}, chosen out of fold to keep at least "
        f"{card['retention_aim']} of all content characters.",
        "",
        "Figures are out of fold, grouped by host, at that threshold; ± is half of a 95 % "
        "interval from a seeded bootstrap over articles.",
        "",
        "| view | articles | precision | recall | F1 | content kept | articles hurt | unchanged |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    metrics = card.get("metrics", {})
    for view, report in metrics.items():
        cells = " | ".join(_cell(report, name) for name in _FIGURES)
        rows.append(f"| {_VIEWS.get(view, view)} | {report['articles']} | {cells} |")
    for view, points in card.get("dial", {}).items():
        rows += [
            "",
            f"## The dial: {_VIEWS.get(view, view)}",
            "",
            "| threshold | precision | recall | F1 | content kept | unchanged |",
            "|--:|--:|--:|--:|--:|--:|",
        ]
        rows += [
            f"| {p['threshold']:g} | {p['precision']:.3f} | {p['recall']:.3f} | {p['f1']:.3f} "
            f"| {p['retention']:.4f} | {p['unchanged']:.3f} |"
            for p in points
        ]
    for view, report in metrics.items():
        if view == "body":
            continue
        rows += [
            "",
            f"## By kind: {_VIEWS.get(view, view)}",
            "",
            "| kind | lines | removed |",
            "|---|--:|--:|",
        ]
        rows += [f"| {kind} | {row['lines']} | {row['removed']:.3f} |"
                 for kind, row in report["by_kind"].items()]  # fmt: skip
        rows += ["", f"## By language: {_VIEWS.get(view, view)}", "",
                 "| language | articles | precision | recall | F1 | content kept |",
                 "|---|--:|--:|--:|--:|--:|"]  # fmt: skip
        rows += [
            f"| {lang} | {row['articles']} | {row['precision']:.3f} | {row['recall']:.3f} "
            f"| {row['f1']:.3f} | {row['retention']:.4f} |"
            for lang, row in report["by_lang"].items()
        ]
    versions = ", ".join(f"{name} {version}" for name, version in card["versions"].items())
    rows += ["", f"Made with {versions}.", ""]
    return "\n".join(rows)


def _cell(report: dict[str, Any], name: str) -> str:
    digits = 4 if name == "retention" else 3
    if report["errors"] is None:
        return f"{report['figures'][name]:.{digits}f}"
    return f"{report['figures'][name]:.{digits}f} ± {report['errors'][name]:.{digits}f}"
