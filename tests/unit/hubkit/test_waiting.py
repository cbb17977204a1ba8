"""The messages of the waiting page."""

import subprocess
import sys
from pathlib import Path

import pytest
from kube import NOW, event, pod

from hubkit.hub import waiting
from hubkit.hub.stages import Target

NODES = "0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, "
FULL = NODES + "2 Insufficient memory. preemption: 0/3 nodes are available."
SCALING = Target("Default", True, 15)
FIXED = Target("Default", False, 15)
ADMIN = "Please tell the administrators."


def test_pure_modules_need_no_jupyterhub():
    """The controller uses them, too, and has no JupyterHub."""
    code = "import sys; sys.modules['jupyterhub'] = None; from hubkit.hub import images, pods, waiting"
    subprocess.run([sys.executable, "-c", code], cwd=Path(waiting.__file__).parents[2], check=True)


def stage(pod, events=(), target=SCALING):
    return waiting.stage(pod, list(events), target, NOW)


def waiting_container(reason, message="", **more):
    return pod(node="a", container={"state": {"waiting": {"reason": reason, "message": message}}, **more})


# --- Scheduling ------------------------------------------------------------------------------------------------------
def test_a_node_is_being_added():
    assert stage(pod(waited=200, unschedulable=FULL)) == (
        14, "Adding a node for you because all nodes are full; this takes about 15 minutes (3 minutes so far)", False,
    )  # fmt: skip
    late = stage(pod(waited=1000, unschedulable=FULL))
    assert late.message.endswith("; this takes longer than the usual 15 minutes (16 minutes so far)")
    assert not late.failed


@pytest.mark.parametrize(
    ("waited", "percent", "words"),
    [
        (6, 12, "(less than a minute so far)"), (59, 12, "(less than a minute so far)"),
        (60, 12, "(1 minute so far)"), (120, 13, "(2 minutes so far)"), (899, 24, "about 15 minutes (14 minutes"),
        (900, 25, "about 15 minutes (15 minutes"), (901, 25, "longer than the usual 15 minutes (15 minutes"),
        (99999, 25, "longer than"),
    ],
)  # fmt: skip
def test_progress_while_a_node_is_added(waited, percent, words):
    result = stage(pod(waited=waited, unschedulable=FULL))
    assert result.percent == percent and words in result.message


def test_the_autoscaler_knows_better_than_the_model():
    up = event("TriggeredScaleUp", "pod triggered scale-up: [{a 1->2 (max: 4)}]")
    maximum = event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max node group size reached")
    total = event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max cluster cpu limit reached")
    failed = event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 in backoff after failed scale-up")
    other = event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 node(s) didn't match")
    full = pod(unschedulable=FULL)
    assert stage(full, [up], FIXED).message.startswith("Adding a node")
    for limit in (maximum, total):
        assert stage(full, [up, limit]).message.startswith("Default is busy: all nodes are full, and no more can be")
        assert stage(full, [limit, up]).message.startswith("Adding a node")
    assert stage(full, [failed]) == (12, "The cloud could not add a node; retrying (1 minute so far)", False)
    assert stage(full, [other]).message.startswith("Adding a node")
    assert stage(full, [other], FIXED).message.startswith("Default is busy")


def test_a_node_group_that_cannot_scale_up_is_busy():
    assert stage(pod(waited=70, unschedulable=FULL), target=FIXED) == (
        12,
        "Default is busy: all nodes are full, and no more can be added. Your server starts as soon as there is room "
        "(1 minute so far). Another profile may start at once.",
        False,
    )
    empty = stage(pod(unschedulable="0/0 nodes are available"), target=FIXED)
    assert empty.message.startswith("Default is busy: it has no node, and")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("1 Insufficient nvidia.com/gpu, 2 Insufficient memory", "because all GPUs are in use"),
        ("2 Insufficient cpu", "because all nodes are full"),
        ("2 Insufficient memory", "because all nodes are full"),
        ("2 Too many pods", "because all nodes are full"),
        ("1 node(s) had volume node affinity conflict", "because your storage cannot be reached"),
        ("1 node(s) exceed max volume count", "cannot attach more volumes"),
        ("3 node(s) didn't match Pod's node affinity/selector", "added for you; this takes"),
    ],
)
def test_the_schedulers_reasons_in_plain_words(message, words):
    result = stage(pod(unschedulable=NODES + message)).message.replace("Adding a node", "added")
    assert words in result and "node(s)" not in result


