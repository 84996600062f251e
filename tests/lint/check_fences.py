# SPDX-License-Identifier: GPL-2.0-or-later
"""A third party's header is included in its own corner of harness/ only."""

import re

from tree import Problem, files, includes, name_of, read

# Header (pattern) -> where below harness/ it may stand (pattern).
FENCES = [
    (r"wolfssl/.*", r"(dtls|codec|pki)/.*"),
    (r"cbor\.h|cbor/.*", r"codec/cbor_\w+\.c"),
    (r"yaml\.h", r"scenario/yaml_reader\.c"),
    (r"pcre2\.h", r"base/regex\.c"),
    (r"libxml/.*", r"report/junit\.c"),
    (r"coap3/.*", r"coap/.*"),
    (r"jansson\.h", r"(report|cli)/.*"),
    (r"sys/random\.h", r"base/prng\.c"),
    # Sockets live in one layer.
    (r"(sys|asm)/socket\.h|sys/un\.h|netinet/.*", r"net/.*"),
    (r"arpa/inet\.h|netdb\.h|net/if\.h", r"net/.*"),
]

# Of libc and POSIX, what needs no fence. Threads, assert.h and setjmp.h are not here.
FREE = """
ctype dirent errno fcntl fnmatch float ftw getopt inttypes iso646 limits locale math
poll regex signal spawn stdalign stdarg stdbool stddef stdint stdio stdlib stdnoreturn
string strings sys/mman sys/prctl sys/resource sys/select sys/stat sys/time sys/types
sys/uio sys/wait sys/ioctl sys/utsname syslog termios time unistd wchar wctype
""".split()


def check(root):
    """Problems of all angle-bracket includes in harness/."""
    problems = []
    for path in files(root, ".c", ".h", ".def", below="harness"):
        name = name_of(root, path)
        place = name.removeprefix("harness/")
        for include in includes(read(path)):
            if not include.quoted:
                message = _judge(place, include.name)
                if message:
                    problems.append(Problem(name, include.line, message))
    return problems


def _judge(place, header):
    for pattern, where in FENCES:
        if re.fullmatch(pattern, header):
            if re.fullmatch(where, place):
                return None
            return f"<{header}> may stand in harness/{where} only"
    if header.removesuffix(".h") in FREE:
        return None
    return f"<{header}> has no place in harness/ (tests/lint/check_fences.py)"
