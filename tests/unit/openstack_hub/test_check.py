"""All at once, and nothing twice; rules that hold. What breaks each of them stands in broken/*.txt."""

import datetime

import pytest

from openstack_hub.ansible_values import plain, unfilled
from openstack_hub.schema import specification
from openstack_hub.validation import check
from openstack_hub.validation.problems import Mistake, Unknown

PROFILE = {"name": "a", "cpu": 1, "memory": "1G"}
EVENT = {"name": "a", "start": "2027-07-05", "end": "2027-07-09", "seats": 40, "profile": "a"}
MOUNT = {"name": "a", "path": "/a", "server": "s", "export": "/e"}
SLURM = {
    "hub_platform": "slurm",
    "hub_profiles": [PROFILE],
    "slurm_partitions": [{"name": "short", "max_time": "10h"}],
}


def told(variables, **changes):
    return [str(mistake) for mistake in check.check(variables | changes)[1] if not mistake.warning]


def warned(variables, **changes):
    return [str(mistake) for mistake in check.check(variables | changes)[1] if mistake.warning]


def test_sound(variables):
    parsed, mistakes = check.check(variables)
    assert mistakes == []
    assert set(parsed) == set(specification.variables())
    assert (parsed["hub_idle"], parsed["hub_platform"]) == (86400, "host")


def test_nothing_at_all_is_what_is_required():
    _, mistakes = check.check({})
    assert {mistake.path for mistake in mistakes if not mistake.warning} == {
        ("hub_domain",), ("hub_certificate",), ("hub_contact",), ("hub_iam_issuer",), ("hub_iam_client_id",),
        ("hub_iam_client_secret",), ("hub_allowed_groups",), ("hub_cookie_secret",), ("hub_crypt_key",),
        ("hub_proxy_token",), ("hub_culler_token",),
    }  # fmt: skip


def test_what_is_wrong_and_what_is_not_there():
    parsed, _ = check.check({"hub_idle": "1x", "hub_profiles": [PROFILE | {"idle": "1x"}], "hub_home": {"siez": "1G"}})
    assert not parsed.absent("hub_idle")
    assert not parsed.absent("hub_port", "hub_profiles")
    assert parsed.absent("hub_port", "hub_notice")
    assert not parsed.sound("hub_profiles", 0, "idle")
    assert parsed.sound("hub_profiles", 0, "cpu")
    assert not parsed.sound("hub_home", "size")


@pytest.mark.parametrize(
    "changes",
    [
        {"hub_sign_in": "iam", "hub_admin_groups": []},
        {"hub_admin_groups": "x", "hub_allowed_groups": []},
        {"hub_certificate": Unknown("x")},
        {"hub_contact": {"mail": "a@b.test"}},
        {"hub_iam_issuer": "x"},
        {"hub_iam_scopes": "profile"},
        {"hub_idle": "1x", "hub_profiles": [PROFILE | {"max_age": "2m"}]},
        {"hub_profiles": [PROFILE | {"idle": "1x", "max_age": "2m"}]},
        {"hub_profiles": [PROFILE | {"idel": "5m", "max_age": "10m"}]},
        {"hub_profiles": [PROFILE, PROFILE | {"title": "b"}]},
        {"hub_profiles": [PROFILE, PROFILE]},
        {"hub_max_users": "many", "hub_idle": "2m"},
        {"hub_platform": "kubernets", "cluster_name": "x", "hub_home": {"size": "1G", "storage_class": "x"}},
    ],
    ids=str,
)
def test_one_mistake_is_told_once_and_draws_no_other(variables, changes):
    assert len(told(variables, **changes)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"cluster_node_groups": "x", "hub_profiles": [PROFILE | {"node_group": "x"}]},
        {"cluster_node_groups": [None, {"name": "b", "flavor": "f", "max": 1}],
         "hub_profiles": [PROFILE | {"node_group": "x"}]},
        {"cluster_node_groups": [{"name": "B", "flavor": "f", "max": 1}],
         "hub_profiles": [PROFILE | {"node_group": "b"}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1, "gpus": "x"}],
         "hub_profiles": [PROFILE | {"gpus": 1}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": "x"}],
         "hub_profiles": [PROFILE | {"warm": 1000}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1, "min": "x"}]},
        {"cluster_kubeconfig": "kubeconfig", "cluster_image": "x"},
        {"hub_mounts": "x", "hub_profiles": [PROFILE | {"mounts": ["a"]}]},
        {"hub_mounts": [MOUNT | {"name": "A"}], "hub_profiles": [PROFILE | {"mounts": ["a"]}]},
        {"hub_values_overrides": "x"},
        {"hub_images": {"hub": 1}, "hub_accepted_advisories": []},
        {"hub_chart_version": 4.4, "hub_accepted_advisories": []},
        {"hub_accepted_advisories": "x"},
        {"hub_service": {"type": "x", "node_port": 30080}},
        {"hub_registry_mirrors": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_one_mistake_draws_no_other_on_a_cluster(cluster, changes):
    assert len(told(cluster, **changes)) == 1
    assert warned(cluster, **changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"hub_profiles": [PROFILE | {"name": "A"}], "events_calendar": [EVENT]},
        {"hub_profiles": "x", "events_calendar": [EVENT]},
        {"events_calendar": [EVENT | {"seats": "x"}], "hub_profiles": [PROFILE]},
        {"hub_database_url": 1, "hub_max_users": 800},
        {"hub_sign_in": [1], "hub_admin_users": ["a"]},
    ],
    ids=str,
)
def test_one_mistake_draws_no_other_for_jobs(variables, changes):
    assert len(told(variables | SLURM, **changes)) == 1
    assert len(warned(variables | SLURM, **changes)) == 1  # that this version only checks


