# SPDX-License-Identifier: GPL-2.0-or-later
"""clang-tidy over the engine. A file is judged anew when it, a header that it
includes, or .clang-tidy changed; what was found clean is remembered in the build
folder."""

import hashlib
from pathlib import Path

from tree import Problem, files, includes, name_of, problems_from, read, run, run_all


def check(root, build):
    """Problems that clang-tidy finds with the compile commands of a build folder."""
    build = Path(build)
    if not (build / "compile_commands.json").is_file():
        message = "no compile_commands.json: build preset dev first"
        return [Problem(str(build), 0, message)]
    clean = build / "tidy"
    clean.mkdir(exist_ok=True)
    _, version = run(["clang-tidy-14", "--version"], root)
    salt = version + read(Path(root) / ".clang-tidy")
    waiting = []
    for path in files(root, ".c", below="harness"):
        stamp = clean / _fingerprint(root, path, salt)
        if not stamp.exists():
            waiting.append((name_of(root, path), stamp))
    command = ["clang-tidy-14", "--quiet", "-p", str(build)]
    results = run_all([[*command, name] for name, _ in waiting], root)
    problems = []
    for (name, stamp), (code, output) in zip(waiting, results):
        errors = [line for line in output.splitlines() if ": error: " in line]
        if code == 0 and not errors:
            stamp.touch()
        else:
            problems += problems_from("\n".join(errors) or output, root, name)
    return sorted(set(problems))


def _fingerprint(root, path, salt):
    digest = hashlib.sha256(salt.encode())
    seen = set()
    stack = [path]
    while stack:
        current = stack.pop()
        if current in seen or not current.is_file():
            continue
        seen.add(current)
        text = read(current)
        digest.update(name_of(root, current).encode() + text.encode())
        quoted = [include.name for include in includes(text) if include.quoted]
        stack += [Path(root) / "harness" / name for name in sorted(quoted)]
    return digest.hexdigest()
