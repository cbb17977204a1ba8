"""A YAML file as its author sees it."""

import pytest
import yaml

from openstack_hub.validation import yaml_errors, yaml_source
from openstack_hub.validation.yaml_source import Source, example_problems, secrets_in_clear

QUOTE = 'a value that begins with {{ must be in double quotes: "{{ ... }}"'
TAB = "a tab in the indentation: use spaces"
SPACE = "a space is missing after the colon"
COLON = "an extra colon, or wrong indentation: put text that contains a colon and a space in quotes"
BEGINS = "a value that begins with @, `, %, *, &, !, |, > or a bracket must be in quotes"
AFTER = "text after the closing quotes: put all of the value in one pair of quotes; inside use the other kind"
INVISIBLE = "an invisible character that is not a space: type the spaces of this line again"
MORE = "this line is indented more than the one above, which has a value already: begin both in the same column"
BRACE = 'a value that begins with {% must be in double quotes: "{% ... %}"'
FITS = "this does not match the lines above: check indentation and quotes"
NAMES = "not variables: write `name: value`, with a space after the colon"
ENCODING = "a character that is not valid UTF-8: save the file in UTF-8"
# Name -> (text, (line, message)).
ALIAS = "an alias (*) that leads to itself or repeats without end: write the value out"
REPEATED = "hub_environment:\n" + "\n".join(
    f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 10)}]" for n in range(9)
)
BROKEN = {
    "tab": ("hub_home:\n\tsize: 1G\n", (2, TAB)),
    "tab in a list": ("hub_profiles:\n  - name: a\n\tcpu: 2\n", (3, TAB)),
    "unquoted template": ("hub_port: 1\nhub_domain: {{ my_domain }}\n", (2, QUOTE)),
    "unquoted template and more": ("hub_domain: {{ my_domain }}.org\n", (1, QUOTE)),
    "unquoted template in a list": ("hub_allowed_groups: [{{ group }}]\n", (1, QUOTE)),
    "unquoted template after a dash": ("hub_allowed_groups:\n  - {{ group }}/x\n", (2, QUOTE)),
    "colon too many": ("hub_port: 1\nhub_notice: Testing: back up\n", (2, COLON)),
    "no space after a colon": ("hub_port: 1\nhub_idle:1d\nhub_max_users: 2\n", (2, SPACE)),
    "no space after the first colon": ("hub_idle:1d\nhub_max_users: 2\n", (1, SPACE)),
    "no space after the last colon": ("hub_port: 1\nhub_idle:1d\n", (2, SPACE)),
    "no space in a map": ("hub_home:\n  size:1G\n  storage_class: x\n", (2, SPACE)),
    "no space in an entry": ("hub_profiles:\n  - name:gpu\n    cpu: 2\n", (2, SPACE)),
    "no space at all": ("hub_idle:1d\n", (1, SPACE)),
    "indented less": ("hub_contact:\n  email: a@b.c\n url: https://x\n", (3, FITS)),
    "indented more": ("hub_contact:\n  email: a@b.c\n   url: https://x\n", (3, MORE)),
    "first line indented": (" hub_port: 1\nhub_idle: 1d\n", (2, "this is indented less than the lines above")),
    "@": ("hub_notice: @home\n", (1, BEGINS)),
    "%": ("vault_a: %5ec7e7\n", (1, BEGINS)),
    "`": ("vault_a: `5ec7e7\n", (1, BEGINS)),
    "*": ("vault_a: *5ec7e7\n", (1, BEGINS)),
    "open quotes": ('hub_port: 1\nhub_notice: "Testing\nhub_idle: 1d\n',
                    (2, "the quotes that open here are never closed")),
    "quotes in quotes": ("hub_notice: 'it's fine'\n", (1, AFTER)),
    "text after quotes": ('hub_notice: "Testing" phase\n', (1, AFTER)),
    "open bracket": ("hub_allowed_groups: [a, b\nhub_idle: 1d\n", (1, "the bracket that opens here is never closed")),
    "open bracket at the end": ("hub_idle: 1d\nhub_allowed_groups: [ # ours\n\n# end\n",
                                (2, "the bracket that opens here is never closed")),
    "open brace after a comma": ("hub_home: {size: 1G,\n", (1, "the bracket that opens here is never closed")),
    "open brace": ("hub_home: {size: 1G\nhub_idle: 1d\n", (1, "the bracket that opens here is never closed")),
    "list": ("- hub_idle: 1d\n", (1, "a list, not variables: remove the dashes, and write `name: value`")),
    "text": ("---\nhello\n", (2, NAMES)),
    "two documents": ("a: 1\n---\nb: 2\n", (2, "--- is allowed only at the top of the file")),
    "equals sign": ("hub_port: 1\nhub_idle = 1d\nhub_max_users: 2\n",
                    (2, "an equals sign instead of a colon: write `name: value`")),
    "no space after a dash": ("hub_allowed_groups:\n  - a\n  -b\n", (3, "a space is missing after the dash")),
    "conflict": ("<<<<<<< HEAD\nhub_idle: 1d\n=======\nhub_idle: 2d\n>>>>>>> x\n",
                 (1, "an unresolved Git conflict: choose one of the two versions and remove the markers")),
    "control character": ("hub_port: 1\nhub_notice: a\x07b\n",
                          (2, "the control character U+0007, which YAML does not allow: remove it")),
    "other encoding": ("hub_port: 1\nhub_notice: gr\ufffdn\n", (2, ENCODING)),
    "key in the column of its dash": ("hub_profiles:\n  - name: a\n  cpu: 2\n", (3, yaml_errors.DASH_COLUMN)),
    "key left of the others": ("hub_profiles:\n  - name: a\n   cpu: 2\n",
                               (3, "this line begins left of the entry's first key: begin both in the same column")),
    "key right of the others": ("hub_profiles:\n  - name: a\n      cpu: 2\n", (3, MORE)),
    "dash left of the others": ("hub_allowed_groups:\n  - a\n - b\n", (3, yaml_errors.DASHES)),
    "dash right of the others": ("hub_allowed_groups:\n - a\n  - b\nx: 1\n", (2, yaml_errors.DASHES)),
    "dash after the colon": ("hub_allowed_groups: - a\n", (1, "a dash after the colon: begin a list in the next "
                                                             "line, put text in quotes")),
    "equals signs only": ("hub_idle=1d\nhub_domain=x\n", (1, yaml_errors.EQUALS)),
    "equals sign without spaces": ("hub_port: 1\nhub_idle=1d\nhub_max_users: 2\n", (2, yaml_errors.EQUALS)),
    "neither colon nor equals sign": ("hub_port: 1\nhub_domain hub.x\nhub_idle: 1d\n", (2, NAMES)),
    "neither in the first line": ("hub_domain hub.x\nhub_idle: 1d\n", (1, NAMES)),
    "shell": ("export HUB_DOMAIN=x\n", (1, NAMES)),
    "INI": ("[hub]\nhub_idle: 1d\n", (1, "a section of the INI format: in YAML write `name: value`")),
    "comment of another language": ("hub_port: 1\n// x\nhub_idle: 1d\n",
                                    (2, "not a comment of YAML: begin a comment with #")),
    "header of a vault below a comment": ("# ours\n$ANSIBLE_VAULT;1.1;AES256\n61\n", (2, yaml_errors.HEADER)),
    "header of a vault below ---": ("---\n$ANSIBLE_VAULT;1.1;AES256\n61\n", (2, yaml_errors.HEADER)),
    "header of a vault after a space": (" $ANSIBLE_VAULT;1.1;AES256\n61\n", (1, yaml_errors.HEADER)),
    "quotes that close in the next line": ('hub_notice: "Testing\nhub_iam_name: "X"\n', (1, yaml_errors.OPEN_QUOTES)),
    "quotes that take the next variable": ('hub_notice: "Testing\nhub_iam_name: X"\n', (1, yaml_source.CLOSED_LATER)),
    "backslash": ('hub_notice: "C:\\Users"\n',
                  (1, "a backslash in double quotes: put this text in single quotes")),
    "template and text": ('hub_domain: "{{ x }}".org\n', (1, AFTER)),
    "statement": ("hub_domain: {% if x %}a{% endif %}\n", (1, BRACE)),
    "tag": ("hub_notice: !important x\n", (1, BEGINS)),
    "pipe": ("vault_a: |5ec7e7\n", (1, BEGINS)),
    "alias in a list": ("vault_a: [*5ec7e7]\n", (1, BEGINS)),
    "alias in its anchor": ("hub_environment: &x {A: *x}\n", (1, ALIAS)),
    "aliases that repeat each other": (REPEATED, (1, ALIAS)),
    "space that does not break": ("hub_idle:\u00a01d\nhub_port: 1\n",
                                  (1, INVISIBLE)),
    "other colon": ("hub_idle\uff1a 1d\nhub_port: 1\n", (1, "a colon of another script: write : and a space")),
    "Markdown": ("```yaml\nhub_idle: 1d\n```\n", (1, "a mark of Markdown: remove this line")),
    "day that does not exist in a secret": ("vault_a: 2027-06-31\n", (1, "this is not an existing date: correct it")),
    "day that does not exist": ("hub_port: 1\nhub_accepted_advisories: {a: 2027-06-31}\n",
                                (2, "2027-06-31 is not an existing date: correct it")),
    "object of Python": ("hub_port: 1\nhub_idle: !!python/object/apply:os.system [id]\n", (2, BEGINS)),
    "map with a tag": ("hub_home: !disk {size: 1G}\n", (1, BEGINS)),
    "text of type int": ("hub_port: !!int abc\n", (1, "abc is not of type int: correct it")),
    "number too long for Python": (f"hub_port: {'9' * 5000}\n", (1, f"{'9' * 59}… is not of type int: correct it")),
    "nothing merged": ("hub_home:\n  <<: null\n  size: 1G\n", (2, yaml_source.MERGE)),
    "text merged": ("x: &x a\nhub_home: {<<: [*x], size: 1G}\n", (2, yaml_source.MERGE)),
}  # fmt: skip
VALID = (
    "",
    "---\n# nothing but comments\n",
    "hub_notice: a\r\nhub_idle: 1d\r\n",
    "\ufeffhub_notice: a\n",
    "a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n",
    "hub_crypt_key: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  61\n",
    "hub_domain: '{{ x }}'\nhub_idle: \"{{ y }}\"\n",
    "hub_notice: >-\n  {{ x }}: y\n",
    "$ANSIBLE_VAULT;1.1;AES256\n61\n",
    "hub_accepted_advisories: {a: 2027-06-30}\n",
    'hub_notice: "Testing\n  phase: two"\n',
    "hub_notice: Testing\n  phase - two\n",
    "hub_notice: '“Testing”'\n",
    "hub_crypt_key: !vault |\n\n  $ANSIBLE_VAULT;1.1;AES256\n  61\n",
    "vault_a: !unsafe a{{b\n",
    "a: &x {b: 1}\nc: &y {d: 1}\ne: {<<: [*x, *y]}\n",
    "a: !!str 1\nb: !!float 1\nc: !!null x\nd: !!binary aGk=\n",
)


