"""Links to the hub that lead elsewhere after the sign-in, such as to a copy of its pages."""

from urllib.parse import quote, urljoin, urlsplit

import pytest

from visitor.user import Visitor

ELSEWHERE = [
    "https://evil.example.org/", "http://evil.example.org", "//evil.example.org", "///evil.example.org",
    "////evil.example.org", "/\\evil.example.org", "\\\\evil.example.org", "/\\/evil.example.org",
    "https:evil.example.org", "https:/evil.example.org",
    "http:///evil.example.org", "\thttps://evil.example.org", "/\t/evil.example.org", "/\n/evil.example.org",
    " //evil.example.org", "//evil.example.org\\@127.0.0.1", "//127.0.0.1@evil.example.org", "javascript:alert(1)",
    "data:text/html,x", "https://evil.example.org/hub/home", "/hub/../\\evil.example.org", "%2f%2fevil.example.org",
    "/%2f/evil.example.org", "//evil%2eexample%2eorg",
]  # fmt: skip


def target(visitor, path):
    """The address to which a browser goes from PATH, as browsers read it: without tabs and line ends, \\ as /."""
    answer = visitor.session.get(f"{visitor.url}{path}", allow_redirects=False, timeout=30)
    location = answer.headers.get("Location", "")
    for character in "\t\r\n":
        location = location.replace(character, "")
    return urljoin(answer.url, location.strip().replace("\\", "/"))


@pytest.fixture(scope="module")
def bob(hub, stock_hub):
    people = {}
    for service in (hub, stock_hub):
        people[service] = Visitor(service.url)
        people[service].sign_in("bob", service.iam.password("bob"))
    return people


def stays(service, address):
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" == service.url


@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_link_leads_to_another_site(hub, bob, url):
    for page in ("login", "spawn", "user-redirect/x"):
        address = target(bob[hub], f"/hub/{page}?next={quote(url, safe='')}")
        assert stays(hub, address), (page, address)


def test_without_the_check_links_lead_elsewhere(stock_hub, bob):
    led = [
        url
        for url in ELSEWHERE
        if not stays(stock_hub, target(bob[stock_hub], f"/hub/login?next={quote(url, safe='')}"))
    ]
    assert len(led) >= 12, led
