"""Limits on failed attempts: they stop guessing, and neither a class nor the owner of an account."""

import asyncio

import pytest

from hubkit.hub.local import LocalAccounts, SignInRefused, passwords
from hubkit.hub.local.database import transaction

TODAY, OWN = "2027-03-15", "correct horse battery"
HOME, ATTACKER, CLASSROOM = "192.0.2.1", "198.51.100.66", "203.0.113.9"


class Clock:
    now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def local(tmp_path, cheap_hashes):
    local = LocalAccounts(str(tmp_path / "local.sqlite"), Clock())
    local.create("ada", "2027-03-20", passwords.hashed("once"))
    asyncio.run(local.change_password("ada", "once", OWN, HOME, TODAY))
    return local


def answer(local, password="guess", address=ATTACKER, name="ada", browser=""):
    """ "" for a success, else the message."""
    try:
        asyncio.run(local.authenticate(name, password, address, TODAY, browser=browser))
    except SignInRefused as refusal:
        return str(refusal)
    return ""


def is_wait(text):
    return text.startswith("Too many failed attempts")


def guesses(local, seconds, addresses):
    """How many passwords an attacker can try who sends one from each of ADDRESSES as soon as any wait is over."""
    clock = local.clock
    end, count = clock.now + seconds, 0
    while clock.now < end:
        tried = sum(not is_wait(answer(local, address=address)) for address in addresses)
        count += tried
        if not tried:
            with transaction(local.path) as db:
                query = "SELECT min(until) FROM attempts WHERE until > ?"
                clock.now = db.execute(query, (clock.now,)).fetchone()[0]
    return count


def test_five_failures_are_free_and_each_further_one_doubles_the_wait(local):
    waits = []
    for _ in range(15):
        assert answer(local) == "Invalid user name or password."
        begin = local.clock.now
        with transaction(local.path) as db:
            (end,) = db.execute("SELECT max(until) FROM attempts WHERE source = ?", (ATTACKER,)).fetchone()
        if end > begin:
            local.clock.now = end - 1
            assert is_wait(answer(local))
        local.clock.now = end
        waits.append(end - begin)
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_the_right_password_is_not_tried_during_a_wait(local):
    for _ in range(5):
        answer(local)
    assert answer(local, OWN) == "Too many failed attempts. Try again in 2 seconds."
    local.clock.now += 2
    assert answer(local, OWN) == ""


def test_a_guesser_at_one_address_has_fewer_than_400_guesses_a_day(local):
    assert guesses(local, 86400, [ATTACKER]) < 400


def test_a_guesser_with_many_addresses_has_few_more(local):
    assert guesses(local, 7200, [f"198.51.100.{number}" for number in range(60)]) < 100


def test_the_addresses_of_one_ipv6_network_are_one(local):
    for number in range(5):
        assert not is_wait(answer(local, address=f"2001:db8::{number}"))
    assert is_wait(answer(local, address="2001:db8::ffff:1")) and not is_wait(answer(local, address="2001:db8:0:1::1"))


def test_an_attacker_elsewhere_does_not_keep_the_owner_out(local):
    for _ in range(30):
        local.clock.now += 300
        assert not is_wait(answer(local))
    assert is_wait(answer(local)) and answer(local, OWN, HOME) == ""


def test_an_attacker_with_many_addresses_does_not_keep_a_known_browser_out(local):
    for number in range(60):
        answer(local, address=f"198.51.100.{number}")
    assert is_wait(answer(local, OWN, HOME)), "an unknown browser waits, at most five minutes"
    assert answer(local, OWN, HOME, browser="known") == ""
    local.clock.now += 300
    assert answer(local, OWN, HOME) == ""


def test_a_classmate_behind_the_same_address_does_not_keep_a_known_browser_out(local):
    for _ in range(6):
        answer(local, address=CLASSROOM)
    assert is_wait(answer(local, OWN, CLASSROOM)) and answer(local, OWN, CLASSROOM, browser="known") == ""


def test_a_stolen_browser_id_has_limits_of_its_own(local):
    for _ in range(5):
        answer(local, browser="stolen")
    assert is_wait(answer(local, OWN, browser="stolen")) and answer(local, OWN, HOME) == ""


def test_a_class_behind_one_address_signs_in_whatever_some_of_them_mistype(local):
    for number in range(40):
        local.create(f"n{number}", "2027-03-20", passwords.hashed("once"))
        assert answer(local, "typo", CLASSROOM, f"n{number}") == "Invalid user name or password."
        assert "Choose a password" in answer(local, "once", CLASSROOM, f"n{number}")
    assert answer(local, OWN, CLASSROOM) == ""


def test_unknown_names_wait_like_known_ones(local):
    for name in ("ada", "nobody"):
        assert [is_wait(answer(local, name=name)) for _ in range(6)] == [False] * 5 + [True]


def test_many_attempts_at_the_same_moment_are_all_counted(local):
    async def together():
        attempts = [local.authenticate("ada", "guess", ATTACKER, TODAY) for _ in range(30)]
        return await asyncio.gather(*attempts, return_exceptions=True)

    assert sum(not is_wait(str(refusal)) for refusal in asyncio.run(together())) == 5


def test_a_success_forgets_the_failures_of_its_source(local):
    for _ in range(3):
        assert [answer(local, address=HOME) for _ in range(4)] == ["Invalid user name or password."] * 4
        assert answer(local, OWN, HOME) == ""


def test_successes_of_new_browsers_never_add_up_to_a_wait(local):
    for number in range(60):
        assert answer(local, OWN, f"203.0.113.{number}") == ""
    assert not is_wait(answer(local)) and answer(local, OWN, HOME) == ""


def test_waits_survive_a_restart_of_the_hub(local):
    for _ in range(5):
        answer(local)
    assert is_wait(answer(LocalAccounts(local.path, local.clock)))


def test_a_reset_by_the_administrator_ends_all_waits(local):
    for number in range(60):
        answer(local, address=f"198.51.100.{number}")
    local.reset("ada", passwords.hashed("new"))
    assert "Choose a password" in answer(local, "new")


def test_failures_are_forgotten_an_hour_after_their_wait(local):
    for name in ("ada", *(f"n{number}" for number in range(20))):
        for _ in range(5):
            answer(local, name=name)
    local.clock.now += 3700
    assert [is_wait(answer(local)) for _ in range(5)] == [False] * 5
    with transaction(local.path) as db:
        assert {name for (name,) in db.execute("SELECT name FROM attempts")} == {"ada"}
