# SPDX-License-Identifier: GPL-2.0-or-later
"""Every check is seen silent on a good tree and complaining about a bad one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lint"))

import check_banned  # noqa: E402
import check_fences  # noqa: E402
import check_format  # noqa: E402
import check_headers  # noqa: E402
import check_layers  # noqa: E402
import check_markdown  # noqa: E402
import check_scripts  # noqa: E402
import check_size  # noqa: E402
import check_tidy  # noqa: E402

SPDX = "/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
HASH_SPDX = "# SPDX-License-Identifier: GPL-2.0-or-later\n"
LAYERS = "# lowest first\nbase\ncodec\ndtls coap\nrun\n"


def header(guard, body="int es_x(void);\n"):
    """A header that satisfies every check."""
    return f"{SPDX}#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n"


GOOD = {
    "harness/LAYERS": LAYERS,
    "harness/base/README.md": "# base\n\nSee [the header](mem.h).\n",
    "harness/base/mem.h": header("ES_BASE_MEM_H"),
    "harness/base/mem_int.h": header("ES_BASE_MEM_INT_H"),
    "harness/base/mem.c": SPDX
    + '#include "base/mem.h"\n\n#include "base/mem_int.h"\n\n#include <stdlib.h>\n\n'
    + "int es_x(void)\n{\n    void *p = malloc(3);\n    free(p);\n    return 0;\n}\n",
    "harness/coap/README.md": "# coap\n",
    "harness/coap/coap.h": header("ES_COAP_COAP_H"),
    "harness/coap/coap.c": SPDX
    + '#include "coap/coap.h"\n\n#include "base/mem.h"\n\n#include <coap3/coap.h>\n\n'
    + "/* Not strcpy(); nor TODO #12. */\n"
    + "int es_y(int a)\n{\n    if (a > 0) {\n        return es_x();\n    }\n"
    + '    return (int)sizeof "sprintf(";\n}\n',
    "dev": f"#!/bin/sh\n{HASH_SPDX}echo hello\n",
    "scenarios/a.yaml": "format: 1\nsteps: [{wait: 1s}]\n",
}
CHECKS = [
    check_layers,
    check_fences,
    check_banned,
    check_size,
    check_headers,
    check_markdown,
    check_format,
    check_scripts,
]


def plant(root, changes):
    """Writes the good tree with changes; a change of None leaves a file out."""
    for name, text in {**GOOD, **changes}.items():
        if text is not None:
            path = Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    for name in (".clang-format", ".clang-tidy", ".yamllint"):
        (Path(root) / name).write_text((TOP / name).read_text())


def complaints(check, root, changes):
    """What a check says about the good tree with changes, as path:line: message."""
    plant(root, changes)
    return [str(problem) for problem in check.check(root)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_good_tree_draws_no_complaint(check, tmp_path):
    assert not complaints(check, tmp_path, {})


def function(body, before=""):
    """A C file with one function."""
    return f"{SPDX}\n{before}int es_f(int a)\n{{\n{body}    return a;\n}}\n"


def include(line):
    """A C file with one include."""
    return f"{SPDX}{line}\n"


C = "harness/coap/bad.c"
LONG = "    a++;\n" * 60
DEEP = """\
    for (;;) {
        while (a) {
            if (a) {
                do {
                    a++;
                } while (a);
            }
        }
    }
