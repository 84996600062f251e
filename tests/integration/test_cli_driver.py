# SPDX-License-Identifier: GPL-2.0-or-later
"""`estspec driver new`: questions, answers, the folder that comes of them."""

import json
import os
import pty
import resource
import signal
import subprocess
import time

import pytest
import yaml

ONE = "rfc9148/4.6-fragmentation/crts-block2-sizes[size=64]"
CLIENT_SEN = "rfc9148/4.2-functions/client-sen"


@pytest.fixture
def folder(tmp_path):
    """Where the new driver is to be."""
    return tmp_path / "acme"


@pytest.fixture
def items(top):
    """The dictionary."""
    return yaml.safe_load((top / "drivers/ics.yaml").read_text())


def answers(*lines):
    """Answers through a pipe."""
    return "".join(f"{line}\n" for line in lines)


def planned(estspec, folder):
    """What a run would do, as the tool tells it; no instance may be an error."""
    outcome = estspec("plan", "--json", "--driver", folder)
    assert outcome.code == 0, outcome
    return json.loads(outcome.out)


def content(folder):
    """driver.yaml as it would be read."""
    return yaml.safe_load((folder / "driver.yaml").read_text())


@pytest.mark.parametrize(
    "given, roles, kind",
    [
        ((), ["server"], "process"),
        (("server", "passive", "", "coaps://[::1]:9", "ca.der"), ["server"], "passive"),
        (("client",), ["client"], "process"),
        (("client", "pull"), ["client"], "pull"),
        (("client", "prompt", "2.4.1", "[::1]:5684"), ["client"], "prompt"),
        (("client", "passive"), ["client"], "passive"),
        (("both",), ["server", "client"], "process"),
    ],
)
def test_what_was_written_can_be_planned(estspec, folder, items, given, roles, kind):
    if kind == "passive" and "server" in roles:
        # The CA is the last question: it has no default.
        asked = [i for i in items["ics"].values() if i.get("role") != "client"]
        given = (*given[:4], *[""] * len(asked), "", *given[4:])
    outcome = estspec("driver", "new", folder, stdin=answers(*given))
    assert outcome.code == 0, outcome
    written = content(folder)
    assert written["iut"] == roles and written["adapter"]["kind"] == kind
    assert set(written["ics"]) == set(items["ics"])
    assert set(written["pixit"]) == set(items["pixit"]) - {"label"}
    assert (folder / "run").exists() == (kind == "process")
    assert {i["iut"] for i in planned(estspec, folder) if i["selected"]} == set(roles)
    assert estspec("check", folder).code == 0


def test_only_what_concerns_the_role_is_asked(estspec, folder, items):
    outcome = estspec("driver", "new", folder, stdin=answers("client"))
    for name, item in items["ics"].items():
        assert (f"{name}: " in outcome.out) == (item.get("role") != "server"), name
    assert content(folder)["ics"]["pop.required"] is False


def test_what_the_rfc_demands_is_the_default(estspec, folder, items):
    assert estspec("driver", "new", folder, stdin=answers("client")).code == 0
    demanded = {"mandatory", "mandatory for a client"}
    for name, item in items["ics"].items():
        wanted = item.get("default", item["status"] in demanded)
        assert content(folder)["ics"][name] == wanted, name


def test_a_value_without_default_is_asked_where_it_is_of_use(estspec, folder, items):
    asked = [n for n, i in items["ics"].items() if i.get("role") != "client"]
    labels = ["yes" if name == "root.label" else "" for name in asked]
    given = answers("", "", "", "", *labels, "", 'with "quotes"')
    outcome = estspec("driver", "new", folder, stdin=given)
    assert outcome.code == 0, outcome
    assert "there is no default" in outcome.out
    assert content(folder)["pixit"]["label"] == 'with "quotes"'


