#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs all checks, prints every problem as path:line: message, exits 1 if any."""

import argparse
import sys
import time
from pathlib import Path

import check_banned
import check_fences
import check_format
import check_headers
import check_layers
import check_markdown
import check_scripts
import check_size
import check_tidy

CHECKS = {
    "layers": check_layers.check,
    "fences": check_fences.check,
    "banned": check_banned.check,
    "size": check_size.check,
    "headers": check_headers.check,
    "markdown": check_markdown.check,
    "format": check_format.check,
    "scripts": check_scripts.check,
}


def main():
    """Parses the command line and runs what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[*CHECKS, "tidy"], action="append")
    parser.add_argument("--tidy", metavar="BUILD", help="run clang-tidy, too")
    parser.add_argument("--root", default=Path(__file__).parents[2], type=Path)
    options = parser.parse_args()
    root = options.root.resolve()
    checks = dict(CHECKS)
    if options.tidy:
        checks["tidy"] = lambda top: check_tidy.check(top, options.tidy)
    if options.only:
        checks = {name: checks[name] for name in options.only if name in checks}
    if not checks:
        parser.error("--only tidy needs --tidy BUILD")
    count = 0
    for name, check in checks.items():
        start = time.monotonic()
        problems = sorted(set(check(root)))
        for problem in problems:
            print(f"{problem} [{name}]")
        count += len(problems)
        seconds = time.monotonic() - start
        print(f"lint {name}: {len(problems)} problems, {seconds:.1f} s")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
