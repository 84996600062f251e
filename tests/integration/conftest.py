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
