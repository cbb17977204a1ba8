"""What the waiting page says, from pods and events as the cluster writes them."""

import pytest
from kube import NOW, event, pod

from hubkit.hub import waiting

NODES = "0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, "
FULL = NODES + "2 Insufficient memory. preemption: 0/3 nodes are available."
PLACE = waiting.Place("Default", True, 15)
FIXED = waiting.Place("Default", False, 15)


def stage(pod, events=(), place=PLACE):
    return waiting.stage(pod, list(events), place, NOW)


def waits(reason, message="", **more):
    return pod(node="a", container={"state": {"waiting": {"reason": reason, "message": message}}, **more})


def test_a_machine_is_being_added():
    assert stage(pod(waited=200, no=FULL)).message == (
        "A machine is being added for you, as all machines are full; that takes about 15 minutes (3 minutes so far)"
    )
    late = stage(pod(waited=1000, no=FULL)).message
    assert late.endswith("; that takes longer than the usual 15 minutes (16 minutes so far)")
    assert "less than a minute so far" in stage(pod(waited=10, no=FULL)).message
    assert not stage(pod(waited=1000, no=FULL)).hopeless


def test_the_autoscaler_knows_better_than_the_table():
    up = event("TriggeredScaleUp", "pod triggered scale-up: [{a 1->2 (max: 4)}]")
    most = event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max node group size reached")
    failed = event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 in backoff after failed scale-up")
    other = event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 node(s) didn't match")
    assert stage(pod(no=FULL), [up], FIXED).message.startswith("A machine is being added")
    assert stage(pod(no=FULL), [up, most]).message.startswith("Default is busy: all machines are full, and no more")
    assert stage(pod(no=FULL), [most, up]).message.startswith("A machine is being added")
    assert stage(pod(no=FULL), [failed]).message.startswith("The cloud could not add a machine")
    assert stage(pod(no=FULL), [other]).message.startswith("A machine is being added")


def test_groups_that_cannot_grow_are_busy():
    said = stage(pod(waited=70, no=FULL), place=FIXED)
    assert said.message.startswith("Default is busy: all machines are full, and no more can be added.")
    assert "(1 minute so far)" in said.message and not said.hopeless


@pytest.mark.parametrize(
    ("no", "words"),
    [
        ("1 Insufficient nvidia.com/gpu, 2 Insufficient memory", "as all GPUs are in use"),
        ("2 Insufficient cpu", "as all machines are full"),
        ("2 Too many pods", "as all machines are full"),
        ("1 node(s) had volume node affinity conflict", "as your storage cannot be reached"),
        ("1 node(s) exceed max volume count", "cannot take more storage"),
        ("3 node(s) didn't match Pod's node affinity/selector", "added for you; that takes"),
    ],
)
def test_the_schedulers_reasons_in_plain_words(no, words):
    said = stage(pod(no=NODES + no)).message
    assert words in said and "node(s)" not in said


def test_the_first_no_is_not_the_last_word():
    assert stage(pod(waited=3, no=FULL)).message == "Looking for a machine with room for Default"
    assert stage(pod(no=FULL, nominatedNodeName="a")).message == "A place that was kept ready is being cleared for you"


def test_storage_is_being_made_and_cannot_be():
    assert (
        stage(pod(no=NODES + "pod has unbound immediate PersistentVolumeClaims")).message
        == "Your storage is being made"
    )
    assert stage(pod(), [event("ExternalProvisioning", "Waiting")]).message == "Your storage is being made"
    quota = stage(pod(), [event("ProvisioningFailed", "VolumeSizeExceedsAvailableQuota: 1G")])
    assert quota.hopeless and "VolumeSizeExceedsAvailableQuota" in quota.message
    slow = [event("ProvisioningFailed", "no answer of the cloud")]
    assert [stage(pod(waited=waited), slow).hopeless for waited in (100, 400)] == [False, True]


def test_storage_that_cannot_be_mounted_is_named():
    said = (
        'MountVolume.SetUp failed for volume "mount-archive" : mount failed: exit status 32\n'
        "Mounting command: mount\nOutput: mount.nfs: Connection timed out\n"
    )
    trouble = [event("FailedMount", said)]
    assert stage(pod(node="a"), trouble) == (
        35, "nfs:/data cannot be reached: Connection timed out. It is tried again.", False,
    )  # fmt: skip
    assert stage(pod(waited=400, node="a"), trouble).hopeless
    other = [event("FailedMount", 'MountVolume.SetUp failed for volume "pvc-1" : no such device')]
    assert stage(pod(node="a"), other).message.startswith("Your storage cannot be reached: ")
    still = [event("FailedAttachVolume", 'Multi-Attach error for volume "pvc-1": already used')]
    assert "still attached to another machine" in stage(pod(waited=400, node="a"), still).message


def test_image_that_comes():
    events = [event("Scheduled", "a"), event("Pulling", 'Pulling image "x"')]
    assert stage(pod(node="a"), events).percent == 50
    assert stage(pod(node="a"), [*events, event("Pulled", "ok")]).message == "Your server is being set up"


