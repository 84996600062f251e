# SPDX-License-Identifier: GPL-2.0-or-later
"""Layout: clang-format and braces for C, the width of Python, ends of lines."""

import re

from tree import Problem, closer, files, line_at, name_of
from tree import problems_from, read, run_all, strip

WIDTH = 88
PER_CALL = 12
TEXTS = (".c", ".h", ".def", ".py", ".sh", ".cmake", ".md", ".yaml", ".txt")


def check(root):
    """Problems of layout."""
    problems = _check_c(root)
    for path in files(root, ".c", ".h"):
        problems += _check_braces(name_of(root, path), read(path))
    for path in files(root, ".py"):
        for number, line in enumerate(read(path).splitlines(), 1):
            if len(line) > WIDTH:
                problems.append(
                    Problem(name_of(root, path), number, f"{len(line)} columns wide")
                )
    for path in files(root, *TEXTS):
        name = name_of(root, path)
        if not name.startswith(("tests/golden/", "vectors/")):
            problems += _check_ends(name, read(path))
    return problems


def _check_c(root):
    sources = files(root, ".c", ".h")
    names = [name_of(root, path) for path in sources]
    groups = [names[i : i + PER_CALL] for i in range(0, len(names), PER_CALL)]
    command = ["clang-format-14", "--dry-run", "--Werror"]
    problems = {}
    for group, (code, output) in zip(
        groups, run_all([[*command, *group] for group in groups], root)
    ):
        if code == 0:
            continue
        errors = "\n".join(line for line in output.splitlines() if "error:" in line)
        # One line a file is enough: the cure is for the whole file.
        for path, line, message in problems_from(errors or output, root, group[0]):
            if "-Wclang-format-violations" in message:
                message = "is not formatted: run ./dev fmt"
            problems.setdefault(path, Problem(path, line, message))
    return list(problems.values())


def _check_braces(name, text):
    """A controlled statement stands in braces; clang-format 14 cannot see to it."""
    code = strip(text)
    problems = []
    for match in re.finditer(r"(?<!#)\b(if|for|while|else)\b(?!\s*if\b)", code):
        line = code.rfind("\n", 0, match.start()) + 1
        if code[line : match.start()].lstrip().startswith("#"):
            continue
        end = match.end()
        if match.group(1) != "else":
            end = closer(code, code.find("(", end)) + 1
        following = code[end:].lstrip()[:1]
        loop_end = match.group(1) == "while" and (
            following == ";" or code[line : match.start()].strip() == "}"
        )
        if following != "{" and not loop_end:
            problems.append(Problem(name, line_at(code, end), "braces are missing"))
    return problems


def _check_ends(name, text):
    problems = [
        Problem(name, line_at(text, match.start()), "blanks at the end of the line")
        for match in re.finditer(r"[ \t]+$", text, flags=re.MULTILINE)
    ]
    if text and not text.endswith("\n"):
        problems.append(Problem(name, text.count("\n") + 1, "no newline at the end"))
    return problems