def test_a_clock_behind_the_clusters_counts_as_now():
    up = event("TriggeredScaleUp", "pod triggered scale-up")
    assert stage(pod(waited=-300, unschedulable=FULL), [up]).percent == 12
    slow = [event("ProvisioningFailed", "no answer of the cloud")]
    assert not stage(pod(waited=-300), slow).failed


@pytest.mark.parametrize(("waited", "percent"), [(0, 10), (4, 10), (5, 12), (6, 12)])
def test_the_first_answer_of_the_scheduler_is_not_final(waited, percent):
    """Placeholder pods may be preempted within seconds."""
    result = stage(pod(waited=waited, unschedulable=FULL))
    assert result.percent == percent
    assert percent == 12 or result.message == "Finding a node with room for Default"
    up = event("TriggeredScaleUp", "pod triggered scale-up")
    assert stage(pod(waited=waited, unschedulable=FULL), [up]).percent == 12


def test_placeholder_pods_make_room():
    result = stage(pod(unschedulable=FULL, nominatedNodeName="a"))
    assert result == (28, "Removing placeholder pods to make room for you", False)


# --- Storage ---------------------------------------------------------------------------------------------------------
def test_storage_is_being_created_or_cannot_be():
    unbound = pod(unschedulable=NODES + "pod has unbound immediate PersistentVolumeClaims")
    missing = pod(unschedulable='persistentvolumeclaim "claim-ada" not found')
    for shown, events in (
        (unbound, []), (missing, []), (pod(), [event("ExternalProvisioning", "Waiting")]),
        (pod(), [event("Provisioning", "Waiting")]),
    ):  # fmt: skip
        assert stage(shown, events) == (15, "Creating your storage", False)
    assert stage(pod(unschedulable=FULL), [event("Provisioning", "Waiting")]).percent == 12
    assert stage(pod(), [event("ProvisioningFailed", "VolumeSizeExceedsAvailableQuota: 1G")]) == (
        15, f"Your storage could not be created: VolumeSizeExceedsAvailableQuota: 1G. {ADMIN}", True,
    )  # fmt: skip
    slow = [event("ProvisioningFailed", "no answer of the cloud")]
    assert [stage(pod(waited=waited), slow).failed for waited in (300, 301)] == [False, True]


def test_storage_that_cannot_be_mounted_is_named():
    message = (
        'MountVolume.SetUp failed for volume "mount-archive" : mount failed: exit status 32\n'
        "Mounting command: mount\nOutput: mount.nfs: Connection timed out\n"
    )
    failure = [event("FailedMount", message)]
    assert stage(pod(node="a"), failure) == (
        35, "nfs:/data cannot be mounted: Connection timed out. Retrying.", False,
    )  # fmt: skip
    assert stage(pod(waited=300, node="a"), failure).failed is False
    assert stage(pod(waited=301, node="a"), failure) == (
        35, f"nfs:/data cannot be mounted: Connection timed out. {ADMIN}", True,
    )  # fmt: skip
    hint = failure[0] | {"message": message.replace("Connection", "/mnt: Connection") + "dmesg(1) may have\nmore."}
    assert stage(pod(node="a"), [hint]).message.startswith("nfs:/data cannot be mounted: Connection timed out")
    other = [event("FailedMount", 'MountVolume.SetUp failed for volume "pvc-1" : no such device')]
    assert stage(pod(node="a"), other).message.startswith("Your storage cannot be mounted: ")
    shown = pod(node="a")
    shown["spec"]["volumes"].append({"name": "home", "persistentVolumeClaim": {}})
    home = [event("FailedMount", 'MountVolume.SetUp failed for volume "home" : no such device')]
    assert stage(shown, home).message.startswith("Your storage cannot be mounted: ")
    unnamed = [event("FailedMount", "Unable to attach or mount volumes")]
    assert stage(pod(node="a"), unnamed).message.startswith("Your storage cannot be mounted: Unable")
    multi = [event("FailedAttachVolume", 'Multi-Attach error for volume "pvc-1": already used')]
    result = stage(pod(waited=400, node="a"), multi)
    assert "still attached to another node" in result.message and not result.failed


# --- Images ----------------------------------------------------------------------------------------------------------
def test_an_image_that_is_being_pulled():
    events = [event("Scheduled", "a"), event("Pulling", 'Pulling image "x"')]
    assert stage(pod(node="a"), events).percent == 50
    for reason in ("Pulled", "Created", "Started"):
        assert stage(pod(node="a"), [*events, event(reason, "ok")]) == (75, "Setting up your server", False)


