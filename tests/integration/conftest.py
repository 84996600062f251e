# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the integration tests: they see the tool as a user does.

ES_BUILD_DIR names the build folder (default: build/ of the checkout). A test that
needs a program which was not built fails; it is not skipped.
"""

import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

TOP = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60


class Outcome(NamedTuple):
    """What a finished program left behind."""

    code: int
    out: str
    err: str

    @property
    def report(self):
        """The folder that the last line of a run names."""
        lines = self.out.strip().splitlines()
        assert lines and lines[-1].startswith("report: "), f"no report line: {self}"
        return TOP / lines[-1].removeprefix("report: ")


@pytest.fixture(scope="session")
def top():
    """The top of the checkout; programs run from there."""
    return TOP


@pytest.fixture(scope="session")
def build_dir():
    """The build folder."""
    folder = Path(os.environ.get("ES_BUILD_DIR", TOP / "build")).resolve()
    assert folder.is_dir(), f"{folder} is not there: run ./dev build"
    return folder


def program(build_dir, name):
    """A program of the build folder."""
    path = build_dir / name
    assert os.access(path, os.X_OK), f"{path} is not there: run ./dev build"
    return path


@pytest.fixture(scope="session")
def estspec_path(build_dir):
    """The tool."""
    return program(build_dir, "estspec")


@pytest.fixture(scope="session")
def reference_server_path(build_dir):
    """The reference server."""
    return program(build_dir, "reference-server")


def run_group(command, timeout, env, stdin):
    """Runs a program in its own process group, all of which ends with it."""
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=TOP,
        env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        out, err = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        pytest.fail(f"{command} took more than {timeout} s\n{out}\n{err}")
    return Outcome(process.returncode, out, err)


@pytest.fixture
def estspec(estspec_path):
    """Runs the tool: estspec("check", path, timeout=5, env={...}) -> Outcome."""

    def call(*arguments, timeout=TIMEOUT_S, env=None, stdin=""):
        return run_group([estspec_path, *arguments], timeout, env, stdin)

    return call


@pytest.fixture
def spawn():
    """Starts a program that goes on; whatever it started is killed after the test."""
    started = []

    def start(*command, env=None, **options):
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.STDOUT)
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=TOP,
            env={**os.environ, **(env or {})},
            text=True,
            start_new_session=True,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()


@pytest.fixture
def out_dir(tmp_path):
    """A fresh folder for reports of one test."""
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


@pytest.fixture
def udp_socket():
    """A bound loopback socket: its port is free for nobody else while the test runs."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(5)
        yield bound


@pytest.fixture
def free_port():
    """Calls give loopback UDP ports that were free a moment ago. Prefer port 0 where
    the program can bind it itself and tell."""

    def call():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return call


DRIVER_YAML = """\
format: 1
iut: [server]
version: "{version}"
profile: rfc9148
adapter:
  kind: process
  start: ./run
  ready: {{stdout: "/listening (?<port>\\\\d+)/", within: {ready}}}
  reset: {{hard: restart}}
  crash: {{exit: any, signal: any, sanitizer: yes}}
isolation: {isolation}
{more}ics:
  op.crts: {crts}
  op.sen: yes
  op.sren: yes
  op.skg: yes
  op.skc: yes
  op.att: yes
  pop.required: no
  discovery: yes
  coap.block1: yes
  coap.block2: yes
  dtls.v12: yes
  dtls.v13: no
  dtls.cid: no
  spec.cbrski: no
pixit:
  op_timeout: 5s
  dtls_timer: 1s
  issuing_ca: $ES_PKI_DIR/issuing-ca.cert.der
"""

PLAIN_RUN = 'exec "$ES_BUILD_DIR/reference-server"\n'


@pytest.fixture
def make_driver(tmp_path, build_dir):
    """Writes a driver folder: make_driver("exit 3", isolation="serial") -> Path. The
    script runs with ES_BUILD_DIR set."""

    def call(script=PLAIN_RUN, expected=None, name="driver", **values):
        folder = tmp_path / name
        folder.mkdir()
        values = {
            "version": "1",
            "ready": "5s",
            "isolation": "process",
            "more": "",
            "crts": "yes",
            **values,
        }
        (folder / "driver.yaml").write_text(DRIVER_YAML.format(**values))
        if expected is not None:
            (folder / "expected.yaml").write_text(expected)
        run = folder / "run"
        run.write_text(f"#!/bin/sh\nexport ES_BUILD_DIR='{build_dir}'\n{script}")
        run.chmod(0o755)
        return folder

    return call


@pytest.fixture
def make_scenario(tmp_path):
    """Writes a scenario outside the project: make_scenario("steps: ...") -> path."""

    def call(body, name="scenario", title="a scenario of a test"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"format: 1\ntitle: {title}\niut: server\n{body}")
        return path

    return call


class Server(NamedTuple):
    """A reference server that runs, and the credentials for it."""

    uri: str
    pki: Path
    process: subprocess.Popen

    @property
    def arguments(self):
        """Options that name it and let us in."""
        return [
            *("--server", self.uri),
            *("--trust", self.pki / "root.cert.pem"),
            *("--cert", self.pki / "idevid.chain.pem"),
            *("--key", self.pki / "idevid.key.pem"),
        ]


@pytest.fixture
def pki_dir(estspec, tmp_path):
    """An exported zoo."""
    folder = tmp_path / "pki"
    outcome = estspec("pki", "export", folder)
    assert outcome.code == 0, outcome
    return folder


@pytest.fixture
def server(spawn, reference_server_path, pki_dir, tmp_path):
    """A reference server that goes on until the test ends."""
    env = {"ES_ROLE": "server", "ES_PKI_DIR": pki_dir, "ES_LOG_DIR": tmp_path}
    process = spawn(
        reference_server_path,
        env={name: str(value) for name, value in env.items()},
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    line = process.stdout.readline()
    assert line.startswith("listening "), line
    return Server(f"coaps://localhost:{line.split()[1]}", pki_dir, process)
