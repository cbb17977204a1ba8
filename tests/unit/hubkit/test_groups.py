import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubkit.hub.groups import MAX_LENGTH, groups_in

sys.path.insert(0, str(Path(__file__).parents[1] / "properties"))

from hypothesis_settings import examples

ISSUER = {"namespace": "urn:geant:example.org", "authority": "iam.example.org"}
AARC = "urn:geant:example.org:group:cloud"
WITHOUT_AUTHORITY = {"namespace": "urn:geant:example.org", "authority": None}
PLAIN = {
    "cloud/jupyter": "cloud/jupyter",
    "/cloud/jupyter": "cloud/jupyter",  # IAM's profile wlcg, Keycloak
    "c++ # and:colons": "c++ # and:colons",
}
NAMES = {
    f"{AARC}#iam.example.org": "cloud",
    f"{AARC}:jupyter#iam.example.org": "cloud/jupyter",
    f"{AARC}:jupyter:role=member#iam.example.org": "cloud/jupyter",
    f"{AARC}:J%c3%bcrgens%20Gruppe#iam.example.org": "cloud/Jürgens Gruppe",
    f"{AARC}:group:a#iam.example.org": "cloud/group/a",
    "URN:Geant:Example.org:group:cloud#iam.example.org": "cloud",  # RFC 8141: these parts ignore case
    "urn:mace:egi.eu:res:jupyter#aai.egi.eu": "urn:mace:egi.eu:res:jupyter#aai.egi.eu",  # no group: a name as it is
}
MANAGER = f"{AARC}:jupyter:role=manager#iam.example.org"  # manages cloud/jupyter without being a member of it
FOREIGN = [
    f"{AARC}:jupyter", f"{AARC}:jupyter#", f"{AARC}:jupyter#iam.example.com", f"{AARC}:jupyter#IAM.example.org",
    f"{AARC}:jupyter#iam.example.org#x", f"{AARC}:jupyter#x#iam.example.org",
    f"{AARC}:jupyter#iam.example.org.evil.test",
    "urn:geant:example.com:group:cloud:jupyter#iam.example.org",
    "urn:geant:example.org:sub:group:cloud:jupyter#iam.example.org",
    "urn:x:urn:geant:example.org:group:cloud:jupyter#iam.example.org",
    "urn:group:cloud:jupyter#iam.example.org",
]  # fmt: skip
NO_GROUPS = [
    7, None, True, 1.5, [], ["cloud/jupyter"], {"name": "cloud/jupyter"},
    "", "/", "a\nb", "a\x00b", "\ud800", "x" * (MAX_LENGTH + 1),
    MANAGER, *FOREIGN,
    *(
        f"{AARC}{path}#iam.example.org"
        for path in (
            ":jupyter:role=MEMBER", ":jupyter:role=", ":role=member:jupyter", ":role%3Dmanager", ":a%2Fb", ":",
            "::jupyter", ":%00",
        )
    ),
    "urn:geant:example.org:group:#iam.example.org",
]  # fmt: skip
NESTED = {
    "realm_access": {"roles": ["a"]}, "wlcg.groups": ["/b"], "wlcg": {"groups": ["c"]}, "x": {"y.z": ["d"]}, "e": ["e"],
}  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([*PLAIN, *NAMES, "urn:", ":group:"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("ab") | st.text(max_size=2), inner),
    max_leaves=10,
)
PIECES = st.sampled_from(["urn:", "URN:", ":", "a", "é", ":group:", "role=", ":role=member", "#", "%2", "%41", "%ff"])
PART = st.text(min_size=1, max_size=9).filter(
    lambda part: part.isprintable() and "/" not in part and "role=" not in part
)


@pytest.mark.parametrize(("value", "name"), NAMES.items(), ids=NAMES)
def test_the_name_of_a_group(value, name):
    assert groups_in({"groups": [value]}, "groups", ISSUER) == {name}


