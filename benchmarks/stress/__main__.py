"""Measures the reliability of the server and the trainer, and writes docs/reliability.md.

    python -m benchmarks.stress                    # all, an hour on two cores
    python -m benchmarks.stress memory --short     # a minute or two, nothing written

Measurements: load, soak, memory, defaults, replicas, faults, training, numerics.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.app_server import ROOT
from benchmarks.stress import disk_faults, faults
from benchmarks.stress.hub_faults import measure_hub_faults
from benchmarks.stress.load import measure_load
from benchmarks.stress.memory import DEFAULT_KEEP_SECONDS, measure_memory
from benchmarks.stress.numerics import measure_numerics
from benchmarks.stress.replicas import measure_replicas
from benchmarks.stress.report import Row, section, write_section
from benchmarks.stress.soak.measure import measure_soak
from benchmarks.stress.training_kills import measure_training_kills

DOCUMENT = ROOT / "docs" / "reliability.md"
MEASUREMENTS = ("load", "soak", "memory", "defaults", "replicas", "faults", "training", "numerics")
MINUTES = {"load": 10.0, "soak": 15.0}  # by default
SERVER_FAULTS = (
    faults.measure_sigterm,
    faults.measure_sigkill,
    faults.measure_leaving,
    faults.measure_stuck_step,
    faults.measure_gpu_memory,
    faults.measure_no_network,
    measure_hub_faults,
)
# Each measurement with small numbers takes a minute or two on two cores.
SHORT = {
    "clients": 8,
    "hostile": 4,
    "minutes": 0.5,
    "requests": 240,
    "keep_seconds": 15,
    "kills": 4,
}
SHORT_FAULTS = (faults.measure_sigterm, faults.measure_stuck_step)


def main(arguments: list[str] | None = None) -> int:
    """Run the measurements; return the exit status: 1 if a row did not hold, else 0."""
    args = _parse(arguments)
    measurements = _measurements(args)
    failed = False
    for name in args.measurements or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="stress-") as folder:
            rows = measurements[name](Path(folder))
        text = section(name, rows, f"python -m benchmarks.stress {name}{_options(args, name)}")
        print(text, flush=True)
        failed |= not all(row.held for row in rows)
        if not args.short:
            write_section(DOCUMENT, name, text)
    return int(failed)


def _measurements(args: argparse.Namespace) -> dict[str, Callable[[Path], list[Row]]]:
    """Functions by the names of MEASUREMENTS; each takes a folder for its files."""
    warm_up = args.requests // (4 if args.short else 10)
    return {
        "load": lambda folder: measure_load(folder, args.clients, 60 * _minutes(args, "load")),
        "soak": lambda folder: measure_soak(
            folder, args.clients, args.hostile, 60 * _minutes(args, "soak")
        ),
        "memory": lambda folder: measure_memory(folder, args.requests, warm_up, args.keep_seconds),
        "defaults": lambda folder: measure_memory(
            folder, args.requests, warm_up, DEFAULT_KEEP_SECONDS
        ),
        "replicas": lambda folder: measure_replicas(folder, args.replicas),
        "faults": lambda folder: _measure_faults(folder, args.short),
        "training": lambda folder: measure_training_kills(folder, args.kills),
        "numerics": lambda folder: measure_numerics(range(1, 5) if args.short else range(1, 17)),
    }


def _measure_faults(folder: Path, short: bool) -> list[Row]:
    server_faults = SHORT_FAULTS if short else SERVER_FAULTS
    rows = [row for fault in server_faults for row in fault(folder / fault.__name__)]
    all_disks = disk_faults.may_mount() and not short
    for fault in disk_faults.FAULTS if all_disks else disk_faults.FAULTS[:1]:
        rows += disk_faults.measure_disk_fault(folder / fault, fault)
    return rows


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stress",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "measurements",
        nargs="*",
        metavar="MEASUREMENT",
        help="all of them by default",
    )
    parser.add_argument("--clients", type=int, default=64, help="at once, of load and soak")
    parser.add_argument("--hostile", type=int, default=8, help="attackers among them, of soak")
    parser.add_argument("--minutes", type=float, help="of load (10) and soak (15)")
    parser.add_argument("--requests", type=int, default=2000, help="of memory and defaults")
    # With 15 s, visits end as fast as they begin before the first 200 requests, 20 s, are over.
    parser.add_argument("--keep-seconds", type=int, default=15, help="KEEP_SECONDS of memory")
    parser.add_argument("--replicas", type=int, default=3, help="servers, of replicas")
    parser.add_argument("--kills", type=int, default=50, help="of training")
    parser.add_argument("--short", action="store_true", help="small numbers, nothing written")
    args = parser.parse_args(arguments)
    for name in args.measurements:
        if name not in MEASUREMENTS:
            parser.exit(2, f"There is no measurement {name}; choose {', '.join(MEASUREMENTS)}.\n")
    if args.short:
        vars(args).update(SHORT)
    return args


def _minutes(args: argparse.Namespace, name: str) -> float:
    return MINUTES[name] if args.minutes is None else args.minutes


def _options(args: argparse.Namespace, name: str) -> str:
    """Options to write above the table: those that the measurement uses."""
    if args.short:
        return " --short"
    if name == "load":
        return f" --clients {args.clients} --minutes {_minutes(args, name):g}"
    if name == "soak":
        counts = f" --clients {args.clients} --hostile {args.hostile}"
        return f"{counts} --minutes {_minutes(args, name):g}"
    options = {
        "memory": f" --requests {args.requests} --keep-seconds {args.keep_seconds}",
        "defaults": f" --requests {args.requests}",
        "replicas": f" --replicas {args.replicas}",
        "training": f" --kills {args.kills}",
    }
    return options.get(name, "")


if __name__ == "__main__":
    sys.exit(main())
