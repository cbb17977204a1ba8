import os
from types import SimpleNamespace

import pytest
from tornado.web import HTTPError
from traitlets.config import Config

from hubkit.hub import admission, host, kubernetes, profile_list, profiles

GB = 2**30


class Spawner(SimpleNamespace):
    """The parts of a spawner that the pre-spawn hook and the profile list use."""

    def __init__(self, groups=(), options=None, users=(), **kwargs):
        user = SimpleNamespace(
            name="ada",
            groups=[SimpleNamespace(name=g) for g in groups],
            settings={"users": dict(enumerate(users))},
        )
        super().__init__(
            user=user, user_options=options, orm_spawner=SimpleNamespace(user_options=options), environment={"A": "1"},
            active=True, cpu_guarantee=None, mem_guarantee=None, handler=None, **{"name": ""} | kwargs,
        )  # fmt: skip


@pytest.fixture
def hub(model):
    config = Config()
    profiles.configure(config, model)
    return config.Spawner


# --- The profile list ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("resources", "text"),
    [
        ((2.0, 1.5 * GB), "2 CPU, 1.5 GB memory"),
        ((0.5, 300 * 2**20, 1), "0.5 CPU, 300 MB memory, 1 GPU"),
        ((8, 7.5 * GB), "8 CPU, 7.5 GB memory"),
        ((10, GB), "10 CPU, 1 GB memory"),
        ((0.25, GB - 2**20), "0.25 CPU, 1023 MB memory"),
    ],
)
def test_sizes_have_the_units_of_the_variables(resources, text):
    assert profile_list.format_resources(*resources) == text


def test_the_list_contains_what_the_groups_allow_and_is_escaped(hub):
    page = hub.options_form(Spawner())
    assert "2 CPU, 1.5 GB memory" in page and "<span>For &lt;most&gt; work</span>" in page
    assert "Large memory" not in page and page.count("<span></span>") == 0
    page = hub.options_form(Spawner(["cloud/large"], {"profile": "large"}))
    assert 'value="large" required checked' in page and page.count("checked>") == 1
    assert page.index('value="default"') < page.index('value="large"')


def test_a_profile_with_gpus_says_so(profile):
    assert "2 CPU, 1.5 GB memory, 3 GPU" in profile_list.render([profile | {"gpus": 3}], None)
    assert "GPU" not in profile_list.render([profile | {"gpus": 0}, profile], None)


@pytest.mark.parametrize("last", [{"profile": "gone"}, {"profile": ["default"]}, [], None, {"profile": "large"}])
def test_the_first_profile_is_selected_when_the_last_one_is_not_available(hub, last):
    assert 'value="default" required checked' in hub.options_form(Spawner(options=last))


def test_a_user_without_any_profile_is_told_so(model):
    assert "No profile is available" in profile_list.render([], None)
    with pytest.raises(HTTPError) as error:
        profiles.ProfileTable(model["profiles"][1:]).select({}, set())
    assert error.value.status_code == 403


@pytest.mark.parametrize(
    ("groups", "available"),
    [
        (set(), ["default"]),
        ({"cloud/other"}, ["default"]),
        ({"cloud/large"}, ["default", "large"]),
        ({"cloud/staff", "cloud/other"}, ["default", "large"]),
        ({"cloud/large", "cloud/staff"}, ["default", "large"]),
    ],
)
def test_any_of_a_profiles_groups_is_enough(model, groups, available):
    model["profiles"][1]["groups"] = ["cloud/large", "cloud/staff"]
    table = profiles.ProfileTable(model["profiles"])
    assert [profile["name"] for profile in table.available_to(groups)] == available
    if "large" in available:
        assert table.select({"profile": "large"}, groups)["name"] == "large"


# --- The look-up before a start --------------------------------------------------------------------------------------
def test_only_the_name_is_used_of_what_is_sent(hub):
    sent = {
        "profile": "default",
        "mem_limit": "99G",
        "cpu_limit": 99,
        "cmd": ["sh"],
        "environment": {"A": "2"},
        "default_url": "/x",
    }
    spawner = Spawner(options=sent)
    hub.apply_user_options(spawner, sent)
    hub.pre_spawn_hook(spawner)
    assert spawner.user_options == spawner.orm_spawner.user_options == {"profile": "default"}
    assert (spawner.cpu_limit, spawner.mem_limit, spawner.mem_guarantee) == (2.0, 1.5 * GB, 0)
    assert spawner.default_url == "/lab"
    assert spawner.environment == {
        "A": "1", "HUBKIT_PROFILE": "Default", "HUBKIT_IDLE": "86400", "HUBKIT_MAX_AGE": "0",
        "JUPYTERHUB_ACTIVITY_INTERVAL": "300",
    }  # fmt: skip
    assert not hasattr(spawner, "cmd")


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        ({"profile": "large"}, 403, "The profile Large memory is only for members of cloud/large."),
        ({"profile": "nope"}, 400, "Choose one of: default."),
        ({"profile": ""}, 400, "no such profile"),
        ({"profile": {"name": "default"}}, 400, "no such profile"),
        ({"profile": None}, 400, "no such profile"),
        ({"profile": "__class__"}, 400, "no such profile"),
    ],
)
def test_other_names_are_rejected_with_a_message_and_not_saved(hub, options, status, words):
    spawner = Spawner(options=options)
    with pytest.raises(HTTPError) as error:
        hub.pre_spawn_hook(spawner)
    assert error.value.status_code == status and words in error.value.jupyterhub_message
    assert words in str(error.value)
    assert spawner.user_options == spawner.orm_spawner.user_options == {}
    assert not hasattr(spawner, "mem_limit")