@pytest.mark.parametrize(("value", "name"), PLAIN.items(), ids=PLAIN)
def test_a_plain_name_is_a_group_unless_entitlements_are(value, name):
    """An entitlement that is no URN says not whose it is."""
    assert groups_in({"groups": [value]}, "groups") == {name}
    assert groups_in({"groups": [value]}, "groups", ISSUER) == set()


@pytest.mark.parametrize("value", NO_GROUPS, ids=lambda value: repr(value)[:40])
def test_values_that_name_no_group_are_left_out(value):
    values = [value, f"{AARC}:training#iam.example.org"]
    assert groups_in({"groups": values}, "groups", ISSUER) == {"cloud/training"}


def test_a_manager_is_no_member_of_any_group():
    assert groups_in({"groups": [MANAGER]}, "groups", ISSUER) == set()
    member = MANAGER.replace("role=manager", "role=member")
    assert groups_in({"groups": [MANAGER, member]}, "groups", ISSUER) == {"cloud/jupyter"}


def test_an_issuer_without_authority_is_compared_whole_too():
    values = [f"{AARC}:a", f"{AARC}:b#iam.example.org"]
    assert groups_in({"groups": values}, "groups", WITHOUT_AUTHORITY) == {"cloud/a"}


def test_without_an_issuer_no_urn_is_a_group():
    assert groups_in({"groups": [f"{AARC}:a", f"{AARC}:b#iam.example.org", "c"]}, "groups") == {"c"}


@pytest.mark.parametrize(("length", "names"), [(1, 1), (MAX_LENGTH, 1), (MAX_LENGTH + 1, 0)])
def test_names_are_as_long_as_the_hubs_database_takes(length, names):
    assert MAX_LENGTH == 255 and len(groups_in({"groups": ["x" * length]}, "groups")) == names


@pytest.mark.parametrize(
    ("claim", "names"),
    [
        ("realm_access.roles", {"a"}),
        ("wlcg.groups", {"b"}),
        ("x.y.z", {"d"}),
        ("e", {"e"}),
        ("e.e", set()),
        ("realm_access", set()),
        ("realm_access.", set()),
        (".", set()),
        ("", set()),
        ("nothing", set()),
        ("nothing.at.all", set()),
    ],
)
def test_a_claim_is_a_key_or_a_path_of_keys(claim, names):
    assert groups_in(NESTED, claim) == names


@pytest.mark.parametrize("value", ["cloud/jupyter", None, 7, {"cloud/jupyter": True}, {}, ""])
def test_only_a_list_contains_names(value):
    assert groups_in({"groups": value}, "groups") == set()


@examples(100)
@given(JSON, st.sampled_from(["a", "a.b", "a.a.b", "."]) | st.text())
def test_no_user_info_raises_an_error(user_info, claim):
    assert all(name.encode() and name.isprintable() for name in groups_in(user_info, claim))


@examples(100)
@given(st.lists(PIECES).map("".join), st.sampled_from([ISSUER, WITHOUT_AUTHORITY, None]))
def test_no_urn_raises_an_error(value, issuer):
    assert all("role=" not in name or name == value for name in groups_in({"groups": [value]}, "groups", issuer))


@examples(50)
@given(st.lists(PART, min_size=1, max_size=4), st.sampled_from(["", ":role=member"]))
def test_encoded_names_are_decoded(parts, role):
    path = ":".join(quote(part, safe="") for part in parts)
    values = [f"urn:geant:example.org:group:{path}{role}#iam.example.org"]
    assert groups_in({"groups": values}, "groups", ISSUER) == {"/".join(parts)}


@examples(50)
@given(st.lists(PIECES).map("".join), st.lists(PIECES).map("".join))
def test_only_the_issuers_own_urns_are_groups(namespace, authority):
    value = f"urn:{namespace}:group:cloud:jupyter#{authority}"
    own = (f"urn:{namespace}".lower(), authority) == tuple(ISSUER.values())
    assert ("cloud/jupyter" in groups_in({"groups": [value]}, "groups", ISSUER)) is own
