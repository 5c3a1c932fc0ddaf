#!/bin/bash
# Runs every step of the next lease on a CPU: pack, train, wait, fetch, merge, evaluate.
# Ten minutes of processor time. From the repository's root, with ../shared:
#
#   PYTHON=.venv/bin/python bash training/leases/dry_run.sh
set -euo pipefail
PYTHON=$(realpath -s "${PYTHON:-.venv/bin/python}")
export PYTHON DRY=1 W=${W:-$(mktemp -d)} PACK=.lease GPUS=${GPUS:-1} PAUSE=5 OUT SHARED=${SHARED:-../shared/data}
export ACCELERATE_USE_CPU=true PYTHONUNBUFFERED=1
OUT=$W/out
trap 'rm -rf "$PACK"' EXIT
bash training/leases/lease.sh pack
bash training/leases/lease.sh unpack a
bash training/leases/lease.sh unpack b
bash training/leases/lease.sh unpack c
bash training/leases/lease.sh start
bash training/leases/lease.sh wait "${SECONDS_TO_WAIT:-3000}"
tar xz -C "$OUT" -f "$OUT/logs.tgz"
bash training/leases/lease.sh merge "$OUT" "$OUT/trunk/end"
