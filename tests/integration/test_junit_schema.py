# SPDX-License-Identifier: GPL-2.0-or-later
"""junit.xml of a real run: valid after our schema, readable by junitparser, and of one
mind with run.jsonl and the exit status."""

import ctypes
import ctypes.util
import json

import junitparser
import pytest
from conftest import run_group

TIMEOUT_S = 120
SCHEMA = "tests/support/junit.rng"
SELECTION = "rfc9148/4.6-fragmentation/*"
DRIVER = ["--driver", "drivers/reference-server"]
STATE_OF_OUTCOME = {
    "passed": {"pass", "warning"},
    "skipped": {"inconclusive", "known", "not-applicable", "not-run"},
    "failure": {"fail", "unexpected-pass"},
    "error": {"error"},
}


@pytest.fixture(scope="module")
def outcome(estspec_path):
    """One run of a few scenarios against the reference server."""
    return run_group([estspec_path, "run", *DRIVER, SELECTION], TIMEOUT_S, None, "")


@pytest.fixture(scope="module")
def records(outcome):
    """The lines of run.jsonl."""
    text = (outcome.report / "run.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def cases(outcome):
    """Test cases of junit.xml by name."""
    xml = junitparser.JUnitXml.fromfile(str(outcome.report / "junit.xml"))
    return {case.name: case for suite in xml for case in suite}


def libxml2():
    """libxml2 itself: Debian's Python has no RELAX NG validator without lxml."""
    library = ctypes.CDLL(ctypes.util.find_library("xml2"))
    for name in (
        "xmlRelaxNGNewParserCtxt",
        "xmlRelaxNGParse",
        "xmlRelaxNGNewValidCtxt",
        "xmlReadFile",
    ):
        getattr(library, name).restype = ctypes.c_void_p
    return library


def is_valid(schema, document):
    """Whether the document is valid after the RELAX NG schema."""
    xml = libxml2()
    parser = ctypes.c_void_p(xml.xmlRelaxNGNewParserCtxt(str(schema).encode()))
    grammar = ctypes.c_void_p(xml.xmlRelaxNGParse(parser))
    assert grammar, f"{schema} is no schema"
    context = ctypes.c_void_p(xml.xmlRelaxNGNewValidCtxt(grammar))
    tree = ctypes.c_void_p(xml.xmlReadFile(str(document).encode(), None, 0))
    return bool(tree) and xml.xmlRelaxNGValidateDoc(context, tree) == 0


def outcome_of(case):
    """passed, skipped, failure or error."""
    names = [type(result).__name__.lower() for result in case.result]
    assert len(names) <= 1, f"{case.name} has {names}"
    return names[0] if names else "passed"


def test_junit_is_valid(outcome, top):
    assert is_valid(top / SCHEMA, outcome.report / "junit.xml")


def test_schema_refuses_another_root(top, tmp_path):
    other = tmp_path / "other.xml"
    other.write_text("<testsuite/>", encoding="utf-8")
    assert not is_valid(top / SCHEMA, other)


def test_every_instance_is_a_test_case(cases, records):
    instances = {r["id"]: r for r in records if r["record"] == "instance"}
    assert instances
    assert set(cases) == set(instances)
    for name, case in cases.items():
        assert case.classname == instances[name]["scenario"]
        assert instances[name]["state"] in STATE_OF_OUTCOME[outcome_of(case)], name


def test_the_counts_agree(outcome, cases):
    xml = junitparser.JUnitXml.fromfile(str(outcome.report / "junit.xml"))
    xml_counts = (xml.tests, xml.failures, xml.errors, xml.skipped)
    found = [outcome_of(case) for case in cases.values()]
    assert xml_counts == (
        len(found),
        found.count("failure"),
        found.count("error"),
        found.count("skipped"),
    )


def test_the_first_and_last_record_frame_the_run(outcome, records):
    assert records[0]["record"] == "run"
    assert records[-1]["record"] == "summary"
    assert records[-1]["exit_status"] == outcome.code
    assert records[-1]["instances"] == len(records) - 2


def test_every_case_names_its_rules(cases):
    def properties(case):
        found = case._elem.iterfind("properties/property")
        return [p.get("value") for p in found if p.get("name") == "requirement"]

    assert all(properties(case) for case in cases.values())
