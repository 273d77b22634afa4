#!/usr/bin/env bash
# Everything that can only be seen on a graphics card, in one go, on a machine that has a card and neither Go nor a network.
#
#   bench/gpu.sh pack            where there is Go: builds tests and programs into .gpu/pack.tar.gz, with the data and PyTorch scripts
#   bench/gpu.sh run [STEP…]     where there is a card: unpacks that and runs the steps, all by default; results in $OUT (./gpu-results)
#
# Steps: doctor, device (both drivers), kernels (parity with the processor), engine (training parity), lenet (a training run), steps (against
# PyTorch; one network of them is steps-mlp, steps-lenet or steps-resnet20), study (stacked trials against PyTorch one by one). A
# step that fails does not stop the others; the exit code tells.
# NETC_STEP_SECONDS limits a step (300), PYTHON names the Python that has torch (python3).
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
pack=$root/.gpu/pack.tar.gz

build() {
  set -e
  local shared=${NETC_SHARED:-../shared} work
  work=$(mktemp -d)
  trap 'rm -rf "$work"' RETURN
  mkdir -p "$work/bin" .gpu
  local flags=(-ldflags "-s -w")
  export CGO_ENABLED=0 GOOS=linux GOARCH=amd64
  go build "${flags[@]}" -o "$work/bin/netc" ./cmd/netc
  go build "${flags[@]}" -o "$work/bin/bench" ./bench
  go test -c "${flags[@]}" -o "$work/bin/device.test" ./runtime/device/cuda
  go test -c "${flags[@]}" -o "$work/bin/kernels.test" ./runtime/kernel/cuda
  go test -c "${flags[@]}" -o "$work/bin/engine.test" ./runtime/gpu
  # The driver on gorgonia.org/cu needs gcc, here and not there. Without it, it is not packed, and its step says so.
  if command -v gcc >/dev/null; then
    (
      eval "$(GOOS= GOARCH= go run ./runtime/device/cucgo/prepare)"
      go test -tags cucgo -c "${flags[@]}" -o "$work/bin/cucgo.test" ./runtime/device/cucgo
    )
  fi
  for part in peers data/mnist; do
    if [ -d "$shared/$part" ]; then
      mkdir -p "$work/shared/$(dirname "$part")"
      cp -r "$shared/$part" "$work/shared/$part"
    else
      echo "gpu.sh: $shared/$part is not there and is left out" >&2
    fi
  done
  git rev-parse --short HEAD >"$work/commit" 2>/dev/null || echo unknown >"$work/commit"
  tar -C "$work" -czf "$pack" .
  ls -lh "$pack"
}

# step NAME COMMAND… runs one step: its output to $out/NAME.log, its end to the summary.
step() {
  local name=$1 code start=$SECONDS
  shift
  if [ ${#only[@]} -gt 0 ] && [[ " ${only[*]} " != *" ${name%%-*} "* && " ${only[*]} " != *" $name "* ]]; then return; fi
  echo "== $name: $*"
  timeout "${NETC_STEP_SECONDS:-300}" "$@" >>"$out/${name%%-*}.log" 2>&1
  code=$?
  [ $code -eq 124 ] && echo "(out of time)" >>"$out/${name%%-*}.log"
  echo "$name: exit $code after $((SECONDS - start)) s" | tee -a "$out/summary.txt"
  if [ $code -ne 0 ]; then
    failed=1
    tail -n 15 "$out/${name%%-*}.log"
  fi
}

# test_in STEP FOLDER BINARY… runs a test binary where its package lies, since tests read files beside them.
test_in() {
  local name=$1 folder=$2
  shift 2
  step "$name" bash -c 'cd "$0" && exec "$@"' "$root/$folder" "$@"
}

lenet() {
  local file=$work/lenet.net
  cat >"$file" <<NET
data mnist {
  from  idx("$work/shared/data/mnist")
  split valid = 10%
  scale standardize
}
model lenet {
  input mnist
  conv 6, kernel = 5, padding = 2; act relu
  pool max
  conv 16, kernel = 5, padding = 0; act relu
  pool max
  flatten
  dense 120; act relu
  dense 84; act relu
  dense classes
}
train {
  loss      cross_entropy
  optimizer sgd(lr = 0.05, momentum = 0.9)
  batch     128
  epochs    3
}
NET
  local code=0
  for seed in 1 2 3; do
    for device in cuda cpu; do
      echo "-- seed $seed on $device"
      "$work/bin/netc" run "$file" --device "$device" --seed "$seed" --json --out "$work/run-$device-$seed" || code=$?
    done
  done
  return $code
}

run() {
  [ -f "$pack" ] || { echo "gpu.sh: $pack is not there; make it with: bench/gpu.sh pack" >&2; exit 2; }
  only=("$@")
  out=${OUT:-$root/gpu-results}
  mkdir -p "$out"
  failed=0
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  tar -C "$work" -xzf "$pack"
  export NETC_TEST_DEVICE=cuda XDG_CACHE_HOME=$work/cache
  export -f lenet
  export work
  local python=${PYTHON:-$(command -v python3 || echo python3)} bin=$work/bin
  {
    echo "commit $(cat "$work/commit"), $(date -u '+%Y-%m-%d %H:%M UTC')"
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>&1
    "$python" -c 'import torch; print("torch", torch.__version__, torch.version.cuda)' 2>&1 | tail -n 1
  } | tee "$out/summary.txt"
  step doctor "$bin/netc" doctor
  test_in device runtime/device/cuda "$bin/device.test" -test.v
  if [ -x "$bin/cucgo.test" ]; then
    test_in device-cgo runtime/device/cucgo "$bin/cucgo.test" -test.v
  else
    echo "device-cgo: not packed, as there was no gcc" | tee -a "$out/summary.txt"
  fi
  test_in kernels runtime/kernel/cuda "$bin/kernels.test" -test.v
  test_in engine runtime/gpu "$bin/engine.test" -test.v
  step lenet bash -c lenet
  local peers=$work/shared/peers
  for network in mlp lenet resnet20; do
    step "steps-$network" "$bin/bench" card --json --work "$network" --rounds 7 --peers "$peers" --python "$python"
    # The same with our own convolutions instead of cuDNN's, against no peer: which of the two should be the default.
    [ "$network" = mlp ] || step "steps-$network" env NETC_CUDNN=off "$bin/bench" card --json --work "$network" --rounds 7 --peers -
  done
  step study "$bin/bench" stack --json --rounds 3 --seeds 43 --peers "$peers" --python "$python" --data "$work/shared/data/mnist"
  echo "results in $out"
  exit $failed
}

case ${1:-} in
pack) build ;;
run) shift; run "$@" ;;
*) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 2 ;;
esac
