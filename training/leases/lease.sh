#!/bin/bash
# Steps of the next GPU lease; next.md says when each runs. From the repository's root:
#
#   bash training/leases/lease.sh pack          # here: data into .lease/, weights moved aside
#   bash training/leases/lease.sh unpack a      # there: what was carried, to $W
#   bash training/leases/lease.sh start         # there: all runs below, in the background
#   bash training/leases/lease.sh wait 590      # there: logs every 30 s; copies results to $OUT
#   bash training/leases/lease.sh export        # there, by itself: the trunk's last weights in float16
#   bash training/leases/lease.sh restore       # here: weights back to their places
#   bash training/leases/lease.sh merge DIR CHECKPOINT  # here: heads into the checkpoint, measured
#
# The runs of `start`: trunk continues run 9, with the shipped weights and run 9 as teachers; heads trains
# the descriptor and the found objects side by side, on the trunk's last weights once it is done, or on
# the shipped ones where RUNS does not name the trunk; lamps trains the tutorial's model; photos measures
# on 16 cores how fast photographs are prepared. With GPUS=2 the heads have a GPU of their own, and
# scaling repeats the trunk's steps on both GPUs at the end.
#
# DRY=1 runs every step in about ten minutes of processor time on a CPU.
set -euo pipefail
W=${W:-/tmp/w}                     # the machine's folder: data, code, results
PACK=${PACK:-.lease}               # ignored by git; `carry` names .lease/a, .lease/b or .lease/c
SHARED=${SHARED:-../shared/data}
CAD=${CAD:-data}                   # cad.npz and held_out.npz of training.pack_cad
PYTHON=${PYTHON:-python3}
DRY=${DRY:-}
TRUNK_MINUTES=${TRUNK_MINUTES:-14.5}
TRUNK_PLACED=${TRUNK_PLACED:-}     # 1: the trunk learns with the place of the crop, from uncropped photographs
TRUNK_LOSSES=${TRUNK_LOSSES:-}     # more losses of the trunk, such as "extents=0.1 profiles=3"
TEACHERS=${TEACHERS:-$W $W/run9}   # checkpoints whose mean the trunk learns too; " " for none
DESCRIPTOR_MINUTES=${DESCRIPTOR_MINUTES:-10}  # 0 leaves it out
OBJECTS_MINUTES=${OBJECTS_MINUTES:-10}
LAMPS_MINUTES=${LAMPS_MINUTES:-6}
SCALING_SECONDS=${SCALING_SECONDS:-200}
GPUS=${GPUS:-1}
HEADS_GPU=$((GPUS - 1))
read -ra RUNS <<< "${RUNS:-trunk heads}"
BIG=(checkpoint/model.safetensors checkpoint/pieces.npz training/checkpoints/run9/model.safetensors)

