#!/bin/bash
# Steps of the next GPU lease; next.md says when each runs. From the repository's root:
#
#   bash training/leases/lease.sh pack          # here: data into .lease/, weights moved aside
#   bash training/leases/lease.sh unpack a      # there: what was carried, to $W
#   bash training/leases/lease.sh start         # there: all runs of $RUNS, in the background
#   bash training/leases/lease.sh wait 590      # there: logs every 30 s; copies results to $OUT
#   bash training/leases/lease.sh restore       # here: weights back to their places
#   bash training/leases/lease.sh join DIR      # here: the parts of the weights in DIR become files
#
# The runs:
#   frozen   decoder and mask of the shipped weights, on their frozen encoder, with teachers
#   tuned    the same, the encoder at a tenth of the rate: needs new heads before it can ship
#   looks    the second look of the shipped object head
#   scaling  after all others: steps of `frozen` on two GPUs
# With GPUS=2 frozen has a GPU of its own.
#
# DRY=1 runs every step in a few minutes of processor time on a CPU.
set -euo pipefail
W=${W:-/tmp/w}                     # the machine's folder: data, code, results
PACK=${PACK:-.lease}               # ignored by git; `carry` names .lease/a or .lease/b
SHARED=${SHARED:-../shared/data}
CAD=${CAD:-data}                   # cad.npz and held_out.npz of training.pack_cad
PYTHON=${PYTHON:-python3}
DRY=${DRY:-}
MINUTES=${MINUTES:-26}             # of frozen and tuned, each
LOOKS_MINUTES=${LOOKS_MINUTES:-9}
TEACHERS=${TEACHERS:-$W $W/run10}  # checkpoints whose mean is learned too; " " for none
LOSSES=${LOSSES:-occupancy=1}      # more losses, such as "extents=0.1 profiles=3"
SCALING_SECONDS=${SCALING_SECONDS:-200}
GPUS=${GPUS:-1}
OTHER_GPU=$((GPUS - 1))
read -ra RUNS <<< "${RUNS:-frozen looks}"
BIG=(checkpoint/model.safetensors checkpoint/pieces.npz training/checkpoints/run10/model.safetensors)

pack() {
  mkdir -p "$PACK/a/data" "$PACK/b" "$PACK/aside"
  cp -r "$SHARED"/{textures,backgrounds} "$SHARED/shapes/poses.json" "$PACK/a/data/"
  chmod -R u+w "$PACK/a"
  "$PYTHON" -m training.leases.pack_skies "$SHARED/hdri" "$PACK/a/data/hdri"
  [ -n "$DRY" ] || cp "$CAD/cad.npz" "$CAD/held_out.npz" "$PACK/a/"
  cp checkpoint/{config.json,training.json,model.safetensors} "$PACK/b/"
  cp -r training/checkpoints/run10 "$PACK/b/"
  if [ -z "$DRY" ]; then  # tracked files travel with every call
    for file in "${BIG[@]}"; do mkdir -p "$PACK/aside/$(dirname "$file")"; mv "$file" "$PACK/aside/$file"; done
  fi
  du -sm "$PACK/a" "$PACK/b"
}

restore() {
  for file in "${BIG[@]}"; do mv "$PACK/aside/$file" "$file"; done
  git status --short
}

unpack() {  # PART: to $W; the code: to $W/code, which no later call replaces
  mkdir -p "$W" && cp -r "$PACK/$1/." "$W/"
  [ -d "$W/code" ] || { mkdir "$W/code" && tar c --exclude=./.git --exclude="./$PACK" --exclude=./.venv \
    --exclude=./runs . | tar x -C "$W/code"; }
}

background() {  # NAME COMMAND...: survives the end of the call, leaves NAME.done
  local name=$1; shift
  rm -f "$W/$name.done"
  setsid nohup bash -c '"${@:2}"; touch "$1"' _ "$W/$name.done" "$@" > "$W/$name.log" 2>&1 &
}

train_options() {  # RATE of the encoder: prints the options of training.train, one a line
  local options=(--init "$W" --encoder-rate "$1" --filtered 0.2
    --losses color=2.5 mask=1.0 $LOSSES --lr 7e-4 --overwrite)
  [ -z "${TEACHERS// /}" ] || options+=(--teachers $TEACHERS)
  if [ -n "$DRY" ]; then
    options+=(--batch-size 2 --warmup 1 --val-every 2 --val-pictures 2 --small
      --studio slots=4 stretch=0.15 assets="$W/data" poses="$W/data/poses.json")
  else
    options+=(--batch-size 256 --warmup 200 --val-every 2000 --val-pictures 512 --val-cad "$W/held_out.npz"
      --studio slots=1024 stretch=0.15 cad_share=0.6 crossings=0.4 cad_every=12 assets="$W/data"
      poses="$W/data/poses.json" cad="$W/cad.npz" workers=8)
  fi
  printf '%s\n' "${options[@]}"
}

