"""Train the model that ships, and keep its out-of-fold results for `benchmarks.precision`.

    python -m benchmarks.corpus   # views of the development corpus, into build/corpus
    python -m benchmarks.shipped  # models/default, and build/out_of_fold.pkl

The same as `cleantext train build/corpus seeds/train --plugs CORPUS/bank-plugs.jsonl --plugs
seeds/plugs --retention …`, whose results are thrown away once they are summed up in the card.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import time
from pathlib import Path

from benchmarks.corpus import OUT_OF_FOLD, PLUGS, TRAINING, training_data
from cleantext.artifact import default_model_path, save_model
from cleantext.labelled import file_digests
from cleantext.training import train
from cleantext.training.card import model_card

#: Share of content characters that the shipped threshold keeps, over all views together.
RETENTION = 0.998


def main() -> None:
    """Train, write, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=default_model_path())
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    begun = time.perf_counter()

    def progress(step: str, done: int, total: int) -> None:
        sys.stderr.write(f"{time.perf_counter() - begun:6.0f} s  {step}: {done}/{total}\n")

    trained = train(
        *training_data(),
        retention=RETENTION,
        n_jobs=options.jobs,
        progress=progress,
        card={"files": file_digests(TRAINING), "plug_files": file_digests(PLUGS)},
    )
    OUT_OF_FOLD.parent.mkdir(exist_ok=True)
    OUT_OF_FOLD.write_bytes(pickle.dumps(trained.out_of_fold))
    card = model_card(trained.model)
    save_model(trained.model, options.out, card)
    sys.stdout.write(card)


if __name__ == "__main__":
    main()
