# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run does with peers, selections, seeds and known deviations."""

import json
import os
import re
import signal
import time

import pytest

DRIVER = ["--driver", "drivers/reference-server"]
SIZES = "rfc9148/4.6-fragmentation/crts-block2-sizes"
ONE = f"{SIZES}[size=64]"
RULE = "RFC7959:2.4:requested-size-or-smaller"
BROKEN = {"ES_MUTANT": "block2-szx-ignored"}
SLOW = """\
budget: 60s
steps:
  - dtls.connect: idevid
    req: none
  - wait: 1s
  - request: CON GET /.well-known/est/crts
    within: 10s
    reply: {code: 2.05}
    req: RFC9148:4.5:get-answers-2.05
"""
OVERDUE = """\
budget: 1s
steps:
  - dtls.connect: idevid
    req: none
  - wait: 30s
"""
EXPECTED = """\
format: 1
expected:
  - instance: {instance}
    requirement: {rule}
    verdict: {verdict}
    reason: it always was so
{more}"""


def records(folder):
    """The instances of a report by id."""
    lines = map(json.loads, (folder / "run.jsonl").read_text().splitlines())
    return {r["id"]: r for r in lines if r["record"] == "instance"}


def summary(folder):
    """The last record of a report."""
    return json.loads((folder / "run.jsonl").read_text().splitlines()[-1])


def trace(folder, instance):
    """The trace of an instance without its times."""
    lines = (folder / records(folder)[instance]["folder"] / "trace").read_text()
    return re.sub(r" \+\d+\.\d+ ", " ", lines)


def test_evidence_lies_where_the_report_says(estspec, out_dir):
    assert estspec("run", *DRIVER, "--out", out_dir, ONE).code == 0
    folder = out_dir / "rfc9148/4.6-fragmentation/crts-block2-sizes.size=64"
    assert folder == out_dir / records(out_dir)[ONE]["folder"]
    for name in ["capture.pcapng", "trace", "peer.log"]:
        assert (folder / name).is_file(), name
    assert not (folder / "worker.log").exists()


def test_same_seed_same_tokens_whatever_runs_beside(estspec, tmp_path):
    for name, jobs, what in [("a", "1", ONE), ("b", "7", SIZES), ("c", "1", ONE)]:
        seed = "7f3a" if name != "c" else "7f3b"
        command = ["run", *DRIVER, "--seed", seed, "-j", jobs, "--out", tmp_path / name]
        assert estspec(*command, what).code == 0
    tokens = [
        re.findall(r"T=(\w+)", trace(tmp_path / name, ONE)) for name in ["a", "b", "c"]
    ]
    assert tokens[0] and tokens[0] == tokens[1]
    assert tokens[0] != tokens[2]


@pytest.mark.parametrize(
    "selection, least",
    [
        ([SIZES], 7),
        ([ONE], 1),
        ([f"scenarios/{SIZES}.yaml"], 7),
        (["rfc9148/4.6-fragmentation"], 7),
        (["*/crts-block2-sizes*size=6*"], 1),
        (["--requirement", RULE], 7),
        (["--section", "4.6"], 7),
        (["--section", "RFC7959:2.4"], 7),
    ],
)
def test_selections(estspec, selection, least):
    outcome = estspec("run", *DRIVER, "--list", *selection)
    assert outcome.code == 0, outcome
    names = outcome.out.split()
    assert ONE in names and len(set(names)) == len(names) >= least


def test_a_selection_leaves_the_rest_out(estspec):
    names = estspec("run", *DRIVER, "--list", ONE).out.split()
    assert names == [ONE]


def test_last_failed_runs_what_was_not_green(estspec, out_dir):
    run = ["run", *DRIVER, "--out", out_dir]
    assert estspec(*run, SIZES, env=BROKEN).code == 1
    red = {n for n, r in records(out_dir).items() if r["state"] == "fail"}
    listed = estspec(*run, "--last-failed", "--list").out.split()
    assert red and set(listed) == red
    assert estspec(*run, "--last-failed").code == 0
    outcome = estspec(*run, "--last-failed")
    assert outcome.code == 3 and "everything was green" in outcome.err


def test_a_peer_killed_while_running_fails_the_instance(
    estspec, make_driver, make_scenario, out_dir
):
    driver = make_driver(
        'exec 3<&0\n"$ES_BUILD_DIR/reference-server" <&3 &\nsleep 0.7\n'
        "kill -9 $!\nkill -SEGV $$\n"
    )
    outcome = estspec("run", "--driver", driver, "--out", out_dir, make_scenario(SLOW))
    assert outcome.code == 1, outcome
    assert "crashed" in outcome.out and "SIGSEGV" in outcome.out


def test_an_instance_over_its_budget_ends_with_its_evidence(
    estspec, make_scenario, out_dir
):
    started = time.monotonic()
    path = make_scenario(OVERDUE)
    outcome = estspec("run", *DRIVER, "--out", out_dir, path)
    assert outcome.code in (4, 5), outcome
    assert time.monotonic() - started < 15
    (result,) = records(out_dir).values()
    assert "budget" in json.dumps(result)
    assert (out_dir / result["folder"] / "capture.pcapng").stat().st_size > 500


def children_of(pid):
    """Processes that the process has started; none if it has ended."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def worker_of(process):
    """The worker of a run, once it is at work: it has started its peer. Before it, a
    run has another child, which makes certificates."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for child in children_of(process.pid):
            if children_of(child):
                return child
        time.sleep(0.01)
    raise AssertionError("no worker was started")


