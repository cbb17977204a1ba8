"""Neutron without agents: every port is bound, every floating address is active."""

from neutron.services.l3_router.l3_router_plugin import L3RouterPlugin
from neutron_lib import constants
from neutron_lib.plugins.ml2 import api


class Mechanism(api.MechanismDriver):
    """Binds any port."""

    def initialize(self):
        pass

    def bind_port(self, context):
        for segment in context.segments_to_bind[:1]:
            context.set_binding(segment[api.ID], "other", {}, status=constants.PORT_STATUS_ACTIVE)


class Router(L3RouterPlugin):
    """With no agent a floating address would stay down, and clients wait for it."""

    def create_floatingip(self, context, floatingip):
        return super(L3RouterPlugin, self).create_floatingip(context, floatingip, initial_status="ACTIVE")
