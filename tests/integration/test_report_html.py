# SPDX-License-Identifier: GPL-2.0-or-later
"""report.html as a browser finds it: whole, self-contained, with working links."""

import re
import xml.etree.ElementTree as ET

import pytest

DRIVER = ["--driver", "drivers/reference-server"]
SIZES = "rfc9148/4.6-fragmentation/crts-block2-sizes"
RULE = "RFC7959:2.4:requested-size-or-smaller"
BROKEN = {"ES_MUTANT": "block2-szx-ignored"}


@pytest.fixture
def broken_page(estspec, out_dir):
    """The page of a run in which a rule is broken, as a tree."""
    assert estspec("run", *DRIVER, "--out", out_dir, SIZES, env=BROKEN).code == 1
    return ET.parse(out_dir / "report.html").getroot()


def text_of(element):
    """All text in the element, on one line."""
    return re.sub(r"\s+", " ", " ".join(element.itertext())).strip()


def test_one_look_tells_fault_rule_and_section(broken_page):
    lead = text_of(broken_page.find(".//p[@class='lead']"))
    assert lead.startswith("The peer is at fault in ") and "It breaks 1 rule." in lead
    table = broken_page.find(".//main//table")
    text = text_of(table)
    assert "The peer is at fault" in text and f"{RULE} MUST" in text
    links = {a.get("href") for a in table.iter("a")}
    assert "https://www.rfc-editor.org/rfc/rfc7959#section-2.4" in links


def test_details_show_source_caret_and_trace(broken_page):
    (article,) = broken_page.iter("article")
    text, trace = article.findall(".//pre")
    assert "block2: {num: next, size: ..$size" in text_of(text)
    assert re.search(r"\^+ +got 1024, wanted \.\.", text_of(text.find("b")))
    marked = [text_of(line) for line in trace.findall("mark")]
    assert any("CON GET" in line for line in marked)
    assert any("2:0/0/1024" in line for line in marked)
    assert "more like this" in text_of(article)


def test_rules_stand_by_section_with_their_verdicts(broken_page):
    row = broken_page.find(f".//tr[@id='{RULE}']")
    assert text_of(row).startswith(f"fail {RULE} MUST")
    sections = [text_of(th) for th in broken_page.iter("th") if th.get("colspan")]
    assert "RFC 7959 section 2.4" in sections and "RFC 9148 section 4.6" in sections


def test_links_lead_somewhere_and_nothing_is_fetched(broken_page, out_dir):
    ids = [e.get("id") for e in broken_page.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    for link in broken_page.iter("a"):
        target = link.get("href")
        if target.startswith("#"):
            assert target[1:] in ids
        elif not target.startswith("https://www.rfc-editor.org/"):
            assert (out_dir / target).is_file(), target
    names = {e.tag for e in broken_page.iter()}
    assert not names & {"script", "link", "img", "iframe", "object", "form"}
    assert not [e for e in broken_page.iter() if e.get("src")]
    assert "url(" not in text_of(broken_page.find("head/style"))


def test_the_page_of_a_green_run_is_short(estspec, out_dir):
    assert estspec("run", *DRIVER, "--out", out_dir, SIZES).code == 0
    page = (out_dir / "report.html").read_text()
    assert "Everything that was judged passed." in page and len(page) < 30_000


def test_5_if_the_page_cannot_be_written(estspec, out_dir):
    (out_dir / "report.html.part").symlink_to("/dev/full")
    outcome = estspec("run", *DRIVER, "--out", out_dir, f"{SIZES}[size=64]")
    assert outcome.code == 5 and "report.html" in outcome.err, outcome
    assert "1 pass" in outcome.out