@pytest.mark.parametrize(
    ("reason", "message", "hopeless"),
    [
        ("ErrImagePull", 'failed to resolve reference "a:1": a:1: not found', True),
        ("ErrImagePull", 'rpc error: code = Unknown desc = Head "https://a": unauthorized: x', True),
        ("InvalidImageName", "", True),
        ("ErrImageNeverPull", "", True),
        ("ErrImagePull", "dial tcp: lookup registry.example.org: i/o timeout", False),
        ("ErrImagePull", "dial tcp: lookup registry.example.org: no such host", False),
    ],
)
def test_image_that_cannot_be_had_ends_the_start(reason, message, hopeless):
    assert stage(waits(reason, message)).hopeless is hopeless
    tries = event("Failed", f'Failed to pull image "a:1": {message}', count=3)
    assert stage(waits("ImagePullBackOff", "Back-off"), [tries]).hopeless


def test_image_is_named_with_the_cause_alone():
    said = 'Failed to pull image "a:1": rpc error: desc = failed to resolve reference "a:1": a:1: not found'
    found = stage(waits("ImagePullBackOff", "Back-off"), [event("Failed", said)])
    assert found.message.startswith("The image of Default cannot be fetched (localhost/a:1: a:1: not found).")


def test_a_server_that_ends_says_why():
    ended = {"exitCode": 1, "reason": "Error", "message": "Traceback\nModuleNotFoundError: No module named 'x'\n"}
    loop = waits("CrashLoopBackOff", restartCount=1, lastState={"terminated": ended})
    assert stage(loop).hopeless and "No module named 'x'" in stage(loop).message
    once = pod(node="a", container={"state": {"terminated": ended}})
    assert not stage(once).hopeless  # it is started again
    small = waits("CrashLoopBackOff", lastState={"terminated": {"exitCode": 137, "reason": "OOMKilled"}})
    assert "more memory than the profile has" in stage(small).message
    assert stage(waits("RunContainerError", 'exec: "jupyterhub-singleuser": not found')).hopeless


def test_a_server_that_never_listens_is_given_up():
    def running(since):
        return pod(node="a", container={"state": {"running": {"startedAt": since}}})

    assert stage(running("2026-11-21T17:59:00Z")) == (85, "JupyterLab is starting", False)
    assert stage(running("2026-11-21T17:55:00Z")).hopeless


def test_pods_that_the_cluster_takes_away():
    evicted = pod(node="a", phase="Failed", reason="Evicted", message="The node was low on resource: memory.")
    preempted = {
        "type": "DisruptionTarget",
        "message": "user-scheduler: preempting to accommodate a higher priority pod",
    }
    drained, deleted = (pod(node="a", conditions=conditions) for conditions in ([preempted], []))
    for gone in (drained, deleted):
        gone["metadata"]["deletionTimestamp"] = "2026-11-21T18:00:00Z"
    for gone, why in (
        (evicted, "Evicted: The node was low on resource: memory"),
        (drained, "user-scheduler: preempting to accommodate a higher priority pod"),
        (deleted, "its pod was deleted"),
    ):
        assert waiting.goes(gone) and waiting.cause(gone) == why
        assert not stage(gone).hopeless and "looks for another" in stage(gone).message
    assert not waiting.goes(pod(node="a"))
    assert stage(None) == (5, "Asking the cluster for your server", False)


def test_a_server_that_ends_by_itself_ends_its_start():
    over = pod(node="a", phase="Succeeded", container={"state": {"terminated": {"exitCode": 0}}})
    assert not waiting.goes(over) and stage(over).hopeless and "exit status 0" in stage(over).message
    assert "its pod ended" in stage(pod(node="a", phase="Failed")).message


def test_per_cent_rise_along_the_road():
    road = [
        stage(None), stage(pod(waited=1)), stage(pod(waited=60, no=FULL)), stage(pod(waited=600, no=FULL)),
        stage(pod(waited=9999, no=FULL)), stage(pod(no=FULL, nominatedNodeName="a")), stage(pod(node="a")),
        stage(pod(node="a"), [event("SuccessfulAttachVolume", "ok")]), stage(pod(node="a"), [event("Pulling", "x")]),
        stage(pod(node="a"), [event("Created", "x")]),
        stage(pod(node="a", container={"state": {"running": {"startedAt": "2026-11-21T18:00:00Z"}}})),
    ]  # fmt: skip
    percents = [found.percent for found in road]
    assert percents == sorted(percents) and len({found.message for found in road}) == len(road)


def test_what_the_api_refuses():
    body = '{"message": "pods \\"a\\" is forbidden: exceeded quota: q, used: memory=4Gi"}'
    assert waiting.refused(403, body).startswith("The hub has used up what the cluster allows it (pods")
    assert 'violates PodSecurity "restricted' in waiting.refused(
        403, '{"message": "violates PodSecurity \\"restricted"}'
    )
    assert "status 500" in waiting.refused(500, b"<html>")


def test_a_start_that_is_late_names_what_it_waited_for():
    said = waiting.late(stage(pod(waited=1000, no=FULL)), 20)
    assert "longer than the usual 15 minutes" in said and "After 20 minutes the start was given up." in said
