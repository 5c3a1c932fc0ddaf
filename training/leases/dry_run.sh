#!/bin/bash
# Runs every step of the next lease on a CPU: pack, train, wait, fetch, join, evaluate.
# From the repository's root, with ../shared:
#
#   PYTHON=.venv/bin/python bash training/leases/dry_run.sh
set -euo pipefail
PYTHON=$(realpath -s "${PYTHON:-.venv/bin/python}")
export PYTHON DRY=1 W=${W:-$(mktemp -d)} PACK=.lease GPUS=${GPUS:-1} PAUSE=5 OUT SHARED=${SHARED:-../shared/data}
export ACCELERATE_USE_CPU=true PYTHONUNBUFFERED=1
OUT=$W/out
trap 'rm -rf "$PACK"' EXIT
for step in pack "unpack a" "unpack b" start "wait ${SECONDS_TO_WAIT:-3000}" "join $OUT"; do
  bash training/leases/lease.sh $step
done
"$PYTHON" -m training.evaluate --data "$SHARED/pix3d_dev" --checkpoint "$OUT/frozen/end" --out "$W/evaluation" --dry-run
