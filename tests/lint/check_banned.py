# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls, words and addresses that must not occur."""

import re
from pathlib import Path

from tree import Problem, files, line_at, name_of, read, strip

ANYWHERE = "strcpy strcat sprintf vsprintf strtok atoi atol gets alloca sleep usleep"
MEMORY = "malloc calloc realloc free strdup strndup asprintf vasprintf"
TIME = "time clock clock_gettime gettimeofday nanosleep localtime"
CHANCE = "rand srand random srandom drand48 getrandom getentropy arc4random"
OTHER = "pthread_create thrd_create setjmp longjmp system assert"

# Names, where they are looked for, where they are allowed, what to do instead.
RULES = [
    (ANYWHERE, "harness/|drivers/|tests/", None, "banned everywhere"),
    (MEMORY, "harness/", "harness/base/mem.c", "use es_arena or base/mem.h"),
    (TIME, "harness/", "harness/net/clock.c", "time comes from net/clock.h"),
    (CHANCE, "harness/", "harness/base/prng.c", "chance comes from base/prng.h"),
    (OTHER, "harness/", None, "no threads, long jumps, shell; es_assert for bugs"),
]

BUILD_NAMES = {"dev", "CMakeLists.txt", "CMakePresets.json", "Containerfile"}
BUILD_NAMES |= {"Dockerfile", ".pre-commit-config.yaml"}
# Parents of a checkout that say nothing about the machine it lies on.
COMMON_PARENTS = {"/", "/tmp", "/var/tmp", "/home", "/root", "/opt", "/srv", "/usr/src"}


def check(root):
    """Problems of all sources, build files and texts."""
    problems = []
    for path in files(root, ".c", ".h", ".def"):
        problems += _check_c(name_of(root, path), read(path))
    for path in files(root):
        name = name_of(root, path)
        if _is_build_file(path, name):
            problems += _find(
                name, read(path), r"https?://", "build files download nothing"
            )
        if path.suffix not in {".der", ".pem", ".pcapng", ".bin"}:
            problems += _check_paths(root, name, read(path))
    return problems


def _find(name, text, pattern, message):
    return [
        Problem(name, line_at(text, match.start()), f"'{match.group(0)}': {message}")
        for match in re.finditer(pattern, text)
    ]


def _check_c(name, text):
    code = strip(text)
    problems = []
    for names, where, allowed, instead in RULES:
        if re.match(where, name) and name != allowed:
            calls = r"(?<![\w.>])(?:" + "|".join(names.split()) + r")(?=\s*\()"
            problems += _find(name, code, calls, instead)
    problems += _find(name, code, r"\bgoto\s+(?!out\b)\w+", "the only label is 'out'")
    words = r"\b(?:TODO|FIXME|XXX)\b(?!\s*\(?#\d)"
    problems += _find(name, text, words, "give the number of its issue: TODO #12")
    if name.startswith("harness/"):
        ours = r"\btypedef\b[^;{]*\b\w+_t(?=\s*;)"
        problems += _find(name, code, ours, "POSIX reserves names ending in _t")
    return problems


def _is_build_file(path, name):
    if path.suffix in {".cmake", ".sh"} or path.name in BUILD_NAMES:
        return True
    starter = name.startswith("drivers/") and path.name == "run"
    return starter or name.startswith(".ci/")


def _check_paths(root, name, text):
    places = [r"/home/[a-z][\w.-]*/", re.escape(str(Path(root).resolve()))]
    parent = str(Path(root).resolve().parent)
    if parent not in COMMON_PARENTS:
        places.append(re.escape(parent) + r"(?=/)")
    pattern = r"(?<![\w.$}])(?:" + "|".join(places) + ")"
    return _find(name, text, pattern, "a path of one machine")
