"""Who may use the hub by the lists of the site, and what the IAM says about names. Each with what an attacker tries."""

import asyncio

import pytest
from mock_iam import ADA, Handler, User, refresh, requested

from hubkit.hub import pages
from hubkit.hub.roles import NAMED_ADMINISTRATORS

STRANGER = {"sub": "7", "preferred_username": "eve", "groups": ["cloud/other"]}
NAMESAKE = {"sub": "666", "preferred_username": "Ada", "groups": []}  # has now the name that Ada has, or had


def is_denied(iam, user_info):
    """Whether there is no access: at sign-in, and by the check of a user with a server."""
    with pytest.raises(pages.AccessDenied):
        iam.user_info_to_username(user_info)
    iam.answers["userinfo"] = user_info
    handler = Handler()
    return refresh(iam, handler=handler) is False and handler.stopped == [("ada", "")]


# --- Lists of the site ---


def test_a_listed_user_is_a_member_whatever_the_groups(iam):
    iam.allowed_groups, iam.allowed_names = set(), {"eve"}
    iam.answers["userinfo"] = STRANGER
    model = refresh(iam, User(name="eve"))
    assert (model["name"], model["groups"], model["admin"]) == ("eve", ["cloud/other"], False)
    assert asyncio.run(iam.check_allowed("eve", model)) is True


def test_a_user_who_is_taken_out_of_the_list_is_withdrawn(iam):
    iam.allowed_names = {"eve"}
    assert iam.user_info_to_username(STRANGER) == "eve"
    iam.allowed_names = {"jane"}
    assert is_denied(iam, STRANGER)


@pytest.mark.parametrize("blocked", ["eve", "user-eve"], ids=["at the IAM", "in the hub"])
def test_who_is_both_listed_and_blocked_is_blocked(iam, blocked):
    iam.accounts.name(iam.issuer, "7", "user-eve")
    iam.allowed_names, iam.administrator_names, iam.allow_all, iam.blocked = {"eve"}, {"eve"}, True, {blocked}
    assert is_denied(iam, STRANGER)


@pytest.mark.parametrize(
    "name", ["Eve", "eve ", "EVE", "eve@example.org", "\uff45\uff56\uff45", ["eve"], {"eve": 1}, True, None, ""]
)
def test_a_name_is_compared_as_it_is(iam, name):
    """Also one that becomes the same name in the hub."""
    iam.allowed_names = iam.administrator_names = {"eve"}
    iam.answers["userinfo"] = STRANGER | {"preferred_username": name}
    assert not iam.is_listed(iam.answers["userinfo"], {"eve"})
    assert not isinstance(refresh(iam, User(name="eve")), dict)


def test_a_subject_is_no_name(iam):
    """Without a claim for the name the subject is used, to which no list refers."""
    iam.allowed_names = {"7"}
    assert is_denied(iam, {"sub": "7", "groups": []})


@pytest.mark.parametrize("names", ["allowed_names", "administrator_names"])
def test_a_listed_name_belongs_to_the_first_who_comes_with_it(iam, names, caplog):
    """Whoever is renamed to it, or gets it after its owner has left, has no access by it."""
    iam.allowed_groups = set()
    setattr(iam, names, {"Ada"})
    assert iam.user_info_to_username(ADA) == "ada"
    assert is_denied(iam, NAMESAKE) and "has the name of another person" in caplog.text
    assert iam.user_info_to_username(ADA) == "ada", "its owner keeps it"
    assert is_denied(iam, ADA | {"preferred_username": "Augusta"}), "but only while the IAM has this name"


def test_a_namesake_who_is_admitted_otherwise_does_not_administer(iam):
    iam.administrator_names, iam.allow_all = {"Ada"}, True
    iam.answers["userinfo"] = ADA
    assert refresh(iam)["groups"] == sorted([NAMED_ADMINISTRATORS, "cloud/jupyter"])
    iam.answers["userinfo"] = NAMESAKE
    assert refresh(iam, User(name="ada-2"))["groups"] == []


