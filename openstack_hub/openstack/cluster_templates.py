"""Cluster templates: created once, never changed. A template with other content gets another name."""

import re

from openstack_hub.openstack.errors import AmbiguousName, ImpossibleChange, RequestRefused, ResourceNotFound
from openstack_hub.openstack.magnum_api import is_same
from openstack_hub.openstack.magnum_client import to_dict

FIELDS = ("image_id", "external_network_id", "network_driver", "floating_ip_enabled", "master_lb_enabled", "labels")
CONSTANT_FIELDS = {"coe": "kubernetes", "tls_disabled": False, "public": False}


def find(magnum, name):
    """The template of this NAME in the project, as a dict; None when there is none.

    Of several of one name, which two runs at once may leave, the oldest.
    """
    try:
        return to_dict(magnum.call("cluster_templates.get", name))
    except ResourceNotFound:
        return None
    except AmbiguousName:
        project = magnum.project_id()
        templates = [to_dict(template) for template in magnum.call("cluster_templates.list", detail=True)]
        templates = [t for t in templates if t["name"] == name and t.get("project_id") in (None, project)]
        return min(templates, key=lambda t: (str(t.get("created_at")), t["uuid"]), default=None)


def differences(template, desired):
    """{field: (existing, desired)} of the fields that DESIRED sets otherwise."""
    result = {}
    for field in FIELDS:
        old, new = template.get(field), desired.get(field)
        if field == "labels":
            old, new = ({k: str(v) for k, v in sorted((labels or {}).items())} for labels in (old, new))
        if new is not None and not is_same(old, new):
            result[field] = (old, new)
    return result


def find_matching(magnum, desired):
    """The template of DESIRED's name, or None. Raises ImpossibleChange when its content is another."""
    template = find(magnum, desired["name"])
    if template and (differing := differences(template, desired)):
        lines = "".join(f"\n- {field}: {old} exists, {new} is wanted" for field, (old, new) in differing.items())
        raise ImpossibleChange(
            f"cluster template {desired['name']} ({template['uuid']}) exists and differs:{lines}\n"
            "A template cannot be changed once a cluster uses it: delete it, or give this one another name."
        )
    return template


def create(magnum, desired):
    """Create the template that DESIRED describes; returns it."""
    body = {key: value for key, value in desired.items() if key in FIELDS and value is not None}
    body["labels"] = {key: str(value) for key, value in (desired.get("labels") or {}).items()}
    magnum.call("cluster_templates.create", name=desired["name"], **CONSTANT_FIELDS, **body)
    return find(magnum, desired["name"])  # another run may have created one at the same moment


class UnusedTemplates:
    """One step of module magnum_unused_templates. settings: its arguments."""

    def __init__(self, magnum, settings):
        self.magnum, self.settings = magnum, settings

    def __call__(self, poll):
        project = self.magnum.project_id()
        templates = [to_dict(template) for template in self.magnum.call("cluster_templates.list", detail=True)]
        unused = {
            template["uuid"]: template["name"]
            for template in templates
            if template.get("project_id") in (None, project)
            and re.fullmatch(self.settings["family"], template["name"])
            and template["name"] not in self.settings["keep"]
        }
        for uuid in [] if poll.check_mode else list(unused):
            try:
                self.magnum.call("cluster_templates.delete", uuid)
            except ResourceNotFound:
                pass
            except RequestRefused as error:
                poll.warnings.append(f"cluster template {unused.pop(uuid)} is kept: {error}")
        if unused:
            poll.actions.append("delete unused cluster templates")
            poll.diff = {"before": "".join(f"{name}\n" for name in sorted(unused.values())), "after": ""}
