"""Model folders: the only module that touches model files.

A model is a folder of three files:

- `arrays.npz`: plain arrays, read with ``allow_pickle=False``;
- `model.json`: format number, feature names, threshold, the SHA-256 of the arrays and of every
  training file, library versions, metrics;
- `README.md`: the model card, for people.

Loading runs no code from the files and names no class; every array's name, shape, type and
values are checked first.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cleantext.errors import ModelError
from cleantext.features import FEATURES
from cleantext.kinds import KINDS
from cleantext.model import LineModel
from cleantext.network import layer_shapes
from cleantext.trees import tree_shapes

__all__ = ["FORMAT", "default_model_path", "load_model", "save_model"]

#: Number of the format. Raise it when an older `cleantext` would misread a new model.
FORMAT = 5

_ARRAYS, _MANIFEST, _CARD = "arrays.npz", "model.json", "README.md"


def default_model_path(name: str = "default") -> Path:
    """Folder of a model that ships with the package.

    In a wheel it lies inside the package; in a checkout, in the top-level `models/`.

    Parameters
    ----------
    name : {"default", "html"}
        The model of plain text, or that of pages.

    Raises
    ------
    ModelError
        If neither place has it.
    """
    installed = Path(str(files("cleantext"))) / "models" / name
    checkout = Path(str(files("cleantext"))).parents[1] / "models" / name
    for path in (installed, checkout):
        if (path / _MANIFEST).is_file():
            return path
    raise ModelError(
        f"the {name} model is missing: looked in {installed} and {checkout}; "
        f"reinstall cleantext-lines, or name a model of your own"
    )


def model_digest(path: str | Path) -> str:
    """SHA-256 of a model folder's manifest, which holds that of its arrays.

    Raises
    ------
    ModelError
        If there is none.
    """
    try:
        return hashlib.sha256((Path(path) / _MANIFEST).read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{Path(path) / _MANIFEST} can't be read: {error}") from None


def check_target(path: str | Path) -> None:
    """Refuse a file, and a folder whose `README.md` is no model card: a model would replace it.

    Raises
    ------
    ModelError
        Says to name a folder of its own.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise ModelError(f"{path} is there and is no folder: name another one for the model")
    if (path / _CARD).exists() and not (path / _MANIFEST).exists():
        raise ModelError(
            f"{path} has a {_CARD} and is no model folder: name a folder of the model's own"
        )


