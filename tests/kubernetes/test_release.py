"""The release of the chart: installed once, repaired after faults and kills, and never with a secret in clear text.

Each test continues the last one on the same hub, so it repairs what it breaks.
"""

import json

import pytest
from releasing import Site, need_chart

HOOK = {"enabled": True, "pullOnlyOnChanges": False, "podSchedulingWaitDuration": -1}
HOOKED = {"prePuller": {"hook": HOOK}}
HANGING = {"prePuller": {"hook": HOOK, "resources": {"requests": {"memory": "999Gi"}}}}  # no node pulls images
WITHOUT = {}
DEFAULT = {"name": "default", "title": "Default", "cpu": 1, "memory": "256M"}


@pytest.fixture(scope="module")
def site(kubernetes, tmp_path_factory):
    need_chart()
    site = Site(tmp_path_factory.mktemp("release"), kubernetes, "release")
    yield site
    kubernetes.kubectl("delete", "namespace", "release", "--wait=false", "--ignore-not-found")


@pytest.fixture
def hanging(site):
    """Set a hook that never ends."""
    site.set(hub_values_overrides=HANGING)
    yield
    site.set(hub_values_overrides=WITHOUT)


def test_check_mode_works_without_a_namespace_and_creates_nothing(site):
    run = site.play("--check", "--diff").succeeded()
    assert run.changed >= 3
    assert "install release release (none exists yet)" in run.flat and "the secrets of the hub" in run.flat
    assert "not found" in site.kubernetes.kubectl("get", "namespace", "release", check=False)


def test_a_killed_install_leaves_a_locked_release(site, hanging):
    assert site.kill_while_helm_holds() == "pending-install"


def test_the_next_run_unlocks_and_installs_the_release(site):
    run = site.play("-v", "--diff").succeeded()
    assert "unlock release release: it was left pending-install" in run.flat
    assert site.status() == "deployed"
    labels = site.kubernetes.get("namespace", "release")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_second_run_changes_nothing(site):
    before = site.revision()
    run = site.play("--diff").succeeded()
    print(f"a run without changes: {run.seconds:.1f} s")
    assert (run.changed, site.revision()) == (0, before)


CHANGES = {  # drift: (arguments of kubectl, (object, field) as they are reported)
    "a policy is opened to everybody": (
        ("patch", "networkpolicy/singleuser", "--type=merge", "-p", '{"spec": {"ingress": [{}]}}'),
        ("NetworkPolicy/singleuser", "spec.ingress"),
    ),
    "a policy gets one rule more": (
        ("patch", "networkpolicy/hub", "--type=json", "-p", '[{"op": "add", "path": "/spec/ingress/-", "value": {}}]'),
        ("NetworkPolicy/hub", "spec.ingress"),
    ),
    "a policy selects nothing any more": (
        ("patch", "networkpolicy/proxy", "--type=merge", "-p", '{"spec":{"podSelector":{"matchLabels":{"a":"b"}}}}'),
        ("NetworkPolicy/proxy", "spec.podSelector.matchLabels.a"),
    ),
    "the Service gets one port more": (
        ("patch", "service/proxy-public", "-p", '{"spec": {"ports": [{"name": "x", "port": 8001}]}}'),
        ("Service/proxy-public", "spec.ports"),
    ),
    "the Service admits traffic at every node": (
        ("patch", "service/proxy-public", "-p", '{"spec": {"externalTrafficPolicy": "Cluster"}}'),
        ("Service/proxy-public", "spec.externalTrafficPolicy"),
    ),
    "the hub's account may do more": (
        ("patch", "role/hub", "--type=json", "-p",
         '[{"op": "add", "path": "/rules/-", "value": {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}}]'),
        ("Role/hub", "rules"),
    ),
    "the proxy runs another image": (
        ("set", "image", "deployment/proxy", "chp=localhost/other:1"),
        ("Deployment/proxy", "spec.template.spec.containers[0].image"),
    ),
    "the hub is scaled down": (("scale", "deployment/hub", "--replicas=0"), ("Deployment/hub", "spec.replicas")),
    "the hub's settings": (
        ("patch", "secret/hub", "-p", '{"stringData": {"values.yaml": "hub: {}"}}'),
        ("Secret/hub", "data.values.yaml"),
    ),
}  # fmt: skip


