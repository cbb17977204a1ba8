"""Whatever is valid in the variables configures a hub."""

import sys
from pathlib import Path
from unittest import mock

from hypothesis import given
from markupsafe import escape
from test_profiles import Spawner
from traitlets.config import Config

sys.path.insert(0, str(Path(__file__).parents[1] / "properties"))

import sound
from bounded import tries

from hubkit import culler
from hubkit.hub import admission, configure, host, menu, signin
from openstack_hub.model.hub_model import hub_model

SECRETS = ("client_secret", "cookie_secret", "crypt_key", "proxy_token", "culler_token")


@tries(15)
@given(sound.variables())
def test_model_of_valid_variables(v):
    given = {**v, "hub_client_secret": v.get("hub_iam_client_secret")}
    model, c = hub_model(v), Config()
    with mock.patch.object(admission, "machine", lambda: (1e9, 2**60)):
        configure(c, model, {name: given[f"hub_{name}"] for name in SECRETS})
    host.configure(c, model)
    if "iam" in v.get("hub_sign_in", ["iam"]):
        iam = signin.IAMAuthenticator(config=c)  # looks at all that was set
        assert iam.allowed_groups | iam.admin_groups == {*model["allowed_groups"], *model["admin_groups"]}
    for profile in model["profiles"]:
        spawner = Spawner(profile["groups"], {"profile": profile["name"]})
        page = c.Spawner.options_form(spawner)
        assert f'value="{profile["name"]}" required checked' in page
        assert escape(profile["title"]) in page and menu.size(profile) in page
        c.Spawner.pre_spawn_hook(spawner)
        assert (spawner.cpu_limit, spawner.mem_limit) == (profile["cpu"], profile["memory"])
        assert all(isinstance(value, str) for value in spawner.environment.values())
    server = {"url": "/", "user_options": {}, "started": None, "last_activity": None}
    assert culler.Rule(model["profiles"]).reason(server, 0.0, None) is None