def save_model(model: LineModel, path: str | Path, card: str = "") -> Path:
    """Write a model folder; same model, same bytes.

    Parameters
    ----------
    model : LineModel
        What to write.
    path : str or Path
        Folder; made if missing, its three files replaced.
    card : str
        Text of the model card.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ModelError
        If the folder has a `README.md` that is no model card.
    """
    path = Path(path)
    check_target(path)
    path.mkdir(parents=True, exist_ok=True)
    data = _pack(model.arrays)
    manifest = {
        "format": FORMAT,
        "kinds": list(KINDS),
        "line_features": list(model.line_features),
        "context_features": list(model.context_features),
        "threshold": model.threshold,
        "sha256": hashlib.sha256(data).hexdigest(),
        **model.card,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    files_of = {_ARRAYS: data, _MANIFEST: text.encode(), _CARD: card.encode()}
    parts = {name: path / f"{name}.part" for name in files_of}
    try:  # write all three, and only then put them in place
        for name, content in files_of.items():
            parts[name].write_bytes(content)
        for name, part in parts.items():
            part.replace(path / name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return path


def load_model(path: str | Path | None = None) -> LineModel:
    """Read and check a model folder.

    Parameters
    ----------
    path : str or Path, optional
        A folder that `save_model` or `cleantext train` wrote; the shipped model by default.

    Raises
    ------
    ModelError
        If anything is missing, damaged, of another format, or made for other features; the
        message says which check failed.
    """
    path = default_model_path() if path is None else Path(path)
    try:
        manifest = json.loads((path / _MANIFEST).read_text(encoding="utf-8"))
        data = (path / _ARRAYS).read_bytes()
    except FileNotFoundError as error:
        raise ModelError(
            f"{path} is no model folder: {Path(error.filename).name} is missing"
        ) from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path / _MANIFEST} can't be read: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        got = manifest.get("format") if isinstance(manifest, dict) else None
        raise ModelError(
            f"{path} has model format {got!r}; this version of cleantext reads {FORMAT}: "
            f"train the model again, or install the cleantext that made it"
        )
    if manifest.get("kinds") != list(KINDS):
        raise ModelError(f"{path}: the model's kinds are not those of this version of cleantext")
    if hashlib.sha256(data).hexdigest() != manifest.get("sha256"):
        raise ModelError(f"{path / _ARRAYS} is damaged: its SHA-256 is not the one in {_MANIFEST}")
    for key, inputs in (
        ("line_features", {"batch", "markup"}),
        ("context_features", {"batch", "markup", "scores"}),
    ):
        names = manifest.get(key)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ModelError(f"{path / _MANIFEST}: {key} must be a list of names")
        for name in names:
            if name not in FEATURES or not set(FEATURES[name].inputs) <= inputs:
                raise ModelError(
                    f"{path / _MANIFEST}: {key} names {name!r}, which this version of cleantext "
                    f"doesn't have there"
                )
    threshold = manifest.get("threshold")
    if not isinstance(threshold, (int, float)) or not 0 < threshold <= 1:
        raise ModelError(f"{path / _MANIFEST}: threshold must lie in (0, 1], not {threshold!r}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name.removesuffix(".npy"): np.asarray(stored[name]) for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path / _ARRAYS} can't be read: {error}") from None
    line_features, context = manifest["line_features"], manifest["context_features"]
    _check(arrays, _width(line_features), _width(context), path / _ARRAYS)
    known = ("format", "kinds", "line_features", "context_features", "threshold", "sha256")
    card = {key: value for key, value in manifest.items() if key not in known}
    return LineModel(tuple(line_features), tuple(context), arrays, float(threshold), card)


def _width(names: list[str]) -> int:
    return sum(FEATURES[name].width for name in names)


def _check(arrays: dict[str, npt.NDArray[Any]], looks: int, context: int, where: Path) -> None:
    """Check names, shapes, types and values of a model's arrays."""
    k = len(KINDS)

    def size(name: str, axis: int) -> int:
        """Length of an array along an axis, 0 if there is none."""
        return int(arrays[name].shape[axis]) if name in arrays and arrays[name].ndim else 0

    table, knots = size("wording", 0), size("calibration", -1)
    wanted: dict[str, tuple[str, tuple[int, ...]]] = {
        "wording": ("float16", (table, k)),
        "line_mean": ("float32", (looks,)),
        "line_scale": ("float32", (looks,)),
        "line_weight": ("float32", (looks, k)),
        "line_bias": ("float32", (k,)),
        "context_mean": ("float32", (context,)),
        "context_scale": ("float32", (context,)),
        "calibration": ("float64", (2, knots)),
    }
    sizes = (size(name, -1) for name in ("hidden_bias", "mixed_bias", "own_bias"))
    for name, shape in layer_shapes(context, *sizes).items():
        wanted[name] = ("float32", shape)
    wanted |= tree_shapes(size("tree_value", 0))
    for name in sorted(set(wanted) ^ set(arrays)):
        raise ModelError(f"{where}: array {name!r} is {'missing' if name in wanted else 'unknown'}")
    for name, (dtype, shape) in wanted.items():
        array = arrays[name]
        if array.dtype != np.dtype(dtype) or array.shape != shape:
            raise ModelError(
                f"{where}: {name} is {array.dtype} {array.shape}; it must be {dtype} {shape}"
            )
        if not np.isfinite(array).all() and name != "tree_threshold":
            raise ModelError(f"{where}: {name} has values that are not finite")
    column = arrays["tree_column"]
    if column.size and not 0 <= column.min() <= column.max() < context:
        raise ModelError(f"{where}: tree_column must name one of {context} columns")
    if np.isnan(arrays["tree_threshold"]).any():
        raise ModelError(f"{where}: tree_threshold has values that are no numbers")
    if table < 2 or table & (table - 1):
        raise ModelError(f"{where}: wording has {table} rows; it must be a power of two")
    if knots < 2 or (np.diff(arrays["calibration"], axis=1) < 0).any():
        raise ModelError(f"{where}: calibration must rise")
    if (arrays["line_scale"] <= 0).any() or (arrays["context_scale"] <= 0).any():
        raise ModelError(f"{where}: scales must be positive")


def _pack(arrays: dict[str, npt.NDArray[Any]]) -> bytes:
    """Pack arrays as `.npz`, without the time stamps that `numpy.savez` writes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(
                member, np.ascontiguousarray(arrays[name]), allow_pickle=False
            )
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()
