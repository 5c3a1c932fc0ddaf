"""Measure and write docs/reliability.md:

    python -m benchmarks.stress [load memory defaults faults ...]

All of it, training and numerics too, takes about 40 minutes on two cores; --short takes two and
writes nothing.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.stress import disks, faults
from benchmarks.stress.load import load
from benchmarks.stress.memory import memory
from benchmarks.stress.numerics import numerics
from benchmarks.stress.report import Row, section, write
from benchmarks.stress.server import ROOT
from benchmarks.stress.training import kills
from benchmarks.stress.weights import hub
from webapp.server.limits import Limits

PAGE = ROOT / "docs" / "reliability.md"
HOUR = Limits().keep_seconds
SERVER_FAULTS = (
    faults.sigterm,
    faults.sigkill,
    faults.leaver,
    faults.stuck,
    faults.no_gpu_memory,
    faults.no_network,
    hub,
)


def all_faults(folder: Path) -> list[Row]:
    rows = [row for fault in SERVER_FAULTS for row in fault(folder / fault.__name__)]
    for fault in disks.FAULTS if disks.may_mount() else disks.FAULTS[:1]:
        rows += disks.disk(folder / fault, fault)
    return rows


def measurements(a: argparse.Namespace) -> dict[str, Callable[[Path], list[Row]]]:
    return {
        "load": lambda folder: load(folder, a.clients, 60 * a.minutes),
        "memory": lambda folder: memory(folder, a.requests, a.requests // 10, a.keep_seconds),
        "defaults": lambda folder: memory(folder, a.requests, a.requests // 10, HOUR),
        "faults": all_faults,
        "training": lambda folder: kills(folder, a.kills),
        "numerics": lambda folder: numerics(),
    }


def main() -> int:
    args = _arguments()
    failed = []
    for name, measure in measurements(args).items():
        if args.only and name not in args.only:
            continue
        with tempfile.TemporaryDirectory(prefix="stress-") as folder:
            rows = measure(Path(folder))
        command = f"python -m benchmarks.stress {name}" + _typed(args, name)
        text = section(name, rows, command)
        print(text, flush=True)
        failed += [row for row in rows if not row.held]
        if not args.short:
            write(PAGE, name, text)
    return len(failed) > 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="also training, numerics")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--requests", type=int, default=2000)
    # so short that visits come and go evenly before the first 200 requests, 20 s, are over
    parser.add_argument("--keep-seconds", type=int, default=15)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--short", action="store_true", help="small numbers, nothing written")
    args = parser.parse_args()
    if args.short:
        args.clients, args.minutes, args.requests, args.kills = 8, 0.2, 60, 4
        args.keep_seconds = 5
    return args


def _typed(args: argparse.Namespace, name: str) -> str:
    numbers = {
        "load": f" --clients {args.clients} --minutes {args.minutes:g}",
        "memory": f" --requests {args.requests} --keep-seconds {args.keep_seconds}",
        "defaults": f" --requests {args.requests}",
        "training": f" --kills {args.kills}",
    }
    return numbers.get(name, "")


if __name__ == "__main__":
    sys.exit(main())
