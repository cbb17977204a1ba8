"""Create what is missing of a site's network and instance, and wait until the instance runs."""

import time
from ipaddress import ip_network

from openstack_hub.openstack import site_resources
from openstack_hub.openstack.errors import FAULTS, ImpossibleChange, NotReady, error_message, is_retryable
from openstack_hub.openstack.site_plan import plan_site

PATIENCE = 60  # seconds for which a cloud that answers 5xx, or not at all, is asked again
PAUSE = 1.0


def reconcile(cloud, settings, done, check=False):
    """Act until the instance runs. Returns the existing resources, as site_resources.read does.

    settings: the arguments of module cloud_site. done: a list, to which the sentences of the actions are added; with
    CHECK they are only predicted. Raises ImpossibleChange, also when patience or the timeout is over.
    """
    deadline, patience = time.monotonic() + settings["timeout"], time.monotonic() + PATIENCE
    while True:
        try:
            existing = reconcile_once(cloud, settings, done, check)
            patience = time.monotonic() + PATIENCE
            if check or not existing["servers"] or existing["servers"][0]["status"] != "BUILD":
                return existing
            failure = ImpossibleChange(
                "the instance is still being created: run again to wait further (openstack server show has more)"
            )
        except NotReady as error:
            if check:
                raise ImpossibleChange(f"{error}: retry in a moment") from error
            failure = ImpossibleChange(f"{error}, and still exists after {settings['timeout']} s")
        except FAULTS as error:
            failure = ImpossibleChange(f"the cloud says: {error_message(error)}")
            if not is_retryable(error) or time.monotonic() > patience:
                raise failure from error
        if time.monotonic() > deadline:
            raise failure
        time.sleep(PAUSE)


def reconcile_once(cloud, settings, done, check):
    """Read, plan and act once. Returns the resources that exist then."""
    network = settings["network"]
    cidr = str(ip_network(network["cidr"], strict=False)) if network["cidr"] else None
    external = site_resources.external_network(cloud, settings["external_network"])
    desired = settings | {"external_network": external, "network": network | {"cidr": cidr}}
    existing = site_resources.read(cloud, desired)
    actions = plan_site(desired, existing)
    if check:
        done.extend(action["sentence"] for action in actions)
        return existing
    site_actions = site_resources.SiteActions(cloud, desired, existing)
    for action in actions:
        sentence = action["sentence"]
        if sentence not in done:  # an earlier answer may have been lost
            done.append(sentence)
        try:
            site_actions.do(action)
        except FAULTS as error:
            if is_retryable(error):
                raise
            done.remove(sentence)
            raise ImpossibleChange(f"{sentence}: the cloud refuses: {error_message(error)}") from error
    return site_resources.read(cloud, desired) if actions else existing
