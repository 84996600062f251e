# SPDX-License-Identifier: GPL-2.0-or-later
"""What is generated and committed is what the tool generates."""

from pathlib import Path

SCHEMA = Path(__file__).resolve().parents[2] / "scenarios/schema"


def test_reference_is_fresh(estspec):
    committed = (SCHEMA / "reference.md").read_text(encoding="utf-8")
    assert estspec("reference").out == committed, "estspec reference > " + str(SCHEMA)


def test_schema_is_fresh(estspec):
    committed = (SCHEMA / "scenario.schema.json").read_text(encoding="utf-8")
    assert estspec("schema").out == committed, "estspec schema > " + str(SCHEMA)
