# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs that were broken off go on where they stopped."""

import json
import signal
import subprocess
import time
import xml.etree.ElementTree as ET

import pytest

SIZES = "rfc9148/4.6-fragmentation/crts-block2-sizes"
ONE = f"{SIZES}[size=64]"
RULE = "RFC7959:2.4:requested-size-or-smaller"
BROKEN = {"ES_MUTANT": "block2-szx-ignored"}
COMPLETE = "nothing to resume: the run is complete"
# From the third start on the peer waits at the gate, until the harness is gone.
GATED = """\
echo "$ES_LOG_DIR" >>starts
if [ "$(wc -l <starts)" -ge 3 ] && [ ! -e gate ]; then
    exec cat >/dev/null
fi
exec "$ES_BUILD_DIR/reference-server"
"""
GOOD = """\
steps:
  - dtls.connect: idevid
    req: none
  - request: CON GET /.well-known/est/crts
    reply: {code: 2.05}
    req: RFC9148:4.5:get-answers-2.05
"""


def records(folder):
    """The instances of a report by id."""
    lines = map(json.loads, (folder / "run.jsonl").read_text().splitlines())
    return {r["id"]: r for r in lines if r["record"] == "instance"}


def verdicts(folder):
    """What a report says, without what differs between runs."""
    keys = ["id", "title", "state", "verdict", "context", "requirements", "judged"]
    return [[r.get(key) for key in keys] for r in records(folder).values()]


def starts(driver):
    """How often the peer of a gated driver was started."""
    path = driver / "starts"
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def going(spawn, estspec_path, make_driver, out_dir):
    """A run of seven instances, the third of which waits for its peer at the gate.
    -> process, driver folder"""

    def call(*arguments, env=None):
        driver = make_driver(GATED, ready="50s")
        command = ["run", "--driver", driver, "--out", out_dir, "-j", "1", *arguments]
        process = spawn(estspec_path, *command, SIZES, env=env)
        deadline = time.monotonic() + 20
        while starts(driver) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert starts(driver) == 3
        return process, driver

    return call


@pytest.fixture
def broken_off(going):
    """Ends such a run by a signal and opens the gate. -> driver folder, status, text"""

    def call(number, *arguments, env=None):
        process, driver = going(*arguments, env=env)
        process.send_signal(number)
        text, _ = process.communicate(timeout=10)
        (driver / "gate").touch()
        return driver, process.returncode, text

    return call


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_what_was_judged_is_kept_and_the_rest_runs(
    estspec, broken_off, make_driver, out_dir, tmp_path, number
):
    driver, code, text = broken_off(number, "--seed", "7f3a")
    if number == signal.SIGINT:
        assert code == 130
        assert f"goes on with: estspec run --resume {out_dir}\n" in text
    outcome = estspec("run", "--resume", out_dir)
    assert outcome.code == 0, outcome
    assert "2 of 7 instances were judged before" in outcome.out
    assert outcome.out.splitlines()[-1] == f"report: {out_dir}"
    # Two were judged, one was in flight, five ran.
    assert starts(driver) == 8
    whole = tmp_path / "whole"
    other = make_driver(name="other")
    command = ["run", "--driver", other, "--out", whole, "--seed", "7f3a", SIZES]
    assert estspec(*command).code == 0
    assert verdicts(out_dir) == verdicts(whole)
    suites = ET.parse(out_dir / "junit.xml").getroot()
    assert len(suites.findall(".//testcase")) == 7
    assert "7 pass" in (out_dir / "summary.md").read_text()


def test_failures_from_before_are_shown_again(estspec, broken_off, out_dir):
    broken_off(signal.SIGKILL, env=BROKEN)
    outcome = estspec("run", "--resume", out_dir)
    assert outcome.code == 1, outcome
    states = [r["state"] for r in records(out_dir).values()]
    assert RULE in outcome.out and states.count("fail") in (1, 2)
    again = estspec("run", "--resume", out_dir)
    assert again.code == 1 and COMPLETE in again.err
    assert RULE in again.out


def test_a_complete_run_ends_as_it_did(estspec):
    first = estspec("run", "--driver", "drivers/reference-server", ONE)
    assert first.code == 0, first
    before = verdicts(first.report)
    again = estspec("run", "--resume", first.report.name)
    assert again.code == 0 and COMPLETE in again.err
    assert again.report == first.report and verdicts(first.report) == before


def test_a_shared_peer_is_not_started_for_nothing(estspec, make_driver, out_dir):
    script = 'echo x >>starts\nexec "$ES_BUILD_DIR/reference-server"\n'
    driver = make_driver(script, isolation="shared")
    assert estspec("run", "--driver", driver, "--out", out_dir, SIZES).code == 0
    outcome = estspec("run", "--resume", out_dir)
    assert outcome.code == 0 and COMPLETE in outcome.err
    assert starts(driver) == 1