def test_a_second_server_is_refused(hub):
    spawner = Spawner(options={"profile": "default"}, name="second")
    with pytest.raises(HTTPError) as error:
        hub.pre_spawn_hook(spawner)
    assert error.value.status_code == 400 and "one server" in error.value.jupyterhub_message


@pytest.mark.parametrize("options", [{}, None, [], "large", {"server": "x"}])
def test_without_a_name_it_is_the_first_profile(hub, options):
    spawner = Spawner(options=options)
    hub.pre_spawn_hook(spawner)
    assert spawner.user_options == {"profile": "default"}


def test_the_form_gives_only_a_name(hub):
    assert hub.options_from_form({"profile": ["a", "b"], "x": ["y"]}) == {"profile": "a"}
    assert hub.options_from_form({}) == {"profile": ""}


# --- Admission -------------------------------------------------------------------------------------------------------
def test_guarantees_never_exceed_the_machine(model):
    model["profiles"][0] |= {"memory_guarantee": 3 * GB, "cpu_guarantee": 1.0}
    config = Config()
    profiles.configure(config, model, (4, 8 * GB))
    users = []
    for _ in range(2):
        spawner = Spawner(options={}, users=users)
        config.Spawner.pre_spawn_hook(spawner)
        users.append(SimpleNamespace(spawners={"": spawner}))
    late = Spawner(options={}, users=users)
    with pytest.raises(HTTPError) as error:
        config.Spawner.pre_spawn_hook(late)
    assert error.value.status_code == 503
    assert error.value.jupyterhub_message == (
        "The machine is full: Default is guaranteed 1 CPU, 3 GB memory, which is not free. "
        "Choose a smaller profile or try again later."
    )
    users[0].spawners[""].active = False
    config.Spawner.pre_spawn_hook(late)
    users.append(SimpleNamespace(spawners={"": late}))
    late.user.settings["users"] = dict(enumerate(users))
    config.Spawner.pre_spawn_hook(late)  # its own guarantee does not count twice


@pytest.mark.parametrize(
    ("cpu", "memory", "fits"),
    [(1.0, 2 * GB, True), (1.01, 2 * GB, False), (1.0, 2 * GB + 1, False), (0.99, 2 * GB - 1, True),
     (0, 2 * GB + 1, False), (1.01, 0, False), (0, 2 * GB, True), (1.0, 0, True), (0, 0, True)],
)  # fmt: skip
def test_an_exact_fit_is_admitted(profile, cpu, memory, fits):
    """The machine has 4 CPUs and 8 GB; two servers have 3 CPUs and 6 GB together."""
    requested = profile | {"cpu_guarantee": cpu, "memory_guarantee": memory}
    message = admission.rejection_message(requested, (4, 8 * GB), [(1, 4 * GB), (2, 2 * GB)])
    assert (message is None) is fits


def test_a_profile_without_guarantees_always_fits(profile):
    assert admission.rejection_message(profile, (1, GB), [(5, 9 * GB)]) is None
    assert admission.rejection_message(profile | {"cpu_guarantee": 2.0}, (1, GB), [])
    assert admission.rejection_message(profile | {"cpu_guarantee": 1.0}, (1, GB), []) is None
    assert admission.rejection_message(profile | {"memory_guarantee": GB}, (1, GB), []) is None


def test_guarantees_of_active_servers_are_reserved():
    servers = [SimpleNamespace(active=active, cpu_guarantee=cpu, mem_guarantee=memory)
               for active, cpu, memory in ((True, 1.0, GB), (True, None, None), (False, 2.0, GB))]  # fmt: skip
    users = [SimpleNamespace(spawners=dict(enumerate(servers))), SimpleNamespace(spawners={})]
    assert admission.reserved(Spawner(users=users)) == [(1.0, GB), (0, 0)]


def test_the_capacity_is_the_machines():
    cpus, memory = admission.host_capacity()
    total = next(line for line in open("/proc/meminfo") if line.startswith("MemTotal:")).split()[1]  # noqa: SIM115, PTH123
    assert cpus == os.cpu_count() and abs(memory - 1024 * int(total)) < GB / 8


@pytest.mark.parametrize(("platform", "limited"), [(host, True), (kubernetes, False)], ids=["host", "kubernetes"])
def test_only_platform_host_limits_guarantees(model, monkeypatch, platform, limited):
    """Elsewhere a scheduler decides, and the hub's own machine does not matter."""
    monkeypatch.setattr(admission, "host_capacity", lambda: (1, GB))
    model["profiles"][0] |= {"memory_guarantee": 3 * GB, "cpu_guarantee": 1.0}
    config = Config()
    profiles.configure(config, model, platform.capacity())
    spawner = Spawner(options={})
    if limited:
        with pytest.raises(HTTPError, match="The machine is full"):
            config.Spawner.pre_spawn_hook(spawner)
    else:
        config.Spawner.pre_spawn_hook(spawner)
        assert (spawner.cpu_guarantee, spawner.mem_guarantee) == (1.0, 3 * GB)
