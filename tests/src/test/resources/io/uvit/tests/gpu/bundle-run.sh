#!/usr/bin/env bash
# Correctness and speed on this machine, from what lies in this folder.
#
#   CLASSPATH=JARS bash run.sh [--out DIR] [--stage golden|train|sample|peer] [--python PYTHON] ...
#
# CLASSPATH has TensorFlow's and JavaCPP's jars. Results go to --out, or else to $OUT.
set -euo pipefail

here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
fail() {
  printf 'run.sh: error: %s\n' "$*" >&2
  exit 2
}

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$java" >/dev/null || fail "found no $java, wanted Java 17 or newer in PATH or JAVA_HOME"
[[ -n ${CLASSPATH:-} ]] || fail "CLASSPATH: found nothing, wanted TensorFlow's and JavaCPP's jars"

options=(--peer "$here/peer.py")
case " $* " in
  *' --out '*) ;;
  *) options+=(--out "${OUT:-}") && [[ -n ${OUT:-} ]] || fail "OUT: found nothing, wanted a folder, or --out DIR" ;;
esac
[[ ! -d $here/earlier ]] || options+=(--from "$here/earlier")
exec "$java" -Duvit.shared="$here/shared" -cp "$here/classes:$here/lib/*:$CLASSPATH" \
  io.uvit.tests.gpu.GpuRun "${options[@]}" "$@"