train() {  # NAME GPU RATE
  local options end=(--minutes "$MINUTES")
  [ -z "$DRY" ] || end=(--steps 2)
  mapfile -t options < <(train_options "$3")
  CUDA_VISIBLE_DEVICES=$2 background "$1" "$PYTHON" -m training.train --half --output "$W/$1" \
    "${end[@]}" "${options[@]}"
}

frozen() { train frozen 0 0; }

tuned() { train tuned "$OTHER_GPU" 0.1; }

looks() {
  local studio=(slots=1024 stretch=0.15 refresh_every=4 assets="$W/data" poses="$W/data/poses.json" workers=8)
  local size=(--minutes "$LOOKS_MINUTES" --reuse 12)
  if [ -n "$DRY" ]; then
    studio=(slots=16 grid=32 assets="$W/data" poses="$W/data/poses.json")
    size=(--steps 2 --batch-size 2 --val-pictures 2 --log-every 1 --reuse 2)
  else
    studio+=(cad="$W/cad.npz" cad_share=0.3)
  fi
  CUDA_VISIBLE_DEVICES=$OTHER_GPU background looks "$PYTHON" -m training.find --checkpoint "$W" \
    --output "$W/looks" --looks 2 --first keep "${size[@]}" --studio "${studio[@]}"
}

scaling() {  # with few shapes, which are made in seconds
  local options names=() steps=(--steps 300 --graphs) seconds=$SCALING_SECONDS
  [ -z "$DRY" ] || { steps=(--steps 2); seconds=1000; }
  for name in "${RUNS[@]}"; do [ "$name" = scaling ] || names+=("$name.done"); done
  mapfile -t options < <(train_options 0)
  options+=(filled=128 crossings=0)  # of --studio, the last option
  background scaling bash -c 'cd "$1" && until [ "$(ls $2 2> /dev/null | wc -l)" = "$(wc -w <<< "$2")" ]; do
    sleep 1; done; cd code; exec timeout "$3" "${@:4}"' _ "$W" "${names[*]}" "$seconds" \
    "$PYTHON" -m torch.distributed.run --nproc_per_node 2 -m training.train --output "$W/scaling" \
    "${steps[@]}" "${options[@]}"
}

start() {
  local run
  cd "$W/code"
  for run in "${RUNS[@]}"; do "$run"; done
}

wait_for() {  # SECONDS
  local end=$((SECONDS + $1))
  while [ $SECONDS -lt $end ]; do
    [ "$(cd "$W" && ls "${RUNS[@]/%/.done}" 2> /dev/null | wc -l)" = ${#RUNS[@]} ] && break
    sleep "${PAUSE:-30}"
    tail -qn 1 "$W"/*.log
  done
  tail -n 12 "$W"/*.log
  [ -z "${OUT:-}" ] || collect
}

collect() {  # at most 8 files of 16 MiB; the json files of the runs are in logs.tgz
  local name
  mkdir -p "$OUT"
  for name in frozen tuned; do
    [ -d "$W/$name/last" ] || continue
    (cd "$W/code" && "$PYTHON" -c 'import sys; from pathlib import Path
from training.loop.checkpoints import export_half; export_half(*map(Path, sys.argv[1:]))' \
      "$W/$name/last" "$W/$name/end") || continue
    mkdir -p "$OUT/$name/end"
    split -b 15M "$W/$name/end/model.safetensors" "$OUT/$name/end/model.safetensors.part." || true
  done
  cp "$W/looks/objects.safetensors" "$OUT/" || true
  tar cz -C "$W" $(cd "$W" && ls ./*.log ./*/log.jsonl ./*/{half,end}/*.json ./*/curves/*.csv) > "$OUT/logs.tgz" || true
  ls -lR "$OUT"
}

join() {  # FOLDER: where the files from $OUT lie, writable
  local first
  tar xz -C "$1" -f "$1/logs.tgz"
  for first in "$1"/*/end/model.safetensors.part.aa; do
    cat "${first%.aa}".* > "${first%.part.aa}" && rm "${first%.aa}".*
  done
}

case ${1:-} in
  pack | start | restore) "$1" ;;
  unpack | join) "$1" "$2" ;;
  wait) wait_for "$2" ;;
  *) sed -n '2,20p' "$0"; exit 2 ;;
esac
