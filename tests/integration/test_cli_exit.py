# SPDX-License-Identifier: GPL-2.0-or-later
"""Exit statuses of `estspec run`, each with what is printed beside it."""

import json
import resource
import signal
import time

import pytest

DRIVER = ["--driver", "drivers/reference-server"]
ONE = "rfc9148/4.6-fragmentation/crts-block2-sizes[size=64]"
BAD_PREAMBLE = """\
preamble:
  - dtls.connect: idevid
  - request: CON GET /.well-known/est/crts
    reply: {code: 4.18}
steps:
  - request: CON GET /.well-known/est/crts
    reply: {code: 2.05}
    req: RFC9148:4.5:get-answers-2.05
"""
GOOD = """\
steps:
  - dtls.connect: idevid
    req: none
  - request: CON GET /.well-known/est/crts
    reply: {code: 2.05}
    req: RFC9148:4.5:get-answers-2.05
"""
WAITS = """\
budget: 30s
steps:
  - dtls.connect: idevid
    req: none
  - wait: 20s
"""

SHOULD = """\
steps:
  - check: 1 == 2
    req: RFC7959:2.4:etag-in-each-block
"""


def states(folder):
    """State of each instance of a report."""
    records = map(json.loads, (folder / "run.jsonl").read_text().splitlines())
    return {r["id"]: r["state"] for r in records if r["record"] == "instance"}


def test_0_if_all_is_green(estspec, out_dir):
    outcome = estspec("run", *DRIVER, "--out", out_dir, ONE)
    assert outcome.code == 0, outcome
    assert outcome.out.splitlines()[-1] == f"report: {out_dir}"
    assert states(out_dir) == {ONE: "pass"}


def test_reports_lie_in_reports_by_default(estspec, top):
    outcome = estspec("run", *DRIVER, "--seed", "7f3a", ONE)
    assert outcome.code == 0, outcome
    assert outcome.report.parent == top / "reports"
    assert outcome.report.name.endswith("Z-7f3a")
    assert (outcome.report / "junit.xml").is_file()


def test_1_if_a_rule_is_broken(estspec, out_dir):
    env = {"ES_MUTANT": "block2-szx-ignored"}
    outcome = estspec("run", *DRIVER, "--out", out_dir, ONE, env=env)
    assert outcome.code == 1, outcome
    assert "RFC7959:2.4:requested-size-or-smaller" in outcome.out
    assert "crts-block2-sizes.yaml:" in outcome.out
    assert states(out_dir) == {ONE: "fail"}


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["run", "--drvier", "x"], "did you mean '--driver'?"),
        (["rnu"], "did you mean 'run'?"),
        (["run"], "--driver DIR or --server URI"),
        (["run", "--driver", "drivers/nobody"], "'drivers/nobody' is no folder"),
        (["run", *DRIVER, "-j", "0"], "from 1 to"),
        (["run", *DRIVER, "--seed", "xyz"], "hex digits"),
        (["run", *DRIVER, "--driver"], "'--driver' needs a value"),
        (["run", *DRIVER, "--strict=yes"], "'--strict' takes no value"),
        (["run", *DRIVER, "--set", "op.crst=no"], "did you mean 'op.crts'?"),
        (["run", "--server", "coaps://localhost"], "--server needs --trust"),
        (["explain"], "explain what?"),
        (["pki", "import", "x"], "usage: estspec pki export DIR"),
    ],
)
def test_2_and_the_remedy_for_a_wrong_command_line(estspec, arguments, words):
    outcome = estspec(*arguments)
    assert outcome.code == 2, outcome
    assert words in outcome.err, outcome.err


def test_2_for_a_wrong_scenario_before_anything_is_sent(
    estspec, make_scenario, make_driver, tmp_path
):
    driver = make_driver(f"touch '{tmp_path}/started'\n")
    path = make_scenario("steps:\n  - request: CON GTE /x\n    req: none\n")
    outcome = estspec("run", "--driver", driver, path)
    assert outcome.code == 2, outcome
    assert "'GTE'" in outcome.err and f"{path}:5:" in outcome.err
    assert not (tmp_path / "started").exists()


