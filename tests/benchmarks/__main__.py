"""`python -m tests.benchmarks [name …] [--json]`: prints figures, never fails on one."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks import (
    acknowledgement,
    classification,
    finding,
    fuzz,
    lifetimes,
    memory,
    pictures,
    processor,
    recovery,
    startup,
)

BENCHMARKS = {
    "acknowledgement": acknowledgement.measure,
    "startup": startup.measure,
    "memory": memory.measure,
    "pictures": pictures.measure,
    "processor": processor.measure,
    "classification": classification.measure,
    "recovery": recovery.measure,
    "lifetimes": lifetimes.measure,
    "finding": finding.measure,
    "fuzz": fuzz.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="name")
    parser.add_argument("--json", action="store_true", help="one JSON line a figure")
    arguments = parser.parse_args()
    for name in arguments.names or BENCHMARKS:
        with tempfile.TemporaryDirectory() as folder:
            for figure in BENCHMARKS[name](Path(folder)):
                shown = f"{figure.name}: {figure.value:.3g} {figure.unit}"
                print(figure.line() if arguments.json else shown, flush=True)


if __name__ == "__main__":
    main()
