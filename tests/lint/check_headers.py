# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers compile alone and are guarded by name; sources begin with their licence."""

import re

from tree import Problem, files, name_of, problems_from, read, run, run_all, shebang

LICENCE = "SPDX-License-Identifier: GPL-2.0-or-later"
FLAGS = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror"]


def check(root):
    """Problems of all headers, and of first lines."""
    headers = files(root, ".h", below="harness")
    problems = []
    for path in headers:
        problems += _check_guard(root, path)
    problems += _check_alone(root, headers)
    for path in files(root):
        problems += _check_licence(root, path)
    return problems


def _check_guard(root, path):
    name = name_of(root, path)
    words = name.removeprefix("harness/").removesuffix(".h")
    guard = "ES_" + re.sub(r"\W", "_", words).upper() + "_H"
    if f"#ifndef {guard}\n#define {guard}\n" in read(path):
        return []
    return [Problem(name, 1, f"its include guard is to be {guard}")]


def _check_alone(root, headers):
    _, found = run(["pkg-config", "--cflags", "libxml-2.0"], root)
    paths = [flag for flag in found.split() if flag.startswith("-I")]
    compiler = ["cc", *FLAGS, "-Iharness", *paths, "-fsyntax-only", "-x", "c"]
    results = run_all([[*compiler, name_of(root, path)] for path in headers], root)
    problems = []
    for path, (code, output) in zip(headers, results):
        if code != 0:
            errors = "\n".join(line for line in output.splitlines() if "error:" in line)
            name = name_of(root, path)
            problems.append(problems_from(errors or output, root, name)[0])
    return problems


def _check_licence(root, path):
    name = name_of(root, path)
    script = path.suffix == "" and shebang(path) != ""
    source = path.suffix in {".c", ".h", ".def", ".py", ".sh", ".cmake"}
    if not (source or script or path.name == "CMakeLists.txt"):
        return []
    lines = read(path).splitlines() or [""]
    first = 1 if lines[0].startswith("#!") and len(lines) > 1 else 0
    in_c = path.suffix in {".c", ".h", ".def"}
    wanted = f"/* {LICENCE} */" if in_c else f"# {LICENCE}"
    if lines[first] == wanted:
        return []
    return [Problem(name, first + 1, f"its first line is to be: {wanted}")]
