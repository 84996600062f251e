# SPDX-License-Identifier: GPL-2.0-or-later
"""Which scenario catches which mutant of a reference peer.

A mutant is caught by an instance that passes against the peer as it is, and whose
first finding on the mutant has exactly the mutant's verdict and main requirement. The
table goes to reports/kill-table/<role>.json, where `estspec cover` finds it.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import yaml

import tool

DRIVERS = {"server": "reference-server", "client": "reference-client"}
# 3: nothing was applicable. 5 is an answer, too: a mutant may break the harness's peer.
FINE = {0, 1, 3, 4, 5}
# An argument list has an end.
AT_ONCE = 400


def read_mutants(role, names):
    """The mutants of the role, or those of the names."""
    path = Path(__file__).with_name("mutants.yaml")
    everything = yaml.safe_load(path.read_text(encoding="utf-8"))["mutants"]
    mutants = [m for m in everything if m["role"] == role]
    unknown = set(names) - {m["name"] for m in mutants}
    if unknown:
        names = ", ".join(sorted(unknown))
        raise SystemExit(f"no mutant of the {role} is called {names}")
    return [m for m in mutants if not names or m["name"] in names]


def candidates(mutant, catalogue):
    """Instances that judge a rule which the mutant breaks; the main rule first."""
    rules = mutant["requirements"]
    able = [i for i in catalogue if set(rules) & set(i["requirements"])]
    able.sort(key=lambda i: rules[0] not in i["requirements"])
    return [i["instance"] for i in able]


def run(driver, ids, jobs, mutant=None):
    """Runs the instances; their results by id."""
    results = {}
    for at in range(0, len(ids), AT_ONCE):
        with tempfile.TemporaryDirectory() as folder:
            arguments = ["run", "--driver", driver, "--out", folder, "-j", jobs]
            env = {"ES_MUTANT": mutant} if mutant else None
            tool.estspec(
                *arguments, "--seed", "1", *ids[at : at + AT_ONCE], env=env, check=FINE
            )
            results.update(tool.read_run(folder))
    return results


def first_finding(result):
    """Verdict and rule of the first finding that is more than a report."""
    for finding in result["findings"]:
        if finding["verdict"] != "pass":
            return finding["verdict"], finding.get("requirement")
    return result["verdict"], None


def judge(mutant, ids, plain, mutated):
    """The row of the table for a mutant."""
    rule, verdict = mutant["requirements"][0], mutant["verdict"]
    row = {"mutant": mutant["name"], "expected": verdict, "verdict": "none"}
    row.update(caught=False, requirement=rule, instance=None)
    for name in ids:
        if name not in mutated or plain.get(name, {}).get("state") != "pass":
            continue
        found = first_finding(mutated[name])
        if found == (verdict, rule):
            return {**row, "verdict": verdict, "caught": True, "instance": name}
        # What comes nearest is shown: a wrong finding tells more than a pass.
        if row["instance"] is None or (row["verdict"] == "pass" and found[0] != "pass"):
            row.update(verdict=found[0], instance=name)
            row["found"] = found[1]
    return row


def merge(path, rows):
    """The rows of an earlier table that were not made anew, and the new ones."""
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    fresh = {row["mutant"] for row in rows}
    return sorted(
        [row for row in old if row["mutant"] not in fresh] + rows,
        key=lambda row: row["mutant"],
    )


def describe(row):
    """A line for the console."""
    if row["caught"]:
        return f"caught    {row['mutant']:40} {row['instance']}"
    if row["instance"] is None:
        return f"SURVIVES  {row['mutant']:40} no instance judges {row['requirement']}"
    seen = row["verdict"] + (f" {row['found']}" if row.get("found") else "")
    return (
        f"SURVIVES  {row['mutant']:40} wanted {row['expected']} {row['requirement']}, "
        f"got {seen} in {row['instance']}"
    )


def main():
    """Makes the table; exit status 1 if a mutant survives."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("role", choices=sorted(DRIVERS))
    parser.add_argument("names", nargs="*", metavar="NAME", help="of mutants")
    parser.add_argument("-j", "--jobs", default="8", help="instances at once")
    arguments = parser.parse_args()

    driver = f"drivers/{DRIVERS[arguments.role]}"
    if not (tool.TOP / driver / "driver.yaml").exists():
        raise SystemExit(f"{driver} is not there")
    mutants = read_mutants(arguments.role, arguments.names)
    catalogue = [
        i
        for i in tool.instances()
        if i["iut"] == arguments.role and not i["instance"].startswith("language/")
    ]
    wanted = {m["name"]: candidates(m, catalogue) for m in mutants}
    able = sorted({name for names in wanted.values() for name in names})
    plain = run(driver, able, arguments.jobs) if able else {}
    rows = []
    for mutant in mutants:
        ids = wanted[mutant["name"]]
        mutated = run(driver, ids, arguments.jobs, mutant["name"]) if ids else {}
        rows.append(judge(mutant, ids, plain, mutated))
        print(describe(rows[-1]), flush=True)

    path = tool.TOP / "reports" / "kill-table" / f"{arguments.role}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    table = merge(path, rows)
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    caught = sum(row["caught"] for row in rows)
    print(f"{caught} of {len(rows)} caught; {path.relative_to(tool.TOP)}")
    return 0 if caught == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
