# SPDX-License-Identifier: GPL-2.0-or-later
"""The runner of unit tests fails whenever something went wrong."""

import subprocess
from pathlib import Path

import pytest

RUNNER = Path(__file__).resolve().parents[2] / "tests/support/run_unit.sh"
RESULT = "echo '<testcase name=\"a\">' >\"${1#--xml=}\"\n"
REPORT = 'for option in $ASAN_OPTIONS; do echo leak >"${option##*log_path=}.1"; done\n'

CASES = {
    "passes": (RESULT, 0, ""),
    "program_fails": (RESULT + "exit 3\n", 3, ""),
    "sanitizer_reports": (RESULT + REPORT, 1, "leak"),
    "no_test_was_run": ("touch \"${1#--xml=}\"\n", 1, "ran no test"),
    "no_result_was_written": ("exit 0\n", 1, "ran no test"),
}


@pytest.mark.parametrize("name", CASES)
def test_runner(name, tmp_path):
    script, code, text = CASES[name]
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    command = [str(RUNNER), str(program), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done
    assert text in done.stdout


def test_an_old_report_is_not_counted_again(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/sanitizer.7").write_text("old leak")
    test_runner("passes", tmp_path)