@pytest.mark.parametrize(
    "changes",
    [
        {"hub_allowed_groups": []},
        {**SLURM, "hub_sign_in": ["iam", "local"], "hub_admin_users": ["jane"], "hub_admin_groups": []},
        {"hub_contact": {"url": "https://lab.test"}},
        {"hub_max_users": 3000, "hub_idle": "30m"},
        {"hub_max_users": 3000, "hub_idle": 0},
        {"hub_profiles": [PROFILE | {"cpu_guarantee": 1, "memory_guarantee": "1G"}]},
        {"hub_profiles": [PROFILE | {"idle": "1h", "max_age": "1h"}]},
        {"hub_profiles": [PROFILE | {"idle": 0, "max_age": "1h"}]},
        {"hub_profiles": [PROFILE | {"default": True}, PROFILE | {"name": "b"}]},
        {"hub_profiles": [PROFILE | {"title": "★"}, PROFILE | {"name": "b", "title": "☆"}]},
        {"hub_database_url": ""},
    ],
    ids=str,
)  # fmt: skip
def test_rules_that_hold(variables, changes):
    assert told(variables, **changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "min": 1, "max": 1, "cpu": 1, "memory": "1G"}],
         "hub_profiles": [PROFILE]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1, "gpus": 1}],
         "hub_profiles": [PROFILE | {"gpus": 1, "warm": 1}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1}], "hub_profiles": [PROFILE | {"warm": 85}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 2, "memory": "8G"}],
         "hub_profiles": [PROFILE | {"memory_guarantee": "1G", "memory": "8G", "warm": 16}]},
        {"cluster_pod_network": "10.0.0.0/20", "cluster_node_groups": [{"name": "b", "flavor": "f", "max": 15}]},
        {"cluster_pod_network": "10.0.0.0/22", "hub_max_users": 340,
         "cluster_node_groups": [{"name": "b", "flavor": "f", "max": 3}]},
        {"cluster_pod_network": "fd00::/48"},
        {"hub_values_overrides": {"singleuser": {"extraEnv": {"A": "b"}}, "hub": {"db": {"pvc": {}}}, "cull": None}},
        {"hub_profiles": [PROFILE | {"shared_memory": "1023M", "image": "a:1"}]},
        {"hub_profiles": [PROFILE | {"mounts": ["a"]}], "hub_mounts": [MOUNT, MOUNT | {"name": "b", "path": "/b"}]},
        {"hub_mounts": [MOUNT | {"path": "/home/shared"}]},
        {"hub_images": {"hub": "a:1"}, "hub_accepted_advisories": []},
        {"hub_service": {"type": "node_port", "node_port": 30080}},
        {"hub_registry_mirrors": {"registry:5000": "mirror.lab.test:5000/a/b_c"}},
    ],
    ids=str,
)  # fmt: skip
def test_rules_that_hold_on_a_cluster(cluster, changes):
    assert told(cluster, **changes) == []


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"time": "10h", "partitions": ["short"]},
        {"memory": "1T", "cpu": 1, "name": "a"},
    ],
    ids=str,
)
def test_rules_that_hold_for_jobs(variables, profile):
    assert told(variables | SLURM, hub_profiles=[PROFILE | profile]) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"hub_acme": {"email": "a@b.test"}, "hub_certificate": None},
        {"hub_group_folders": [{"group": "a"}, {"group": "b"}]},
        {"hub_profiles": [PROFILE], "events_calendar": [EVENT | {"end": "2027-07-05", "accounts": 40, "seats": 100}]},
        {"hub_profiles": [PROFILE | {"memory_guarantee": "1G", "choices": [
            {"name": "size", "options": [{"name": "a", "memory": "1G"}, {"name": "b", "cpu": 2}]},
            {"name": "more", "options": [{"name": "a", "cpu": 1}]}]}]},
    ],
    ids=str,
)  # fmt: skip
def test_rules_that_hold_for_what_is_planned(variables, changes):
    assert told(variables | SLURM, **changes) == []


