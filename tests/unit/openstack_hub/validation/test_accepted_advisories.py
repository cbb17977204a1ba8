"""Admins learn when the list of advisories, or what they accepted, is old."""

import datetime

import pytest
from check_samples import warnings_of

from openstack_hub import advisories
from openstack_hub.schema import specification


@pytest.mark.parametrize(("days", "count"), [(0, 0), (1, 2)])
def test_an_old_list_and_an_old_acceptance_are_warnings(variables, monkeypatch, days, count):
    day = advisories.expiry() + datetime.timedelta(days=days)
    monkeypatch.setattr("openstack_hub.validation.rules.advisories.today", lambda: day)
    found = warnings_of(variables)
    assert len(found) == count
    if count:
        assert found[0].startswith("hub_accepted_advisories.CVE-2026-111497: accepted until 2027-05-29: read https://")
        assert found[1].endswith("is more than 180 days old: update this project")


def test_what_is_accepted_by_default_is_accepted_as_long_as_the_list_is_current(variables):
    """Whoever dates the list anew reads the accepted advisories anew."""
    default = specification.variables()["hub_accepted_advisories"]["default"]
    assert set(default.values()) == {advisories.expiry().isoformat()}