def test_a_last_failed_run_keeps_its_list(estspec, make_driver, out_dir):
    driver = make_driver()
    run = ["run", "--driver", driver, "--out", out_dir]
    assert estspec(*run, SIZES, env=BROKEN).code == 1
    red = {n for n, r in records(out_dir).items() if r["state"] == "fail"}
    assert estspec(*run, "--last-failed").code == 0
    outcome = estspec("run", "--resume", out_dir)
    assert outcome.code == 0 and set(records(out_dir)) == red


def test_what_is_torn_at_the_end_runs_again(estspec, make_driver, out_dir):
    driver = make_driver('echo x >>starts\nexec "$ES_BUILD_DIR/reference-server"\n')
    run = ["run", "--driver", driver, "--out", out_dir, "-j", "1", SIZES]
    assert estspec(*run).code == 0
    journal = out_dir / "journal"
    journal.write_bytes(journal.read_bytes()[:-5] + b"\0\0")
    outcome = estspec("run", "--resume", out_dir)
    assert outcome.code == 0, outcome
    assert "6 of 7 instances were judged before" in outcome.out
    assert len((driver / "starts").read_text().split()) == 8
    assert COMPLETE in estspec("run", "--resume", out_dir).err


def test_a_run_goes_on_from_elsewhere(estspec, estspec_path, make_driver, tmp_path):
    make_driver()
    command = [estspec_path, "run", "--driver", "driver", "--out", "out", ONE]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    journal = tmp_path / "out/journal"
    journal.write_bytes(journal.read_bytes()[:-1])
    outcome = estspec("run", "--resume", tmp_path / "out")
    assert outcome.code == 0, outcome
    assert "0 of 1 instances were judged before" in outcome.out


def test_a_changed_scenario_is_told_and_runs_again(
    estspec, make_driver, make_scenario, out_dir
):
    path = make_scenario(GOOD)
    run = ["run", "--driver", make_driver(), "--out", out_dir, path, ONE]
    assert estspec(*run).code == 0
    path.write_text(path.read_text().replace("2.05}", "2.04}"))
    outcome = estspec("run", "--resume", out_dir)
    assert outcome.code == 1, outcome
    assert f"{path} has changed since the run began" in outcome.out
    assert sorted(r["state"] for r in records(out_dir).values()) == ["fail", "pass"]


def test_a_changed_driver_is_told(estspec, make_driver, out_dir):
    driver = make_driver(expected="format: 1\nexpected: []\n")
    run = ["run", "--driver", driver, "--out", out_dir, ONE]
    assert estspec(*run, env=BROKEN).code == 1
    (driver / "expected.yaml").write_text(
        f"format: 1\nexpected:\n  - instance: {ONE}\n    requirement: {RULE}\n"
        "    verdict: fail\n    reason: it always was so\n"
    )
    outcome = estspec("run", "--resume", out_dir)
    assert f"{driver}/expected.yaml has changed" in outcome.out
    assert outcome.code == 0 and records(out_dir)[ONE]["state"] == "known"


def checksum(data):
    """The checksum of a frame."""
    value = 0xCBF29CE484222325
    for octet in data:
        value = (value ^ octet) * 0x100000001B3 % 2**64
    return (value % 2**32).to_bytes(4, "big")


def rewrite_version(journal):
    """Gives the journal the version 0.1.x in place of 0.1.0."""
    data = journal.read_bytes()
    length = int.from_bytes(data[:4], "big")
    head = data[8 : 8 + length]
    size = int.from_bytes(head[4:8], "big")
    head = head[:8] + b"9" * size + head[8 + size :]
    journal.write_bytes(data[:4] + checksum(head) + head + data[8 + length :])


def test_a_run_of_another_version_is_refused(estspec, make_driver, out_dir):
    run = ["run", "--driver", make_driver(), "--out", out_dir, ONE]
    assert estspec(*run).code == 0
    rewrite_version(out_dir / "journal")
    outcome = estspec("run", "--resume", out_dir)
    assert outcome.code == 2, outcome
    assert "was written by estspec 99999; this is 0." in outcome.err


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["no-such-run"], "there is no run 'no-such-run'"),
        (["scenarios"], "holds no run that could go on"),
        (["scenarios", "--seed", "1"], "--seed cannot be given with --resume"),
        (["scenarios", ONE], "a run that goes on has its selection"),
    ],
)
def test_2_if_there_is_nothing_that_could_go_on(estspec, arguments, words):
    outcome = estspec("run", "--resume", *arguments)
    assert outcome.code == 2, outcome
    assert words in outcome.err


def test_2_if_it_is_no_journal(estspec, out_dir):
    (out_dir / "journal").write_bytes(b"\0" * 100)
    outcome = estspec("run", "--resume", out_dir)
    assert outcome.code == 2 and "is not the journal of a run" in outcome.err


def test_5_if_the_run_is_still_going(estspec, going, out_dir):
    process, _ = going()
    outcome = estspec("run", "--resume", out_dir)
    assert outcome.code == 5, outcome
    assert f"a run is writing here (process {process.pid})" in outcome.err
