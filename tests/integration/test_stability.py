# SPDX-License-Identifier: GPL-2.0-or-later
"""The same peer gets the same verdicts, however busy the machine is."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import soak  # noqa: E402


def test_three_runs_under_load_give_the_same_verdicts(tmp_path):
    assert soak.same_under_load(tmp_path, 3)
