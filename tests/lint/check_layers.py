# SPDX-License-Identifier: GPL-2.0-or-later
"""Includes go downward only, and private headers stay private."""

import re
from pathlib import Path

from tree import Problem, files, includes, name_of, read


def layers(root):
    """Module -> height, from harness/LAYERS (lowest first)."""
    heights = {}
    lines = read(Path(root) / "harness/LAYERS").splitlines()
    names = [line.split() for line in lines if line and not line.startswith("#")]
    for height, siblings in enumerate(names):
        heights.update(dict.fromkeys(siblings, height))
    return heights


def check(root):
    """Problems of all includes in harness/ and tests/unit/."""
    heights = layers(root)
    problems = []
    for path in files(root, ".c", ".h", ".def", below="harness"):
        name = name_of(root, path)
        module = name.split("/")[1]
        if module not in heights:
            problems.append(Problem(name, 1, f"'{module}' is not in harness/LAYERS"))
            continue
        for include in includes(read(path)):
            if include.quoted:
                message = _judge(root, heights, module, include.name)
                if message:
                    problems.append(Problem(name, include.line, message))
    for path in files(root, ".c", ".h", below="tests/unit"):
        name = name_of(root, path)
        owner = path.stem.split("_")[0]
        for include in includes(read(path)):
            target = include.name.split("/")[0]
            if _is_private(include.name) and target != owner:
                message = f"'{include.name}' is private to {target}"
                problems.append(Problem(name, include.line, message))
    return problems


def _is_private(include):
    return re.search(r"_int\.(h|def)$", include) is not None


def _judge(root, heights, module, include):
    if "/" not in include:
        return f"'{include}': name the header from harness/, as \"{module}/{include}\""
    target = include.split("/")[0]
    if target not in heights:
        return f"'{include}': '{target}' is not a module in harness/LAYERS"
    if not (Path(root) / "harness" / include).is_file():
        return f"'{include}' does not exist"
    if target == module:
        return None
    if heights[target] > heights[module]:
        return f"'{include}': {module} must not see {target}, which lies above it"
    if heights[target] == heights[module]:
        return f"'{include}': {module} and {target} are siblings, mutually blind"
    if _is_private(include):
        return f"'{include}' is private to {target}"
    return None
