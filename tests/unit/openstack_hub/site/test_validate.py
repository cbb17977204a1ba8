"""Validation without a playbook: the same report as the task, in every case of broken/*.txt."""

import os
import sys
from pathlib import Path
from unittest import mock

import pytest
from person import PROJECT, run

import sites
from openstack_hub.site import plain_values, prerequisites, validate

TABLES = {path.stem: sites.cases(path) for path in sorted(PROJECT.glob("tests/unit/openstack_hub/validation/broken/*.txt"))}
CASES = {f"{table}: {name}": case for table, found in TABLES.items() for name, case in found.items()}
SOUND = TABLES["host"]["sound"][0]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A function that writes files as a site folder."""
    monkeypatch.setattr(prerequisites, "cluster_sentences", lambda *_: [])
    for name in [name for name in os.environ if name.startswith("ANSIBLE_")]:
        monkeypatch.delenv(name)

    def write(files):
        sites.write(tmp_path / "site", files)
        (tmp_path / "site/.vault-password").write_text("not-secret\n")
        return tmp_path / "site"

    return write


def lines(folder, values, extra=None, in_files=()):
    errors, warnings = validate.site_report(folder, values, extra, in_files)
    return [line.replace(str(folder), "/site") for line in [f"? {w}" for w in warnings] + [f"! {e}" for e in errors]]


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES)
def test_the_report_is_that_of_the_task(folder, files, expected):
    where = folder(files)
    try:
        values = plain_values.read(where)
    except plain_values.NeedsAnsible:
        return  # compared by the next test
    assert sorted(lines(where, values)) == sorted(expected)


def needs_ansible(tmp_path, files):
    where = sites.write(tmp_path / "site", files)
    (where / ".vault-password").write_text("not-secret\n")
    try:
        plain_values.read(where)
    except plain_values.NeedsAnsible:
        return True
    return False


def test_what_needs_ansible_has_the_same_report(tmp_path, monkeypatch):
    """Few cases: templates with filters, undefined names, inventories that are not one YAML file."""
    monkeypatch.setattr(prerequisites, "cluster_sentences", lambda *_: [])
    found = {}
    for number, (name, (files, expected)) in enumerate(CASES.items()):
        if needs_ansible(tmp_path / str(number), files):
            found[name] = tmp_path / str(number) / "site", expected
    assert 5 < len(found) < len(CASES) / 8, list(found)
    for name, (where, expected) in found.items():
        try:
            values, extra, in_files = validate.read(where, [])
        except validate.Unreadable as error:
            reported = {line.partition(" ")[2] for line in expected}
            assert set(str(error).splitlines()) <= reported, name
        else:
            assert sorted(lines(where, values, extra, in_files)) == sorted(expected), name