@pytest.mark.parametrize(
    ("reason", "message", "failed"),
    [
        ("ErrImagePull", 'failed to resolve reference "a:1": a:1: not found', True),
        ("ErrImagePull", 'rpc error: code = Unknown desc = Head "https://a": unauthorized: x', True),
        ("ErrImagePull", "pull access denied", True),
        ("InvalidImageName", "couldn't parse image name", True),
        ("InvalidImageName", "", True),
        ("ErrImageNeverPull", "", True),
        ("ErrImagePull", "dial tcp: lookup registry.example.org: i/o timeout", False),
        ("ErrImagePull", "dial tcp: lookup registry.example.org: no such host", False),
        ("ImageInspectError", "i/o timeout", False),
    ],
)
def test_an_image_that_cannot_be_pulled_ends_the_start(reason, message, failed):
    assert stage(waiting_container(reason, message)).failed is failed


@pytest.mark.parametrize(("counts", "failed"), [([1], False), ([2], False), ([3], True), ([None] * 3, True)])
def test_three_attempts_end_the_start(counts, failed):
    failures = [event("Failed", 'Failed to pull image "a:1": i/o timeout', count=count) for count in counts]
    other = event("Failed", "Error: something else", count=3)
    result = stage(waiting_container("ImagePullBackOff", "Back-off"), [*failures, other])
    assert result.failed is failed and "(localhost/a:1: i/o timeout)" in result.message
    assert failed or result.message.startswith("The image could not be pulled yet; retrying (")


def test_an_image_is_named_with_its_cause():
    message = 'Failed to pull image "a:1": rpc error: desc = failed to resolve reference "a:1": a:1: not found'
    result = stage(waiting_container("ImagePullBackOff", "Back-off"), [event("Failed", message)])
    assert result == (50, f"The image of Default cannot be pulled (localhost/a:1: a:1: not found). {ADMIN}", True)
    silent = stage(waiting_container("ErrImagePull"))
    assert "(localhost/a:1: no reason given)" in silent.message


# --- The container ---------------------------------------------------------------------------------------------------
def test_a_server_that_ends_says_why():
    terminated = {"exitCode": 1, "reason": "Error", "message": "Traceback\nModuleNotFoundError: No module named 'x'\n"}
    loop = waiting_container("CrashLoopBackOff", restartCount=1, lastState={"terminated": terminated})
    reason = "Your server stopped while it was starting: ModuleNotFoundError: No module named 'x'"
    assert stage(loop) == (85, f"{reason}. {ADMIN}", True)
    for restarts, failed in ((0, False), (1, False), (2, True)):  # it is restarted once
        ended = pod(node="a", container={"state": {"terminated": terminated}, "restartCount": restarts})
        assert stage(ended).failed is failed and stage(ended).percent == 85
    memory = {"exitCode": 137, "reason": "OOMKilled"}
    small = waiting_container("CrashLoopBackOff", lastState={"terminated": memory})
    assert "it needed more memory than the profile has" in stage(small).message
    silent = waiting_container("CrashLoopBackOff", lastState={"terminated": {"exitCode": 3}})
    assert "exit code 3" in stage(silent).message


@pytest.mark.parametrize("reason", ["CreateContainerConfigError", "CreateContainerError", "RunContainerError"])
def test_a_container_that_cannot_run_ends_the_start(reason):
    result = stage(waiting_container(reason, 'exec: "jupyterhub-singleuser": not found'))
    assert result == (75, f'Your server cannot run: exec: "jupyterhub-singleuser": not found. {ADMIN}', True)
    assert stage(waiting_container(reason)).failed


def test_a_server_that_never_listens_ends_the_start():
    def running(since, **more):
        return pod(node="a", container={"state": {"running": {"startedAt": since}}, **more})

    assert stage(running("2026-11-21T17:59:00Z")) == (85, "JupyterLab is starting", False)
    assert not stage(running("2026-11-21T17:57:00Z")).failed, "exactly 180 s"
    assert stage(running("2026-11-21T17:56:59Z")) == (
        85, f"JupyterLab started, but did not answer within 3 minutes. {ADMIN}", True,
    )  # fmt: skip
    assert not stage(running("2026-11-21T17:00:00Z", ready=True)).failed


