"""Links on other sites, which the browser opens with the user's cookies."""

import pytest

FOREIGN = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"}


def follow(visitor, path, headers=FOREIGN):
    return visitor.session.get(f"{visitor.url}{path}", headers=headers, timeout=30)


@pytest.mark.parametrize(
    "path", ["/hub/spawn?opt-profile=default&profile=default", "/hub/spawn/bob?profile=default&next=%2Fhub%2Fhome"]
)
def test_a_link_does_not_start_a_server(hub, stock_hub, signed_in, path):
    started = {}
    for service in (stock_hub, hub):
        bob = signed_in(service, "bob")
        follow(bob, path)
        started[service] = bool(bob.running())
        if started[service]:
            bob.stop()
    assert started == {stock_hub: True, hub: False}


def test_the_form_of_such_a_link_works(hub, signed_in):
    bob = signed_in(hub, "bob")
    assert "spawn_form" in follow(bob, "/hub/spawn?opt-profile=default").text


def test_a_link_does_not_sign_out(hub, stock_hub, signed_in):
    signed_out = {}
    for service in (stock_hub, hub):
        bob = signed_in(service, "bob")
        page = follow(bob, "/hub/logout")
        signed_out[service] = "/hub/login" in follow(bob, "/hub/home").url
    assert signed_out == {stock_hub: True, hub: False}
    assert "Sign out" in page.text


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_hubs_own_link_and_a_typed_address_sign_out_at_once(hub, signed_in, site):
    bob = signed_in(hub, "bob")
    follow(bob, "/hub/logout", {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": site})
    assert "/hub/login" in follow(bob, "/hub/home").url


@pytest.mark.parametrize("site", ["same-site", "", "cross-site"])
def test_others_get_a_form_that_signs_out_with_the_pages_token_only(hub, signed_in, site):
    bob = signed_in(hub, "bob")
    page = follow(bob, "/hub/logout", {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": site})
    token = page.text.partition('name="_xsrf" value="')[2].partition('"')[0]
    for sent, ended in (("", False), ("guess", False), (token, True)):
        bob.session.post(f"{hub.url}/hub/logout", data={"_xsrf": sent}, headers=FOREIGN, timeout=30)
        assert ("/hub/login" in follow(bob, "/hub/home").url) is ended, sent
