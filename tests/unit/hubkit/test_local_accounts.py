"""Local accounts: sign-in, one-time passwords, expiry, administration, requests; without a hub."""

import asyncio
import contextlib
import stat
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubkit.hub.accounts import Accounts, safe_name
from hubkit.hub.local import LocalAccounts, PasswordChangeRequired, SignInRefused, passwords, requests
from hubkit.hub.local.refusals import AccountRefused
from hubkit.hub.local.store import check_name
from hubkit.hub.local.workload import MAX_WAITING, MAX_WAITING_OF_ONE

TODAY, ADDRESS, OWN = "2027-03-15", "192.0.2.1", "correct horse battery"


@pytest.fixture
def local(tmp_path, cheap_hashes):
    return LocalAccounts(str(tmp_path / "local.sqlite"))


@pytest.fixture
def ada(local):
    """An account with a password of its owner's choice."""
    local.create("ada", "2027-03-20", passwords.hashed("once"))
    asyncio.run(local.change_password("ada", "once", OWN, ADDRESS, TODAY))
    return local


def sign_in(local, password=OWN, name="ada", today=TODAY, address=ADDRESS):
    return asyncio.run(local.authenticate(name, password, address, today))


def refusal(local, *args, **kwargs):
    with pytest.raises(SignInRefused) as refused:
        sign_in(local, *args, **kwargs)
    return str(refused.value)


def test_the_parameters_are_among_those_that_owasp_recommends():
    assert (passwords.LOG_N, passwords.R, passwords.P) in [(17, 8, 1), (16, 8, 2), (15, 8, 3), (14, 8, 5), (13, 8, 10)]
    text = passwords.hashed("a")
    assert text.startswith("scrypt$15$8$3$") and passwords.matches("a", text) and not passwords.matches("b", text)
    assert passwords.NOBODY.startswith("scrypt$15$8$3$")


def test_one_password_has_many_hashes_and_old_parameters_stay_valid(cheap_hashes, monkeypatch):
    text = passwords.hashed("a")
    assert text != passwords.hashed("a")
    monkeypatch.setattr(passwords, "LOG_N", 6)
    assert passwords.matches("a", text) and passwords.hashed("a").startswith("scrypt$6$")


def test_a_letter_is_the_same_however_a_keyboard_composes_it(cheap_hashes):
    assert passwords.matches("zu\u0308rich", passwords.hashed("z\u00fcrich"))


def test_generated_passwords_differ_and_need_no_guess_at_their_letters():
    generated = {passwords.generated() for _ in range(100)}
    assert len(generated) == 100 and not set("".join(generated)) & set("0O1lIi")
    assert {len(password) for password in generated} == {19}


def test_the_file_is_for_the_hub_alone(ada, tmp_path):
    assert stat.S_IMODE((tmp_path / "local.sqlite").stat().st_mode) == 0o600
    content = (tmp_path / "local.sqlite").read_bytes()
    assert OWN.encode() not in content and b"scrypt$" in content


def test_a_one_time_password_admits_nobody_until_it_is_replaced(local):
    local.create("ada", "2027-03-20", passwords.hashed("once"))
    with pytest.raises(PasswordChangeRequired):
        sign_in(local, "once")
    assert not local.is_member("ada", TODAY)
    asyncio.run(local.change_password("ADA", "once", OWN, ADDRESS, TODAY))
    assert sign_in(local) == "ada" and local.is_member("ada", TODAY)
    assert refusal(local, "once") == "Invalid user name or password."


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("short", "too short"),
        ("x" * 129, "too long"),
        (OWN, "is the old one"),
        ("me-Ada-myself", "easy to guess"),
        ("abababababab", "easy to guess"),
    ],
)
def test_a_bad_choice_of_password_is_refused_with_the_reason(ada, new, words):
    with pytest.raises(AccountRefused, match=words):
        asyncio.run(ada.change_password("ada", OWN, new, ADDRESS, TODAY))
    assert sign_in(ada) == "ada"


def test_a_password_is_changed_only_by_who_knows_it(ada):
    for name, old in (("ada", "wrong"), ("eve", OWN)):
        with pytest.raises(SignInRefused, match="Invalid"):
            asyncio.run(ada.change_password(name, old, "another horse battery", ADDRESS, TODAY))


def test_a_reset_during_a_change_of_password_wins(ada, monkeypatch):
    original = passwords.hashed

    def reset_meanwhile(password):
        ada.reset("ada", original("by the administrator"))
        return original(password)

    monkeypatch.setattr(passwords, "hashed", reset_meanwhile)
    with pytest.raises(SignInRefused):
        asyncio.run(ada.change_password("ada", OWN, "another horse battery", ADDRESS, TODAY))
    with pytest.raises(PasswordChangeRequired):
        sign_in(ada, "by the administrator")


