# SPDX-License-Identifier: GPL-2.0-or-later
"""check, list, plan, explain, cover, schema, pki: what they print."""

import json
import re
import time

import jsonschema
import pytest
import yaml

DRIVER = ["--driver", "drivers/reference-server"]
SIZES = "rfc9148/4.6-fragmentation/crts-block2-sizes"


def test_version_names_the_libraries(estspec):
    outcome = estspec("--version")
    assert outcome.code == 0
    assert re.match(r"estspec \d+\.\d+\.\d+ \(wolfSSL \d.*libcoap \d", outcome.out)


def test_help_of_every_command(estspec):
    overview = estspec("--help").out
    names = re.findall(r"^  (\w+) ", overview, re.MULTILINE)
    assert {"run", "check", "list", "plan", "explain", "cover", "probe"} <= set(names)
    for name in names:
        outcome = estspec(name, "--help")
        assert outcome.code == 0 and outcome.out.startswith(f"usage: estspec {name}")


def test_without_a_command_the_usage_goes_to_stderr(estspec):
    outcome = estspec()
    assert outcome.code == 2 and outcome.err.startswith("usage:") and not outcome.out


def test_every_scenario_is_clean(estspec):
    outcome = estspec("check")
    assert outcome.code == 0, outcome.err
    assert "no errors" in outcome.out


def test_check_reports_all_mistakes_at_once(estspec, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        "format: 1\ntitle: bad\niut: server\n"
        "steps:\n"
        "  - request: CON GTE /x\n    req: none\n"
        "  - request: CON GET /x\n    acept: 281\n    req: none\n"
        "  - check: 1 == 1\n"
    )
    outcome = estspec("check", path)
    assert outcome.code == 2
    places = re.findall(rf"^{re.escape(str(path))}:(\d+):", outcome.err, re.MULTILINE)
    assert places == ["5", "8", "10"]
    assert outcome.err.splitlines()[-1] == "3 errors"
    assert "did you mean 'GET'?" in outcome.err


def test_check_takes_drivers_and_requirements(estspec, tmp_path):
    outcome = estspec("check", "drivers", "scenarios/requirements", "scenarios/lib")
    assert outcome.code == 0, outcome.err
    (tmp_path / "driver.yaml").write_text("format: 1\niut: [server]\nadaptor: {}\n")
    (tmp_path / "expected.yaml").write_text("format: 1\nexpected: [{}]\n")
    bad = estspec("check", tmp_path)
    assert bad.code == 2
    assert "did you mean 'adapter'?" in bad.err and "expected.yaml:2:" in bad.err


def test_check_says_what_it_cannot_read(estspec, tmp_path):
    outcome = estspec("check", tmp_path / "nothing.yaml")
    assert outcome.code == 2 and "nothing.yaml: error: cannot be read" in outcome.err


def test_list_as_json_names_every_instance(estspec):
    listed = json.loads(estspec("list", "--json").out)
    names = [i["instance"] for i in listed]
    assert names == sorted(names, key=names.index) and f"{SIZES}[size=64]" in names
    assert len(set(names)) == len(names)
    for i in listed:
        assert set(i) >= {"instance", "iut", "requirements", "selected", "reason"}
        assert i["selected"] is not i["instance"].startswith("language/")
        if not i["instance"].startswith("language/"):
            assert i["requirements"], i["instance"]


def test_plan_gives_the_clause_that_excludes(estspec, make_driver):
    driver = make_driver(crts="no")
    planned = json.loads(estspec("plan", "--json", "--driver", driver, SIZES).out)
    assert planned
    for i in planned:
        assert i["selected"] is False and "op.crts" in i["reason"]


@pytest.mark.parametrize(
    "name, words",
    [
        ("request", ["a verb", "reply", "accept"]),
        ("within", ["a key of every step"]),
        ("block2", ["block2"]),
        ("absent", ["a matcher"]),
        ("est-root", ["a function"]),
        ("RFC9148:4.6:server-block2", ["MUST", "RFC 9148 section 4.6", SIZES]),
        (SIZES, ["a scenario for a server", "[size=16]"]),
        ("op.skg", ["an ICS item"]),
        ("pop.required", ["asked of a server only"]),
        ("label", ["a PIXIT value, a text", "of use with root.label only"]),
        ("op_timeout", ["a PIXIT value, a duration", "30s"]),
    ],
)
def test_explain(estspec, name, words):
    outcome = estspec("explain", name)
    assert outcome.code == 0, outcome
    for word in words:
        assert word in outcome.out, outcome.out


def test_explain_suggests(estspec):
    outcome = estspec("explain", "reqest")
    assert outcome.code == 2 and "did you mean 'request'?" in outcome.err


def test_cover_has_a_row_for_every_rule(estspec, top):
    rows = json.loads(estspec("cover", "--json").out)
    ids = set()
    for path in (top / "scenarios/requirements").glob("*.yaml"):
        content = yaml.safe_load(path.read_text())
        ids |= {r["id"] for r in content.get("requirements", [])}
    assert {row["id"] for row in rows} == ids
    cited = {row["id"]: row["cited"] for row in rows}
    assert SIZES in cited["RFC9148:4.6:server-block2"]
    text = estspec("cover").out
    assert "## RFC 9148 section 4.6" in text and "server-block2" in text


def test_cover_counts_a_run(estspec, out_dir):
    assert estspec("run", *DRIVER, "--out", out_dir, SIZES).code == 0
    rows = json.loads(estspec("cover", "--json", "--run", out_dir / "run.jsonl").out)
    row = next(r for r in rows if r["id"] == "RFC9148:4.6:server-block2")
    assert (row["judged"], row["broken"]) == (7, 0)


def test_the_schema_in_the_tree_is_fresh(estspec, top):
    path = top / "scenarios/schema/scenario.schema.json"
    assert path.read_text() == estspec("schema").out, f"estspec schema >{path}"


class Text(yaml.CSafeLoader):
    """Scalars stay texts, as in our loader; whole numbers are numbers."""


Text.yaml_implicit_resolvers = {}
Text.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[0-9]+$"), list("0123456789")
)


def test_every_scenario_fits_the_schema(estspec, top):
    schema = json.loads(estspec("schema").out)
    validator = jsonschema.Draft7Validator(schema)
    wrong = []
    for path in sorted((top / "scenarios").rglob("*.yaml")):
        if "requirements" in path.parts:
            continue
        content = yaml.load(path.read_text(), Loader=Text)
        error = jsonschema.exceptions.best_match(validator.iter_errors(content))
        if error:
            wrong.append(f"{path}: {list(error.absolute_path)}: {error.message}")
    assert not wrong, "\n".join(wrong)


def test_pki_export_makes_files_for_devices(estspec, tmp_path):
    outcome = estspec("pki", "export", tmp_path / "zoo")
    assert outcome.code == 0, outcome
    names = {p.name for p in (tmp_path / "zoo").iterdir()}
    assert {"root.cert.pem", "idevid.key.pem", "idevid.chain.pem", "crts.pem"} <= names
    mode = (tmp_path / "zoo" / "idevid.key.pem").stat().st_mode & 0o777
    assert mode == 0o600


def test_check_is_fast(estspec, top, tmp_path):
    source = (top / f"scenarios/{SIZES}.yaml").read_text()
    for i in range(100):
        (tmp_path / f"copy-{i}.yaml").write_text(source)
    started = time.monotonic()
    assert estspec("check", tmp_path).code == 0
    assert time.monotonic() - started < 2