def test_a_wrong_answer_is_asked_again_with_the_reason(estspec, folder):
    given = answers(
        "srever", "client", "p", "pull", "1\x07", "x" * 2000, "?", "nowhere", "[::1]"
    )
    outcome = estspec("driver", "new", folder, stdin=given)
    assert outcome.code == 0, outcome
    for reason in [
        "the answer is server, client or both",
        "the answer is process, pull, prompt or passive",
        "there are control characters in it",
        "it is too long",
        "'nowhere'",
    ]:
        assert reason in outcome.out, outcome.out
    written = content(folder)
    assert written["version"] == "1"
    assert written["listen"] == "[::1]"
    assert written["adapter"]["listen"] == "127.0.0.1:5683"


@pytest.mark.parametrize(
    "given, words",
    [
        (("nobody",), "the answer is server, client or both"),
        (("server", "passive", ""), "no answer to 'Its address"),
        (("server", "passive", "", "http://x"), "expected coaps://HOST"),
        (("server", "passive", "", "coaps://x"), "no answer to 'issuing_ca"),
    ],
)
def test_2_if_the_answers_end_too_early(estspec, folder, given, words):
    outcome = estspec("driver", "new", folder, stdin=answers(*given))
    assert outcome.code == 2, outcome
    assert words in outcome.err
    assert not list(folder.parent.iterdir())


def test_what_is_there_is_not_overwritten(estspec, folder):
    folder.mkdir()
    (folder / "driver.yaml").write_text("mine")
    outcome = estspec("driver", "new", f"{folder}/")
    assert outcome.code == 2, outcome
    assert f"'{folder}' is there already; nothing was changed" in outcome.err
    assert "Which role" not in outcome.out
    assert (folder / "driver.yaml").read_text() == "mine"


def test_5_if_there_is_no_place_for_it(estspec, folder):
    outcome = estspec("driver", "new", folder / "below")
    assert outcome.code == 5 and "no folder can be made here" in outcome.err
    assert "Which role" not in outcome.out


def test_5_on_a_full_disk_and_nothing_is_left(spawn, estspec_path, folder):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    command = [estspec_path, "driver", "new", folder]
    process = spawn(*command, stdin=subprocess.DEVNULL, preexec_fn=limit)
    text, _ = process.communicate(timeout=10)
    assert process.returncode == 5, text
    assert "driver.yaml: error: cannot write: File too large" in text
    assert not list(folder.parent.iterdir())


def read_until(terminal, words):
    """What the terminal shows up to these words."""
    seen = b""
    deadline = time.monotonic() + 10
    while words not in seen and time.monotonic() < deadline:
        seen += os.read(terminal, 4096)
    assert words in seen, seen
    return seen


def test_ctrl_c_leaves_nothing(estspec_path, top, folder):
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(top)
        os.execv(estspec_path, [str(estspec_path), "driver", "new", str(folder)])
    read_until(terminal, b"[server] ")
    os.write(terminal, b"\n")
    read_until(terminal, b"[process] ")
    os.write(terminal, b"process\n")
    # The terminal shows what is typed; the tool does not print it again.
    assert read_until(terminal, b"[1] ").count(b"process") == 1
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT
    assert not list(folder.parent.iterdir())


def test_the_skeleton_says_that_it_is_one(estspec, folder, out_dir):
    assert estspec("driver", "new", folder).code == 0
    outcome = estspec("run", "--driver", folder, "--out", out_dir, ONE)
    assert outcome.code == 5, outcome
    assert "does not say yet how the implementation is started" in outcome.out


def test_files_are_clean(estspec, top, folder):
    assert estspec("driver", "new", folder, stdin=answers("both")).code == 0
    subprocess.run(["shellcheck", folder / "run"], check=True)
    rules = top / ".yamllint"
    subprocess.run(["yamllint", "-c", rules, "--strict", folder], check=True)
    assert "drivers/acme" in (folder / "README.md").read_text()


