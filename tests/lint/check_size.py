# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits on size. An exception is a comment with its reason: directly above the
function, or, for the length of a file, directly below its SPDX line."""

import ast
import re
from typing import NamedTuple

from tree import Problem, files, line_at, name_of, read, strip

FUNCTION_LINES = 60
FILE_LINES = 600
NESTING = 3
CYCLOMATIC = 12

EXCEPTION = re.compile(r"^\s*(?:/\*|#) size:(.*?)(?:\*/)?\s*$")
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
UNNEEDED = "exception is not needed: take it out"
CONTROL = {"if", "for", "while", "switch"}


class Function(NamedTuple):
    """A function as measured. A switch is one path more, whatever its cases."""

    name: str
    first: int
    last: int
    nesting: int
    cyclomatic: int


def check(root):
    """Problems of all C and Python files."""
    problems = []
    for path in files(root, ".c", ".h", ".py"):
        name, text = name_of(root, path), read(path)
        found = c_functions(text) if path.suffix != ".py" else py_functions(text)
        problems += _judge(name, text.splitlines(), found)
    return problems


def _judge(name, lines, functions):
    problems = []
    used = set()
    for function in functions:
        # A signature may begin lines above the name, and attributes above that.
        above = function.first - 1
        excused = above >= 1 and EXCEPTION.match(lines[above - 1]) is not None
        complaints = _complaints(function)
        if excused:
            used.add(above)
            if not complaints:
                problems.append(Problem(name, above, UNNEEDED))
        else:
            problems += [Problem(name, function.first, text) for text in complaints]
    problems += _judge_file(name, lines, used)
    return problems


def _judge_file(name, lines, used):
    problems = []
    excused = False
    for number, line in enumerate(lines, 1):
        match = EXCEPTION.match(line)
        if not match:
            continue
        if not match.group(1).strip():
            problems.append(Problem(name, number, "exception without a reason"))
        if number in used:
            continue
        if number <= 3:
            excused = True
            if len(lines) <= FILE_LINES:
                problems.append(Problem(name, number, UNNEEDED))
        else:
            message = "exception does not stand above a function"
            problems.append(Problem(name, number, message))
    if len(lines) > FILE_LINES and not excused:
        problems.append(Problem(name, 1, f"{len(lines)} lines, at most {FILE_LINES}"))
    return problems


def _complaints(function):
    length = function.last - function.first + 1
    measures = [
        (length, FUNCTION_LINES, "lines"),
        (function.nesting, NESTING, "levels of nesting"),
        (function.cyclomatic, CYCLOMATIC, "independent paths"),
    ]
    return [
        f"{function.name}: {value} {what}, at most {limit}"
        for value, limit, what in measures
        if value > limit
    ]


def c_functions(text):
    """Every function definition: a brace at depth 0 that follows a parameter list."""
    code = DIRECTIVE.sub(_blank, strip(text))
    functions = []
    depth = 0
    body = None
    for match in re.finditer(r"[{}]", code):
        if match.group(0) == "{":
            if depth == 0 and body is None:
                head = _head_of(code, match.start())
                body = (match.start(), head) if head else None
            depth += 1
            continue
        depth -= 1
        if depth == 0 and body:
            start, (name, first) = body
            functions.append(_measure(code, name, first, start, match.start()))
            body = None
    return functions


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def _opener(code, offset):
    """Offset of the parenthesis that the one at offset closes."""
    depth = 0
    for index in range(offset, -1, -1):
        depth += {")": 1, "(": -1}.get(code[index], 0)
        if depth == 0:
            return index
    return -1


def _word_before(code, brace):
    """The word whose parentheses end directly before a brace, and its offset."""
    before = code[:brace].rstrip()
    if not before.endswith(")"):
        match = re.search(r"(\w+)$", before)
        return (match.group(1), match.start()) if match else ("", 0)
    match = re.search(r"(\w+)\s*$", code[: _opener(code, len(before) - 1)])
    return (match.group(1), match.start()) if match else ("", 0)


def _head_of(code, brace):
    if not code[:brace].rstrip().endswith(")"):
        return None
    name, offset = _word_before(code, brace)
    if not name:
        return None
    # The definition begins after what ended before it.
    start = max(code.rfind(mark, 0, offset) for mark in ";}") + 1
    start += len(code[start:]) - len(code[start:].lstrip())
    return name, line_at(code, min(start, offset))


def _measure(code, name, first, start, end):
    nesting = deepest = 0
    stack = []
    for match in re.finditer(r"[{}]", code[start + 1 : end]):
        if match.group(0) == "}":
            nesting -= stack.pop() if stack else 0
            continue
        word, _ = _word_before(code, start + 1 + match.start())
        step = 1 if word in CONTROL | {"else", "do"} else 0
        stack.append(step)
        nesting += step
        deepest = max(deepest, nesting)
    branches = re.findall(r"\b(?:if|for|while|switch)\b|&&|\|\||\?", code[start:end])
    return Function(name, first, line_at(code, end), deepest, 1 + len(branches))


def py_functions(text):
    """Functions of a Python file; only their length is judged."""
    functions = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno] + [d.lineno for d in node.decorator_list])
            functions.append(Function(node.name, first, node.end_lineno, 0, 0))
    return functions
