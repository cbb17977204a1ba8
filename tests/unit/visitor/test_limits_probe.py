"""The limits that a kernel sees in control groups of version 1 and 2."""

import math

import pytest

from visitor import limits_probe


def tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")


V2 = "0::/system.slice/jupyter-alice.service\n"
V1 = "5:memory:/jupyter\n4:cpu,cpuacct:/jupyter\n1:name=systemd:/jupyter\n0::/jupyter\n"


@pytest.mark.parametrize(
    ("proc", "files", "memory", "cpu"),
    [
        (
            V2,
            {
                "system.slice/jupyter-alice.service/memory.max": 1073741824,
                "system.slice/memory.max": "max",
                "system.slice/jupyter-alice.service/cpu.max": "50000 100000",
            },
            1073741824,
            0.5,
        ),
        (
            V2,
            {
                "system.slice/jupyter-alice.service/memory.max": 2147483648,
                "system.slice/memory.max": 1073741824,
                "system.slice/cpu.max": "max 100000",
            },
            1073741824,
            math.inf,
        ),
        ("0::/\n", {"memory.max": 5, "cpu.max": "200000 100000"}, 5, 2),
        ("0::/../../elsewhere\n", {"memory.max": 5}, None, None),
        (
            V1,
            {
                "memory/jupyter/memory.limit_in_bytes": 314572800,
                "memory/memory.limit_in_bytes": 2**63 - 4096,
                "cpu/jupyter/cpu.cfs_quota_us": 50000,
                "cpu/jupyter/cpu.cfs_period_us": 100000,
            },
            314572800,
            0.5,
        ),
        (
            V1,
            {
                "memory/jupyter/memory.limit_in_bytes": 2**63 - 4096,
                "cpu/jupyter/cpu.cfs_quota_us": -1,
                "cpu/jupyter/cpu.cfs_period_us": 100000,
            },
            math.inf,
            math.inf,
        ),
        (V1, {}, None, None),
    ],
)
def test_the_smallest_limit_of_all_parents_counts(tmp_path, proc, files, memory, cpu):
    (tmp_path / "proc").write_text(proc)
    tree(tmp_path / "cgroup", files)
    paths = tmp_path / "proc", tmp_path / "cgroup"
    assert limits_probe.memory(*paths) == memory
    assert limits_probe.cpu(*paths) == cpu
