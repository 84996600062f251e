# SPDX-License-Identifier: GPL-2.0-or-later
"""shellcheck over shell scripts, yamllint over YAML."""

import re

from tree import files, name_of, problems_from, run, shebang


def check(root):
    """Problems of scripts and YAML files."""
    problems = []
    scripts = [name_of(root, path) for path in files(root) if _is_shell(path)]
    if scripts:
        code, output = run(["shellcheck", "-f", "gcc", *scripts], root)
        problems += problems_from(output, root, scripts[0]) if code else []
    # Golden files are wrong on purpose.
    yaml = [name_of(root, path) for path in files(root, ".yaml", ".yml")]
    yaml = [name for name in yaml if not name.startswith("tests/golden/")]
    if yaml:
        code, output = run(["yamllint", "-f", "parsable", "--strict", *yaml], root)
        problems += problems_from(output, root, yaml[0]) if code else []
    return problems


def _is_shell(path):
    if path.suffix == ".sh":
        return True
    return path.suffix == "" and re.search(r"\b(ba|da)?sh\b", shebang(path)) is not None
