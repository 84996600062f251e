# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the tool for the scripts beside this file, and reads what it reports."""

import json
import os
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def build_dir():
    """The build folder: ES_BUILD_DIR, or build/ of the checkout."""
    return Path(os.environ.get("ES_BUILD_DIR", TOP / "build")).resolve()


def estspec(*arguments, env=None, check=None):
    """Runs the tool; check names the exit statuses that are no trouble."""
    done = subprocess.run(
        [str(build_dir() / "estspec"), *map(str, arguments)],
        cwd=TOP,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if check is not None and done.returncode not in check:
        raise SystemExit(
            f"estspec {' '.join(map(str, arguments))}: exit status {done.returncode}\n"
            f"{done.stdout}{done.stderr}"
        )
    return done


def instances():
    """All instances of the catalogue: [{instance, iut, requirements, ...}]."""
    return json.loads(estspec("list", "--json", check={0}).stdout)


def read_run(folder):
    """The instances of a report by their ids."""
    with open(Path(folder) / "run.jsonl", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return {r["id"]: r for r in records if r["record"] == "instance"}