def test_an_account_ends_after_its_last_day(ada):
    assert sign_in(ada, today="2027-03-20") == "ada" and ada.is_member("ada", "2027-03-20")
    assert refusal(ada, today="2027-03-21") == "This account was valid until 2027-03-20."
    assert not ada.is_member("ada", "2027-03-21")
    ada.extend("ada", "2027-04-01")
    assert sign_in(ada, today="2027-03-21") == "ada"


def test_a_disabled_account_is_refused_and_no_member_until_it_is_enabled(ada):
    ada.disable("ada")
    assert "disabled" in refusal(ada) and not ada.is_member("ada", TODAY)
    ada.disable("ada", False)
    assert sign_in(ada) == "ada" and ada.is_member("ada", TODAY)


def test_the_state_of_an_account_is_told_only_to_who_knows_its_password(ada):
    ada.disable("ada")
    unknown = refusal(ada, "guess", "nobody")
    assert unknown == refusal(ada, "guess") == refusal(ada, "guess", today="2028-01-01")


def test_a_reset_gives_a_one_time_password_and_ends_sessions(ada):
    version = ada.version("ada")
    assert ada.is_member("ada", TODAY, version)
    ada.reset("ada", passwords.hashed("new"))
    assert not ada.is_member("ada", TODAY)
    assert refusal(ada) == "Invalid user name or password."
    asyncio.run(ada.change_password("ada", "new", "another horse battery", ADDRESS, TODAY))
    assert ada.is_member("ada", TODAY) and not ada.is_member("ada", TODAY, version)
    assert ada.version("nobody") is None and not ada.is_member("nobody", TODAY)


@pytest.mark.parametrize(
    "change", [LocalAccounts.disable, lambda a, n: a.reset(n, "x"), lambda a, n: a.extend(n, TODAY)]
)
def test_administration_of_an_unknown_account_is_an_error(local, change):
    with pytest.raises(AccountRefused, match="There is no account eve"):
        change(local, "eve")


def test_a_name_is_given_once_for_ever(ada):
    ada.disable("ada")
    with pytest.raises(AccountRefused, match="in use"):
        ada.create("ada", "2027-03-20", passwords.hashed("x"))


@settings(deadline=None)
@given(st.text(max_size=40) | st.from_regex("[a-z][a-z0-9-]{0,31}", fullmatch=True))
def test_every_name_that_is_accepted_is_one_that_every_platform_accepts_unchanged(name):
    try:
        check_name(name)
    except AccountRefused:
        return
    assert name == safe_name(name) and name.isascii() and 0 < len(name) <= 30


@settings(deadline=None, max_examples=50)
@given(st.lists(st.from_regex("[a-z][a-z0-9]{0,3}", fullmatch=True), unique=True, min_size=1, max_size=6))
def test_local_accounts_and_people_of_the_iam_never_share_a_name_in_the_hub(tmp_path_factory, names):
    registry = Accounts(str(tmp_path_factory.mktemp("registry") / "accounts.sqlite"))
    iam = [registry.name("https://iam.example.org", str(number), name) for number, name in enumerate(names)]
    hub = [registry.name("local", name, name) for name in names]
    assert len({*iam, *hub}) == 2 * len(names)


