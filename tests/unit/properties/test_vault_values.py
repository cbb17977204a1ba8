"""No message about a vault shows a part of a secret, whatever its characters are."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis_settings import examples

from openstack_hub.site.findings import file_problems
from openstack_hub.validation import report
from openstack_hub.validation.vault_values import vault_value_problems
from openstack_hub.validation.yaml_source import Source

PART = "5ec7e7"
SPECIAL = [
    "'", '"', "#", " #", ": ", ":", "- ", "{{", "}}", "{%", "%}", "{#", "{", "}", "[", "]", "&", "*", "!", "|", ">",
    "%", "@", "`", ",", "?", "~", "=", "\\", "\\x", "$", "\t", " ", "\n", "\n  ", "\u200b", "\u00a0", "\u201c",
    "2027-06-31", "<<: ",
]  # fmt: skip
WRITTEN = ["{}", "'{}'", '"{}"', "|\n  {}", ">-\n  {}", "[{}]", "{{{}: {}}}", "!unsafe '{}'", "!vault '{}'", "!{}"]


@examples(300)
@given(st.lists(st.sampled_from([PART, *SPECIAL]), min_size=1, max_size=6), st.sampled_from(WRITTEN))
def test_no_message_about_a_vault_shows_a_part_of_a_secret(parts, written):
    value = "".join([PART, *parts, PART])
    text = f"---\nvault_hub_proxy_token: {written.replace('{}', value)}\nvault_hub_crypt_key: {PART}\n"
    source = Source("group_vars/all/vault.yml", text, encrypted=True)
    problems = [(source, problem) for problem in vault_value_problems(source, set(), set(source.nodes))]
    lines = report.lines([*file_problems([source], False), *problems], [source])
    assert not [line for _, line in lines if PART in line]
    assert PART not in str(source.broken)
