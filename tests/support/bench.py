# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures the tool against its limits; exit status 1 if one is broken.

Handshakes are compared with bare wolfSSL in the same minute on the same machine, in
turns, by medians: a slow machine is slow for both.
"""

import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tool

ROUNDS = 9
PER_ROUND = 20
CHECKED_FILES = 500
LIMITS = {
    "handshake ratio": (1.5, ""),
    "check of 500 files": (0.3, "s"),
    "memory of a one-block worker": (15.0, "MB"),
    "largest worker of the catalogue": (20.0, "MB"),
}
# One handshake, one request, an answer in one block.
SCENARIO = """\
format: 1
title: one block of /crts
iut: server
matrix:
  pass: [{passes}]
steps:
  - dtls.connect: idevid
    suites: [TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8]
    req: none
  - request: CON GET /.well-known/est/crts
    block2: 1024
    reply: {{code: 2.05}}
    req: RFC9148:4.5:get-answers-2.05
postamble:
  - dtls.close: notify
"""


@contextlib.contextmanager
def server(pki, folder):
    """A reference server that runs; gives its port."""
    env = {"ES_ROLE": "server", "ES_PKI_DIR": str(pki), "ES_LOG_DIR": str(folder)}
    process = subprocess.Popen(
        [str(tool.build_dir() / "reference-server")],
        env={**os.environ, **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.kill()
        process.communicate()


def bare(port, pki):
    """CPU time of bare handshakes in microseconds."""
    names = ("root.cert.pem", "idevid.chain.pem", "idevid.key.pem")
    files = [pki / name for name in names]
    command = [tool.build_dir() / "bench_handshake", port, *files, PER_ROUND]
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=True
    )
    lines = done.stdout.split()
    return [int(cost) + int(fork) for cost, fork in zip(lines[::2], lines[1::2])]


def ours(port, pki, scenario, out):
    """CPU time in microseconds, the fork included, and memory of one-block workers."""
    tool.estspec(
        *("run", "--server", f"coaps://localhost:{port}", "-j", 1, "--out", out),
        *("--trust", pki / "root.cert.pem", "--cert", pki / "idevid.chain.pem"),
        *("--key", pki / "idevid.key.pem", scenario),
        check={0},
    )
    results = tool.read_run(out).values()
    return [r["cpu_us"] for r in results], [r["rss_bytes"] for r in results]


def measure_handshake(folder):
    """Ours to bare, by medians of rounds in turns, and the memory of ours in MB."""
    pki, scenario = folder / "pki", folder / "one-block.yaml"
    tool.estspec("pki", "export", pki, check={0})
    passes = ", ".join(map(str, range(1, PER_ROUND + 1)))
    scenario.write_text(SCENARIO.format(passes=passes), encoding="utf-8")
    times, memory = {"bare": [], "ours": []}, []
    with server(pki, folder) as port:
        for _ in range(ROUNDS):
            times["bare"] += bare(port, pki)
            spent, used = ours(port, pki, scenario, folder / "out")
            times["ours"] += spent
            memory += used
    medians = {name: statistics.median(all_) for name, all_ in times.items()}
    print(
        f"handshake: bare wolfSSL {medians['bare']:.0f} us, "
        f"one-block instance {medians['ours']:.0f} us"
    )
    return medians["ours"] / medians["bare"], statistics.median(memory) / 1e6


def measure_check(folder):
    """Seconds to check many files: the catalogue, again and again."""
    sources = [
        path
        for path in sorted((tool.TOP / "scenarios").rglob("*.yaml"))
        if not {"requirements", "lib"} & set(path.parts)
    ]
    for i, source in zip(range(CHECKED_FILES), itertools.cycle(sources)):
        (folder / f"{i:03}.yaml").write_bytes(source.read_bytes())
    best = None
    for _ in range(5):
        start = time.monotonic()
        tool.estspec("check", folder, check={0})
        spent = time.monotonic() - start
        best = spent if best is None else min(best, spent)
    return best


def measure_catalogue(folder):
    """Largest worker in MB and seconds of the whole catalogue."""
    start = time.monotonic()
    tool.estspec(
        *("run", "--driver", "drivers/reference-server", "--out", folder),
        check={0, 1, 4, 5},
    )
    spent = time.monotonic() - start
    results = tool.read_run(folder).values()
    ran = [r for r in results if r["rss_bytes"]]
    print(f"catalogue: {len(ran)} instances in {spent:.1f} s")
    return max(r["rss_bytes"] for r in ran) / 1e6


def build_yardstick():
    """bench_handshake is no part of the ordinary build."""
    command = ["cmake", "--build", str(tool.build_dir()), "--target", "bench_handshake"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def main():
    """Prints a line for each limit."""
    build_yardstick()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("handshake", "check", "catalogue"):
            (folder / part).mkdir()
        ratio, memory = measure_handshake(folder / "handshake")
        values = {
            "handshake ratio": ratio,
            "check of 500 files": measure_check(folder / "check"),
            "memory of a one-block worker": memory,
            "largest worker of the catalogue": measure_catalogue(folder / "catalogue"),
        }
    broken = 0
    for what, (limit, unit) in LIMITS.items():
        good = values[what] <= limit
        broken += not good
        word = "ok  " if good else "OVER"
        print(f"{word} {what}: {values[what]:.2f} {unit} (limit {limit} {unit})")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