@pytest.mark.parametrize(
    "number, words",
    [
        (signal.SIGSEGV, "the worker was killed by signal 11"),
        (signal.SIGSTOP, "killed after 6s: its budget is 1s"),
    ],
)
def test_a_worker_that_dies_or_hangs_is_one_error(
    spawn, estspec_path, make_scenario, out_dir, number, words
):
    command = [estspec_path, "run", *DRIVER, "--out", out_dir, "-j", "1"]
    process = spawn(*command, make_scenario(OVERDUE), ONE)
    os.kill(worker_of(process), number)
    text, _ = process.communicate(timeout=20)
    assert process.returncode == 5, text
    found = {r["state"]: r for r in records(out_dir).values()}
    assert set(found) == {"error", "pass"}
    assert words in found["error"]["findings"][0]["text"]


def test_shared_and_serial_peers_are_started_once(estspec, make_driver, out_dir):
    for isolation in ["shared", "serial"]:
        more = "" if isolation == "shared" else "pause: 50ms\n"
        script = (
            f"echo x >>starts.{isolation}\n" + 'exec "$ES_BUILD_DIR/reference-server"\n'
        )
        driver = make_driver(script, isolation=isolation, more=more, name=isolation)
        outcome = estspec("run", "--driver", driver, "--out", out_dir, SIZES)
        assert outcome.code == 0, outcome
        starts = len((driver / f"starts.{isolation}").read_text().split())
        # Without a way to reset it, a serial peer is started anew each time.
        assert starts == (1 if isolation == "shared" else 7)


def test_a_shared_peer_that_does_not_start_ends_the_run(estspec, make_driver, out_dir):
    driver = make_driver("exit 4\n", isolation="shared")
    outcome = estspec("run", "--driver", driver, "--out", out_dir, ONE)
    assert outcome.code == 5, outcome
    assert "exited with status 4" in outcome.err


def expected(**values):
    """An expected.yaml with one entry."""
    values = {"instance": ONE, "rule": RULE, "verdict": "fail", "more": "", **values}
    return EXPECTED.format(**values)


def test_a_known_deviation_is_green(estspec, make_driver, out_dir):
    driver = make_driver(expected=expected())
    command = ["run", "--driver", driver, "--out", out_dir, ONE]
    outcome = estspec(*command, env=BROKEN)
    assert outcome.code == 0, outcome
    assert records(out_dir)[ONE]["state"] == "known"
    assert "it always was so" in (out_dir / "junit.xml").read_text()


def test_a_known_deviation_that_does_not_occur_fails(estspec, make_driver, out_dir):
    driver = make_driver(expected=expected())
    outcome = estspec("run", "--driver", driver, "--out", out_dir, ONE)
    assert outcome.code == 1, outcome
    assert records(out_dir)[ONE]["state"] == "unexpected-pass"


def test_an_expired_deviation_is_ignored_with_a_notice(estspec, make_driver, out_dir):
    driver = make_driver(expected=expected(more="    until: 2020-01-31\n"))
    command = ["run", "--driver", driver, "--out", out_dir, ONE]
    outcome = estspec(*command, env=BROKEN)
    assert outcome.code == 1, outcome
    assert any("expired" in notice for notice in summary(out_dir)["notices"])


def test_a_deviation_of_another_rule_is_not_known(estspec, make_driver, out_dir):
    driver = make_driver(expected=expected(rule="RFC7959:2.4:block-size-constant"))
    command = ["run", "--driver", driver, "--out", out_dir, ONE]
    assert estspec(*command, env=BROKEN).code == 1


def test_a_broken_prerequisite_is_told_once(estspec, out_dir):
    env = {"ES_MUTANT": "wellknown-root-missing"}
    outcome = estspec("run", *DRIVER, "--out", out_dir, "rfc9148/*", env=env)
    assert outcome.code == 1, outcome
    rule = "RFC9148:4.1:well-known-root-served"
    broken = summary(out_dir)["broken_prerequisites"]
    assert len(broken) == 1 and broken[0].startswith(f"{rule} broken by ")
    waiting = [
        r for r in records(out_dir).values() if "because of" in r.get("reason", "")
    ]
    assert waiting and all(r["state"] == "inconclusive" for r in waiting)


def test_no_secrets_leaves_them_out(estspec, out_dir, tmp_path):
    assert estspec("run", *DRIVER, "--out", out_dir, ONE).code == 0
    bare = ["run", *DRIVER, "--no-secrets", "--out", tmp_path / "bare", ONE]
    assert estspec(*bare).code == 0
    name = "rfc9148/4.6-fragmentation/crts-block2-sizes.size=64/capture.pcapng"
    assert b"CLIENT_RANDOM" in (out_dir / name).read_bytes()
    assert b"CLIENT_RANDOM" not in (tmp_path / "bare" / name).read_bytes()


def test_pki_is_kept_between_runs(estspec, out_dir, tmp_path):
    pki = tmp_path / "kept"
    command = ["run", *DRIVER, "--pki", pki, "--out", out_dir, ONE]
    assert estspec(*command).code == 0
    first = (pki / "root.cert.der").read_bytes()
    assert estspec(*command).code == 0
    assert (pki / "root.cert.der").read_bytes() == first
