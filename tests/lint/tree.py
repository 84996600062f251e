# SPDX-License-Identifier: GPL-2.0-or-later
"""What all checks share: walking the source tree, reading C without its comments."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path
from typing import NamedTuple

# Folders, seen from the top, that hold nothing of ours.
SKIPPED = {".git", "build", "reports", "__pycache__", ".cache"}


class Problem(NamedTuple):
    """One complaint; path is relative to the top of the tree."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Include(NamedTuple):
    """One #include: line, name, and whether it stands in quotes."""

    line: int
    name: str
    quoted: bool


def files(root, *suffixes, below=""):
    """All files below a folder with one of the suffixes (all without), sorted."""
    found = []
    stack = [Path(root) / below]
    while stack:
        folder = stack.pop()
        if not folder.is_dir():
            continue
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                top = path.parent == Path(root)
                if path.name != "__pycache__" and not (top and path.name in SKIPPED):
                    stack.append(path)
            elif path.is_file() and (not suffixes or path.suffix in suffixes):
                found.append(path)
    return sorted(found)


def name_of(root, path):
    """The path as problems show it."""
    return Path(path).relative_to(root).as_posix()


def read(path):
    """The text of a file; bytes that are not UTF-8 do not stop a check."""
    return Path(path).read_text(encoding="utf-8", errors="replace")


_LEXEME = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE,
)


def _blank(match):
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


def strip(text):
    """C with comments and the insides of literals blanked; offsets stay."""
    return _LEXEME.sub(_blank, text)


def line_at(text, offset):
    """The 1-based line of an offset."""
    return text.count("\n", 0, offset) + 1


_INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE
)


def includes(text):
    """Every #include of a C file."""
    blanked = strip(text)
    result = []
    for match in _INCLUDE.finditer(text):
        mark, name = match.groups()
        if blanked[match.start() : match.start(1)].strip().startswith("#"):
            result.append(Include(line_at(text, match.start(1)), name, mark == '"'))
    return result


def closer(code, offset):
    """Offset of the parenthesis that closes the one at offset."""
    depth = 0
    for index in range(offset, len(code)):
        depth += {"(": 1, ")": -1}.get(code[index], 0)
        if depth == 0:
            return index
    return len(code)


def shebang(path):
    """The interpreter line of a script, or an empty string."""
    with open(path, "rb") as file:
        first = file.readline(200)
    return first.decode("utf-8", "replace").strip() if first.startswith(b"#!") else ""


def run(command, cwd):
    """Output and exit code of a tool; a tool that is not there is a problem, too."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except FileNotFoundError:
        return 127, f"{command[0]}: not installed, run ./dev setup"
    return done.returncode, done.stdout


def run_all(commands, cwd):
    """Runs commands side by side; results in the order of the commands."""
    with ThreadPoolExecutor(cpu_count() or 1) as pool:
        return list(pool.map(lambda command: run(command, cwd), commands))


def problems_from(output, root, fallback):
    """Turns a tool's path:line:col: lines into problems."""
    found = []
    for line in output.splitlines():
        match = re.match(r"(?:\./)?([^:\s][^:]*):(\d+):(?:\d+:)?\s*(.*)", line)
        if not match:
            continue
        path = Path(match.group(1))
        if path.is_absolute() and path.is_relative_to(root):
            path = path.relative_to(root)
        found.append(Problem(path.as_posix(), int(match.group(2)), match.group(3)))
    if not found:
        last = output.strip().splitlines()[-1:] or ["failed without a word"]
        found.append(Problem(fallback, 0, last[0]))
    return found
