"""Messages about pods: the variable to correct, and whether the problem is lasting."""

import pytest
from pod_samples import IMAGES, asking, deployment, ended, event, pod, replica_set, waiting

from openstack_hub.kubernetes.pod_diagnosis import (
    diagnose_deployment,
    diagnose_pod,
    image_variables,
    occurrence,
    refusal,
)

NOWHERE = event("Failed", 'Failed to pull image "x": failed to resolve reference "x": not found')
REFUSED = 'Failed to pull image "x": dial tcp 192.0.2.1:443: connect: connection refused'
FULL = "0/2 nodes are available: 2 Insufficient memory"


def diagnose(found, *events, log="", **others):
    return diagnose_pod(found, asking(events, log, **others), IMAGES)


def test_a_ready_pod_has_no_problem():
    assert diagnose(pod(conditions=[("Ready", "True", "")])) is None


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"])
def test_a_missing_image_names_its_variable(reason):
    found = diagnose(pod(waiting(reason, "Back-off")), NOWHERE, event("Failed", "Error: ErrImagePull"))
    assert found.lasting and found.image
    assert found.text == (
        f"the hub: its image registry.example.org/hub:1 cannot be pulled: {NOWHERE['message']}. Correct hub_images.hub"
    )


def test_the_image_of_an_init_container_names_its_profile():
    state = waiting("ErrImagePull", image="registry.example.org/gpu:1")
    found = diagnose(pod(init=[state], component="continuous-image-puller"), NOWHERE)
    assert (found.lasting, found.text.endswith("Correct image of profile gpu in hub_profiles")) == (True, True)


def test_an_image_of_the_chart_names_the_mirrors():
    found = diagnose(pod(waiting("ErrImagePull", image="quay.io/jupyterhub/k8s-hub:4.4.0")), NOWHERE)
    assert found.text.endswith("hub_registry_mirrors says where images come from; hub_images.hub names another")


@pytest.mark.parametrize(("times", "lasting"), [(1, False), (2, False), (3, True)])
def test_a_registry_without_an_answer_is_lasting_after_three_attempts(times, lasting):
    found = diagnose(pod(waiting("ImagePullBackOff")), event("Failed", REFUSED, times))
    assert (found.lasting, REFUSED in found.text) == (lasting, True)


def test_a_missing_secret_is_lasting():
    found = diagnose(pod(waiting("CreateContainerConfigError", 'secret "openstack-hub" not found')))
    assert found[:2] == ('the hub: its container hub cannot be created: secret "openstack-hub" not found', True)


def test_an_error_of_the_runtime_is_lasting_after_three_attempts():
    assert not diagnose(pod(waiting("CreateContainerError", "context deadline exceeded"))).lasting
    assert diagnose(pod(waiting("CreateContainerError", "x")), event("Failed", "x", 3)).lasting


def test_repeated_crashes_are_lasting_and_show_the_end_of_the_log():
    state = waiting("CrashLoopBackOff", restartCount=1, lastState=ended(1)["state"])
    found = diagnose(pod(state), log="ImportError: hubkit")
    assert found[:2] == ("the hub: its container hub exited with exit code 1 repeatedly: ImportError: hubkit", True)


def test_a_first_crash_is_not_lasting():
    found = diagnose(pod(ended(1, restartCount=0)), log="database is locked")
    assert found[:2] == ("the hub: its container hub exited with exit code 1: database is locked", False)


def test_a_restarted_container_that_is_ready_has_not_crashed():
    state = {"state": {"running": {}}, "lastState": ended(1)["state"], "restartCount": 4, "ready": True}
    found = diagnose(pod(state, phase="Running"), event("Unhealthy", "Readiness probe failed"))
    assert found[:2] == ("the hub: runs, but does not answer yet: Readiness probe failed", False)


def test_an_oom_kill_names_the_memory_limit():
    state = waiting("CrashLoopBackOff", restartCount=1, lastState=ended(137, "OOMKilled")["state"])
    assert "it exceeded its memory limit" in diagnose(pod(state)).text


def test_an_image_without_the_program_is_lasting():
    state = ended(128, "StartError")
    state["state"]["terminated"]["message"] = 'exec: "/image-awaiter": stat /image-awaiter: no such file or directory'
    found = diagnose(pod(state, component="image-puller", phase="Failed"))
    assert found.lasting and "no such file or directory" in found.text


def test_a_pod_that_cannot_be_scheduled_names_the_variable():
    found = diagnose(pod(conditions=[("PodScheduled", "False", FULL)]))
    assert found[:2] == (
        f"the hub: cannot be scheduled: {FULL} (cluster_node_groups says which nodes there are)",
        False,
    )


