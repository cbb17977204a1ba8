"""Whatever the variables accept configures a hub."""

import sys
from pathlib import Path
from unittest import mock

from hypothesis import given
from markupsafe import escape
from test_profiles import Spawner
from traitlets.config import Config

sys.path.insert(0, str(Path(__file__).parents[1] / "properties"))

import valid_sites
from hypothesis_settings import examples

from hubkit import culler
from hubkit.hub import admission, authenticator, configure, profile_list, terms
from openstack_hub.model.hub_model import hub_model

SECRETS = ("client_secret", "cookie_secret", "crypt_key", "proxy_token", "culler_token")


@examples(15)
@given(valid_sites.variables())
def test_the_model_of_valid_variables(v):
    values = {**v, "hub_client_secret": v.get("hub_iam_client_secret")}
    model, c = hub_model(v), Config()
    if model["terms"]:
        in_force = terms.Terms(model["terms"], "", "")
        assert in_force.version and (in_force.paragraphs or in_force.link)
    changes = {"spawner": model["spawner"] or "hubkit.hub.host", "audit": {"days": 0}, "terms": None}
    unlimited = mock.patch.object(admission, "host_capacity", lambda: (1e9, 2**60))
    # Slurm can be declared already, but has no spawner yet.
    with unlimited:
        configure(
            c,
            {"user_namespaces": False, **model, **changes},
            {name: values[f"hub_{name}"] for name in SECRETS},
        )
    if "iam" in v.get("hub_sign_in", ["iam"]):
        iam = authenticator.HubAuthenticator(config=c)  # validates all settings
        assert iam.allowed_groups | iam.administrators == {*model["allowed_groups"], *model["admin_groups"]}
    for profile in model["profiles"]:
        spawner = Spawner(profile["groups"], {"profile": profile["name"]})
        page = c.Spawner.options_form(spawner)
        assert f'value="{profile["name"]}" required checked' in page
        assert escape(profile["title"]) in page and profile_list.profile_size(profile) in page
        c.Spawner.pre_spawn_hook(spawner)
        assert (spawner.cpu_limit, spawner.mem_limit) == (profile["cpu"], profile["memory"])
        assert all(isinstance(value, str) for value in spawner.environment.values())
    server = {"url": "/", "user_options": {}, "started": None, "last_activity": None}
    assert culler.CullPolicy(model["profiles"]).stop_reason(server, 0.0, None) is None