def test_3_if_nothing_is_selected(estspec):
    outcome = estspec("run", *DRIVER, ONE.replace("crts-block2", "crts-blok2"))
    assert outcome.code == 3, outcome
    assert "did you mean 'rfc9148/4.6-fragmentation/crts-block2-sizes" in outcome.err


def test_3_if_nothing_is_applicable(estspec, make_driver, out_dir):
    driver = make_driver(crts="no")
    outcome = estspec("run", "--driver", driver, "--out", out_dir, ONE)
    assert outcome.code == 3, outcome
    assert states(out_dir) == {ONE: "not-applicable"}


def test_4_if_something_could_not_be_judged(estspec, make_scenario, out_dir):
    path = make_scenario(BAD_PREAMBLE)
    outcome = estspec("run", *DRIVER, "--out", out_dir, path)
    assert outcome.code == 4, outcome
    assert set(states(out_dir).values()) == {"inconclusive"}


@pytest.mark.parametrize(
    "script, words",
    [
        ("echo no luck >&2; exit 3\n", "exited with status 3"),
        ("exec ./not-there\n", "before it was ready"),
        ("sleep 60\n", "ready"),
    ],
)
def test_5_if_the_peer_does_not_start(estspec, make_driver, out_dir, script, words):
    driver = make_driver(script, ready="1s")
    outcome = estspec("run", "--driver", driver, "--out", out_dir, ONE)
    assert outcome.code == 5, outcome
    assert words in outcome.out
    assert states(out_dir) == {ONE: "error"}


def test_5_if_an_item_is_needed_and_not_declared(estspec, make_driver, make_scenario):
    driver = make_driver()
    path = make_scenario("applies-if: pop.linking\n" + GOOD)
    outcome = estspec("run", "--driver", driver, path)
    assert outcome.code == 5, outcome
    assert "does not declare 'pop.linking'" in outcome.out


def test_5_if_the_report_cannot_be_written(estspec, tmp_path):
    target = tmp_path / "file"
    target.write_text("in the way")
    outcome = estspec("run", *DRIVER, "--out", target / "below", ONE)
    assert outcome.code == 5, outcome
    assert str(target) in outcome.err


def test_5_and_the_verdicts_on_a_full_disk(spawn, estspec_path, out_dir, build_dir):
    (out_dir / "junit.xml.part").symlink_to("/dev/full")
    process = spawn(estspec_path, "run", *DRIVER, "--out", out_dir, ONE)
    text, _ = process.communicate(timeout=30)
    assert process.returncode == 5, text
    assert "junit.xml" in text and "No space left" in text
    assert "1 pass" in text


def test_5_if_files_may_not_grow(spawn, estspec_path, out_dir):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    command = [estspec_path, "run", *DRIVER, "--out", out_dir, ONE]
    process = spawn(*command, preexec_fn=limit)
    text, _ = process.communicate(timeout=30)
    assert process.returncode == 5, text
    assert "File too large" in text


def test_130_after_ctrl_c_with_what_was_judged(
    spawn, estspec_path, make_scenario, out_dir
):
    slow = make_scenario(WAITS, name="slow")
    command = [estspec_path, "run", *DRIVER, "--out", out_dir, "-j", "2", ONE, slow]
    process = spawn(*command)
    deadline = time.monotonic() + 20
    while not (out_dir / "run.jsonl").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=5)
    assert process.returncode == 130, text
    found = states(out_dir)
    assert found[ONE] == "pass"
    assert [s for name, s in found.items() if name != ONE] == ["not-run"]


def test_strict_makes_a_warning_fail(estspec, make_scenario, out_dir):
    path = make_scenario(SHOULD)
    lax = estspec("run", *DRIVER, "--out", out_dir, path)
    assert set(states(out_dir).values()) == {"warning"}
    strict = estspec("run", *DRIVER, "--out", out_dir, "--strict", path)
    assert (lax.code, strict.code) == (0, 1), (lax, strict)