def test_a_name_that_leaves_the_list_can_have_a_new_owner(iam):
    iam.allowed_names = {"Ada"}
    iam.user_info_to_username(ADA)
    iam.accounts.keep_listed({"Ada"})
    assert is_denied(iam, NAMESAKE)
    iam.accounts.keep_listed(set())
    assert iam.user_info_to_username(NAMESAKE) == "ada-2"


def test_the_name_of_another_issuer_is_another_name(iam):
    iam.allowed_names = {"Ada"}
    iam.user_info_to_username(ADA)
    iam.issuer = "https://new.example.org"
    assert iam.is_listed(NAMESAKE, {"Ada"}) and not iam.is_listed(ADA, {"Ada"})


def test_the_new_identity_of_a_person_has_what_the_former_had(iam):
    iam.allowed_groups, iam.allowed_names = set(), {"Ada"}
    iam.user_info_to_username(ADA)
    iam.accounts.move("ada", iam.issuer, "666", lambda name: False)
    assert iam.user_info_to_username(NAMESAKE) == "ada"
    assert not iam.is_listed(ADA, {"Ada"})


def test_a_listed_administrator_has_the_group_of_administrators_and_nobody_by_a_claim(iam):
    iam.allowed_groups, iam.administrator_names = set(), {"eve"}
    claimed = {"groups": [NAMED_ADMINISTRATORS]}
    iam.answers["userinfo"] = STRANGER | claimed
    assert refresh(iam, User(name="eve"))["groups"] == [NAMED_ADMINISTRATORS]
    iam.allowed_names, iam.administrator_names = {"eve"}, set()
    assert refresh(iam, User(name="eve"))["groups"] == []


def test_everybody_may_sign_in_where_the_site_says_so(iam):
    iam.allow_all, iam.allowed_groups = True, set()
    nobody = STRANGER | {"groups": None}
    iam.answers["userinfo"] = nobody
    assert refresh(iam, User(name="eve"))["groups"] == [] and asyncio.run(
        iam.check_allowed("eve", {"auth_state": {"oauth_user": nobody}})
    )
    iam.blocked = {"eve"}
    assert is_denied(iam, nobody)


def test_the_page_that_denies_access_names_nobody_who_is_listed(iam):
    iam.allowed_groups, iam.administrators, iam.allowed_names = set(), set(), {"jane"}
    with pytest.raises(pages.AccessDenied) as denied:
        iam.user_info_to_username(STRANGER)
    text = denied.value.jupyterhub_message
    assert "who may not use this hub." in text and "jane" not in text and "groups" not in text
    assert denied.value.reason_in_log == "Not among the allowed users"


# --- Groups in one text ---


def in_one_text(iam, text, separator="space"):
    iam.groups_separator = separator
    iam.answers["userinfo"] = ADA | {"groups": text}
    return refresh(iam)


@pytest.mark.parametrize(
    ("separator", "text"),
    [
        ("space", "openid cloud/jupyter  /cloud/gpu "),
        ("comma", "cloud/jupyter,cloud/gpu,"),
        ("comma", "cloud/jupyter, cloud/gpu"),
        ("semicolon", "cloud/gpu;;cloud/jupyter"),
    ],
)
def test_groups_in_one_text(iam, separator, text):
    assert {"cloud/jupyter", "cloud/gpu"} <= set(in_one_text(iam, text, separator)["groups"])


def test_names_with_other_characters_stay_whole(iam):
    assert in_one_text(iam, "cloud/jupyter,My course; first", "comma")["groups"] == [
        "My course; first",
        "cloud/jupyter",
    ]