@settings(deadline=None, max_examples=50)
@given(st.text(), st.text(), st.text(max_size=20), st.text(max_size=50))
def test_no_input_signs_in_or_crashes(tmp_path_factory, name, password, address, browser):
    local = LocalAccounts(str(tmp_path_factory.mktemp("local") / "local.sqlite"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "matches", lambda *_: True)
        with pytest.raises(SignInRefused):
            asyncio.run(local.authenticate(name, password, address, TODAY, browser=browser))


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_an_unknown_name_costs_one_hash_of_the_same_parameters(ada, name, monkeypatch):
    costs, original = [], passwords._scrypt

    def recorded(password, salt, *cost):
        costs.append(cost)
        return original(password, salt, *cost)

    monkeypatch.setattr(passwords, "_scrypt", recorded)
    refusal(ada, "guess", name)
    assert costs == [(passwords.LOG_N, passwords.R, passwords.P)]


def test_hashes_are_computed_two_at_a_time_beside_the_event_loop(ada, monkeypatch):
    """The loop counts on while threads are held in the hash."""
    release, running, most = threading.Event(), [], []

    def held(*_):
        running.append(1)
        most.append(len(running))
        release.wait(20)
        running.pop()
        return False

    monkeypatch.setattr(passwords, "matches", held)

    async def several():
        attempts = [asyncio.ensure_future(ada.authenticate(f"n{i}", "x", ADDRESS, TODAY)) for i in range(6)]
        while len(running) < 2:
            await asyncio.sleep(0.001)
        release.set()
        await asyncio.wait(attempts)
        return [type(attempt.exception()) for attempt in attempts]

    assert asyncio.run(several()) == [SignInRefused] * 6 and max(most) == 2


def test_one_address_cannot_fill_the_queue_and_all_together_are_limited(ada):
    with contextlib.ExitStack() as queue:

        def fill(address):
            with pytest.raises(SignInRefused, match="Very many people"):
                for _ in range(MAX_WAITING_OF_ONE + 1):
                    queue.enter_context(ada.guard.workload.place(address))

        fill("192.0.2.66")
        assert sign_in(ada) == "ada", "another address has places of its own"
        for number in range(MAX_WAITING // MAX_WAITING_OF_ONE):
            fill(f"198.51.100.{number}")
        assert "Very many people" in refusal(ada)
        assert asyncio.run(ada.authenticate("ada", OWN, ADDRESS, TODAY, browser="known")) == "ada"
    assert sign_in(ada) == "ada" and not ada.guard.workload.waiting


@pytest.mark.parametrize("change", ["reset", "change_password"])
def test_a_password_that_is_replaced_while_it_is_checked_admits_nobody(ada, monkeypatch, change):
    matches = passwords.matches

    def replaced(password, text):
        monkeypatch.setattr(passwords, "matches", matches)
        if change == "reset":
            ada.reset("ada", passwords.hashed("once more"))
        else:
            asyncio.run(LocalAccounts(ada.path).change_password("ada", OWN, "another long password", ADDRESS, TODAY))
        return matches(password, text)

    monkeypatch.setattr(passwords, "matches", replaced)
    assert refusal(ada) == "Invalid user name or password."


class TestRequests:
    def test_a_request_is_approved_once(self, local):
        local.request("ada", "Ada, for the\n course", ADDRESS)
        (request,) = local.requests()
        assert (request["name"], request["reason"], request["source"]) == ("ada", "Ada, for the course", ADDRESS)
        assert local.accounts() == []
        local.create("ada-l", "2027-03-20", passwords.hashed("x"), request["id"])
        assert local.requests() == [] and [account["name"] for account in local.accounts()] == ["ada-l"]
        with pytest.raises(AccountRefused, match="has answered"):
            local.create("other", "2027-03-20", passwords.hashed("x"), request["id"])
        assert len(local.accounts()) == 1

    def test_a_rejected_request_is_gone(self, local):
        local.request("ada", "reason", ADDRESS)
        local.reject(local.requests()[0]["id"])
        assert local.requests() == []

    def test_a_request_for_a_name_in_use_tells_nothing_and_reserves_nothing(self, local):
        local.create("ada", "2027-03-20", passwords.hashed("x"))
        local.request("ada", "reason", ADDRESS)
        with pytest.raises(AccountRefused, match="in use"):
            local.create("ada", "2027-03-20", passwords.hashed("y"), local.requests()[0]["id"])
        assert len(local.requests()) == 1, "the administrator can choose another name"
        local.request("eve", "reason", ADDRESS)
        local.create("eve", "2027-03-20", passwords.hashed("x"))

    @pytest.mark.parametrize(
        ("name", "reason", "words"),
        [
            ("Ada", "x", "lower-case"),
            ("ada" * 11, "x", "lower-case"),
            ("", "x", "lower-case"),
            ("../ada", "x", "lower-case"),
            ("ada", " \n ", "Say who you are"),
            ("ada", "x" * 501, "at most 500"),
            ("ada", "x\u202ey", "plain text"),
        ],
    )
    def test_an_impossible_request_is_refused(self, local, name, reason, words):
        with pytest.raises(AccountRefused, match=words):
            local.request(name, reason, ADDRESS)
        assert local.requests() == []

    def test_requests_are_limited_from_one_address_and_in_all(self, local, monkeypatch):
        monkeypatch.setattr(requests, "MAX_OPEN", 5)
        monkeypatch.setattr(requests, "MAX_OPEN_OF_ONE", 3)
        for number, address in enumerate(["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3"]):
            local.request(f"n{number}", "x", address)
        local.request("n0", "x", "192.0.2.9")  # the same again is not another one
        with pytest.raises(AccountRefused, match="Too many"):
            local.request("n3", "x", "2001:db8::4")
        local.request("n3", "x", ADDRESS)
        local.request("n4", "x", ADDRESS)
        with pytest.raises(AccountRefused, match="Too many"):
            local.request("n5", "x", ADDRESS)

    def test_a_request_that_nobody_answers_ends(self, local):
        local.request("ada", "x", ADDRESS)
        local.clock = lambda: time.time() + 15 * 86400
        assert local.requests() == []
