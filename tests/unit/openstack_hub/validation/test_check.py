"""All at once, and nothing twice; rules that hold. What breaks each of them stands in broken/*.txt."""

import datetime

import pytest

from openstack_hub.ansible_values import plain, template_problem
from openstack_hub.schema import specification
from openstack_hub.validation import check
from openstack_hub.validation.problems import Problem, Unknown

PROFILE = {"name": "a", "cpu": 1, "memory": "1G"}
EVENT = {"name": "a", "start": "2027-07-05", "end": "2027-07-09", "seats": 40, "profile": "a"}
MOUNT = {"name": "a", "path": "/a", "server": "s", "export": "/e"}
SLURM = {
    "hub_platform": "slurm",
    "hub_profiles": [PROFILE],
    "slurm_partitions": [{"name": "short", "max_time": "10h"}],
}


def errors_of(variables, **changes):
    return [str(problem) for problem in check.check(variables | changes)[1] if not problem.warning]


def warnings_of(variables, **changes):
    return [str(problem) for problem in check.check(variables | changes)[1] if problem.warning]


def test_sound(variables):
    parsed, problems = check.check(variables)
    assert problems == []
    assert set(parsed) == set(specification.variables())
    assert (parsed["hub_idle"], parsed["hub_platform"]) == (86400, "host")


def test_nothing_at_all_is_what_is_required():
    _, problems = check.check({})
    assert {problem.path for problem in problems if not problem.warning} == {
        ("hub_domain",), ("hub_certificate",), ("hub_contact",), ("hub_iam_issuer",), ("hub_iam_client_id",),
        ("hub_iam_client_secret",), ("hub_allowed_groups",), ("hub_cookie_secret",), ("hub_crypt_key",),
        ("hub_proxy_token",), ("hub_culler_token",),
    }  # fmt: skip


def test_what_is_wrong_and_what_is_not_there():
    parsed, _ = check.check({"hub_idle": "1x", "hub_profiles": [PROFILE | {"idle": "1x"}], "hub_home": {"siez": "1G"}})
    assert not parsed.is_valid("hub_idle")
    assert not parsed.is_valid("hub_port", "hub_profiles")
    assert parsed.is_valid("hub_port", "hub_notice")
    assert not parsed.is_valid_at("hub_profiles", 0, "idle")
    assert parsed.is_valid_at("hub_profiles", 0, "cpu")
    assert not parsed.is_valid_at("hub_home", "size")


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
def test_one_problem_is_told_once_and_draws_no_other(variables, changes):
    assert len(errors_of(variables, **changes)) == 1


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
         "hub_profiles": [PROFILE | {"placeholders": 1000}]},
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
def test_one_problem_draws_no_other_on_a_cluster(cluster, changes):
    assert len(errors_of(cluster, **changes)) == 1
    assert warnings_of(cluster, **changes) == []


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
def test_one_problem_draws_no_other_for_jobs(variables, changes):
    assert len(errors_of(variables | SLURM, **changes)) == 1
    assert len(warnings_of(variables | SLURM, **changes)) == 1  # that this version only checks


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
    assert errors_of(variables, **changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "min": 1, "max": 1, "cpu": 1, "memory": "1G"}],
         "hub_profiles": [PROFILE]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1, "gpus": 1}],
         "hub_profiles": [PROFILE | {"gpus": 1, "placeholders": 1}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1}],
         "hub_profiles": [PROFILE | {"placeholders": 85}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 2, "memory": "8G"}],
         "hub_profiles": [PROFILE | {"memory_guarantee": "1G", "memory": "8G", "placeholders": 16}]},
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
    assert errors_of(cluster, **changes) == []


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
    assert errors_of(variables | SLURM, hub_profiles=[PROFILE | profile]) == []


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
    assert errors_of(variables | SLURM, **changes) == []


def test_jobs_go_to_any_partition_that_suits(variables):
    partitions = [
        {"name": "a", "max_time": "1h", "max_memory": "1G"},
        {"name": "b", "max_time": "2h", "overflow": True},
    ]
    found = errors_of(
        variables | SLURM, slurm_partitions=partitions, hub_profiles=[PROFILE | {"time": "3h", "memory": "9T"}]
    )
    assert found == ["hub_profiles[0].time: 3 hours is more than max_time of its partitions, 2 hours: lower it"]


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
    assert errors_of(variables, **changes) == []
    assert len(warnings_of(variables, **changes)) == warnings


