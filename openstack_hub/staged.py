"""Former name of openstack_hub.site.pre_commit: the commit hooks of existing site folders run it."""

import sys

from openstack_hub.site.pre_commit import check_commit

if __name__ == "__main__":
    sys.exit(check_commit())
