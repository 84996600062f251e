# SPDX-License-Identifier: GPL-2.0-or-later
"""`--server` and `probe`: a server that is only named by its address."""

import pytest

SIZES = "rfc9148/4.6-fragmentation/crts-block2-sizes"


def credentials(pki, name="idevid"):
    """Options with one of the zoo's identities."""
    return [
        *("--trust", pki / "root.cert.pem"),
        *("--cert", pki / f"{name}.chain.pem"),
        *("--key", pki / f"{name}.key.pem"),
    ]


def test_a_server_is_tested_by_its_address(estspec, server, out_dir):
    outcome = estspec("run", *server.arguments, "--out", out_dir, SIZES)
    assert outcome.code == 0, outcome
    assert "assumed absent" in outcome.out
    assert f"--server {server.uri}" in (out_dir / "summary.md").read_text()


def test_probe_prints_one_screen(estspec, server):
    outcome = estspec("probe", *server.arguments)
    assert outcome.code == 0, outcome
    lines = outcome.out.splitlines()
    assert len(lines) <= 24
    for word in ["address:", "suite:", "chain:", "EST root:", "crts"]:
        assert any(line.strip().startswith(word) for line in lines), word


def test_nothing_is_enrolled_by_a_probe(estspec, server):
    before = sorted(p.name for p in server.pki.iterdir())
    assert estspec("probe", *server.arguments).code == 0
    assert sorted(p.name for p in server.pki.iterdir()) == before


@pytest.mark.parametrize(
    "identity, words",
    [
        ("unknown-issuer", "alert unknown_ca: the server refused our certificate"),
        ("expired", "alert certificate_expired"),
    ],
)
def test_probe_tells_why_our_certificate_is_refused(estspec, server, identity, words):
    given = credentials(server.pki, identity)
    outcome = estspec("probe", server.uri, *given)
    assert outcome.code == 1, outcome
    assert words in outcome.out


def test_probe_tells_that_the_chain_is_not_trusted(estspec, server):
    given = credentials(server.pki)
    given[1] = server.pki / "manufacturer-ca.cert.pem"
    outcome = estspec("probe", server.uri, *given)
    assert outcome.code == 1, outcome
    chain = [line for line in outcome.out.splitlines() if line.startswith("chain:")]
    assert chain and "good" not in chain[0]


def test_probe_without_certificate_says_so(estspec, server):
    outcome = estspec("probe", server.uri)
    assert outcome.code == 1, outcome
    assert "--cert" in outcome.out


def test_a_closed_port_is_told(estspec, pki_dir, free_port):
    uri = f"coaps://127.0.0.1:{free_port()}"
    for command in [["probe", uri], ["run", "--server", uri]]:
        outcome = estspec(*command, *credentials(pki_dir))
        assert "nobody listens at 127.0.0.1" in outcome.out + outcome.err
        assert outcome.code == (1 if command[0] == "probe" else 5)


def test_a_port_that_keeps_silent_is_told(estspec, pki_dir, udp_socket):
    uri = f"coaps://127.0.0.1:{udp_socket.getsockname()[1]}"
    outcome = estspec("probe", "--patience", "2", uri, *credentials(pki_dir))
    assert outcome.code == 1, outcome
    assert "DTLS: no answer" in outcome.out


def test_a_name_that_is_unknown_is_told(estspec, pki_dir):
    outcome = estspec("probe", "coaps://nobody.invalid", *credentials(pki_dir))
    assert outcome.code == 1, outcome
    assert outcome.out.startswith("address: ") and "nobody.invalid" in outcome.out


@pytest.mark.parametrize(
    "option, content, words",
    [
        ("--cert", "rubbish", "certificate"),
        ("--key", "rubbish", "key"),
        ("--trust", "", "certificate"),
    ],
)
def test_credentials_that_cannot_be_used(
    estspec, pki_dir, tmp_path, option, content, words
):
    bad = tmp_path / "bad.pem"
    bad.write_text(content)
    given = credentials(pki_dir)
    given[given.index(option) + 1] = bad
    outcome = estspec("run", "--server", "coaps://127.0.0.1:9", *given)
    assert outcome.code == 2, outcome
    assert str(bad) in outcome.err and words in outcome.err


def test_malformed_traffic_to_others_needs_a_flag(estspec, tmp_path):
    driver = tmp_path / "far"
    driver.mkdir()
    (driver / "driver.yaml").write_text(
        "format: 1\niut: [server]\nversion: '1'\nprofile: rfc9148\n"
        "adapter: {kind: passive, address: 'coaps://192.0.2.1'}\n"
        "ics: {op.crts: yes, op.sen: yes, coap.block1: yes, coap.block2: yes}\n"
    )
    scenario = tmp_path / "rough.yaml"
    scenario.write_text(
        "format: 1\ntitle: rough\niut: server\ntags: [rough]\n"
        "steps:\n  - dtls.connect: idevid\n    req: none\n"
    )
    plan = estspec("plan", "--driver", driver, scenario)
    assert plan.code == 0 and "--allow-robustness" not in plan.out
    listed = estspec("plan", "--driver", driver, "--tag", "malformed")
    if listed.code != 3:
        assert "needs --allow-robustness" in listed.out


def certificates_issued(folder):
    """How many certificates the servers of a run issued, by their logs."""
    logs = [path.read_text() for path in folder.rglob("peer.log")]
    return sum(log.count(" err | issued\n") for log in logs)


@pytest.mark.parametrize("cap", [1, 3])
def test_no_more_is_issued_than_the_driver_allows(estspec, make_driver, out_dir, cap):
    driver = make_driver(more=f"max-certificates: {cap}\n")
    names = ["answers-2.04", "p256", "takes-der", "twice-in-one-session"]
    enrolments = [f"rfc9148/4.2-functions/sen-{name}" for name in names]
    outcome = estspec("run", "--driver", driver, "--out", out_dir, *enrolments)
    assert outcome.code == 0, outcome
    assert 0 < certificates_issued(out_dir) <= cap
    listed = estspec("plan", "--driver", driver, *enrolments)
    assert f"allows {cap} certificates in a run (max-certificates)" in listed.out