@pytest.mark.parametrize("separator", [None, "space", "comma"])
def test_a_group_that_a_user_named_after_others_is_not_split(iam, separator):
    """The names of a list end where the list says."""
    groups = ["cloud/jupyter", "x cloud/jupyter-admins", "x,cloud/jupyter-admins"]
    assert in_one_text(iam, groups, separator)["groups"] == sorted(groups)


@pytest.mark.parametrize("text", ["cloud/jupyter", "cloud/other cloud/jupyter"])
def test_without_a_separator_a_text_is_no_group(iam, text):
    assert in_one_text(iam, text, None) is False


@pytest.mark.parametrize("text", ["cloud/jupyter,x", "xcloud/jupyter", "cloud/jupyter\t", "cloud\n/jupyter", ""])
def test_what_only_contains_the_name_of_a_group_is_not_it(iam, text):
    assert in_one_text(iam, text) is False


# --- Names ---


def named(iam, number, claim):
    return iam.user_info_to_username({"sub": str(number), "email": claim, "groups": ["cloud/jupyter"]})


def test_one_domain_is_left_out_of_names(iam):
    """Others stay, so that the same part before them is no reason for a number; and nobody gets the name of another."""
    iam.username_claim, iam.username_domain = "email", "example.org"
    claims = ["jane@example.com", "jane@example.org", "Jane@EXAMPLE.org", "jane", "jane@example.org.evil.test"]
    names = [named(iam, number, claim) for number, claim in enumerate(claims)]
    assert names == ["jane-example-com", "jane", "jane-2", "jane-3", "jane-example-org-evil-test"]
    assert named(iam, 0, "jane@example.org") == "jane-example-com", "a name never changes"
    people = {person["name"]: person["wanted"] for person in iam.accounts.people()}
    assert people["jane-example-com"] == "jane@example.com"


@pytest.mark.parametrize("claim", ["@example.org", "a@b@example.org", "root@example.org", "x" * 40 + "@example.org"])
def test_odd_addresses_become_names(iam, claim):
    iam.username_claim, iam.username_domain = "email", "example.org"
    assert named(iam, 1, claim) in ("user", "a-b", "user-root", "x" * 30)


def test_without_a_domain_all_are_left_out_as_before(iam):
    iam.username_claim = "email"
    assert [named(iam, 1, "jane@example.org"), named(iam, 2, "jane@example.com")] == ["jane", "jane-2"]


JANE = {"sub": "9", "email": "jane@example.org", "groups": ["cloud/jupyter"]}


@pytest.mark.parametrize("verified", [False, "false", "no", 0, "", [], {}])
def test_an_address_that_is_not_verified_names_nobody(iam, verified):
    """It may be that of another, who is in a list."""
    iam.username_claim, iam.allowed_names = "email", {"jane@example.org"}
    with pytest.raises(pages.AccessDenied) as denied:
        iam.user_info_to_username(JANE | {"email_verified": verified})
    assert "has not been confirmed there" in denied.value.jupyterhub_message
    assert denied.value.reason_in_log == "The e-mail address is not verified"
    assert iam.user_info_to_username(JANE | {"sub": "10"}) == "jane", "and takes the name from nobody"


@pytest.mark.parametrize("answer", [{}, {"email_verified": None}, {"email_verified": True}, {"email_verified": "True"}])
def test_an_address_counts_unless_the_iam_doubts_it(iam, answer):
    iam.username_claim = "email"
    assert iam.user_info_to_username(JANE | answer) == "jane"


def test_another_claim_does_not_depend_on_the_address(iam):
    assert iam.user_info_to_username(ADA | {"email_verified": False}) == "ada"


def test_a_list_that_cannot_be_read_ends_nobodys_access(iam, monkeypatch):
    iam.allowed_groups, iam.allowed_names = set(), {"Ada"}
    refresh(iam)
    iam.accounts.path = "/nowhere/accounts.sqlite"
    handler = Handler()
    assert refresh(iam, handler=handler) is True and handler.stopped == []
    assert "userinfo" in requested(iam)