def test_both_roles_run_as_soon_as_run_starts_them(estspec, folder, build_dir, out_dir):
    """The keys that were written are those that the reference peers need."""
    assert estspec("driver", "new", folder, stdin=answers("both")).code == 0
    run = folder / "run"
    assert os.access(run, os.X_OK)
    run.write_text(f'#!/bin/sh\nexec "{build_dir}/reference-$ES_ROLE"\n')
    outcome = estspec("run", "--driver", folder, "--out", out_dir, ONE, CLIENT_SEN)
    assert outcome.code == 0, outcome
    assert "2 pass" in outcome.out


def test_a_server_that_obeys_is_told(estspec, folder, build_dir, out_dir, items):
    asked = [n for n, i in items["ics"].items() if i.get("role") != "client"]
    delayed = ["yes" if name == "enrol.delayed" else "" for name in asked]
    given = answers("", "", "", "yes", *delayed)
    assert estspec("driver", "new", folder, stdin=given).code == 0
    (folder / "run").write_text(f'#!/bin/sh\nexec "{build_dir}/reference-server"\n')
    name = "rfc9148/4.7-delayed"
    outcome = estspec("run", "--driver", folder, "--out", out_dir, name)
    assert outcome.code == 0 and " pass" in outcome.out, outcome


@pytest.mark.parametrize("words", [[], ["new"], ["old", "x"], ["new", "x", "y"]])
def test_2_for_a_wrong_command_line(estspec, words):
    outcome = estspec("driver", *words)
    assert outcome.code == 2 and "usage: estspec driver new FOLDER" in outcome.err


# What nobody declared.

GOOD = "steps:\n  - dtls.connect: idevid\n    req: none\n"


def undeclared(estspec, driver, *arguments):
    """The reason that the plan gives for the only instance, and its exit status."""
    outcome = estspec("plan", "--json", "--driver", driver, *arguments)
    (instance,) = json.loads(outcome.out)
    assert instance["selected"] is False
    return outcome.code, instance["reason"]


@pytest.mark.parametrize(
    "condition, expected",
    [
        ("pop.linking", 5),
        ("not pop.linking", 5),
        ("op.crts and pop.linking", 5),
        ("pop.linking and dtls.v13", 5),
        ("dtls.v13 or pop.linking", 5),
        ("dtls.v13 and pop.linking", 0),
    ],
)
def test_an_undeclared_item_is_an_error_where_it_counts(
    estspec, make_driver, make_scenario, condition, expected
):
    path = make_scenario(f"applies-if: {condition}\n" + GOOD)
    status, reason = undeclared(estspec, make_driver(), path)
    words = "does not declare 'pop.linking'" if expected else "dtls.v13 is no"
    assert status == expected and words in reason


def test_no_other_reason_hides_an_undeclared_item(estspec, make_driver, make_scenario):
    path = make_scenario(
        "applies-if: pop.linking\nsteps:\n  - dtls.connect: idevid\n    req: none\n"
        "  - iut.set: {answer: pending}\n"
    )
    driver = make_driver()
    status, reason = undeclared(estspec, driver, path)
    assert status == 5 and "does not declare 'pop.linking'" in reason
    run = estspec("run", "--driver", driver, path)
    assert run.code == 5 and "1 error" in run.out, run


def test_an_undeclared_value_is_an_error(estspec, make_driver, make_scenario):
    path = make_scenario(
        "steps:\n  - dtls.connect: idevid\n    req: none\n"
        "  - request: CON GET /.well-known/est/$pixit.label/crts\n    req: none\n"
    )
    driver = make_driver()
    status, reason = undeclared(estspec, driver, path)
    assert status == 5
    assert "does not declare 'pixit.label'; add it to pixit in driver.yaml" in reason
    outcome = estspec("plan", "--driver", driver, path)
    assert "1 instances, 0 apply, 1 would be errors" in outcome.out
    run = estspec("run", "--driver", driver, path)
    assert run.code == 5 and "does not declare 'pixit.label'" in run.out
