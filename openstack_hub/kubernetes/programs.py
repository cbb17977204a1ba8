"""Whether Helm and the chart on the controller are usable; without a client of Kubernetes, whose import is slow."""

import re
from pathlib import Path

HELM = "Helm 3, version 3.14 or newer, is needed: https://github.com/helm/helm/releases"


def helm_problem(helm, path, version):
    """What is wrong with the program HELM, a sentence or "". path: where it is; version: what it prints as such."""
    if not path:
        return f"hub_helm: there is no program {helm} on the controller. {HELM}; set hub_helm to its path"
    number = re.match(r"v?(\d+)\.(\d+)", version)
    if not number:
        return f"hub_helm: {path} does not print its version ({version.strip() or 'no output'}). {HELM}"
    if (int(number[1]), int(number[2])) < (3, 14) or int(number[1]) > 3:
        return f"hub_helm: {path} is {version.strip()}. {HELM}; set hub_helm to its path"
    return ""


def chart_problem(path):
    return f"hub_chart_path: there is no file {path} on the controller" if path and not Path(path).exists() else ""
