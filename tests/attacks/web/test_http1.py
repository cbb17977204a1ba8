"""HTTP/1: what is malformed ends at Apache, and what Apache takes for one request is one for the hub."""

from concurrent.futures import ThreadPoolExecutor

import deployment
import pytest
import wire
from http1_attempts import ACCEPTED_WHEN_LENIENT, ONE, REFUSED, TWO, written


def attempted(address, texts):
    """{name: (statuses, requests for OUTER, requests for INNER)} of TEXTS; requests as of wire.requests_for."""

    def attempt(text):
        names = wire.names()
        return [answer.status for answer in wire.exchange(address, written(text, names))], names

    with ThreadPoolExecutor(8) as pool:
        return wire.counted(dict(zip(texts, pool.map(attempt, texts.values()), strict=True)))


@pytest.fixture(scope="module")
def results(apache):
    return attempted(apache, REFUSED | ONE | TWO)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_malformed_ends_at_apache(results, name):
    statuses, outer, inner = results[name]
    assert len(statuses) <= 1 and all(400 <= status < 600 for status in statuses)
    assert outer["hub"] == 0 and inner == wire.NOT_SEEN


@pytest.mark.parametrize("name", ONE)
def test_one_request_is_one_for_all(results, name):
    statuses, outer, inner = results[name]
    assert len(statuses) == 1
    assert outer == wire.SEEN and inner == wire.NOT_SEEN


@pytest.mark.parametrize("name", TWO)
def test_two_requests_are_two_for_all(results, name):
    statuses, outer, inner = results[name]
    assert len(statuses) == 2
    assert outer == inner == wire.SEEN


def test_a_lenient_apache_passes_on_what_is_malformed_and_too_large(weak):
    found = attempted(weak, REFUSED)
    assert {name for name, (_, outer, _) in found.items() if outer["hub"]} == ACCEPTED_WHEN_LENIENT


def test_a_request_that_apache_does_not_see_is_noticed(testbed):
    """The control of the count: one that was smuggled would look like this."""
    path = f"/hub/{wire.mark()}"
    code = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000{path}')"
    deployment.on_hub(f'python3 -c "{code}"', check=False)
    assert wire.requests_for(path, wire.logs()) == {"apache": 0, "hub": 1}