def test_drift_is_named_by_check_mode_and_status_and_repaired(site):
    def protected():
        found = site.kubernetes.get("networkpolicy,service,role", "-n", "release")["items"]
        return {each["metadata"]["name"] + each["kind"]: (each.get("spec"), each.get("rules")) for each in found}

    before, revision = protected(), site.revision()
    for words, _ in CHANGES.values():
        site.kubernetes.kubectl("-n", "release", *words)
    assert protected() != before
    status, check = site.drift(), site.play("--check").succeeded()
    run = site.play().succeeded()
    for what, (_, (name, field)) in CHANGES.items():
        (line,) = [line for line in status if line.startswith(f"{name}: ")]
        assert field in line, what
        assert f"repair {line}" in check.flat and f"repair {line}" in run.flat, what
    assert check.changed == run.changed == 1
    assert (protected(), site.revision()) == (before, revision), "repaired without another revision"
    assert site.drift() == []
    again = site.play("--diff").succeeded()
    assert again.changed == 0


def test_a_restart_and_other_annotations_are_no_drift(site):
    site.kubernetes.kubectl("-n", "release", "rollout", "restart", "deployment/proxy")
    site.kubernetes.kubectl("-n", "release", "annotate", "deployment/proxy", "example.org/note=mine")
    site.kubernetes.kubectl("-n", "release", "rollout", "status", "deployment/proxy", "--timeout=120s")
    assert (site.drift(), site.play().succeeded().changed) == ([], 0)


def test_a_deleted_policy_and_a_changed_role_binding_are_restored(site):
    site.kubernetes.kubectl("delete", "-n", "release", "networkpolicy/singleuser", "rolebinding/hub")
    kubectl = ("create", "rolebinding", "hub", "--clusterrole=cluster-admin", "--serviceaccount=release:hub")
    site.kubernetes.kubectl("-n", "release", *kubectl)
    assert any(line == "NetworkPolicy/singleuser is missing" for line in site.drift())
    check, run = site.play("--check").succeeded(), site.play().succeeded()
    assert "missing: NetworkPolicy/singleuser" in check.flat and "missing: NetworkPolicy/singleuser" in run.flat
    assert "repair RoleBinding/hub: " in check.flat and "repair RoleBinding/hub: " in run.flat
    binding = site.kubernetes.get("rolebinding/hub", "-n", "release")
    assert binding["roleRef"]["name"] == "hub"
    assert (site.drift(), site.play().succeeded().changed) == ([], 0)


def test_source_ranges_of_a_load_balancer_are_restored(site):
    node_port = site.variables["hub_service"]
    site.set(hub_service={"type": "load_balancer", "allowed_cidrs": ["192.0.2.7/32"]})
    site.play().succeeded()
    everybody = '{"spec": {"loadBalancerSourceRanges": ["0.0.0.0/0"]}}'
    site.kubernetes.kubectl("-n", "release", "patch", "service/proxy-public", "-p", everybody)
    assert site.drift() == ["Service/proxy-public: spec.loadBalancerSourceRanges[0]"]
    assert "repair Service/proxy-public: spec.loadBalancerSourceRanges[0]" in site.play("--check").succeeded().flat
    site.play().succeeded()
    service = site.kubernetes.get("service/proxy-public", "-n", "release")
    assert service["spec"]["loadBalancerSourceRanges"] == ["192.0.2.7/32"]
    assert site.play().succeeded().changed == 0
    site.set(hub_service=node_port)
    site.play().succeeded()
    assert site.play().succeeded().changed == 0


def test_one_run_rotates_all_secrets_and_shows_none(site):
    before, hub = site.secret_texts(), site.pods()["hub"]
    site.rotate()
    assert site.play("--check", "--diff", "-vvv").succeeded().changed >= 2
    run = site.play("--diff", "-vvv").succeeded()
    assert not [secret for secret in before if secret in run.output]
    assert site.pods()["hub"] != hub, "the hub reads its secrets at start"
    token = site.secrets["hub_proxy_token"]
    code = "import os; print(os.environ['CONFIGPROXY_AUTH_TOKEN'])"
    assert site.kubernetes.python("release", "deployment/hub", code) == token
    assert site.play("--check", "--diff").succeeded().changed == 0


def test_the_release_history_holds_only_the_proxy_token(site):
    for release in site.history():
        assert not [secret for secret in site.secret_texts() if secret in json.dumps(release["config"])]
    shown = [secret for secret in site.secret_texts() if secret in json.dumps(site.history())]
    assert shown == [site.secret_texts()[2 * list(site.secrets).index("hub_proxy_token") + 1]], (
        "in base64, in Secret hub"
    )