def test_parse_raises_every_error_and_no_warning(variables):
    assert check.parse(variables | {"hub_admin_groups": []})["hub_idle"] == 86400  # a warning: nobody administers
    with pytest.raises(ValueError, match=r"^hub_port: [^\n]*\nhub_idle: [^\n]*$"):
        check.parse(variables | {"hub_idle": "1w", "hub_port": "x", "hub_admin_groups": []})


# --- A whole site ---

ROLES = {"web_server_name": "{{ hub_domain }}", "web_certificate_file": "{{ hub_certificate.file }}",
         "hub_systemd_slice": None, "openstack_hub_names": "{{ x }}"}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("hub_domian", "unknown variable; did you mean hub_domain?"),
        ("hub_banner", "unknown variable: docs/variables.md lists all"),
        ("cloud_x", "unknown variable: docs/variables.md lists all"),
        ("openstack_hub_x", "unknown variable: docs/variables.md lists all"),
        ("web_server_name", "derived from hub_domain: remove it"),
        ("openstack_hub_names", "not for a site to set: remove it"),
        ("hup_domain", "unknown variable; did you mean hub_domain?"),
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
    assert [text for _, _, text in check.unknown_names([name], ROLES)] == ([sentence] if sentence else [])


def test_a_name_of_the_sites_own_may_resemble_one_that_is_set():
    assert list(check.unknown_names(["my_domain", "hub_domain"], {})) == []


def site(variables, names=(), files=("/hub.crt", "/hub.key"), shipped=False):
    return check.site_problems(variables, [*variables, *names], files.__contains__, shipped, ROLES)


def test_sound_site(variables):
    assert site(variables) == []


def test_what_was_meant_is_not_missing_as_well(variables):
    del variables["hub_domain"], variables["hub_allowed_groups"], variables["hub_admin_groups"]
    found = site(variables, ["hub_domian", "hub_alowed_groups"])
    assert [problem.path[0] for problem in found if not problem.warning] == ["hub_domian", "hub_alowed_groups"]


def test_what_was_meant_is_looked_at_where_it_stands_as_well(variables):
    found = site(variables | {"hub_idle": "1x"}, ["hub_idel"])
    assert [problem.path[0] for problem in found] == ["hub_idel", "hub_idle"]


@pytest.mark.parametrize("shipped", [True, False])
def test_missing_files(variables, shipped):
    account = {"verify_ca_file": "~/ca.crt"}
    assert site(variables | account, files=["/hub.crt"], shipped=shipped) == [
        Problem(
            ("hub_certificate", "key"),
            "/hub.key does not exist on the machine that runs Ansible: create the file",
            shipped,
        ),
        Problem(
            ("verify_ca_file",), "~/ca.crt does not exist on the machine that runs Ansible: create the file", shipped
        ),
    ]


def test_a_wrong_path_is_not_missing_as_well(variables):
    found = site(variables | {"hub_certificate": {"file": "hub.crt", "key": "/hub.key"}})
    assert [problem.path for problem in found] == [("hub_certificate", "file")]


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
        ("'x' is undefined\nOrigin: /a:1", "refers to x, which is not defined: define it, or correct its name"),
        ("'vault_x' is undefined", "refers to vault_x, which is not defined: add it to the vault (make vault-edit)"),
        ("Syntax error in template: unexpected '}'", "invalid template: unexpected '}'"),
    ],
)
def test_template_problem(error, sentence):
    assert template_problem(error) == sentence


# --- Exact limits ---

MAGNUM = {
    "cluster_kubeconfig": None,
    "cloud_name": "lab",
    "cloud_external_network": "External",
    "cluster_kubernetes_version": "v1.33.4",
    "cluster_image": "kube",
}


def group(**changes):
    return {"cluster_node_groups": [{"name": "standard", "flavor": "m", "min": 1, "max": 1} | changes]}


@pytest.mark.parametrize(("count", "most"), [(1, 15), (3, 13)])
def test_the_pod_network_holds_control_plane_and_node_groups(cluster, count, most):
    site = cluster | MAGNUM | {"cluster_pod_network": "10.0.0.0/20"}
    site["cluster_control_plane"] = {"flavor": "m", "count": count}
    assert errors_of(site, **group(max=most)) == []
    assert errors_of(site, **group(max=most + 1)) == [
        "cluster_pod_network: 10.0.0.0/20 has room for 16 nodes of 256 addresses each, but there can be 17 "
        "(max of all node groups, and the control plane): write a larger network"
    ]