@pytest.mark.parametrize("loader", [yaml_source.LOADER, yaml.SafeLoader], ids=["as here", "without libyaml"])
@pytest.mark.parametrize(("text", "broken"), BROKEN.values(), ids=BROKEN)
def test_each_syntax_error_has_its_line_and_message(monkeypatch, loader, text, broken):
    monkeypatch.setattr(yaml_source, "LOADER", loader)
    assert Source("a.yml", text).broken == broken


@pytest.mark.parametrize("loader", [yaml_source.LOADER, yaml.SafeLoader], ids=["as here", "without libyaml"])
@pytest.mark.parametrize("text", VALID)
def test_valid_yaml_has_no_problem(monkeypatch, loader, text):
    monkeypatch.setattr(yaml_source, "LOADER", loader)
    found = Source("a.yml", text)
    assert (found.broken, found.problems, found.hints) == (None, [], {})


def test_encrypted_files_are_not_parsed():
    found = Source("a.yml", "$ANSIBLE_VAULT;1.1;AES256\n61\n")
    assert found.encrypted
    assert found.nodes == {}


TEXT = """\
---
hub_home:
  size: 1G
hub_profiles:
  # one
  - name: a
    groups:
      - x
      - y
  - {name: b, idle: 1h,
     cpu: 2}
hub_idle: 1d
hub_idle: 2d
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("hub_home",), 2),
        (("hub_home", "size"), 3),
        (("hub_home", "quota"), 2),
        (("hub_home", "size", "deeper"), 3),
        (("hub_profiles", 0), 6),
        (("hub_profiles", 0, "name"), 6),
        (("hub_profiles", 0, "groups", 1), 9),
        (("hub_profiles", 0, "memory"), 6),
        (("hub_profiles", 1, "cpu"), 11),
        (("hub_profiles", 2), 4),
        (("hub_idle",), 13),
    ],
)
def test_the_line_of_a_path(path, line):
    assert Source("a.yml", TEXT).find(path)[0] == line


def test_an_absent_path_has_no_line():
    assert Source("a.yml", TEXT).find(("hub_port",)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hub_idle: 1:30", "YAML reads 1:30 as 90"),
        ("hub_idle: no", "YAML reads no as false"),
        ("hub_idle: 1.30", "YAML reads 1.30 as 1.3"),
        ("hub_idle: 0123", "YAML reads 0123 as 83"),
        ("hub_idle: 1_000", "YAML reads 1_000 as 1000"),
        ("hub_idle: 0x1F", "YAML reads 0x1F as 31"),
        ("hub_idle: 1.3", ""),
        ("hub_idle: false", ""),
        ("hub_idle: 100", ""),
        ("hub_idle: '1:30'", ""),
        ("hub_idle: 2027-03-15", ""),
        ("hub_idle: ~", ""),
        ("hub_proxy_token: 1:30", ""),  # nothing of a secret is shown
        ("vault_anything: 0123", ""),
    ],
)
def test_values_that_yaml_reads_differently(text, expected):
    assert Source("a.yml", text).reading((text.split(":")[0],)) == expected


def problems(text, of=None):
    found = Source("group_vars/all/a.yml", text)
    return [str(problem) for problem in (of(found) if of else found.problems)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hub_max_users: 1:40", ["hub_max_users: YAML reads 1:40 as 100: write 100 if that is intended"]),
        (
            "hub_profiles: [{cpu: 2:00}]",
            ["hub_profiles[0].cpu: YAML reads 2:00 as 120: write 120 if that is intended"],
        ),
        ("our_mac: 11:22:33", []),  # the site's own
        ("vault_pin: 11:22:33", []),
        ("a: 1\nb: 2\na: 3\na: 4", ["a: set 3 times, in lines 1 and 3 and 4: keep one (the last applies)"]),
        ("a: [{b: 1,\n b: 2}]", ["a[0].b: set 2 times, in lines 1 and 2: keep one (the last applies)"]),
    ],
)
def test_misread_values_and_duplicate_keys_are_reported(text, expected):
    assert problems(text) == expected


CLEAR = "a secret in clear text: move it to the encrypted vault.yml"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hub_proxy_token: a", [f"hub_proxy_token: {CLEAR} as vault_hub_proxy_token (make vault-edit)"]),
        (
            "verify_member: {username: a, password: b}",
            [f"verify_member.password: {CLEAR} as vault_verify_member_password (make vault-edit)"],
        ),
        ("vault_a: b\nhub_idle: 1d", [f"vault_a: {CLEAR} (make vault-edit)"]),
        ("vault_a: {b: c, d: e}\nhub_idle: 1d", [f"vault_a.{key}: {CLEAR} (make vault-edit)" for key in "bd"]),
        (
            "vault_a: b\nvault_c: d",
            ["vault_a: this vault is not encrypted: run ansible-vault encrypt group_vars/all/a.yml"],
        ),
        ("hub_proxy_token: '{{ vault_a }}'", []),
        ("hub_proxy_token:", []),
        ("hub_proxy_token: ''", []),
        ("hub_proxy_token: !vault |\n  61", []),
        ("vault_a: \"{{ lookup('file', 'x') }}\"", []),
        ("hub_iam_name: a", []),
    ],
)
def test_secrets_in_clear_text_are_reported(text, expected):
    assert problems(text, secrets_in_clear) == expected


GENERATED = "\"{{ lookup('ansible.builtin.password', '/dev/null') }}\""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hub_domain: hub.example.org", ["hub_domain: 'hub.example.org' is an example: replace it with your own"]),
        (
            "hub_contact: {email: a@example.com}",
            ["hub_contact.email: 'a@example.com' is an example: replace it with your own"],
        ),
        (
            "hub_iam_client_id: 0d1c6a0e-hub-example",
            ["hub_iam_client_id: '0d1c6a0e-hub-example' is an example: replace it with your own"],
        ),
        ("hub_domain: hub.lab.test", []),
        ("our_domain: hub.example.org", []),
        ("cloud_name: mycloud", []),  # a plausible name
        (
            f"vault_a: {GENERATED}\nvault_b: {GENERATED}",
            ["vault_a: the secrets of the example change at every run: replace them all with your own"],
        ),
        (
            f"hub_idle: 1d\nhub_crypt_key: {GENERATED}",
            ["hub_crypt_key: this secret of the example changes at every run: add one to the vault (make vault-edit)"],
        ),
        (f"our_password: {GENERATED}", []),
    ],
)
def test_values_of_the_example_are_reported(text, expected):
    assert problems(text, example_problems) == expected


@pytest.mark.parametrize(
    ("label", "for_all"),
    [
        ("group_vars/all/a.yml", True),
        ("group_vars/all.yml", True),
        ("group_vars/all/deeper/a.yml", True),
        ("group_vars/web/a.yml", False),
        ("host_vars/all/a.yml", False),
        ("host_vars/a.yml", False),
    ],
)
def test_files_that_all_hosts_read(label, for_all):
    assert Source(label, "").is_for_all() is for_all
