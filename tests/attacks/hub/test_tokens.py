"""Tokens that a script in the user's browser creates: it runs on the same domain as the hub, so it has the cookies."""

from urllib.parse import urlsplit


def minted(visitor):
    """The answer to what a script sends that has read the page's token against forged requests."""
    cookies = {cookie.name for cookie in visitor.session.cookies}
    assert "_xsrf" in cookies
    return visitor._fetch("POST", f"{visitor.url}/hub/api/users/{visitor.name}/tokens", json={"note": "script"})


def test_a_script_cannot_create_a_token(hub, stock_hub, signed_in):
    answers = {service: minted(signed_in(service, "bob")).status_code for service in (stock_hub, hub)}
    assert answers == {stock_hub: 201, hub: 403}


def test_the_page_says_that_tokens_are_off_and_no_link_leads_to_it(hub, stock_hub, signed_in):
    bob, other = signed_in(hub, "bob"), signed_in(stock_hub, "bob")
    page = bob.page(f"{hub.url}/hub/token")
    assert page.status_code == 403 and "turned off" in page.text
    assert urlsplit(page.url).path == "/hub/token"
    assert "/hub/token" not in bob.page(f"{hub.url}/hub/home").text
    assert "Request new API token" in other.page(f"{stock_hub.url}/hub/token").text