@pytest.mark.parametrize(("memory", "count"), [("9G", 0), ("9217M", 1), ("10G", 1), ("10241M", 0)])
def test_a_warning_when_memory_takes_more_than_nine_tenths_of_a_node(cluster, memory, count):
    found = warnings_of(cluster, **group(memory="10G"), hub_profiles=[PROFILE | {"memory": memory}])
    assert len([line for line in found if "may not fit" in line]) == count


@pytest.mark.parametrize(("placeholders", "count"), [(16, 0), (17, 1)])
def test_placeholders_fill_all_nodes_of_a_group_exactly(cluster, placeholders, count):
    profile = PROFILE | {"memory_guarantee": "1G", "memory": "8G", "placeholders": placeholders}
    assert len(errors_of(cluster, **group(max=2, memory="8G"), hub_profiles=[profile])) == count


@pytest.mark.parametrize(("length", "count"), [(225, 0), (226, 1)])
def test_the_longest_name_of_a_cluster(cluster, length, count):
    assert len(errors_of(cluster | MAGNUM | group(), cluster_name="x" * length)) == count


@pytest.mark.parametrize(("users", "count"), [(500, 1), (501, 2)])
def test_a_warning_when_many_users_share_a_file_database(variables, users, count):
    assert len(warnings_of(variables | SLURM, hub_max_users=users)) == count  # one is that slurm cannot be installed


@pytest.mark.parametrize(
    ("others", "count"),
    [
        ({"seats": 60}, 1),  # 60 + 40 is hub_max_users
        ({"seats": 61}, 2),
        ({"seats": 61, "start": "2027-07-01", "end": "2027-07-05"}, 2),
        ({"seats": 61, "start": "2027-07-01", "end": "2027-07-04"}, 1),
        ({"seats": 61, "start": "2027-07-09", "end": "2027-07-10"}, 2),
        ({"seats": 61, "start": "2027-07-10", "end": "2027-07-10"}, 1),
    ],
    ids=str,
)
def test_a_warning_when_events_overlap(variables, others, count):
    calendar = [EVENT, EVENT | {"name": "b"} | others]
    assert errors_of(variables | SLURM, events_calendar=calendar) == []
    assert len(warnings_of(variables | SLURM, events_calendar=calendar)) == count


def test_an_event_may_have_as_many_accounts_as_seats(variables):
    assert errors_of(variables | SLURM, events_calendar=[EVENT | {"accounts": 40}]) == []
    assert len(errors_of(variables | SLURM, events_calendar=[EVENT | {"accounts": 41}])) == 1


@pytest.mark.parametrize(("version", "errors", "warnings"), [("v1.31.9", 1, 1), ("v1.32.0", 1, 0), ("v1.34.0", 0, 0)])
def test_versions_of_kubernetes_for_the_chart(cluster, version, errors, warnings):
    site = cluster | MAGNUM | {"cluster_kubernetes_version": version, "hub_images": {"scheduler": "a:v1.35.7"}}
    found = errors_of(site), warnings_of(site)
    assert [len([line for line in lines if "v1.3" in line]) for lines in found] == [errors, warnings], found


@pytest.mark.parametrize(("seconds", "reason"), [(899, "899 seconds are too short"), (900, "derived from")])
def test_a_start_timeout_among_the_values_of_the_chart(cluster, seconds, reason):
    (line,) = errors_of(cluster, hub_values_overrides={"singleuser": {"startTimeout": seconds}})
    assert line.startswith(f"hub_values_overrides.singleuser.startTimeout: {reason}")


def test_entries_that_cannot_be_parsed_are_no_duplicates(variables):
    assert len(errors_of(variables, hub_allowed_groups=["/a", "/b"])) == 2


@pytest.mark.parametrize(
    ("names", "hint"), [(["hub_host"], "rename it here"), (["hub_host", "hub_domain"], "remove it, both are set")]
)
def test_a_variable_with_its_former_name(monkeypatch, names, hint):
    monkeypatch.setattr(specification, "renamed", lambda: {"hub_host": "hub_domain"})
    assert list(check.unknown_names(names, {})) == [
        ("hub_host", "hub_domain", f"this variable is now called hub_domain: {hint}")
    ]