def test_jobs_go_to_any_partition_that_suits(variables):
    partitions = [
        {"name": "a", "max_time": "1h", "max_memory": "1G"},
        {"name": "b", "max_time": "2h", "overflow": True},
    ]
    found = told(
        variables | SLURM, slurm_partitions=partitions, hub_profiles=[PROFILE | {"time": "3h", "memory": "9T"}]
    )
    assert found == ["hub_profiles[0].time: 3 hours is more than its partitions allow, 2 hours (max_time)"]


@pytest.mark.parametrize(
    ("changes", "warnings"),
    [
        ({"hub_admin_groups": []}, 1),
        ({"hub_admin_groups": ["lab/jupyter"]}, 1),
        ({"hub_profiles": [PROFILE | {"groups": ["a"]}]}, 1),
        ({"hub_profiles": [PROFILE | {"groups": ["a"]}, PROFILE | {"name": "b"}]}, 0),
        ({"hub_max_users": 3000}, 0),  # one machine keeps its state in a file
    ],
    ids=str,
)
def test_warnings(variables, changes, warnings):
    assert told(variables, **changes) == []
    assert len(warned(variables, **changes)) == warnings


# --- A whole site ---

ROLES = {"web_server_name": "{{ hub_domain }}", "web_certificate_file": "{{ hub_certificate.file }}",
         "hub_systemd_slice": None, "openstack_hub_names": "{{ x }}"}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("hub_domian", "there is no such variable; did you mean hub_domain?"),
        ("hub_banner", "there is no such variable: docs/variables.md lists all"),
        ("cloud_x", "there is no such variable: docs/variables.md lists all"),
        ("openstack_hub_x", "there is no such variable: docs/variables.md lists all"),
        ("web_server_name", "it follows from hub_domain: leave it out"),
        ("openstack_hub_names", "it is not for a site to set: leave it out"),
        ("hup_domain", "there is no such variable; did you mean hub_domain?"),
        ("hub_systemd_slice", None),
        ("hub_domain", None),
        ("vault_hub_domain", None),
        ("ansible_user", None),
        ("our_own", None),
        ("hub", None),
        ("cloud", None),
    ],
)
def test_unknown_names(name, sentence):
    assert [text for _, _, text in check.unknown([name], ROLES)] == ([sentence] if sentence else [])


def test_a_name_of_the_sites_own_may_resemble_one_that_is_set():
    assert list(check.unknown(["my_domain", "hub_domain"], {})) == []


def site(variables, names=(), files=("/hub.crt", "/hub.key"), shipped=False):
    return check.site(variables, [*variables, *names], files.__contains__, shipped, ROLES)


def test_sound_site(variables):
    assert site(variables) == []


def test_what_was_meant_is_not_missing_as_well(variables):
    del variables["hub_domain"], variables["hub_allowed_groups"], variables["hub_admin_groups"]
    found = site(variables, ["hub_domian", "hub_alowed_groups"])
    assert [mistake.path[0] for mistake in found if not mistake.warning] == ["hub_domian", "hub_alowed_groups"]


def test_what_was_meant_is_looked_at_where_it_stands_as_well(variables):
    found = site(variables | {"hub_idle": "1x"}, ["hub_idel"])
    assert [mistake.path[0] for mistake in found] == ["hub_idel", "hub_idle"]


@pytest.mark.parametrize("shipped", [True, False])
def test_missing_files(variables, shipped):
    account = {"verify_ca_file": "~/ca.crt"}
    assert site(variables | account, files=["/hub.crt"], shipped=shipped) == [
        Mistake(("hub_certificate", "key"), "there is no file /hub.key on the machine that runs Ansible", shipped),
        Mistake(("verify_ca_file",), "there is no file ~/ca.crt on the machine that runs Ansible", shipped),
    ]


def test_a_wrong_path_is_not_missing_as_well(variables):
    found = site(variables | {"hub_certificate": {"file": "hub.crt", "key": "/hub.key"}})
    assert [mistake.path for mistake in found] == [("hub_certificate", "file")]


# --- Ansible's values ---


class Tagged(str):
    """As Ansible has texts."""


def test_plain():
    day, moment = datetime.date(2027, 3, 15), datetime.datetime(2027, 3, 15, 9)
    value = {Tagged("a"): [Tagged("b"), True, 1, 1.5, None, (Tagged("c"),)], "d": day, "m": moment}
    found = plain(value)
    assert found == {"a": ["b", True, 1, 1.5, None, ["c"]], "d": day, "m": moment}
    assert {type(key) for key in found} == {str}
    assert [type(entry) for entry in found["a"]] == [str, bool, int, float, type(None), list]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("'x' is undefined\nOrigin: /a:1", "refers to x, which is set nowhere: set it, or mend its name"),
        ("'vault_x' is undefined", "refers to vault_x, which is set nowhere: put it into the vault (make vault-edit)"),
        ("Syntax error in template: unexpected '}'", "cannot be filled in: unexpected '}'"),
    ],
)
def test_unfilled(error, sentence):
    assert unfilled(error) == sentence
