# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run does with a client: where it listens, what it answers by itself."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
DRIVERS = TOP / "drivers"
CLIENTS = ["reference-client", "second-client"]
SEN = "rfc9148/4.2-functions/client-sen"
SIZES = "rfc7959/client-answer-sizes[size={}]"


def free_port():
    """A UDP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def driver_with(tmp_path, build_dir):
    """Copies a client's driver, with lines of driver.yaml replaced."""

    def copy(replaced=(), program=None, peer="reference-client"):
        folder = tmp_path / "client"
        folder.mkdir()
        text = (DRIVERS / peer / "driver.yaml").read_text()
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / "driver.yaml").write_text(text)
        shutil.copy(DRIVERS / peer / "expected.yaml", folder)
        run = folder / "run"
        run.write_text(program or f'#!/bin/sh\nexec "{build_dir}/{peer}"\n')
        os.chmod(run, 0o755)
        return folder

    return copy


def instances(folder):
    """The instances of a report by id."""
    lines = map(json.loads, (folder / "run.jsonl").read_text().splitlines())
    return {r["id"]: r for r in lines if r["record"] == "instance"}


def trace(folder, instance):
    """The trace of an instance."""
    return (folder / instances(folder)[instance]["folder"] / "trace").read_text()


@pytest.mark.parametrize("peer", CLIENTS)
@pytest.mark.parametrize("listen", ["127.0.0.1", "[::1]"])
def test_client_is_sent_to_where_we_listen(
    estspec, driver_with, out_dir, listen, peer
):
    """`listen` is what $uri and ES_URI name."""
    replaced = [("adapter:", f'listen: "{listen}"\nadapter:')]
    folder = driver_with(replaced, peer=peer)
    result = estspec("run", "--driver", folder, "--out", out_dir, SEN)
    assert result.code == 0, result.out
    assert f"coaps://{listen}:" in trace(out_dir, SEN)


def test_fixed_port_is_served_in_turn(estspec, driver_with, out_dir):
    """Instances do not fight for a port that is burnt in."""
    port = free_port()
    folder = driver_with([("adapter:", f'listen: "127.0.0.1:{port}"\nadapter:')])
    names = [SIZES.format(size) for size in (64, 128, 256)]
    result = estspec("run", "--driver", folder, "--out", out_dir, "-j", "8", *names)
    assert result.code == 0, result.out
    assert all(f":{port}" in trace(out_dir, name) for name in names)


@pytest.mark.parametrize("peer", CLIENTS)
def test_requests_nobody_named_are_answered(
    estspec, driver_with, out_dir, tmp_path, peer
):
    """While the scenario waits for something else, a good server stands behind it."""
    scenario = tmp_path / "background.yaml"
    scenario.write_text(
        "format: 1\ntitle: Nobody serves\niut: client\nsteps:\n"
        "  - dtls.listen: est-server\n"
        "  - iut.start: sen\n"
        "  - iut.result: success\n    req: none\n"
    )
    folder = driver_with(peer=peer)
    result = estspec("run", "--driver", folder, "--out", out_dir, scenario)
    assert result.code == 0, result.out
    evidence = "\n".join(p.read_text() for p in out_dir.rglob("trace"))
    assert "answered in the background: POST /.well-known/est/sen" in evidence


def test_strict_answers_nothing_by_itself(estspec, driver_with, out_dir, tmp_path):
    """tolerate: strict leaves such a client without an answer."""
    scenario = tmp_path / "strict.yaml"
    scenario.write_text(
        "format: 1\ntitle: Nobody serves\niut: client\ntolerate: strict\nsteps:\n"
        "  - dtls.listen: est-server\n"
        "  - iut.start: sen\n"
        "  - iut.result: success\n    within: 1s\n    req: none\n"
    )
    result = estspec("run", "--driver", driver_with(), "--out", out_dir, scenario)
    assert result.code == 4, result.out
    assert "no outcome within 1s" in result.out


CRASHING = """\
#!/bin/sh
echo 'pledge ready'
read -r line
exit 3
"""


def test_crash_of_the_client_fails_the_waiting_step(estspec, driver_with, out_dir):
    """A client that dies is at fault, whatever it should have done."""
    folder = driver_with(program=CRASHING)
    result = estspec("run", "--driver", folder, "--out", out_dir, SEN)
    assert result.code == 1, result.out
    assert "exited with status 3" in result.out


GIVING_UP = """\
#!/bin/sh
echo 'pledge ready'
read -r line
echo 'RESULT err=not today'
cat > /dev/null
"""


def test_client_that_gives_up_is_not_waited_for(estspec, driver_with, out_dir):
    """Its own words are the reason, and the time of the operation is not used up."""
    folder = driver_with(program=GIVING_UP)
    result = estspec("run", "--driver", folder, "--out", out_dir, SEN, timeout=15)
    assert result.code == 1, result.out
    assert "not today" in result.out
