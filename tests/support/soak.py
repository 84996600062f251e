# SPDX-License-Identifier: GPL-2.0-or-later
"""Long runs: the catalogue again and again under load, and every legal behaviour.

Twenty runs beside two processes that eat the processors must give the same verdicts,
and no behaviour that the RFCs allow (variants.yaml) may be flagged beyond its
`at-most`. Exit status 1 if one of them fails.
"""

import contextlib
import subprocess
import sys
import tempfile

import tool
import yaml

RUNS = 20
HOGS = 2
DRIVERS = {"server": "drivers/reference-server", "client": "drivers/reference-client"}
ORDER = ["pass", "warning", "inconclusive", "fail", "error"]
# What the owner of such a peer would answer.
ANSWERS = {
    "ok-no-skg": ["op.skg=no", "op.skc=no", "skg.encrypted=no"],
    "ok-no-att": ["op.att=no"],
    "ok-no-etag": ["coap.etag=no"],
    "ok-no-discovery": ["discovery=no", "root.other=no"],
    "ok-287-unsupported": ["format.pkix-cert=no"],
    "ok-pop-absent-refused": ["pop.required=yes"],
}


@contextlib.contextmanager
def hogs(number):
    """Processes that eat processor time."""
    command = [sys.executable, "-c", "while True: pass"]
    eaters = [subprocess.Popen(command) for _ in range(number)]
    try:
        yield
    finally:
        for eater in eaters:
            eater.kill()
            eater.wait()


def verdicts(folder, *more, role="server", env=None):
    """Verdict by instance of one run against the reference peer of the role."""
    tool.estspec(
        *("run", "--driver", DRIVERS[role], "--out", folder, *more),
        env=env,
        check={0, 1, 4},
    )
    return {name: row.get("verdict") for name, row in tool.read_run(folder).items()}


def same_under_load(folder, runs):
    """Whether all runs beside hogs give the verdicts of a quiet one."""
    quiet, good = verdicts(folder), True
    with hogs(HOGS):
        for i in range(runs):
            loaded = verdicts(folder)
            other = {k: v for k, v in loaded.items() if quiet.get(k) != v}
            print(f"run {i + 1} of {runs}: {len(other)} verdicts differ {other or ''}")
            good = good and not other
    return good


def not_flagged(folder):
    """Whether every variant of a reference peer stays within its `at-most`."""
    path = tool.TOP / "tests/support/variants.yaml"
    variants = yaml.safe_load(path.read_text(encoding="utf-8"))["variants"]
    good = True
    for variant in variants:
        name = variant["name"]
        more = [x for a in ANSWERS.get(name, []) for x in ("--set", a)]
        env = {"ES_VARIANT": name}
        found = verdicts(folder, *more, role=variant["role"], env=env)
        most = ORDER.index(variant["at-most"])
        flagged = {k: v for k, v in found.items() if v and ORDER.index(v) > most}
        print(f"{name}: {flagged or 'within ' + variant['at-most']}")
        good = good and not flagged
    return good


def main():
    """Both parts, whatever the first gives."""
    with tempfile.TemporaryDirectory() as folder:
        good = [same_under_load(folder, RUNS), not_flagged(folder)]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
