"""An OpenStack control plane on loopback, for tests: see testbed/README.md."""

from openstack_testbed.testbed import Failed, Testbed

__all__ = ["Failed", "Testbed"]
