# SPDX-License-Identifier: GPL-2.0-or-later
"""Links of Markdown files lead somewhere; each module has a short README."""

import re
from pathlib import Path

from check_layers import layers
from tree import Problem, files, line_at, name_of, read

README_LINES = 40


def check(root):
    """Problems of all Markdown files."""
    problems = []
    for path in files(root, ".md"):
        problems += _check_links(root, path)
    for module in layers(root):
        folder = Path(root) / "harness" / module
        if folder.is_dir() and files(root, below=f"harness/{module}"):
            problems += _check_readme(root, folder / "README.md")
    return problems


def _check_readme(root, path):
    if not path.is_file():
        return [Problem(name_of(root, path), 1, "every module has a README.md")]
    count = len(read(path).splitlines())
    if count > README_LINES:
        message = f"{count} lines, at most {README_LINES}"
        return [Problem(name_of(root, path), 1, message)]
    return []


def _without_code(text):
    return re.sub(
        r"^```.*?^```[^\n]*$|`[^`\n]*`",
        lambda match: re.sub(r"[^\n]", " ", match.group(0)),
        text,
        flags=re.DOTALL | re.MULTILINE,
    )


def _anchors(text):
    """Names of the headings, as GitHub makes them."""
    names = set()
    fenceless = re.sub(r"^```.*?^```[^\n]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    for heading in re.findall(r"^#+ +(.*?)\s*$", fenceless, flags=re.MULTILINE):
        names.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return names


def _check_links(root, path):
    text = read(path)
    name = name_of(root, path)
    problems = []
    for match in re.finditer(r"\]\(<?([^)>\s]+)>?[^)]*\)", _without_code(text)):
        link = match.group(1)
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place) if place else path
        line = line_at(text, match.start())
        if not target.exists():
            problems.append(Problem(name, line, f"'{link}' leads nowhere"))
        elif anchor and target.suffix == ".md" and anchor not in _anchors(read(target)):
            problems.append(Problem(name, line, f"'{link}': no such heading"))
    return problems
