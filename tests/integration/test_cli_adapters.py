# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that are not told by lines on stdin: commands, devices that ask, people,
devices that come by themselves; and one device for all instances of a run."""

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
DRIVER = TOP / "drivers/reference-client/driver.yaml"
PLEDGE = TOP / "tests/support/pledge.py"
SEN = "rfc9148/4.2-functions/client-sen"
CRTS = "rfc9148/4.2-functions/client-crts"
ANSWERS = """\
format: 1
person: Ada
answers:
  - {{instance: "*", answer: "{}"}}
"""


def rest_of_driver():
    """The answers of the reference client: ICS and PIXIT."""
    text = DRIVER.read_text()
    return text[text.index("ics:\n") :]


@pytest.fixture
def driver(tmp_path, build_dir):
    """Writes a client's driver folder: driver("kind: process..", "isolation: serial",
    script="..") -> Path. The script `go` runs with ES_BUILD_DIR set."""

    def call(adapter, more="", script="", name="device"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "driver.yaml").write_text(
            f"format: 1\niut: [client]\nadapter: {{{adapter}}}\n{more}\n"
            + rest_of_driver()
        )
        go = folder / "go"
        go.write_text(
            f"#!/bin/sh\nexport ES_BUILD_DIR='{build_dir}'\n"
            f"pledge() {{ '{sys.executable}' '{PLEDGE}' \"$@\"; }}\n{script}"
        )
        go.chmod(0o755)
        return folder

    return call


@pytest.fixture
def pledge(spawn, build_dir, pki_dir):
    """Starts the reference client: pledge("pull", host, port), see pledge.py."""

    def call(*words):
        env = {"ES_BUILD_DIR": str(build_dir), "ES_PKI_DIR": str(pki_dir)}
        return spawn(
            *(sys.executable, PLEDGE, *words), env=env, stderr=subprocess.DEVNULL
        )

    return call


@pytest.fixture
def run(estspec, out_dir, pki_dir):
    """Runs instances against a driver, with the certificates that the device has."""

    def call(folder, *words, **options):
        fixed = ("--out", out_dir, "--pki", pki_dir)
        return estspec("run", "--driver", folder, *fixed, *words, **options)

    return call


def instances(folder):
    """The instances of a report by id."""
    lines = map(json.loads, (folder / "run.jsonl").read_text().splitlines())
    return {r["id"]: r for r in lines if r["record"] == "instance"}


def verdicts(folder):
    """What became of the instances."""
    return {name: r["verdict"] for name, r in instances(folder).items()}


def evidence(folder, instance, name):
    """A file of an instance."""
    return (folder / instances(folder)[instance]["folder"] / name).read_text()


# --- A command for each operation


COMMAND = "kind: process, op: {run: ./go $op $uri}"
LINES = ", result: {success: {stdout: /^ok/}, failure: {stdout: '/err=(?<error>.*)/'}}"


@pytest.mark.parametrize("result", ["", LINES])
def test_a_command_does_an_operation(run, driver, out_dir, result):
    """By its exit status, or by what it prints."""
    folder = driver(COMMAND + result, script='pledge command "$@"\n')
    outcome = run(folder, SEN, CRTS, "rfc9148/3-security/client-refuses-server")
    assert outcome.code == 0, outcome
    assert " ./go sen coaps://127.0.0.1:" in evidence(out_dir, SEN, "peer.log")


def test_a_command_runs_in_turn_beside_others(run, driver):
    """With one device the commands of all instances follow each other."""
    folder = driver(COMMAND, "isolation: serial", 'pledge command "$@"\n')
    outcome = run(folder, SEN, CRTS, "-j", "4")
    assert outcome.code == 0, outcome


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        ("echo no route; exit 1\n", 1, "no route (exited with status 1)"),
        ("kill -SEGV $$\n", 1, "killed by signal 11 (SIGSEGV)"),
        ("sh -c 'kill -ABRT $$'\n", 1, "killed by signal 6 (SIGABRT)"),
        (
            "echo '==7==ERROR: AddressSanitizer: double-free on x' >&2; exit 1\n",
            1,
            "AddressSanitizer: double-free",
        ),
        ("exit 77\n", 4, "does not support this operation"),
    ],
)
def test_what_a_command_leaves_behind(run, driver, script, code, text):
    """A failure, a crash, something it cannot do: each is told apart."""
    outcome = run(driver(COMMAND, script=script), CRTS)
    assert outcome.code == code, outcome
    assert text in outcome.out


def test_a_command_without_a_known_line_tells_nothing(run, driver):
    """The client did well; its driver does not understand what it said."""
    script = 'pledge command "$@" > /dev/null\n'
    outcome = run(driver(COMMAND + LINES, script=script), SEN)
    assert outcome.code == 4, outcome
    assert "printed no line that 'result' of driver.yaml knows" in outcome.out


def test_a_command_that_is_not_there(run, driver):
    """That is the fault of the driver, not of the client."""
    outcome = run(driver("kind: process, op: {run: ./gone $op}"), CRTS)
    assert outcome.code == 5, outcome
    assert "cannot start ./gone" in outcome.out


def test_a_command_that_never_ends(run, driver, make_scenario):
    """It is ended with the instance."""
    folder = driver(COMMAND, script="exec cat /dev/zero > /dev/null\n")
    text = (folder / "driver.yaml").read_text()
    text = text.replace("op_timeout: 20s", "op_timeout: 1s")
    (folder / "driver.yaml").write_text(text)
    outcome = run(folder, CRTS, timeout=20)
    assert outcome.code == 1, outcome
    assert "nothing within 1s" in outcome.out


# --- One process for all instances


PROCESS = (
    "kind: process, start: ./go, ready: {stdout: /pledge ready/},"
    'op: {write-stdin: "$op $uri"}, reset: {soft: {write-stdin: reset}, hard: restart},'
    "result: {success: {stdout: /RESULT ok/},"
    " failure: {stdout: '/RESULT err=(?<error>.*)/'}}"
)
ONE = 'exec "$ES_BUILD_DIR/reference-client"\n'
SIZES = "rfc7959/client-answer-sizes"


def test_one_process_serves_all_instances(run, driver, out_dir, free_port):
    """It is started once, is reset before each instance, and finds us where we were."""
    port = free_port()
    script = f'echo $$ >> "{out_dir}/starts"\n{ONE}'
    more = f'isolation: serial\nlisten: "127.0.0.1:{port}"'
    outcome = run(driver(PROCESS, more, script), SIZES, SEN, CRTS)
    assert outcome.code == 0, outcome
    assert len((out_dir / "starts").read_text().split()) == 1
    log = evidence(out_dir, SEN, "peer.log")
    assert "in  | reset" in log and f"in  | sen coaps://127.0.0.1:{port}" in log


def test_a_process_that_a_scenario_restarts(run, driver, out_dir):
    """Its successor ends with the instance, and the next one gets a fresh process."""
    script = f"""\
        echo $$ >> "{out_dir}/starts"
        sed -u 's/^boot.*/?/' | {ONE.removeprefix("exec ")}"""
    outcome = run(
        driver(PROCESS, "isolation: serial", script),
        "language/iut.start",
        CRTS,
    )
    assert outcome.code == 0, outcome
    assert len((out_dir / "starts").read_text().split()) == 3


CRASHING = """\
if [ -e "{0}/done" ]; then exec "$ES_BUILD_DIR/reference-client"; fi
echo pledge ready
read -r line; echo RESULT ok
read -r line; touch "{0}/done"; kill -SEGV $$
"""


def test_a_shared_process_that_crashes(run, driver, out_dir):
    """The instance says how it ended, and the next one finds a fresh one."""
    script = CRASHING.format(out_dir)
    outcome = run(driver(PROCESS, "isolation: serial", script), CRTS, SEN)
    assert outcome.code == 1, outcome
    findings = [f["text"] for f in instances(out_dir)[CRTS]["findings"]]
    assert findings == ["the peer crashed: killed by signal 11 (SIGSEGV)"]
    assert verdicts(out_dir) == {CRTS: "fail", SEN: "pass"}


def test_a_reset_that_fails_is_followed_by_a_restart(run, driver, out_dir):
    """Each instance begins alike, the hard way if need be."""
    script = f"""\
        echo $$ >> "{out_dir}/starts"
        sed -u 's/^reset.*/?/' | {ONE.removeprefix("exec ")}"""
    outcome = run(driver(PROCESS, "isolation: serial", script), CRTS, SEN)
    assert outcome.code == 0, outcome
    assert "it was not reset" in evidence(out_dir, SEN, "peer.log")


# --- A device that asks


def pull_driver(driver, port, more="", adapter=""):
    """A driver whose device asks at the port."""
    return driver(f'kind: pull, listen: "127.0.0.1:{port}"{adapter}', more)


def test_a_device_asks_for_its_operations(run, driver, pledge, free_port, out_dir):
    """GET /next, an operation, POST /result; a reset before each instance."""
    port = free_port()
    reset = ", reset: {soft: {next: reset}}"
    pledge("pull", "127.0.0.1", port)
    outcome = run(pull_driver(driver, port, adapter=reset), SEN, CRTS, SIZES)
    assert outcome.code == 0, outcome
    log = evidence(out_dir, SEN, "peer.log")
    assert "in  | reset" in log and "in  | sen coaps://127.0.0.1:" in log
    assert "out | ok" in log


def test_a_device_tells_why_it_failed(run, driver, pledge, free_port, make_scenario):
    """Its words are in the report."""
    port = free_port()
    pledge("pull", "127.0.0.1", port)
    scenario = make_scenario("").with_name("nobody.yaml")
    scenario.write_text(
        "format: 1\ntitle: Nobody serves\niut: client\nsteps:\n"
        "  - dtls.listen: est-server\n"
        "  - iut.start: crts\n"
        "  - serve: GET /.well-known/est/crts\n    reply: 4.04\n    req: none\n"
        "  - iut.result: success\n"
        "    req: RFC9148:4.2:client-does-crts-sen-sren\n"
    )
    text = ", result: {success: {text: /^ok/}, failure: {text: '/err=(?<error>.*)/'}}"
    outcome = run(pull_driver(driver, port, adapter=text), scenario)
    assert outcome.code == 1, outcome
    assert "failure (" in outcome.out and "err=" not in outcome.out


def test_no_device_asks(run, driver, free_port):
    """Nothing is judged, and it is said where the device should have asked."""
    port = free_port()
    outcome = run(pull_driver(driver, port, adapter=", within: 1s"), SEN, timeout=20)
    assert outcome.code == 5, outcome
    assert f"no device has asked for GET coap://127.0.0.1:{port}/next" in outcome.err


MAIN = """
int main(int argc, char **argv)
{{
    struct sockaddr_in to = {{.sin_family = AF_INET, .sin_port = htons({port})}};
    struct timeval wait = {{.tv_sec = 2}};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    char line[128];
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    connect(s, (struct sockaddr *)&to, sizeof to);
    while (ask(s, 1, "next", "", line, sizeof line) == 0) {{
    }}
    puts(line);
    return ask(s, 2, "result", "err=tired", line, sizeof line);
}}
"""
HEADERS = "arpa/inet.h stdint.h stdio.h string.h sys/socket.h sys/time.h".split()


def test_the_device_of_the_contract(run, driver, spawn, free_port, tmp_path):
    """Its few lines of C are enough."""
    port = free_port()
    contract = (TOP / "drivers/CONTRACT.md").read_text()
    body = contract.split("```c\n")[1].split("```")[0]
    source = "".join(f"#include <{name}>\n" for name in HEADERS) + body
    (tmp_path / "device.c").write_text(source + MAIN.format(port=port))
    words = ("-Wall", "-Werror", "-Wno-unused-parameter", "-o", tmp_path / "asker")
    subprocess.run(["cc", *words, tmp_path / "device.c"], check=True)
    device = spawn(tmp_path / "asker")
    outcome = run(pull_driver(driver, port), SEN)
    assert outcome.code == 1, outcome
    assert "the client has given up: err=tired" in outcome.out
    assert device.communicate(timeout=10)[0].startswith("sen coaps://127.0.0.1:")
    assert device.returncode == 0


def con(mid, code, path, payload=b""):
    """A CON request."""
    head = bytes([0x40, code]) + mid.to_bytes(2, "big")
    return head + bytes([0xB0 | len(path)]) + path + payload


def test_copies_of_a_request_are_answered_alike(spawn, estspec_path, driver, free_port):
    """Also where nothing is there, or what is sent is no CoAP at all."""
    port = free_port()
    folder = pull_driver(driver, port, adapter=", within: 3s")
    process = spawn(estspec_path, "run", "--driver", folder, SEN)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.settimeout(5)
        device.connect(("127.0.0.1", port))
        assert "waiting for the device" in process.stdout.readline()
        requests = [con(1, 1, b"other"), con(2, 2, b"next"), con(3, 1, b"next")]
        for request in requests:
            device.send(b"\xff\xff")
            answers = set()
            for _ in range(3):
                device.send(request)
                answers.add(device.recv(1500))
            assert len(answers) == 1
            assert {a[1] for a in answers} <= {0x84, 0x85, 0x45}
            assert {a[2:4] for a in answers} == {request[2:4]}
        device.send(bytes([0x40, 0, 0, 9]))
        assert device.recv(1500) == bytes([0x70, 0, 0, 9])


# --- A person


PROMPT = "kind: prompt, within: 10s, op: {ask: Start $op against $uri.}"


def comes(pledge, port, *ops):
    """A device that does its operations at the port, again and again."""
    return pledge("come", f"coaps://127.0.0.1:{port}", *ops)


def answers_file(tmp_path, answer):
    """A file of answers."""
    path = tmp_path / "answers.yaml"
    path.write_text(ANSWERS.format(answer))
    return path


@pytest.mark.parametrize(
    ("answer", "code", "text"),
    [
        ("ok", 0, "how operations ended is told by Ada in "),
        ("failed no light", 1, "failed no light, says Ada at 20"),
        ("unknown", 4, "nobody can see how the operation ended: unknown, says Ada"),
    ],
)
def test_prepared_answers(
    run, driver, pledge, free_port, tmp_path, out_dir, answer, code, text
):
    """They stand in for a person; name, time and answer are kept."""
    port = free_port()
    folder = driver(PROMPT, f'listen: "127.0.0.1:{port}"')
    comes(pledge, port, "sen")
    path = answers_file(tmp_path, answer)
    outcome = run(folder, SEN, "--answers", path)
    assert outcome.code == code, outcome
    report = outcome.out + (out_dir / "summary.md").read_text()
    assert text in report
    log = evidence(out_dir, SEN, "peer.log")
    assert f"ask | Start sen against coaps://127.0.0.1:{port}." in log
    assert f"say | {answer}, says Ada at 20" in log
    assert f"{answer}, says Ada at 20" in evidence(out_dir, SEN, "trace")


def test_a_person_is_spared_what_is_proven(
    run, driver, pledge, free_port, tmp_path, out_dir
):
    """One control enrolment serves the instances that follow."""
    port = free_port()
    folder = driver(PROMPT, f'listen: "127.0.0.1:{port}"')
    comes(pledge, port, "sen")
    cases = ["alone", "behind-its-chain", "with-its-chain"]
    names = [f"rfc9148/4.2-functions/client-issued-certificate[{c}]" for c in cases]
    outcome = run(folder, *names, "--answers", answers_file(tmp_path, "ok"))
    assert outcome.code == 0, outcome
    asked = [evidence(out_dir, name, "peer.log").count("ask |") for name in names]
    assert sorted(asked) == [2, 2, 3]
    traces = [evidence(out_dir, name, "trace") for name in names]
    assert sum("an earlier control has passed" in trace for trace in traces) == 2


def test_nobody_can_be_asked(run, driver, out_dir):
    """That is said before anything runs."""
    outcome = run(driver(PROMPT), SEN)
    assert outcome.code == 2, outcome
    assert "asks a person, and there is no terminal" in outcome.err
    assert not (out_dir / "run.jsonl").exists()


def test_wrong_answers_are_shown_where_they_stand(run, driver, tmp_path):
    """With file, line and column."""
    path = answers_file(tmp_path, "perhaps")
    outcome = run(driver(PROMPT), SEN, "--answers", path)
    assert outcome.code == 2, outcome
    assert f"{path}:4:30: error: 'perhaps' is not an answer" in outcome.err


class Terminal:
    """A run at a terminal of its own."""

    def __init__(self, words, env):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(TOP)
            os.execve(words[0], words, {**os.environ, **env})

    def wait_for(self, text, start=0, timeout=30):
        """Reads until the text is there; where it ends."""
        end = time.monotonic() + timeout
        while text not in self.seen[start:]:
            assert time.monotonic() < end, self.seen
            if select.select([self.fd], [], [], 0.5)[0]:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
        return self.seen.index(text, start) + len(text)

    def type(self, text):
        """Types a line."""
        os.write(self.fd, text.encode())

    def end(self):
        """Reads to the end; the exit status."""
        while True:
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                break
            if not data:
                break
            self.seen += data.decode(errors="replace")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def terminal(estspec_path, out_dir, pki_dir):
    """Runs the tool at a terminal."""
    started = []

    def call(folder, *words):
        fixed = ["run", "--driver", folder, "--out", out_dir, "--pki", pki_dir]
        line = [str(word) for word in (estspec_path, *fixed, *words)]
        started.append(Terminal(line, {"USER": "Grace"}))
        return started[-1]

    yield call
    for each in started:
        try:
            os.kill(each.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.close(each.fd)


def test_a_person_is_asked(terminal, driver, pledge, free_port, out_dir):
    """And asked again for what is no answer."""
    port = free_port()
    there = terminal(driver(PROMPT, f'listen: "127.0.0.1:{port}"'), SEN)
    end = there.wait_for(f"Start sen against coaps://127.0.0.1:{port}.")
    comes(pledge, port, "sen")
    end = there.wait_for("How did sen end?", end)
    there.type("dunno\n")
    end = there.wait_for("ok, failed or unknown?", end)
    there.type("ok all green\n")
    assert there.end() == 0, there.seen
    assert "ok all green, says Grace at 20" in evidence(out_dir, SEN, "peer.log")
    assert "told by Grace" in (out_dir / "summary.md").read_text()


def test_a_prompt_is_interrupted(terminal, driver, out_dir):
    """Ctrl-C ends the run, and what is known is kept."""
    there = terminal(driver(PROMPT), SEN, CRTS)
    there.wait_for("ok, failed or unknown?")
    there.type("\x03")
    assert there.end() == 130, there.seen
    assert set(verdicts(out_dir)) == {SEN, CRTS}


# --- A device that comes by itself


def test_a_device_comes_by_itself(run, driver, pledge, free_port, out_dir):
    """What it does is judged; how it fares nobody can see."""
    port = free_port()
    folder = driver("kind: passive", f'listen: "127.0.0.1:{port}"')
    comes(pledge, port, "crts", "sen")
    outcome = run(folder, SEN, CRTS, "dtls/client-flight-loss[server-hello]")
    assert outcome.code == 4, outcome
    assert set(verdicts(out_dir).values()) == {"inconclusive"}
    assert "the device came by itself" in outcome.out
    judged = instances(out_dir)[SEN]
    assert "RFC9148:4.3:csr-sent-as-286" in judged["judged"]


def test_a_fault_of_such_a_device_is_not_hidden(
    run, driver, spawn, build_dir, pki_dir, free_port
):
    """Though nobody sees the outcome."""
    port = free_port()
    folder = driver("kind: passive", f'listen: "127.0.0.1:{port}"')
    env = {
        "ES_BUILD_DIR": str(build_dir),
        "ES_PKI_DIR": str(pki_dir),
        "ES_MUTANT": "cli-request-content-format-wrong",
    }
    uri = f"coaps://127.0.0.1:{port}"
    spawn(sys.executable, PLEDGE, "come", uri, "sen", env=env)
    outcome = run(folder, SEN)
    assert outcome.code == 1, outcome


def test_nobody_comes(run, driver, free_port):
    """Nothing is judged."""
    more = f'listen: "127.0.0.1:{free_port()}"'
    outcome = run(driver("kind: passive, within: 1s", more), SEN, timeout=20)
    assert outcome.code == 5, outcome
    assert "nobody came to coaps://127.0.0.1:" in outcome.err


def test_waiting_for_a_device_is_interrupted(spawn, estspec_path, driver, free_port):
    """At once."""
    more = f'listen: "127.0.0.1:{free_port()}"'
    folder = driver("kind: passive", more)
    process = spawn(estspec_path, "run", "--driver", folder, SEN)
    assert "waiting for the device" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130