def test_a_scale_up_is_reported():
    found = diagnose(pod(conditions=[("PodScheduled", "False", FULL)]), event("TriggeredScaleUp", "pod triggered"))
    assert found[:2] == ("the hub: a node is being added for it", False)


def test_a_volume_that_is_not_created_shows_the_reason_of_the_claim():
    unbound = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims"
    found = pod(conditions=[("PodScheduled", "False", unbound)], claims=["hub-db-dir"])
    quota = event("ProvisioningFailed", "VolumeSizeExceedsAvailableQuota")
    assert "waits for its volume: VolumeSizeExceedsAvailableQuota (hub_home" in diagnose(found, hub_db_dir=[quota]).text
    assert unbound in diagnose(found, hub_db_dir=[]).text


@pytest.mark.parametrize(
    ("pod_event", "text"),
    [
        (event("FailedAttachVolume", "Multi-Attach error"), "its volumes cannot be mounted: Multi-Attach error"),
        (event("FailedMount", "mount failed: exit status 32"), "its volumes cannot be mounted: mount failed"),
        (event("FailedCreatePodSandBox", "no CNI"), "its node cannot create it: no CNI"),
        (event("Pulling", 'Pulling image "x"'), 'its image is being pulled (Pulling image "x")'),
        (event("Scheduled", "assigned"), "is starting"),
    ],
)
def test_a_scheduled_pod_shows_what_it_waits_for(pod_event, text):
    found = diagnose(pod(waiting("ContainerCreating")), pod_event)
    assert found.text.startswith(f"the hub: {text}") and not found.lasting


def test_evicted_and_terminating_pods_are_reported():
    evicted = pod(phase="Failed")
    evicted["status"]["message"] = "The node was low on resource: memory"
    assert diagnose(evicted).text == "the hub: has failed: The node was low on resource: memory"
    assert diagnose(pod(deletionTimestamp="2026-11-21T12:00:00Z")).text == "the hub: is terminating"


def rollout(deployed, *pods, events=(), sets=None):
    return diagnose_deployment(deployed, sets or [replica_set()], pods, asking(events), IMAGES)


def test_an_available_deployment_has_no_problem():
    assert rollout(deployment(available=1), pod(waiting("ErrImagePull"))) is None


def test_a_change_that_the_controller_has_not_observed_is_awaited():
    assert rollout(deployment(available=1, observed=0))[:2] == (
        "the hub: its previous pod is still terminating",
        False,
    )


def test_only_pods_of_the_newest_revision_count():
    old = pod(waiting("ErrImagePull"), ownerReferences=[{"uid": "old"}])
    found = rollout(deployment(), old, pod(waiting("ContainerCreating")), sets=[replica_set("1", "old"), replica_set()])
    assert found[:2] == ("the hub: is starting", False)


@pytest.mark.parametrize(
    ("text", "lasting", "hint"),
    [
        ('pods "hub-x" is forbidden: exceeded quota: mem, requested: 1Gi', True, "kubectl describe quota"),
        (
            'pods "hub-x" is forbidden: violates PodSecurity "restricted:latest": privileged',
            True,
            "hub_values_overrides",
        ),
        ('error looking up service account lab/hub: serviceaccount "hub" not found', False, ""),
        ("Internal error occurred: timeout", False, ""),
    ],
)
def test_a_forbidden_pod_is_lasting_and_other_refusals_are_not(text, lasting, hint):
    found = rollout(deployment(conditions=[("ReplicaFailure", text)]))
    assert (found.lasting, text in found.text, hint in found.text) == (lasting, True, True)


def test_an_event_of_a_refused_pod_names_its_owner_and_changes_with_its_count():
    why = 'Error creating: pods "x" is forbidden: no PriorityClass with name lab was found'
    found = event("FailedCreate", why, 7) | {"involvedObject": {"kind": "DaemonSet", "name": "hook-image-puller"}}
    assert refusal(found) == f"DaemonSet hook-image-puller: {why}"
    found["metadata"] = {"uid": "e"}
    assert occurrence(found) != occurrence(found | {"count": 8})


def test_each_image_has_the_variable_that_sets_it():
    model = {
        "profiles": [{"name": "default", "image": None}, {"name": "gpu", "image": "registry.example.org/gpu:1"}],
        "images": {"hub": "registry.example.org/hub:1", "proxy": None},
    }
    assert image_variables(model) == IMAGES
