"""Cluster templates: made once, never changed; whoever wants another writes another name."""

from openstack_hub.openstack.magnum_client import Ambiguous, NotThere, Refused, info
from openstack_hub.openstack.magnum_states import same
from openstack_hub.openstack.poll import Impossible

FIELDS = (
    "image_id", "external_network_id", "network_driver", "dns_nameserver", "master_flavor_id", "flavor_id",
    "keypair_id", "fixed_network", "fixed_subnet", "floating_ip_enabled", "master_lb_enabled", "labels",
)  # fmt: skip
UNIVERSAL = {"coe": "kubernetes", "tls_disabled": False, "public": False}


def find(magnum, name):
    """The template of this NAME in the project, as a dict; None when there is none.

    Of several of one name, which a race may leave, the oldest.
    """
    try:
        return info(magnum.call("cluster_templates.get", name))
    except NotThere:
        return None
    except Ambiguous:
        named = [info(t) for t in magnum.call("cluster_templates.list", detail=True)]
        project = magnum.project()
        named = [t for t in named if t["name"] == name and t.get("project_id") in (None, project)]
        return min(named, key=lambda t: (str(t.get("created_at")), t["uuid"]), default=None)


def differences(template, wanted):
    """{field: (there, wanted)} of what WANTED says otherwise."""
    found = {}
    for field in FIELDS:
        have, want = template.get(field), wanted.get(field)
        if field == "labels":
            have, want = ({k: str(v) for k, v in sorted((labels or {}).items())} for labels in (have, want))
        if want is not None and not same(have, want):
            found[field] = (have, want)
    return found


def ensure(magnum, wanted):
    """The template of WANTED's name, or None. Raises Impossible when it is another than WANTED describes."""
    there = find(magnum, wanted["name"])
    if there and (found := differences(there, wanted)):
        told = "".join(f"\n- {field}: {have} there, {want} wanted" for field, (have, want) in found.items())
        raise Impossible(
            f"cluster template {wanted['name']} ({there['uuid']}) exists and is another:{told}\n"
            "A template cannot be changed once a cluster uses it: delete it, or give this one another name."
        )
    return there


def create(magnum, wanted):
    """Make the template that WANTED describes; returns it."""
    body = {key: value for key, value in wanted.items() if key in FIELDS and value is not None}
    body["labels"] = {key: str(value) for key, value in (wanted.get("labels") or {}).items()}
    magnum.call("cluster_templates.create", name=wanted["name"], **UNIVERSAL, **body)
    return find(magnum, wanted["name"])  # somebody may have made one at the same moment


def remove(magnum, current, family, keep):
    """Delete the project's templates whose name FAMILY (a compiled pattern) matches, but KEEP and those in use."""
    project = magnum.project()
    found = [info(template) for template in magnum.call("cluster_templates.list", detail=True)]
    late = {
        template["uuid"]: template["name"]
        for template in found
        if template.get("project_id") in (None, project)
        and family.fullmatch(template["name"])
        and template["name"] not in keep
    }
    for uuid in [] if current.check else list(late):
        try:
            magnum.call("cluster_templates.delete", uuid)
        except NotThere:
            pass
        except Refused as error:
            current.warnings.append(f"cluster template {late.pop(uuid)} stays: {error}")
    if late:
        current.actions.append("delete cluster templates that nothing uses any more")
        current.diff = {"before": "".join(f"{name}\n" for name in sorted(late.values())), "after": ""}
