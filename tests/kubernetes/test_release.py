"""The release of the chart: made once, mended after faults and kills, and never with a secret in clear. One story.

The tests go on from each other on one hub, so that each breaks one thing and mends it.
"""

import json

import pytest
from releasing import Site, need_chart

HOOK = {"enabled": True, "pullOnlyOnChanges": False, "podSchedulingWaitDuration": -1}
HOOKED = {"prePuller": {"hook": HOOK}}
HANGS = {"prePuller": {"hook": HOOK, "resources": {"requests": {"memory": "999Gi"}}}}  # no machine fetches images
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
    """A hook that never ends."""
    site.set(hub_values_overrides=HANGS)
    yield
    site.set(hub_values_overrides=WITHOUT)


def test_a_check_before_there_is_a_namespace_says_what_comes_and_makes_nothing(site):
    run = site.play("--check", "--diff").well()
    assert run.changed >= 3
    assert "install release release (there is none yet)" in run.flat and "the secrets of the hub" in run.flat
    assert "not found" in site.kubernetes.kubectl("get", "namespace", "release", check=False)


def test_a_first_install_that_is_killed_leaves_a_lock(site, hanging):
    assert site.kill_while_helm_holds() == "pending-install"


def test_the_next_run_goes_on_from_there(site):
    run = site.play("-v", "--diff").well()
    assert "unlock release release: it was left pending-install" in run.flat
    assert site.status() == "deployed"
    labels = site.kubernetes.get("namespace", "release")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_another_run_changes_nothing(site):
    before = site.revision()
    run = site.play("--diff").well()
    print(f"a run without changes: {run.seconds:.1f} s")
    assert (run.changed, site.revision()) == (0, before)


def test_secrets_are_replaced_by_one_run_and_shown_nowhere(site):
    before, hub = site.known(), site.pods()["hub"]
    site.rotate()
    assert site.play("--check", "--diff", "-vvv").well().changed >= 2
    run = site.play("--diff", "-vvv").well()
    assert not [secret for secret in before if secret in run.output]
    assert site.pods()["hub"] != hub, "the hub reads its secrets at start"
    token = site.secrets["hub_proxy_token"]
    code = "import os; print(os.environ['CONFIGPROXY_AUTH_TOKEN'])"
    assert site.kubernetes.python("release", "deployment/hub", code) == token
    assert site.play("--check", "--diff").well().changed == 0


def test_the_history_holds_no_secret_but_the_charts_own(site):
    for release in site.history():
        assert not [secret for secret in site.known() if secret in json.dumps(release["config"])]
    shown = [secret for secret in site.known() if secret in json.dumps(site.history())]
    assert shown == [site.known()[2 * list(site.secrets).index("hub_proxy_token") + 1]], "in base64, in Secret hub"


def test_nothing_of_a_run_stays_on_the_machine(site):
    texts = [path.read_text(errors="replace") for path in site.home.rglob("*") if path.is_file()]
    assert not [secret[:8] for secret in site.known() for text in texts if secret in text]


@pytest.mark.slow
def test_an_image_that_is_not_there_ends_the_run_with_its_variable(site):
    good = site.variables["hub_images"]["hub"]
    site.image(hub="localhost/nothing:1")
    run = site.play().ended("the hub: its image localhost/nothing:1 cannot be fetched", "Correct hub_images.hub")
    assert run.seconds < 240, "not the whole time of a machine"
    site.image(hub=good)
    site.play().well()


@pytest.mark.slow
def test_an_image_of_a_profile_that_is_not_there(site):
    profiles = [
        DEFAULT,
        DEFAULT | {"name": "other", "title": "Other", "image": "localhost/nothing:2"},
    ]
    site.set(hub_profiles=profiles)
    first = site.play()
    if first.rc == 0:  # the hub was there before the machine had tried
        first = site.play()
    first.ended("localhost/nothing:2 cannot be fetched", "Correct image of profile other in hub_profiles")
    site.set(hub_profiles=[profiles[0]])  # mended by the next run


@pytest.mark.slow
def test_a_hook_that_cannot_end_well_tells_why_and_leaves_a_failed_release_that_is_mended(site):
    good = site.variables["hub_images"]["image_awaiter"]
    site.image(image_awaiter="localhost/nothing:3")
    site.set(hub_values_overrides=HOOKED)
    site.play().ended("a hook cannot end well", "localhost/nothing:3 cannot be fetched", "hub_images.image_awaiter")
    assert site.status() == "failed"
    assert "it is failed" in site.play("--check").well().flat
    site.image(image_awaiter=good)
    site.set(hub_values_overrides=WITHOUT)
    site.play().well()
    assert site.status() == "deployed"


@pytest.mark.slow
def test_a_hook_that_never_ends_is_bounded_and_its_pods_are_told(site, hanging):
    site.set(cluster_node_minutes=2)
    site.play().ended("Helm could not change the release", "the fetching of images: no machine takes it", "memory")
    assert site.status() == "failed"
    site.set(cluster_node_minutes=5)


@pytest.mark.slow
def test_an_upgrade_that_is_killed(site, hanging):
    assert site.kill_while_helm_holds() == "pending-upgrade"


@pytest.mark.slow
def test_it_is_gone_on_from_and_brings_warm_places(site):
    site.set(hub_profiles=[DEFAULT | {"warm": 1}])
    run = site.play().well()
    assert "unlock release release: it was left pending-upgrade" in run.flat
    assert site.status() == "deployed"
    assert site.kubernetes.get("statefulset/warm-default", "-n", "release")["spec"]["replicas"] == 1


@pytest.mark.slow
def test_what_somebody_deletes_comes_back_and_what_nobody_wants_goes(site):
    site.kubernetes.kubectl("delete", "-n", "release", "deployment/proxy", "secret/hub")
    run = site.play().well()
    assert "not there: Deployment/proxy, Secret/hub" in run.flat and run.changed >= 2
    site.set(hub_profiles=[DEFAULT])
    assert site.play().well().changed >= 1
    assert "NotFound" in site.kubernetes.kubectl("get", "-n", "release", "statefulset/warm-default", check=False)
    assert site.play().well().changed == 0


@pytest.mark.slow
def test_what_is_lacking_is_said_at_once(site):
    site.set(hub_helm="/no/helm", hub_home={"size": "1G", "storage_class": "fast"})
    site.play().ended("hub_helm: there is no program /no/helm", "there is no storage class fast; the cluster has")
    site.set(hub_helm=site.found("helm"), hub_home={"size": "1G"}, cluster_kubeconfig=str(site.home / "none"))
    site.play().ended("there is no kubeconfig")
    assert "as soon as there is a cluster" in site.play("--check").well().flat
    site.set(cluster_kubeconfig=str(site.kubernetes.kubeconfig))
