"""The table of instances and quota, in full."""

from cloud_samples import FACTS, RUNNING, changed, parsed

from openstack_hub.cloud.capacity import capacity


def test_the_table_compares_the_maximum_with_the_quota():
    facts = changed(RUNNING, {"quotas/cores/used": 30, "quotas/instances/used": 6, "quotas/RAM/limit": -1})
    assert (
        "\n".join(capacity(parsed(), facts))
        == """\
                     flavor     now  min  max  cores  memory  GPUs
control plane        m1.medium    1    1    1      2      4G     0
standard             l3.micro     3    1   10      4     16G     0
gpu                  g-a4000      0    0    2     16     64G     1
instance for Apache  m1.small     0    1    1      1      2G     0

                    instances  cores  memory  GPUs
at the minimum              3      7     22G     0
at the maximum             14     75    294G     2
the quota                  50    100       -     -
used by others              2     16       -     -
left for this site         48     84       -     -"""
    )


def test_unknown_numbers_are_marked():
    groups = [{"name": "standard", "flavor": "no-such", "min": 1, "max": 10}]
    facts = changed(FACTS, {"quotas": {}})
    lines = capacity(parsed(cluster_node_groups=groups, hub_profiles=[{"name": "a", "cpu": 1, "memory": "1G"}]), facts)
    assert "standard             no-such      0    1   10      ?       ?     ?" in lines
    assert "left for this site          -      -       -     -" in lines
