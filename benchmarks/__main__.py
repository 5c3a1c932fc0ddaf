"""Measures, prints, and on request writes docs/performance.md.

    python -m benchmarks                      # all that this machine can measure
    python -m benchmarks picture --write      # one part, into the document
    python -m benchmarks picture --rounds 50

Parts: picture, designs, meshing, server, start, page, crowd, gpu, gpu_parts. Leave the machine
alone meanwhile.
"""

import argparse
from importlib import import_module

from benchmarks import report
from benchmarks.timing import ROUNDS

PARTS = ("picture", "designs", "meshing", "server", "start", "page", "crowd", "gpu", "gpu_parts")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="repetitions after warm-up")
    parser.add_argument("--write", action="store_true", help="record in docs/performance.md")
    args = parser.parse_args()
    for part in args.parts or PARTS:
        table = import_module(f"benchmarks.{part}").measure(args.rounds)
        print(f"\n{table.markdown()}\n", flush=True)
        if args.write:
            report.write(table)


if __name__ == "__main__":
    main()
