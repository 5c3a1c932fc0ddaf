#!/bin/bash
# Steps of the next GPU lease; next.md says when each runs. From the repository's root:
#
#   bash training/leases/lease.sh pack          # here: data into .lease/, weights moved aside
#   bash training/leases/lease.sh unpack a      # there: what was carried, to $W
#   bash training/leases/lease.sh trunk         # there: continues run 8 on GPU 0, in the background
#   bash training/leases/lease.sh heads         # there: descriptor, then found objects, on GPU 1
#   bash training/leases/lease.sh wait 590      # there: logs every 30 s; copies results to $OUT
#   bash training/leases/lease.sh restore       # here: weights back to their places
#   bash training/leases/lease.sh merge DIR     # here: heads into a checkpoint, measured
#
# DRY=1 runs every step in about ten minutes of processor time on a CPU.
set -euo pipefail
W=${W:-/tmp/w}                     # the machine's folder: data, code, results
PACK=${PACK:-.lease}               # ignored by git; `carry` names .lease/a and .lease/b
SHARED=${SHARED:-../shared/data}
CAD=${CAD:-data}                   # cad.npz and held_out.npz of training.pack_cad
PYTHON=${PYTHON:-python3}
DRY=${DRY:-}
TRUNK_MINUTES=${TRUNK_MINUTES:-25}
DESCRIPTOR_MINUTES=${DESCRIPTOR_MINUTES:-12.5}
OBJECTS_MINUTES=${OBJECTS_MINUTES:-12}
BIG=(checkpoint/model.safetensors checkpoint/pieces.npz training/checkpoints/run8/model.safetensors)

pack() {
  mkdir -p "$PACK/a/data" "$PACK/b" "$PACK/aside"
  cp -r "$SHARED"/{textures,backgrounds} "$SHARED/shapes/poses.json" "$PACK/a/data/"
  chmod -R u+w "$PACK/a"
  "$PYTHON" -m training.leases.pack_skies "$SHARED/hdri" "$PACK/a/data/hdri"
  [ -n "$DRY" ] || cp "$CAD/cad.npz" "$CAD/held_out.npz" "$PACK/a/"
  cp -r training/checkpoints/run8 "$PACK/b/"
  cp checkpoint/{config.json,training.json,model.safetensors,pieces.npz} "$PACK/b/"
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

trunk() {
  cd "$W/code"
  local where=(--minutes "$TRUNK_MINUTES" --batch-size 256 --warmup 200 --val-every 2000 --val-pictures 512
    --val-cad "$W/held_out.npz" --studio slots=2048 stretch=0.15 cad_share=0.6 cad_every=12
    assets="$W/data" poses="$W/data/poses.json" cad="$W/cad.npz" workers=12)
  [ -z "$DRY" ] || where=(--steps 2 --batch-size 2 --warmup 1 --val-every 2 --val-pictures 2 --small
    --studio slots=4 stretch=0.15 assets="$W/data" poses="$W/data/poses.json")
  CUDA_VISIBLE_DEVICES=0 background trunk "$PYTHON" -m training.train --init "$W/run8" \
    --encoder efficientnet_lite2 --encoder-rate 0.1 --coordinates --width 256 --depth 3 --heads 4 --fine \
    --mask-patch 4 --posed --filtered 0.2 --losses color=2.5 mask=1.0 coordinates=1.0 \
    --lr 5e-4 --half --output "$W/trunk" --overwrite "${where[@]}"
}

heads() {
  local studio=(slots=1024 stretch=0.15 refresh_every=4 assets="$W/data" poses="$W/data/poses.json" workers=8)
  local first=(--minutes "$DESCRIPTOR_MINUTES") second=(--minutes "$OBJECTS_MINUTES")
  if [ -n "$DRY" ]; then
    studio=(slots=16 grid=32 assets="$W/data" poses="$W/data/poses.json")
    first=(--steps 2 --batch-size 4 --pieces 64 --val-pictures 4 --log-every 1)
    second=(--steps 2 --batch-size 2 --val-pictures 2 --log-every 1)
  else
    studio+=(cad="$W/cad.npz" cad_share=0.3)
  fi
  printf '%s\n' "cd $W/code" \
    "$PYTHON -m training.describe --checkpoint $W --bank $W/pieces.npz --output $W/descriptor ${first[*]} --studio ${studio[*]}" \
    "$PYTHON -m training.find --checkpoint $W --output $W/objects ${second[*]} --studio ${studio[*]}" \
    > "$W/heads.sh"
  CUDA_VISIBLE_DEVICES=1 background heads bash "$W/heads.sh"
}

wait_for() {  # SECONDS
  local end=$((SECONDS + $1))
  while [ $SECONDS -lt $end ]; do
    [ -e "$W/heads.done" ] && [ -e "$W/trunk.done" ] && break
    sleep "${PAUSE:-30}"
    tail -qn 1 "$W"/*.log
  done
  tail -n 12 "$W"/*.log
  [ -z "${OUT:-}" ] || collect
}

collect() {  # at most 8 files of 16 MiB
  mkdir -p "$OUT/trunk" "$OUT/heads"
  cp "$W"/trunk/half/{config.json,training.json,model.safetensors} "$OUT/trunk/" || true
  cp "$W"/descriptor/descriptor.safetensors "$W"/objects/objects.safetensors "$OUT/heads/" || true
  tar cz -C "$W" $(cd "$W" && ls ./*.log ./*/log.jsonl ./trunk/*/training.json) > "$OUT/logs.tgz" || true
  ls -l "$OUT" "$OUT"/*
}

merge() {  # FOLDER: where the files from $OUT lie
  "$PYTHON" -m training.add_heads --checkpoint checkpoint --out runs/with_heads \
    --heads "$1"/heads/descriptor.safetensors "$1"/heads/objects.safetensors
  "$PYTHON" -m training.evaluate_heads --checkpoint runs/with_heads --data "$SHARED/pix3d_dev" \
    --out runs/with_heads/heads.json ${DRY:+--dry-run}
}

case ${1:-} in
  pack | trunk | heads | restore) "$1" ;;
  unpack) unpack "$2" ;;
  wait) wait_for "$2" ;;
  merge) merge "$2" ;;
  *) sed -n '2,12p' "$0"; exit 2 ;;
esac
