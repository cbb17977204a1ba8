"""All problems of a site folder in one list, in less than a second where Ansible is not needed: for people and editors.

    python -m openstack_hub.site.validate [--cloud] SITE_FOLDER [-e NAME=VALUE] …

`make validate` runs it with --cloud: when nothing else is wrong, it compares the variables with the cloud. It changes
nothing. Exit status: 0 without problems, 1 with problems, 2 for wrong arguments.
"""

import argparse
import os
import sys
from pathlib import Path

from openstack_hub.openstack import clouds_file
from openstack_hub.platforms import PLATFORMS
from openstack_hub.site import files, plain_values, yaml_check
from openstack_hub.site.findings import SiteFiles, program_findings, site_findings
from openstack_hub.site.prerequisites import prerequisite_problems
from openstack_hub.validation import report

COLOURS = {"Warnings": "\033[1;35m", "Problems": "\033[0;31m"}


def site_report(folder, values, extra=None, in_files=None):
    """(errors, warnings) of the site FOLDER with these Values, as lines.

    extra: variables of the command line. in_files: name -> place of those from files.
    """
    site, extra, in_files = site_files(folder, values), extra or {}, in_files or {}
    if not values.has_defaults:  # nearly all variables would be reported
        return split(report.lines([(None, files.missing_defaults(folder))], site.all(), extra))
    of_roles = values.role_values(site.roles.keys() & site.names())
    problems = site_findings(site, values.given, values.groups, extra, in_files=in_files, role_values=of_roles)
    if values.in_inventory is not None:
        problems += program_findings(site, values.in_inventory)
    needed = [] if site.shipped else prerequisite_problems(Path(folder), values.given)  # examples need no Helm
    return split(report.lines([*problems, *((None, problem) for problem in needed)], site.all(), extra, in_files))


def site_files(folder, values):
    return SiteFiles(folder, values.groups, values.groups["all"], values.decrypt, others=values.others)


def compared(folder, values, facts):
    """(errors, warnings) of what the cloud with these FACTS lacks for the variables, as lines."""
    from openstack_hub import cloud

    site = site_files(folder, values)
    problems = [(None, problem) for problem in cloud.validate_against_cloud(values.given, facts)]
    return split(report.lines(problems, site.all()))


def cloud_of(values):
    """The name of the cloud in which the cluster is, or will be; "" where there is none."""
    entry = PLATFORMS.get(values.given.get("hub_platform"))
    is_asked = entry and entry.has_cluster and not values.given.get("cluster_kubeconfig")
    return values.given["cloud_name"] if is_asked and "cloud" not in os.environ.get("ANSIBLE_SKIP_TAGS", "") else ""


def missing_entry(folder, values, cloud):
    """The lines of the problem that clouds.yaml has no entry for CLOUD; [] where it has one."""
    from openstack_hub.cloud import access

    facts = clouds_file.clouds_file()
    if cloud in (*facts["entries"], "envvars"):
        return []
    problem = access.access_error(values.given, facts | {"error": {"kind": "entry"}})
    return split(report.lines([(None, problem)], site_files(folder, values).all()))[0]


def split(lines):
    return tuple([line for warning, line in lines if warning is which] for which in (False, True))


def sections(folder, errors, warnings):
    """(title, text) of each part of the report, the problems last."""
    for title, lines in (("Warnings", warnings), ("Problems", errors)):
        if lines:
            yield title, "\n".join([f"\n{title} in {folder}:", *lines])


def read(folder, options):
    """(Values, variables of the command line, places of those from files); by Ansible where it is needed."""
    try:
        if options:
            raise plain_values.NeedsAnsible("-e")
        return plain_values.read(folder), {}, {}
    except plain_values.TooLong:
        raise Unreadable(f"{folder}: templates that repeat each other make a text without end: correct them") from None
    except (plain_values.NeedsAnsible, RecursionError):
        if errors := yaml_check.folder_errors(folder):
            raise Unreadable("\n".join(errors)) from None
    os.environ.setdefault("ANSIBLE_CONFIG", str(files.PROJECT / "ansible.cfg"))
    from ansible.errors import AnsibleError

    from openstack_hub.site import ansible_site

    try:
        return ansible_site.read(folder, options)
    except AnsibleError as error:
        raise Unreadable(str(error)) from None


class Unreadable(Exception):
    """The site cannot be read; the text says why."""


def show(folder, errors, warnings, cloud=""):
    is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for title, text in sections(folder, errors, warnings):
        print(f"{COLOURS[title]}{text}\033[0m" if is_coloured else text)
    where = f"{folder}, compared with cloud {cloud}" if cloud else folder
    print(f"\n{report.summary(errors, warnings, where)}", flush=True)


def validate(path, options, with_cloud):
    path = Path(path)
    folder = (path.expanduser() if path.parts[:1] == ("~",) else path).absolute()
    folder = folder.parent if folder.is_file() else folder
    if error := yaml_check.folder_error(folder):
        print(error, file=sys.stderr)
        return 1
    try:
        values, extra, in_files = read(folder, options)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 1
    errors, warnings = site_report(folder, values, extra, in_files)
    cloud, compared_with = cloud_of(values) if with_cloud else "", ""
    errors += missing_entry(folder, values, cloud) if cloud else []
    if cloud and not errors:
        from openstack_hub.openstack.cloud_facts import cloud_facts  # slow to import

        facts = cloud_facts(cloud, values.given["cluster_name"])
        errors, more = compared(folder, values, facts)
        warnings += [line for line in more if line not in warnings]
        compared_with = "" if facts.get("error") else cloud
    show(folder, errors, warnings, compared_with)
    return int(bool(errors))


def main():
    parser = argparse.ArgumentParser(prog="python -m openstack_hub.site.validate", description=__doc__.splitlines()[0])
    parser.add_argument("folder", metavar="SITE_FOLDER")
    parser.add_argument("-e", dest="options", metavar="NAME=VALUE", action="append", default=[], help="as in Ansible")
    parser.add_argument("--cloud", action="store_true", help="then compare the variables with the cloud")
    arguments = parser.parse_args()
    return validate(arguments.folder, arguments.options, arguments.cloud)


if __name__ == "__main__":
    sys.exit(main())