pack() {
  mkdir -p "$PACK/a/data" "$PACK/b" "$PACK/c" "$PACK/aside"
  cp -r "$SHARED"/{textures,backgrounds} "$SHARED/shapes/poses.json" "$PACK/a/data/"
  chmod -R u+w "$PACK/a"
  "$PYTHON" -m training.leases.pack_skies "$SHARED/hdri" "$PACK/a/data/hdri"
  [ -n "$DRY" ] || cp "$CAD/cad.npz" "$CAD/held_out.npz" "$PACK/a/"
  cp -r training/checkpoints/run9 "$PACK/c/"  # with the bank in b it would be too large for a call
  cp checkpoint/{config.json,training.json,model.safetensors,pieces.npz} "$PACK/b/"
  tar c -C "$SHARED" --exclude='*.obj' pix3d_dev | tar x -C "$PACK/a"  # for `photos` alone
  "$PYTHON" -m tests.training.lamps "$PACK/lamps"
  "$PYTHON" -m training.data import "$PACK/lamps" --out "$PACK/a/lamps.npz" --held-out "$PACK/a/lamps_held_out.npz"
  if [ -z "$DRY" ]; then  # tracked files travel with every call
    for file in "${BIG[@]}"; do mkdir -p "$PACK/aside/$(dirname "$file")"; mv "$file" "$PACK/aside/$file"; done
  fi
  du -sm "$PACK/a" "$PACK/b" "$PACK/c"
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

trunk_options() {  # one a line: of the trunk's run on one GPU and on two
  local options=(--init "$W/run9" --encoder efficientnet_lite2 --encoder-rate 0.1 --coordinates --width 256
    --depth 3 --heads 4 --fine --mask-patch 4 --posed --filtered 0.2 --losses color=2.5 mask=1.0
    coordinates=1.0 azimuth=1.0 $TRUNK_LOSSES --lr 7e-4 --overwrite)
  [ -z "${TEACHERS// /}" ] || options+=(--teachers $TEACHERS)
  [ -z "$TRUNK_PLACED" ] || options+=(--placed)
  if [ -n "$DRY" ]; then
    options+=(--batch-size 2 --warmup 1 --val-every 2 --val-pictures 2 --small
      --studio slots=4 stretch=0.15 assets="$W/data" poses="$W/data/poses.json")
  else
    options+=(--batch-size 256 --warmup 200 --val-every 2000 --val-pictures 512 --val-cad "$W/held_out.npz"
      --studio slots=1024 stretch=0.15 cad_share=0.6 crossings=0.4 cad_every=12 assets="$W/data"
      poses="$W/data/poses.json" cad="$W/cad.npz" workers=12)
  fi
  [ -z "$TRUNK_PLACED" ] || options+=(centered_frames=0.7)  # of --studio, the last option
  printf '%s\n' "${options[@]}"
}

trunk() {
  local options end=(--minutes "$TRUNK_MINUTES")
  [ -z "$DRY" ] || end=(--steps 2)
  mapfile -t options < <(trunk_options)
  CUDA_VISIBLE_DEVICES=0 background trunk "$PYTHON" -m training.train --half --output "$W/trunk" \
    "${end[@]}" "${options[@]}"
}

heads() {  # after the trunk, on its last weights, if it runs on the same GPU; else on the shipped ones
  local studio=(slots=1024 stretch=0.15 refresh_every=4 assets="$W/data" poses="$W/data/poses.json" workers=8)
  local first=(--minutes "$DESCRIPTOR_MINUTES") second=(--minutes "$OBJECTS_MINUTES" --reuse 12) weights=$W
  if [ -n "$DRY" ]; then
    studio=(slots=16 grid=32 assets="$W/data" poses="$W/data/poses.json")
    first=(--steps 2 --batch-size 4 --pieces 64 --val-pictures 4 --log-every 1)
    second=(--steps 2 --batch-size 2 --val-pictures 2 --log-every 1 --reuse 2)
  else
    studio+=(cad="$W/cad.npz" cad_share=0.3)
  fi
  [[ $GPUS = 2 || " ${RUNS[*]} " != *" trunk "* ]] || weights=$W/trunk/end
  local describe="$PYTHON -m training.describe --checkpoint $weights --bank $W/pieces.npz --output $W/descriptor ${first[*]}"
  [ "$DESCRIPTOR_MINUTES" != 0 ] || describe="true"
  printf '%s\n' "cd $W/code" \
    "[ $weights = $W ] || { until [ -e $W/trunk.done ]; do sleep 1; done; bash training/leases/lease.sh export; }" \
    "$describe --studio ${studio[*]} > $W/descriptor.log 2>&1 &" \
    "$PYTHON -m training.find --checkpoint $weights --output $W/objects ${second[*]} --studio ${studio[*]}" wait \
    > "$W/heads.sh"
  CUDA_VISIBLE_DEVICES=$HEADS_GPU W=$W PYTHON=$PYTHON background heads bash "$W/heads.sh"
}

export_end() {  # the trunk's last averaged weights in float16
  [ ! -d "$W/trunk/last" ] || (cd "$W/code" && "$PYTHON" -c 'import sys; from pathlib import Path
from training.loop.checkpoints import export_half; export_half(*map(Path, sys.argv[1:]))' \
    "$W/trunk/last" "$W/trunk/end")
}

lamps() {  # the command of docs/train-your-own.md
  local size=(--minutes "$LAMPS_MINUTES") studio=(cad="$W/lamps.npz")
  [ -z "$DRY" ] || { size=(--steps 2 --small --batch-size 2 --val-pictures 2); studio+=(slots=32); }
  CUDA_VISIBLE_DEVICES=$HEADS_GPU background lamps "$PYTHON" -m training.train --categories lamp \
    --studio "${studio[@]}" --val-cad "$W/lamps_held_out.npz" "${size[@]}" --half --output "$W/lamps" --overwrite
}

photos() {  # starts when the heads, which take all cores, are done, or at once without them
  CUDA_VISIBLE_DEVICES="" background photos bash -c 'until [ ! -e "$1/heads.log" ] || [ -e "$1/heads.done" ]; do
    sleep 1; done; exec taskset -c 0-15 "${@:2}"' _ "$W" "$PYTHON" -m training.preview_photos --data "$W/pix3d_dev" --cache "$W/crops" --time
}

scaling() {  # starts when both GPUs are free; with few shapes, which are made in seconds
  local options steps=(--steps 300 --graphs) seconds=$SCALING_SECONDS
  [ -z "$DRY" ] || { steps=(--steps 2); seconds=1000; }
  mapfile -t options < <(trunk_options)
  options+=(filled=128 crossings=0)  # of --studio, the last option
  background scaling bash -c 'until [ -e "$1/trunk.done" ] && [ -e "$1/heads.done" ]; do sleep 1; done
    exec timeout "$2" "${@:3}"' _ "$W" "$seconds" "$PYTHON" -m torch.distributed.run \
    --nproc_per_node 2 -m training.train --output "$W/scaling" "${steps[@]}" "${options[@]}"
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

collect() {  # at most 8 files of 16 MiB; the trunks' json files are in logs.tgz, at the same places
  mkdir -p "$OUT"/trunk/{half,end} "$OUT/heads"
  export_end || true
  cp "$W/trunk/half/model.safetensors" "$OUT/trunk/half/" || true
  cp "$W/trunk/end/model.safetensors" "$OUT/trunk/end/" || true
  cp "$W"/descriptor/descriptor.safetensors "$W"/objects/objects.safetensors "$OUT/heads/" || true
  split -b 15M "$W/lamps/half/model.safetensors" "$OUT/heads/lamps." || true  # 28.6 MB
  tar cz -C "$W" $(cd "$W" && ls ./*.log ./*/log.jsonl ./*/{half,end}/*.json ./*/curves/*.csv) > "$OUT/logs.tgz" || true
  ls -l "$OUT" "$OUT"/*
}

merge() {  # FOLDER: where the files from $OUT lie; CHECKPOINT: the weights below the heads
  "$PYTHON" -m training.add_heads --checkpoint "$2" --bank checkpoint/pieces.npz --out runs/with_heads \
    --heads "$1"/heads/*.safetensors
  "$PYTHON" -m training.evaluate_heads --checkpoint runs/with_heads --data "$SHARED/pix3d_dev" \
    --out runs/with_heads/heads.json ${DRY:+--dry-run}
}

case ${1:-} in
  pack | start | restore) "$1" ;;
  export) export_end ;;
  unpack) unpack "$2" ;;
  wait) wait_for "$2" ;;
  merge) merge "$2" "$3" ;;
  *) sed -n '2,18p' "$0"; exit 2 ;;
esac
