import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubkit.hub.groups import MAX_LENGTH, groups_in

sys.path.insert(0, str(Path(__file__).parents[1] / "properties"))

from hypothesis_settings import examples

AARC = "urn:geant:example.org:group:cloud"
NAMES = {
    "cloud/jupyter": "cloud/jupyter",
    "/cloud/jupyter": "cloud/jupyter",  # IAM's profile wlcg, Keycloak
    "c++ # and:colons": "c++ # and:colons",
    f"{AARC}": "cloud",
    f"{AARC}:jupyter#iam.example.org": "cloud/jupyter",
    f"{AARC}:jupyter:role=member#iam.example.org": "cloud/jupyter",
    f"{AARC}:jupyter:role=member": "cloud/jupyter",
    f"{AARC}:J%c3%bcrgens%20Gruppe#iam": "cloud/Jürgens Gruppe",
    f"{AARC}:group:a": "cloud/group/a",
    "urn:mace:egi.eu:group:vo.example.org:role=member#aai.egi.eu": "vo.example.org",
    "URN:Geant:Example.org:group:cloud": "cloud",
    "urn:geant:example.org:sub:space:group:cloud:jupyter#x": "cloud/jupyter",
    "urn:mace:egi.eu:res:jupyter#aai.egi.eu": "urn:mace:egi.eu:res:jupyter#aai.egi.eu",  # no group: a name as it is
}
MANAGER = f"{AARC}:jupyter:role=manager#iam"  # manages cloud/jupyter without being a member of it
NO_GROUPS = [
    7, None, True, 1.5, [], ["cloud/jupyter"], {"name": "cloud/jupyter"},
    "", "/", "a\nb", "a\x00b", "\ud800", "x" * (MAX_LENGTH + 1),
    MANAGER, f"{AARC}:jupyter:role=manager", f"{AARC}:jupyter:role=MEMBER", f"{AARC}:jupyter:role=",
    f"{AARC}:role=member:jupyter",
    f"{AARC}:role%3Dmanager", f"{AARC}:a%2Fb", f"{AARC}:", f"{AARC}::jupyter", f"{AARC}:%00",
    "urn:geant:example.org:group:", "urn:group:cloud", "urn:geant:group:cloud", "urn::example.org:group:cloud",
]  # fmt: skip
NESTED = {
    "realm_access": {"roles": ["a"]}, "wlcg.groups": ["/b"], "wlcg": {"groups": ["c"]}, "x": {"y.z": ["d"]}, "e": ["e"],
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*NAMES, "urn:", ":group:"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("ab") | st.text(max_size=2), inner),
    max_leaves=10,
)
PIECES = st.sampled_from(["urn:", "URN:", ":", "a", "é", ":group:", "role=", ":role=member", "#", "%2", "%41", "%ff"])
PART = st.text(min_size=1, max_size=9).filter(
    lambda part: part.isprintable() and "/" not in part and "role=" not in part
)


@pytest.mark.parametrize(("value", "name"), NAMES.items(), ids=NAMES)
def test_the_name_of_a_group(value, name):
    assert groups_in({"groups": [value]}, "groups") == {name}


@pytest.mark.parametrize("value", NO_GROUPS, ids=lambda value: repr(value)[:40])
def test_values_that_name_no_group_are_left_out(value):
    assert groups_in({"groups": [value, "cloud/training"]}, "groups") == {"cloud/training"}


def test_a_manager_is_no_member_of_any_group():
    assert groups_in({"groups": [MANAGER]}, "groups") == set()
    member = MANAGER.replace("role=manager", "role=member")
    assert groups_in({"groups": [MANAGER, member]}, "groups") == {"cloud/jupyter"}


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
@given(st.lists(PIECES).map("".join))
def test_no_urn_raises_an_error(value):
    assert all("role=" not in name or name == value for name in groups_in({"groups": [value]}, "groups"))


@examples(50)
@given(st.lists(PART, min_size=1, max_size=4), st.sampled_from(["", ":role=member"]), st.sampled_from(["", "#iam:1#2"]))
def test_encoded_names_are_decoded(parts, role, authority):
    path = ":".join(quote(part, safe="") for part in parts)
    assert groups_in({"groups": [f"urn:x:y:group:{path}{role}{authority}"]}, "groups") == {"/".join(parts)}