"""
BRANCHY = "    a += a > 1 && a < 2;\n" * 12
PLAIN_SWITCH = "    switch (a) {\n" + "".join(
    f"    case {i}:\n        return {i};\n" for i in range(20)
)
REASON = "/* size: a table */\n"

# check, where, text there, what the complaint contains
BAD = [
    (check_layers, C, include('#include "run/run.h"'), "bad.c:2: 'run/run.h' does not"),
    (check_layers, "harness/base/b.c", include('#include "coap/coap.h"'), "lies above"),
    (check_layers, "harness/dtls/d.c", include('#include "coap/coap.h"'), "siblings"),
    (check_layers, C, include('#include "base/mem_int.h"'), "private to base"),
    (check_layers, C, include('#include "coap.h"'), "from harness/"),
    (check_layers, C, include('#include "what/x.h"'), "not a module"),
    (check_layers, "harness/new/n.c", SPDX, "'new' is not in harness/LAYERS"),
    (
        check_layers,
        "tests/unit/coap_x_test.c",
        include('#include "base/mem_int.h"'),
        "private to base",
    ),
    (check_fences, "harness/base/b.c", include("#include <coap3/coap.h>"), "only"),
    (check_fences, C, include("#include <wolfssl/ssl.h>"), "only"),
    (check_fences, "harness/codec/x.c", include("#include <cbor.h>"), "only"),
    (check_fences, "harness/base/b.c", include("#include <yaml.h>"), "only"),
    (check_fences, "harness/base/b.c", include("#include <pcre2.h>"), "only"),
    (check_fences, "harness/base/b.c", include("#include <libxml/tree.h>"), "only"),
    (check_fences, "harness/base/b.c", include("#include <jansson.h>"), "only"),
    (check_fences, C, include("#include <sys/socket.h>"), "harness/net"),
    (check_fences, C, include("#include <pthread.h>"), "no place"),
    (check_fences, C, include("#include <openssl/ssl.h>"), "no place"),
    (check_banned, C, function("    strcpy(0, 0);\n"), "bad.c:5: 'strcpy'"),
    (check_banned, "drivers/p/m.c", function("    sprintf (0, 0);\n"), "'sprintf'"),
    (check_banned, "tests/unit/a.c", function("    usleep(1);\n"), "'usleep'"),
    (check_banned, C, function("    malloc(1);\n"), "'malloc'"),
    (check_banned, C, function("    time(0);\n"), "'time'"),
    (check_banned, "harness/net/x.c", function("    clock_gettime(0, 0);\n"), "clock"),
    (check_banned, C, function("    rand();\n"), "'rand'"),
    (check_banned, C, function("    system(0);\n"), "'system'"),
    (check_banned, C, function("    goto again;\n"), "goto again"),
    (check_banned, C, f"{SPDX}/* TODO later */\n", "TODO"),
    (check_banned, C, f"{SPDX}typedef struct es_a es_a_t;\n", "_t"),
    (check_banned, "dev", "curl https://example.org\n", "https://"),
    (check_banned, "harness/cmake/x.cmake", "\nhttp://example.org\n", "x.cmake:2"),
    (check_banned, ".ci/setup", "https://example.org\n", "https://"),
    (check_banned, "drivers/p/run", "https://example.org\n", "https://"),
    (check_banned, "README.md", "in /home/" + "somebody/x\n", "a path of one machine"),
    (check_size, C, function(LONG), "bad.c:3: es_f: 64 lines, at most 60"),
    (check_size, C, function(DEEP), "4 levels of nesting"),
    (check_size, C, function(BRANCHY), "13 independent paths"),
    (check_size, C, SPDX + "\n" * 600, "601 lines, at most 600"),
    (check_size, C, function("", REASON), "bad.c:3: exception is not needed"),
    (check_size, C, SPDX + REASON, "bad.c:2: exception is not needed"),
    (check_size, C, function(LONG, "/* size: */\n"), "without a reason"),
    (check_size, C, function(LONG) + REASON, "does not stand above"),
    (check_size, "tests/x.py", "def f():\n" + "    f()\n" * 60, "f: 61 lines"),
    (check_size, "tests/x.py", "#\n" * 601, "601 lines"),
    (
        check_headers,
        "harness/base/b.h",
        header("ES_BASE_B_H", "size_t es_n(void);\n"),
        "b.h:5: error: unknown type name",
    ),
    (check_headers, "harness/base/b.h", header("ES_B_H"), "ES_BASE_B_H"),
    (check_headers, C, "int a;\n", "bad.c:1: its first line"),
    (check_headers, "tests/x.py", "a = 1\n", "its first line"),
    (check_headers, "dev", "#!/bin/sh\necho\n", "dev:2: its first line"),
    (check_headers, "tests/CMakeLists.txt", "\n", "its first line"),
    (check_markdown, "README.md", "\n[a](nowhere.md)\n", "README.md:2: 'nowhere.md'"),
    (check_markdown, "README.md", "# A b\n[a](#a-c)\n", "no such heading"),
    (check_markdown, "harness/base/README.md", None, "every module has a README"),
    (check_markdown, "harness/base/README.md", "x\n" * 41, "41 lines, at most 40"),
    (check_format, C, f"{SPDX}int  a;\n", "bad.c:2: is not formatted"),
    (check_format, C, function("    if (a)\n        a = 2;\n"), "bad.c:5: braces"),
    (check_format, C, function("    for (;;)\n        a = 2;\n"), "braces"),
    (check_format, "tests/x.py", "a = '" + "x" * 88 + "'\n", "94 columns"),
    (check_format, "README.md", "a \n", "README.md:1: blanks"),
    (check_format, "README.md", "a", "no newline"),
    (check_scripts, "dev", "#!/bin/sh\necho $1\n", "dev:2: note: Double quote"),
    (check_scripts, "scenarios/a.yaml", "a: 1\na: 2\n", "a.yaml:2: [error] duplic"),
]


@pytest.mark.parametrize(
    "check, where, text, wanted",
    BAD,
    ids=[f"{row[0].__name__}-{index}" for index, row in enumerate(BAD)],
)
def test_bad_tree_draws_the_complaint(check, where, text, wanted, tmp_path):
    found = complaints(check, tmp_path, {where: text})
    assert any(wanted in line for line in found), found


GOOD_SIZES = [
    function(LONG, REASON),
    function(DEEP, REASON),
    function(PLAIN_SWITCH + "    }\n"),
    f"{SPDX}{REASON}" + "\n" * 600,
    function("    struct s b[2] = {{{{1}}}};\n    f((struct s){.a = {{{{0}}}}});\n"),
    f"{SPDX}#define A(x) \\\n    do {{ \\\n    }} while (0)\n" + function("    a++;\n"),
]


@pytest.mark.parametrize("index", range(len(GOOD_SIZES)))
def test_size_accepts(index, tmp_path):
    assert not complaints(check_size, tmp_path, {C: GOOD_SIZES[index]})


GOOD_BRACES = [
    function("    do {\n        a++;\n    } while (a);\n"),
    function("    if (a) {\n        a++;\n    } else if (1) {\n        a--;\n    }\n"),
    f"{SPDX}#if 1\n#else\n#endif\n",
    f"{SPDX}{'#define A':87}\\\n{'    do {':87}\\\n    }} while (0)\nint a;\n",
]


@pytest.mark.parametrize("index", range(len(GOOD_BRACES)))
def test_braces_accepts(index, tmp_path):
    assert not complaints(check_format, tmp_path, {C: GOOD_BRACES[index]})


def test_banned_names_the_checkout_itself(tmp_path):
    text = f"see {tmp_path}/x\n"
    found = complaints(check_banned, tmp_path, {"README.md": text})
    assert any("a path of one machine" in line for line in found), found


def test_banned_leaves_members_and_longer_names_alone(tmp_path):
    calls = "    a->time(1);\n    a.free(2);\n    es_time(3);\n    timeout(4);\n"
    assert not complaints(check_banned, tmp_path, {C: function(calls)})


def tidy_tree(root, body):
    """A tree with one file and its compile command; returns the build folder."""
    text = f"{SPDX}int es_f(int a);\n\nint es_f(int a)\n{body}"
    plant(root, {"harness/base/t.c": text})
    build = root / "build"
    build.mkdir()
    command = {
        "directory": str(root),
        "command": "cc -std=c11 -Iharness -c harness/base/t.c",
        "file": "harness/base/t.c",
    }
    (build / "compile_commands.json").write_text(json.dumps([command]))
    for name in ("mem.c", "../coap/coap.c"):
        (root / "harness/base" / name).unlink()
    return build


def test_tidy_complains_and_remembers_only_what_is_clean(tmp_path):
    body = "{\n    int *p = 0;\n    if (a) {\n        *p = 1;\n    }\n"
    body += "    return a;\n}\n"
    build = tidy_tree(tmp_path, body)
    for _ in range(2):
        found = [str(problem) for problem in check_tidy.check(tmp_path, build)]
        assert any("null pointer" in line for line in found), found
    assert not list((build / "tidy").iterdir())


def test_tidy_is_silent_on_good_code(tmp_path):
    build = tidy_tree(tmp_path, "{\n    return a + 1;\n}\n")
    assert not check_tidy.check(tmp_path, build)
    assert len(list((build / "tidy").iterdir())) == 1


def run_runner(root):
    """The runner as ./dev calls it."""
    command = [sys.executable, str(TOP / "tests/lint/run.py"), "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_runner_passes_a_good_tree(tmp_path):
    plant(tmp_path, {})
    done = run_runner(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_runner_fails_and_names_file_line_and_check(tmp_path):
    plant(tmp_path, {C: function("    strcpy(0, 0);\n")})
    done = run_runner(tmp_path)
    assert done.returncode == 1
    assert f"{C}:5: 'strcpy': banned everywhere [banned]" in done.stdout
