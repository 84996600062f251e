# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad scenarios and drivers in tests/golden/bad: each mistake is found, where and as
it is foretold.

A line that is wrong says so at its end: `# error 17: unknown key 'acept'` is column
17 and a part of the message; a line may have several. Nothing else may be reported.
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "bad"
FILES = sorted(FOLDER.rglob("*.yaml"))
FORETOLD = re.compile(r"# error (\d+): (.*?)(?= # error |$)")
REPORTED = re.compile(r"^(.*?):(\d+):(\d+): error: (.*)$", re.MULTILINE)


def foretold(text):
    """(line, column) -> parts of messages."""
    wanted = defaultdict(list)
    for number, line in enumerate(text.splitlines(), 1):
        for column, message in FORETOLD.findall(line):
            wanted[number, int(column)].append(message.strip())
    return wanted


def test_there_are_bad_scenarios():
    assert len(FILES) >= 10


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(FOLDER)) for p in FILES])
def test_bad(estspec, path, top):
    name = str(path.relative_to(top))
    wanted = foretold(path.read_text(encoding="utf-8"))
    assert wanted, "the file says no mistake"
    outcome = estspec("check", name)
    assert outcome.code == 2, outcome
    problems = []
    for file, line, column, message in REPORTED.findall(outcome.err):
        parts = wanted.get((int(line), int(column)), []) if file == name else []
        hit = next((part for part in parts if part in message), None)
        if hit is None:
            problems.append(f"not foretold: {file}:{line}:{column}: {message}")
        else:
            parts.remove(hit)
    for (line, column), parts in wanted.items():
        problems += [f"not reported: {name}:{line}:{column}: {part}" for part in parts]
    assert not problems, "\n".join(problems) + "\n\n" + outcome.err
