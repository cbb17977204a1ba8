"""Variables and helpers for the tests of validation."""

from openstack_hub.validation import check

PROFILE = {"name": "a", "cpu": 1, "memory": "1G"}
MOUNT = {"name": "a", "path": "/a", "server": "s", "export": "/e"}
SLURM = {
    "hub_platform": "slurm",
    "hub_profiles": [PROFILE],
    "slurm_partitions": [{"name": "short", "max_time": "10h"}],
}


def errors_of(variables, **changes):
    return [str(problem) for problem in check.check(variables | changes)[1] if not problem.warning]


def warnings_of(variables, **changes):
    return [str(problem) for problem in check.check(variables | changes)[1] if problem.warning]
