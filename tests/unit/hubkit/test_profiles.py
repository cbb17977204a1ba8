from types import SimpleNamespace

import pytest
from tornado.web import HTTPError
from traitlets.config import Config

from hubkit.hub import admission, menu, profiles

GB = 2**30


class Spawner(SimpleNamespace):
    """As much of a spawner as the hook and the menu touch."""

    def __init__(self, groups=(), options=None, users=(), **kwargs):
        user = SimpleNamespace(
            groups=[SimpleNamespace(name=g) for g in groups], settings={"users": dict(enumerate(users))}
        )
        super().__init__(
            user=user, user_options=options, orm_spawner=SimpleNamespace(user_options=options), environment={"A": "1"},
            active=True, cpu_guarantee=None, mem_guarantee=None, **kwargs,
        )  # fmt: skip


@pytest.fixture
def hub(model):
    config = Config()
    profiles.configure(config, model)
    return config.Spawner


def test_sizes_are_said_in_the_units_of_the_variables():
    assert menu.amount(2.0, 1.5 * GB) == "2 CPU, 1.5 GB memory"
    assert menu.amount(0.5, 300 * 2**20, 1) == "0.5 CPU, 300 MB memory, 1 GPU"
    assert menu.amount(8, 7.5 * GB) == "8 CPU, 7.5 GB memory"


def test_menu_offers_what_the_groups_allow_and_escapes_it(hub):
    page = hub.options_form(Spawner())
    assert "2 CPU, 1.5 GB memory" in page and "For &lt;most&gt; work" in page
    assert "Large memory" not in page
    page = hub.options_form(Spawner(["cloud/large"], {"profile": "large"}))
    assert 'value="large" required checked' in page and page.count("checked>") == 1


@pytest.mark.parametrize("last", [{"profile": "gone"}, {"profile": ["default"]}, [], None, {"profile": "large"}])
def test_first_profile_is_chosen_when_the_last_one_is_no_choice(hub, last):
    assert 'value="default" required checked' in hub.options_form(Spawner(options=last))


def test_no_profile_for_a_user_is_said(hub, model):
    assert "no profile" in menu.html([], None)
    with pytest.raises(HTTPError) as refused:
        profiles.Table(model["profiles"][1:]).choose({}, set())
    assert refused.value.status_code == 403


def test_only_the_name_is_used_of_what_is_sent(hub):
    sent = {"profile": "default", "mem_limit": "99G", "cpu_limit": 99, "cmd": ["sh"], "environment": {"A": "2"}}
    spawner = Spawner(options=sent)
    hub.pre_spawn_hook(spawner)
    assert spawner.user_options == spawner.orm_spawner.user_options == {"profile": "default"}
    assert (spawner.cpu_limit, spawner.mem_limit, spawner.mem_guarantee) == (2.0, 1.5 * GB, 0)
    assert spawner.environment == {
        "A": "1", "HUBKIT_PROFILE": "Default", "HUBKIT_IDLE": "86400", "HUBKIT_MAX_AGE": "0",
        "JUPYTERHUB_ACTIVITY_INTERVAL": "300",
    }  # fmt: skip
    assert not hasattr(spawner, "cmd")


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        ({"profile": "large"}, 403, "only for members of cloud/large"),
        ({"profile": "nope"}, 400, "Choose one of: default."),
        ({"profile": ""}, 400, "no such profile"),
        ({"profile": {"name": "default"}}, 400, "no such profile"),
        ({"profile": None}, 400, "no such profile"),
        ({"profile": "__class__"}, 400, "no such profile"),
    ],
)
def test_other_names_are_refused_in_words_and_not_kept(hub, options, status, words):
    spawner = Spawner(options=options)
    with pytest.raises(HTTPError) as refused:
        hub.pre_spawn_hook(spawner)
    assert refused.value.status_code == status and words in refused.value.jupyterhub_message
    assert spawner.user_options == spawner.orm_spawner.user_options == {}
    assert not hasattr(spawner, "mem_limit")


@pytest.mark.parametrize("options", [{}, None, [], "large", {"server": "x"}])
def test_without_a_name_it_is_the_first_profile(hub, options):
    spawner = Spawner(options=options)
    hub.pre_spawn_hook(spawner)
    assert spawner.user_options == {"profile": "default"}


def test_form_gives_a_name_only():
    assert profiles.options_from_form({"profile": ["a", "b"], "x": ["y"]}) == {"profile": "a"}
    assert profiles.options_from_form({}) == {"profile": ""}


def test_guarantees_never_exceed_the_machine(model, monkeypatch):
    monkeypatch.setattr(admission, "machine", lambda: (4, 8 * GB))
    model["profiles"][0] |= {"memory_guarantee": 3 * GB, "cpu_guarantee": 1.0}
    config = Config()
    profiles.configure(config, model)
    users = []
    for _ in range(2):
        spawner = Spawner(options={}, users=users)
        config.Spawner.pre_spawn_hook(spawner)
        users.append(SimpleNamespace(spawners={"": spawner}))
    late = Spawner(options={}, users=users)
    with pytest.raises(HTTPError) as refused:
        config.Spawner.pre_spawn_hook(late)
    assert refused.value.jupyterhub_message.startswith(
        "The machine is full: Default is guaranteed 1 CPU, 3 GB memory, and so much is not free."
    )
    users[0].spawners[""].active = False  # one has stopped
    config.Spawner.pre_spawn_hook(late)
    config.Spawner.pre_spawn_hook(late)  # itself does not count


def test_nothing_guaranteed_fits_always(profile):
    assert admission.refusal(profile, (1, GB), [(5, 9 * GB)]) is None
    assert admission.refusal(profile | {"cpu_guarantee": 2.0}, (1, GB), [])
