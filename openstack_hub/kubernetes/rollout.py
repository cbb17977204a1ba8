"""What the hub's pods still wait for."""

from openstack_hub.kubernetes.pod_diagnosis import Diagnosis, diagnose_deployment, diagnose_pod


def rollout_problems(pods, images):
    """A Diagnosis for all that does not run yet. Does not wait for image pullers, but reports their failures."""
    deployments, existing = pods.deployments(), pods.all()
    if not deployments:
        return [Diagnosis("the release has no deployments: run playbooks/hub.yml", lasting=True)]
    sets = pods.replica_sets()
    by_name = {
        deployment["metadata"]["name"]: diagnose_deployment(deployment, sets, existing, pods.ask, images)
        for deployment in deployments
    }
    if by_name.get("proxy") and (crash := by_name.get("hub")) and not crash.image:
        by_name["hub"] = crash._replace(lasting=False)  # it ends again and again until the proxy answers
    pullers = [pod for pod in existing if pod["metadata"]["labels"].get("component") == "continuous-image-puller"]
    fetching = [diagnosis for pod in pullers if (diagnosis := diagnose_pod(pod, pods.ask, images))]
    failures = [diagnosis for diagnosis in fetching if diagnosis.image or diagnosis.lasting]
    return list(dict.fromkeys(diagnosis for diagnosis in (*by_name.values(), *failures) if diagnosis))
