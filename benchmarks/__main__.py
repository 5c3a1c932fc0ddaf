"""Measures speed and memory, and on request writes docs/performance.md.

    python -m benchmarks                      # all that this machine can measure
    python -m benchmarks picture start --short
    python -m benchmarks picture --write      # one table into the document
    python -m benchmarks picture --check      # status 1 if slower than recorded.json allows

Measurements: picture, room, packing, designs, meshing, server, start, page, adjust,
crowd, gpu, gpu_parts.
Run them on an idle machine. benchmarks.batch measures many photos, benchmarks.stress reliability.
"""

import argparse
import json
import sys
from importlib import import_module

from benchmarks import report
from benchmarks.timing import ROUNDS

MEASUREMENTS = (
    "picture",
    "room",
    "packing",
    "designs",
    "meshing",
    "server",
    "start",
    "page",
    "adjust",
    "crowd",
    "gpu",
    "gpu_parts",
)
SHORT_ROUNDS = 3
MAX_SLOWDOWN = 1.5  # times the recorded figure


def main(arguments: list[str] | None = None) -> int:
    """Run the measurements; return the exit status: 1 if --check finds one too slow, else 0."""
    args = _parse(arguments)
    slow = False
    for name in args.measurements or MEASUREMENTS:
        table = import_module(f"benchmarks.measurements.{name}").measure(args.rounds)
        print(f"\n{table.markdown()}\n", flush=True)
        if args.write:
            report.write_table(table)
        if args.check:
            slow |= not check(table)
    return int(slow)


def check(table: report.Table) -> bool:
    """Compare a table's figures with recorded.json and prints the result.

    Parameters
    ----------
    table : Table
        A new measurement.

    Returns
    -------
    bool
        False if a figure exceeds MAX_SLOWDOWN times the recorded one.
    """
    recorded = json.loads(report.RECORDED.read_text(encoding="utf-8"))
    fast_enough = True
    for name, value in table.figures.items():
        limit = MAX_SLOWDOWN * recorded[name]
        print(f"{table.name}, {name}: {value:.2f} ResNet18 forwards, {limit:.2f} are allowed")
        fast_enough &= value <= limit
    return fast_enough


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("measurements", nargs="*", metavar="MEASUREMENT", help="default: all")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="repetitions after warm-up")
    parser.add_argument("--short", action="store_true", help="few repetitions, a minute each")
    parser.add_argument("--write", action="store_true", help="record in docs/performance.md")
    parser.add_argument("--check", action="store_true", help="compare with recorded.json")
    args = parser.parse_args(arguments)
    for name in args.measurements:
        if name not in MEASUREMENTS:
            parser.exit(2, f"There is no measurement {name}; choose {', '.join(MEASUREMENTS)}.\n")
    if args.short and args.write:
        parser.exit(2, "--short measures too few rounds to record; leave out --short or --write.\n")
    if args.short:
        args.rounds = SHORT_ROUNDS
    return args


if __name__ == "__main__":
    sys.exit(main())
