#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Usage: run_unit.sh PROGRAM OUTPUT_FOLDER
# Runs a Criterion program and fails if the program fails, if it ran no test, or if a
# sanitizer wrote a report: Criterion passes a test whose process leaks at exit.
set -eu
program=$1
out=$2
rm -rf "$out"
mkdir -p "$out"
log="$out/sanitizer"
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$log"
export LSAN_OPTIONS="${LSAN_OPTIONS:+$LSAN_OPTIONS:}log_path=$log"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}print_stacktrace=1:log_path=$log"
rc=0
"$program" --xml="$out/junit.xml" || rc=$?
for report in "$log"*; do
    [ -e "$report" ] || continue
    echo "sanitizer report $report:"
    cat "$report"
    rc=1
done
if ! grep -q '<testcase' "$out/junit.xml"; then
    echo "$program ran no test"
    rc=1
fi
exit "$rc"