def test_no_secret_is_left_on_the_controller(site):
    texts = [path.read_text(errors="replace") for path in site.home.rglob("*") if path.is_file()]
    assert not [secret[:8] for secret in site.secret_texts() for text in texts if secret in text]


@pytest.mark.slow
def test_a_missing_image_ends_the_run_and_names_its_variable(site):
    good = site.variables["hub_images"]["hub"]
    site.image(hub="localhost/nothing:1")
    run = site.play().failed_with("the hub: its image localhost/nothing:1 cannot be pulled", "Correct hub_images.hub")
    assert run.seconds < 240, "less than the time for a node"
    site.image(hub=good)
    site.play().succeeded()


@pytest.mark.slow
def test_a_missing_image_of_a_profile_names_the_profile(site):
    profiles = [
        DEFAULT,
        DEFAULT | {"name": "other", "title": "Other", "image": "localhost/nothing:2"},
    ]
    site.set(hub_profiles=profiles)
    first = site.play()
    if first.rc == 0:  # the hub was ready before the node tried to pull the image
        first = site.play()
    first.failed_with("localhost/nothing:2 cannot be pulled", "Correct image of profile other in hub_profiles")
    site.set(hub_profiles=[profiles[0]])  # repaired by the next run


@pytest.mark.slow
def test_a_failing_hook_is_explained_and_the_failed_release_repaired(site):
    good = site.variables["hub_images"]["image_awaiter"]
    site.image(image_awaiter="localhost/nothing:3")
    site.set(hub_values_overrides=HOOKED)
    site.play().failed_with("a hook cannot succeed", "localhost/nothing:3 cannot be pulled", "hub_images.image_awaiter")
    assert site.status() == "failed"
    assert "it is failed" in site.play("--check").succeeded().flat
    site.image(image_awaiter=good)
    site.set(hub_values_overrides=WITHOUT)
    site.play().succeeded()
    assert site.status() == "deployed"


@pytest.mark.slow
def test_a_hanging_hook_times_out_and_its_pods_are_named(site, hanging):
    site.set(cluster_node_minutes=2)
    site.play().failed_with("Helm could not change the release", "the image puller: cannot be scheduled", "memory")
    assert site.status() == "failed"
    site.set(cluster_node_minutes=5)


@pytest.mark.slow
def test_a_killed_upgrade_leaves_a_locked_release(site, hanging):
    assert site.kill_while_helm_holds() == "pending-upgrade"


@pytest.mark.slow
def test_the_next_run_unlocks_the_release_and_creates_placeholders(site):
    site.set(hub_profiles=[DEFAULT | {"placeholders": 1}])
    run = site.play().succeeded()
    assert "unlock release release: it was left pending-upgrade" in run.flat
    assert site.status() == "deployed"
    assert site.kubernetes.get("statefulset/placeholder-default", "-n", "release")["spec"]["replicas"] == 1


@pytest.mark.slow
def test_deleted_objects_are_restored_and_unused_placeholders_deleted(site):
    site.kubernetes.kubectl("delete", "-n", "release", "deployment/proxy", "secret/hub")
    run = site.play().succeeded()
    # The role writes the Secret before the release: Helm adds the rest to it.
    assert "missing: Deployment/proxy" in run.flat and run.changed >= 2
    assert "hub.config.JupyterHub.cookie_secret" in site.kubernetes.get("secret/hub", "-n", "release")["data"]
    site.set(hub_profiles=[DEFAULT])
    assert site.play().succeeded().changed >= 1
    assert "NotFound" in site.kubernetes.kubectl("get", "-n", "release", "statefulset/placeholder-default", check=False)
    assert site.play().succeeded().changed == 0


@pytest.mark.slow
def test_missing_prerequisites_are_reported_together(site):
    site.set(hub_helm="/no/helm", hub_home={"size": "1G", "storage_class": "fast"})
    site.play().failed_with("hub_helm: there is no program /no/helm", "there is no storage class fast; the cluster has")
    site.set(hub_helm=site.program_path("helm"), hub_home={"size": "1G"}, cluster_kubeconfig=str(site.home / "none"))
    site.play().failed_with("there is no kubeconfig")
    assert "as soon as there is a cluster" in site.play("--check").succeeded().flat
    site.set(cluster_kubeconfig=str(site.kubernetes.kubeconfig))