def test_only_the_notebook_container_counts():
    shown = waiting_container("RunContainerError")
    shown["status"]["containerStatuses"].insert(0, {"name": "sidecar", "state": {"running": {"startedAt": "x"}}})
    assert stage(shown).failed
    shown["status"]["containerStatuses"][1]["name"] = "another"
    assert stage(shown).percent == 30


# --- The end of a pod ------------------------------------------------------------------------------------------------
def test_evicted_pods():
    evicted = pod(node="a", phase="Failed", reason="Evicted", message="The node was low on resource: memory.")
    preempted = {
        "type": "DisruptionTarget",
        "message": "user-scheduler: preempting to accommodate a higher priority pod",
    }
    drained, deleted = (pod(node="a", conditions=conditions) for conditions in ([preempted], []))
    for shown in (drained, deleted):
        shown["metadata"]["deletionTimestamp"] = "2026-11-21T18:00:00Z"
    for shown, reason in (
        (evicted, "Evicted: The node was low on resource: memory"),
        (drained, "user-scheduler: preempting to accommodate a higher priority pod"),
        (deleted, "its pod was deleted"),
    ):
        assert waiting.is_evicted(shown) and waiting.eviction_reason(shown) == reason
        assert stage(shown) == (5, "Your server was evicted; finding another node", False)
    assert not waiting.is_evicted(pod(node="a"))
    assert not waiting.is_evicted(pod(node="a", reason="NodeLost"))
    assert stage(None) == (5, "Asking the cluster for your server", False)


def test_a_pod_that_ends_by_itself_ends_the_start():
    ended = pod(node="a", phase="Succeeded", container={"state": {"terminated": {"exitCode": 0}}})
    assert not waiting.is_evicted(ended)
    assert stage(ended) == (5, f"Your server stopped while it was starting: exit code 0. {ADMIN}", True)
    assert "its pod ended" in stage(pod(node="a", phase="Failed")).message


def test_per_cent_and_messages_on_the_way():
    stages = [
        stage(None), stage(pod(waited=1)), stage(pod(waited=60, unschedulable=FULL)),
        stage(pod(waited=600, unschedulable=FULL)), stage(pod(waited=9999, unschedulable=FULL)),
        stage(pod(unschedulable=FULL, nominatedNodeName="a")), stage(pod(node="a")),
        stage(pod(node="a"), [event("SuccessfulAttachVolume", "ok")]), stage(pod(node="a"), [event("Pulling", "x")]),
        stage(pod(node="a"), [event("Created", "x")]),
        stage(pod(node="a", container={"state": {"running": {"startedAt": "2026-11-21T18:00:00Z"}}})),
    ]  # fmt: skip
    assert [one.percent for one in stages] == [5, 10, 12, 20, 25, 28, 30, 45, 50, 75, 85]
    assert len({one.message for one in stages}) == len(stages)


# --- Messages about a whole start ------------------------------------------------------------------------------------
def test_what_the_api_rejects():
    body = '{"message": "pods \\"a\\" is forbidden: exceeded quota: q, used: memory=4Gi"}'
    assert waiting.rejection_message(403, body) == (
        'The hub has reached its quota in the cluster (pods "a" is forbidden: exceeded quota: q, used: memory=4Gi). '
        "Try again when other servers stop."
    )
    assert waiting.rejection_message(403, '{"message": "violates PodSecurity"}') == (
        f"The cluster rejected your server (violates PodSecurity). {ADMIN}"
    )
    for body in (b"<html>", "[]", "{}", None):
        assert "(status 500)" in waiting.rejection_message(500, body)


def test_a_start_that_times_out_names_what_it_waited_for():
    message = waiting.timeout_message(stage(pod(waited=1000, unschedulable=FULL)), 20)
    assert message.endswith(
        "the usual 15 minutes (16 minutes so far). The start timed out after 20 minutes. Try again later. " + ADMIN
    )


@pytest.mark.parametrize(
    ("text", "short"),
    [("a\n b. ", "a b"), ("x" * 300, "x" * 300), ("x" + "y" * 300, "…" + "y" * 300), ("", "")],
    ids=["lines", "longest", "too-long", "empty"],
)
def test_messages_are_shortened_from_the_front(text, short):
    assert waiting.shorten(text) == short


def test_the_time_of_an_event():
    def of(**times):
        return waiting.event_time({"metadata": {"creationTimestamp": "1"}, **times})

    assert of() == "1" and of(eventTime="2") == "2" and of(series={"lastObservedTime": "3"}, eventTime="2") == "3"
    assert of(lastTimestamp="4", series={"lastObservedTime": "3"}) == "4"
