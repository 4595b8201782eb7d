# SPDX-License-Identifier: Apache-2.0
"""Hold reports to their formats, strictly: check_report.py FORMAT FILE.

What GitLab, Jenkins and GitHub leave out when they read a report, they leave
out without a word; so every key, value and count is looked at here.
"""

import json
import os
import re
import sys
import xml.etree.ElementTree as etree

PRINT = re.compile(r"[0-9a-f]{64}")


def keys(value, required, optional=()):
    assert isinstance(value, dict), value
    assert set(required) <= set(value), (set(required) - set(value), value)
    assert set(value) <= {*required, *optional}, (
        set(value) - {*required, *optional})


def number(value, least=0):
    assert type(value) is int and value >= least, value


def text(value):
    assert isinstance(value, str) and value, value
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", value), value


def check_json(file):
    report = json.load(file)
    keys(report, ("sluice_report", "version", "verdict", "outcome", "policy",
                  "policy_digest", "evaluated_at", "blocking", "warnings",
                  "audits", "findings", "undecided", "waived", "deferred",
                  "skipped", "coverage"),
         ("policy_source", "policy_commit", "policy_kept", "import"))
    assert report["outcome"] in ("pass", "fail", "undecided")
    levels = [finding["level"] for finding in report["findings"]]
    for level, key in (("block", "blocking"), ("warn", "warnings"),
                       ("audit", "audits")):
        assert levels.count(level) == report[key], (level, report[key])
    order = ["block", "warn", "audit"]
    assert levels == sorted(levels, key=order.index), levels
    for finding in report["findings"] + report["waived"]:
        keys(finding, ("rule", "level", "message", "rule_source",
                       "fingerprint"),
             ("blocks_from", "ref", "commit", "path", "line", "column",
              "found", "expected", "fix", "repeats", "waiver"))
        text(finding["message"])
        assert PRINT.fullmatch(finding["fingerprint"])
    for entry in report["undecided"]:
        keys(entry, ("level", "reason"), ("rule", "ref", "path"))
    prints = [finding["fingerprint"] for finding in report["findings"]]
    assert len(set(prints)) == len(prints), prints


def check_codequality(file):
    """GitLab's documentation, "Code Quality", "Report format"."""
    issues = json.load(file)
    assert isinstance(issues, list)
    for issue in issues:
        keys(issue, ("type", "check_name", "description", "categories",
                     "severity", "fingerprint", "location"))
        assert issue["type"] == "issue"
        text(issue["check_name"])
        text(issue["description"])
        assert issue["severity"] in ("info", "minor", "major", "critical",
                                     "blocker")
        assert PRINT.fullmatch(issue["fingerprint"]), issue
        keys(issue["location"], ("path", "lines"))
        text(issue["location"]["path"])
        assert not issue["location"]["path"].startswith(("/", "./")), issue
        keys(issue["location"]["lines"], ("begin",))
        number(issue["location"]["lines"]["begin"], 1)
    prints = [issue["fingerprint"] for issue in issues]
    assert len(set(prints)) == len(prints), prints


def by_schema(root):
    """The schema that Jenkins goes by, where it can be had."""
    import xmlschema
    # GitLab's own, which it reads and the schema does not have.
    for case in root.iter("testcase"):
        case.attrib.pop("file", None)
    xmlschema.XMLSchema(os.environ["SL_JUNIT_XSD"]).validate(root)


def check_junit(file):
    root = etree.parse(file).getroot()
    total = {"tests": 0, "failures": 0, "errors": 0}
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite" and suite.get("name"), suite.attrib
        found = {
            "tests": len(suite.findall("testcase")),
            "failures": len(suite.findall("testcase/failure")),
            "errors": len(suite.findall("testcase/error")),
        }
        assert len(suite) == found["tests"]
        for name, count in found.items():
            assert int(suite.get(name)) == count, (suite.attrib, found)
            total[name] += count
        for case in suite:
            keys(case.attrib, ("classname", "name"), ("file",))
            text(case.get("classname"))
            text(case.get("name"))
            assert len(case) == 1, case.attrib
            assert case[0].tag in ("failure", "error", "skipped",
                                   "system-out")
    for name, count in total.items():
        assert int(root.get(name)) == count, (root.attrib, total)
    if os.environ.get("SL_JUNIT_XSD"):
        by_schema(root)


def check_checkstyle(file):
    root = etree.parse(file).getroot()
    assert root.tag == "checkstyle"
    keys(root.attrib, ("version",))
    for entry in root:
        assert entry.tag == "file" and len(entry) > 0
        keys(entry.attrib, ("name",))
        for error in entry:
            assert error.tag == "error" and len(error) == 0
            keys(error.attrib, ("line", "severity", "message", "source"),
                 ("column",))
            number(int(error.get("line")), 1)
            number(int(error.get("column", "1")), 1)
            assert error.get("severity") in ("ignore", "info", "warning",
                                             "error")
            text(error.get("message"))
            text(error.get("source"))


def check_github(file):
    """GitHub's documentation, "Workflow commands"."""
    escaped = r"(?:[^%\r\n]|%25|%0D|%0A)*"
    value = r"(?:[^%\r\n:,]|%25|%0D|%0A|%3A|%2C)+"
    command = re.compile(
        rf"::(?:error|warning|notice) title={value}(?:,file={value})?"
        rf"(?:,line=[1-9]\d*)?(?:,col=[1-9]\d*)?::{escaped}")
    lines = file.read().split("\n")
    assert lines.pop() == ""
    assert re.fullmatch(r"sluice: \w+ by verdict [0-9a-f]{12}", lines[-1])
    for line in lines[:-1]:
        assert command.fullmatch(line), line


def check_text(file):
    text(file.read().replace("\n", " "))


with open(sys.argv[2], encoding="utf-8", newline="\n") as report_file:
    globals()["check_" + sys.argv[1]](report_file)
