#!/usr/bin/env bash
# Creates or updates the Python environment of solider_mm. Returns at once if the
# environment is up to date.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="${SOLIDER_MM_VENV:-$ROOT/.venv}"
case "$VENV" in /*) ;; *) VENV="$PWD/$VENV" ;; esac
CACHE="${SOLIDER_MM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/solider_mm}"
TIER=core
STACK=modern
DEV=no

usage() {
  cat <<'TEXT'
Usage: tools/set_up.sh [--tier core|full] [--stack modern|classic] [--dev]

  --tier core      pretraining, re-ID, attributes, export: no compiler, ~2 minutes (default)
  --tier full      also mmdet, mmseg, mmpose; builds mmcv's ops once (~10 minutes) and
                   caches them
  --stack modern   torch 2.11 and the maintained forks of OpenMMLab (default)
  --stack classic  torch 2.1 and OpenMMLab's last releases (Python 3.10 or 3.11)
  --dev            also pytest, ruff, mypy, pre-commit; with the full tier of the modern
                   stack also every optional extra, so that its tests run

Environment variables:
  SOLIDER_MM_VENV    folder of the environment (default: .venv in the project root)
  SOLIDER_MM_PYTHON  Python interpreter (default: the first of python3.11, python3.12,
                     python3.10, python3 that runs and is 3.10 to 3.12)
  SOLIDER_MM_CACHE   folder of built mmcv wheels (default: ~/.cache/solider_mm)
TEXT
}

say() { printf '%s\n' "$*"; }

die() {
  printf 'set_up.sh: %s\n' "$*" >&2
  exit 2
}

# ---------------------------------------------------------------- arguments

one_of() { # option, value, allowed values
  local option="$1" value="$2" allowed
  shift 2
  for allowed in "$@"; do [ "$value" = "$allowed" ] && return 0; done
  die "$option is '$value', expected one of: $*. See tools/set_up.sh --help."
}

while [ $# -gt 0 ]; do
  case "$1" in
    --tier)
      one_of --tier "${2:-}" core full
      TIER="$2"
      shift 2
      ;;
    --stack)
      one_of --stack "${2:-}" modern classic
      STACK="$2"
      shift 2
      ;;
    --dev)
      DEV=yes
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die "unknown argument '$1'. See tools/set_up.sh --help." ;;
  esac
done

PINS="$ROOT/requirements/$STACK.txt"
PYTHON_BIN="$VENV/bin/python"
STAMP="$VENV/.solider_mm_stamp"
LOG="$VENV/set_up.log"

# -------------------------------------------------------------------- stamp

sha() { cat "$@" | (sha256sum 2>/dev/null || shasum -a 256) | cut -c1-16; }

BASE_HASH="$(sha "$ROOT/requirements/core.txt" "$PINS" "$ROOT/tools/set_up.sh")"
# The extras count as tools of the tests; core tests and lint do without them.
EXTRAS=("$ROOT"/requirements/extras/*.txt)
DEV_HASH="$(sha "$ROOT"/requirements/dev*.txt "${EXTRAS[@]}")"
# What the editable install depends on: the path of the clone and its metadata.
LINK="$ROOT $(sha "$ROOT/setup.py" "$ROOT/pyproject.toml" "$ROOT/solider_mm/__init__.py")"

stamped() { # key -> value in the stamp, empty when absent
  [ -f "$STAMP" ] && sed -n "s|^$1=||p" "$STAMP" || true
}

packages_in_place() {
  [ -x "$PYTHON_BIN" ] && [ "$(stamped base)" = "$BASE_HASH" ] || return 1
  [ "$TIER" = core ] || [ "$(stamped tier)" = full ] || return 1
  [ "$DEV" = no ] || [ "$(stamped dev)" = "$DEV_HASH" ]
}

write_stamp() {
  local tier="$TIER" dev=none
  [ "$DEV" = yes ] && dev="$DEV_HASH"
  if [ "$(stamped base)" = "$BASE_HASH" ]; then # keep what is installed
    [ "$(stamped tier)" = full ] && tier=full
    [ "$DEV" = no ] && [ -n "$(stamped dev)" ] && dev="$(stamped dev)"
  fi
  printf 'stack=%s\nbase=%s\ntier=%s\ndev=%s\nlink=%s\n' \
    "$STACK" "$BASE_HASH" "$tier" "$dev" "$LINK" >"$STAMP.new"
  mv "$STAMP.new" "$STAMP"
}

# ------------------------------------------------------------------- python

# A name on PATH may be a shim of a version that is not installed, so run it.
suitable() {
  local newest=12
  [ "$STACK" = classic ] && newest=11
  "$1" -c "import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, $newest))" \
    >/dev/null 2>&1
}

can_make_venv() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }

find_python() { # sets PYTHON
  local candidate range="3.10 to 3.12" without_venv=""
  [ "$STACK" = classic ] && range="3.10 or 3.11"
  if [ -n "${SOLIDER_MM_PYTHON:-}" ]; then
    suitable "$SOLIDER_MM_PYTHON" ||
      die "SOLIDER_MM_PYTHON is '$SOLIDER_MM_PYTHON', which does not run or is not Python $range (the $STACK stack): set it to one that is."
    set -- "$SOLIDER_MM_PYTHON"
  else
    set -- python3.11 python3.12 python3.10 python3
  fi
  for candidate in "$@"; do
    suitable "$candidate" || continue
    if can_make_venv "$candidate"; then
      PYTHON="$candidate"
      return 0
    fi
    without_venv="$candidate"
  done
  [ -z "$without_venv" ] ||
    die "$without_venv has no 'venv' or 'ensurepip' module: install it (Debian, Ubuntu: apt install $without_venv-venv) or set SOLIDER_MM_PYTHON to a Python that has them."
  die "no Python $range found (tried $*): install one, or set SOLIDER_MM_PYTHON to it."
}

check_tools() {
  if [ "$DEV" = yes ]; then
    command -v git >/dev/null || die "git is not on PATH; pre-commit needs it: install git."
  fi
  [ "$TIER" = full ] || return 0
  command -v "${CXX:-c++}" >/dev/null || command -v g++ >/dev/null ||
    die "no C++ compiler on PATH; --tier full builds mmcv's ops and xtcocotools: install one (Debian, Ubuntu: apt install build-essential), or use --tier core, which needs none."
}

check_headers() {
  [ "$TIER" = full ] || return 0
  "$PYTHON_BIN" -c 'import os, sys, sysconfig; sys.exit(not os.path.isfile(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
    die "Python.h of $("$PYTHON_BIN" -V) is missing; --tier full compiles against it: install Python's headers (Debian, Ubuntu: apt install python3-dev), or use --tier core."
}

make_venv() {
  if [ -x "$PYTHON_BIN" ] && suitable "$PYTHON_BIN"; then
    local held
    held="$(stamped stack)"
    [ -z "$held" ] || [ "$held" = "$STACK" ] ||
      die "$VENV holds the $held stack, not the $STACK one: remove that folder, or set SOLIDER_MM_VENV to another place."
    return 0
  fi
  if [ -e "$VENV" ] && [ ! -f "$VENV/pyvenv.cfg" ] && [ -n "$(ls -A "$VENV")" ]; then
    die "$VENV exists and is no virtual environment: set SOLIDER_MM_VENV to an empty or new folder."
  fi
  find_python
  say "Making the environment $VENV with $("$PYTHON" -V 2>&1)"
  "$PYTHON" -m venv --clear "$VENV"
}

# ----------------------------------------------------------------- packages

# Runs a step with its output in the log; on failure shows the end of the log.
step() { # description, usual duration, command...
  local what="$1" usual="$2" began=$SECONDS
  shift 2
  printf '  %-52s usually %s ... ' "$what" "$usual"
  printf '\n=== %s: %s\n' "$(date)" "$*" >>"$LOG"
  if ! "$@" >>"$LOG" 2>&1 </dev/null; then
    printf 'failed\n'
    tail -n 25 "$LOG" >&2
    die "'$what' failed; the lines above are the end of $LOG. Check the network connection or fix the reported problem, then run this again; it resumes."
  fi
  printf 'done in %d s\n' $((SECONDS - began))
}

pip_install() {
  "$PYTHON_BIN" -m pip install --disable-pip-version-check --no-input -c "$PINS" "$@"
}

pins() { # the lines of the stack's file that pin the named distributions
  local name
  for name in "$@"; do
    sed -n -E "/^$name([^A-Za-z0-9_-]|\$)/{s/ //g;p;}" "$PINS"
  done
}

distribution() { # modern name, classic name -> the pin of the chosen stack
  [ "$STACK" = modern ] && pins "$1" || pins "$2"
}

# Some packages change setuptools (openxlab pins 60): reinstall ours.
pin_setuptools() { pip_install "$(pins setuptools)"; }

# In an isolated build without torch the fork of mmcv skips its ops. Classic mmcv
# without ops is a separate distribution.
install_mmcv_without_ops() {
  if [ "$STACK" = modern ]; then pip_install "$MMCV"; else pip_install "${MMCV/mmcv/mmcv-lite}"; fi
}

# A step fails by its last command only, hence `|| return`.
install_openmmlab() {
  pip_install "$(distribution onedl-mmengine mmengine)" || return 1
  if [ "$TIER" = core ] && ! "$PYTHON_BIN" -c 'import mmcv' 2>/dev/null; then
    install_mmcv_without_ops || return 1
  fi
  # shellcheck disable=SC2046  # several pins, each one word
  pip_install "$(distribution onedl-mmpretrain mmpretrain)" \
    "$(distribution onedl-mim openmim)" -r "$ROOT/requirements/core.txt" \
    $(pins numpy opencv-python pandas) || return 1
  pin_setuptools
}

install_core() {
  step "pip and setuptools" "5 s" \
    pip_install --upgrade "pip>=24" wheel "$(pins setuptools)"
  step "$(pins torch) with torchvision (5 GB on disk)" "1 min" \
    pip_install "$(pins torch)" "$(pins torchvision)" "$(pins numpy)"
  step "mmengine, mmcv without ops, mmpretrain, mim" "40 s" install_openmmlab
}

# CUDA ops need a device that torch sees and an nvcc of the same major version as torch.
# Otherwise the device is hidden, because mmcv would fail without nvcc.
cuda_ops() {
  local wanted
  command -v nvcc >/dev/null || return 1
  wanted="$("$PYTHON_BIN" -c 'import torch; print((torch.version.cuda or "none").split(".")[0] if torch.cuda.is_available() else "none")')"
  nvcc --version | grep -q "release $wanted\\."
}

# The wheel cache of pip ignores the torch version and would serve wheels with undefined
# symbols, hence --no-cache-dir and a cache with the torch version in its key.
build_mmcv() { # folder of the cache
  local work
  work="$(mktemp -d)" && mkdir -p "$(dirname "$1")" || return 1
  if cuda_ops; then export FORCE_CUDA=1; else export FORCE_CUDA=0 CUDA_VISIBLE_DEVICES=""; fi
  MMCV_WITH_OPS=1 MAX_JOBS="${MAX_JOBS:-$(getconf _NPROCESSORS_ONLN)}" \
    PATH="$VENV/bin:$PATH" "$PYTHON_BIN" -m pip wheel --no-deps --no-build-isolation \
    --no-cache-dir --no-binary :all: --no-input -w "$work" "$MMCV" || return 1
  # Rename in one step; an earlier concurrent build may stay.
  local fresh="$1.$$"
  mv "$work" "$fresh" || return 1
  mv -T "$fresh" "$1" 2>/dev/null || rm -rf "$fresh"
}

ops_work() { "$PYTHON_BIN" -c 'import mmcv.ops' >/dev/null 2>&1; }

# The wheel replaces mmcv without ops; mmcv-lite owns the same files.
install_mmcv_wheel() {
  "$PYTHON_BIN" -m pip uninstall -y mmcv-lite || return 1
  pip_install --no-deps --force-reinstall "$@"
}

install_mmcv_ops() {
  local wheels
  wheels="$CACHE/wheels/$("$PYTHON_BIN" - "$MMCV" <<'PY'
import sys
import torch

version = sys.argv[1].split("==")[1]
tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
print(f"mmcv-{version}_torch-{torch.__version__}_{tag}")
PY
  )"
  cuda_ops && wheels="${wheels}_cuda"
  ops_work && return 0
  if ! ls "$wheels"/*.whl >/dev/null 2>&1; then
    step "building mmcv's ops (once, then cached)" "10 min on 2 cores" build_mmcv "$wheels"
  fi
  step "mmcv with ops, from the cache" "5 s" install_mmcv_wheel "$wheels"/*.whl
  ops_work || die "mmcv's ops do not import; see: $PYTHON_BIN -c 'import mmcv.ops'. Remove $wheels and run this again to rebuild them."
}

install_hosts() {
  # shellcheck disable=SC2046  # several pins, each one word
  pip_install "$(distribution onedl-mmdetection mmdet)" \
    "$(distribution onedl-mmsegmentation mmsegmentation)" \
    $(pins numpy opencv-python pandas json_tricks munkres ftfy regex) || return 1
  # mmpose requires chumpy, which does not build and is not used.
  pip_install --no-deps "$(pins mmpose)" || return 1
  pin_setuptools
}

# The wheel of xtcocotools is built for numpy 1.
install_xtcocotools() {
  pip_install cython || return 1
  pip_install --no-deps --no-build-isolation --no-cache-dir --no-binary xtcocotools \
    "$(pins xtcocotools)"
}

install_full() {
  step "ninja" "3 s" pip_install ninja
  install_mmcv_ops
  step "mmdet, mmseg, mmpose" "40 s" install_hosts
  "$PYTHON_BIN" -c 'import xtcocotools.mask' 2>/dev/null ||
    step "xtcocotools from source" "15 s" install_xtcocotools
}

# openmim looks for .mim in the package folder; the modern mim looks in the repository
# root and would find every config twice with these links.
link_for_openmim() {
  local name mim="$ROOT/solider_mm/.mim"
  [ "$STACK" = classic ] || return 0
  mkdir -p "$mim"
  for name in configs tools model-index.yml; do
    ln -sfn "../../$name" "$mim/$name"
  done
}

# The extras resolve on the modern stack only.
install_extras() {
  local file
  local -a arguments=()
  for file in "${EXTRAS[@]}"; do arguments+=(-r "$file"); done
  pip_install "${arguments[@]}" -r "$ROOT/requirements/dev-extras.txt" || return 1
  pin_setuptools
}

install_project() {
  pip_install --no-deps --no-build-isolation -e "$ROOT" || return 1
  link_for_openmim
}

# ---------------------------------------------------------------------- run

main() {
  if packages_in_place; then
    [ "$(stamped link)" = "$LINK" ] && return 0
    step "pointing the environment at this clone" "3 s" install_project
    write_stamp
    return 0
  fi
  check_tools
  make_venv
  check_headers
  MMCV="$(distribution onedl-mmcv mmcv)"
  say "Setting up $VENV: $TIER tier, $STACK stack"
  install_core
  [ "$TIER" = core ] || install_full
  [ "$DEV" = no ] ||
    step "tools for tests and checks" "20 s" pip_install -r "$ROOT/requirements/dev.txt"
  [ "$DEV" = no ] || [ "$TIER" = core ] || [ "$STACK" = classic ] ||
    step "optional extras (1.5 GB on disk)" "1 min" install_extras
  step "solider_mm itself, editable" "3 s" install_project
  write_stamp
  say "The environment is ready: $VENV"
}

main
