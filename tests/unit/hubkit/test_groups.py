import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubkit.hub.groups import LONGEST, groups_in

sys.path.insert(0, str(Path(__file__).parents[1] / "properties"))

from bounded import tries

AARC = "urn:geant:example.org:group:cloud"
SAID = {
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
    "urn:mace:egi.eu:res:jupyter#aai.egi.eu": "urn:mace:egi.eu:res:jupyter#aai.egi.eu",  # no group: stands for itself
}
NOT_SAID = [
    7, None, True, 1.5, [], ["cloud/jupyter"], {"name": "cloud/jupyter"},
    "", "/", "a\nb", "a\x00b", "\ud800", "x" * (LONGEST + 1),
    f"{AARC}:jupyter:role=manager#iam", f"{AARC}:jupyter:role=", f"{AARC}:role=member:jupyter",
    f"{AARC}:role%3Dmanager", f"{AARC}:a%2Fb", f"{AARC}:", f"{AARC}::jupyter", f"{AARC}:%00",
    "urn:geant:example.org:group:", "urn:group:cloud", "urn:geant:group:cloud", "urn::example.org:group:cloud",
]  # fmt: skip
NESTED = {
    "realm_access": {"roles": ["a"]}, "wlcg.groups": ["/b"], "wlcg": {"groups": ["c"]}, "x": {"y.z": ["d"]}, "e": ["e"],
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*SAID, "urn:", ":group:"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("ab") | st.text(max_size=2), inner),
    max_leaves=10,
)
PIECES = st.sampled_from(["urn:", "URN:", ":", "a", "é", ":group:", "role=", ":role=member", "#", "%2", "%41", "%ff"])
PART = st.text(min_size=1, max_size=9).filter(
    lambda part: part.isprintable() and "/" not in part and "role=" not in part
)


@pytest.mark.parametrize(("said", "name"), SAID.items(), ids=SAID)
def test_names(said, name):
    assert groups_in({"groups": [said]}, "groups") == {name}


@pytest.mark.parametrize("said", NOT_SAID, ids=lambda said: repr(said)[:40])
def test_what_is_no_name_is_left_out_and_the_others_stay(said):
    assert groups_in({"groups": [said, "cloud/jupyter"]}, "groups") == {"cloud/jupyter"}


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
def test_a_claim_is_a_key_or_a_path(claim, names):
    assert groups_in(NESTED, claim) == names


@pytest.mark.parametrize("found", ["cloud/jupyter", None, 7, {"cloud/jupyter": True}, {}, ""])
def test_only_a_list_holds_names(found):
    assert groups_in({"groups": found}, "groups") == set()


@tries(100)
@given(JSON, st.sampled_from(["a", "a.b", "a.a.b", "."]) | st.text())
def test_no_answer_is_an_error(user_info, claim):
    assert all(name.encode() and name.isprintable() for name in groups_in(user_info, claim))


@tries(100)
@given(st.lists(PIECES).map("".join))
def test_no_urn_is_an_error(said):
    assert all("role=" not in name or name == said for name in groups_in({"groups": [said]}, "groups"))


@tries(50)
@given(st.lists(PART, min_size=1, max_size=4), st.sampled_from(["", ":role=member"]), st.sampled_from(["", "#iam:1#2"]))
def test_encoded_names_come_back(parts, role, authority):
    path = ":".join(quote(part, safe="") for part in parts)
    assert groups_in({"groups": [f"urn:x:y:group:{path}{role}{authority}"]}, "groups") == {"/".join(parts)}
