import pytest

from openstack_hub.model import hub_model


def test_defaults_of_a_profile(variables):
    assert hub_model(variables)["profiles"] == [
        {
            "name": "default", "title": "Default", "description": "", "cpu": 2.0, "memory": 1610612736,
            "cpu_guarantee": 0.0, "memory_guarantee": 0, "groups": [], "idle": 86400, "max_age": 0,
            "activity_interval": 300,
        }
    ]  # fmt: skip


def test_profile_with_everything_set(variables):
    variables["hub_profiles"] = [
        {"name": "gpu", "title": "G", "description": "D", "cpu": 0.5, "memory": "2G", "cpu_guarantee": 0.25,
         "memory_guarantee": "1G", "groups": ["cloud/gpu"], "idle": "4h", "max_age": "2d"},
    ]  # fmt: skip
    assert hub_model(variables)["profiles"] == [
        {"name": "gpu", "title": "G", "description": "D", "cpu": 0.5, "memory": 2 << 30, "cpu_guarantee": 0.25,
         "memory_guarantee": 1 << 30, "groups": ["cloud/gpu"], "idle": 14400, "max_age": 172800,
         "activity_interval": 300},
    ]  # fmt: skip


@pytest.mark.parametrize(("port", "url"), [(443, "https://hub.example.org"), (8443, "https://hub.example.org:8443")])
def test_url(variables, port, url):
    assert hub_model(variables | {"hub_port": port})["url"] == url


@pytest.mark.parametrize(
    ("idle", "interval", "resolution", "report"),
    [("1d", 60, 29, 300), ("2m", 3, 2, 3), ("1h", 60, 29, 90), (0, 60, 29, 300)],
)
def test_intervals_follow_the_shortest_idle_life(variables, idle, interval, resolution, report):
    variables["hub_profiles"].append({"name": "b", "cpu": 1, "memory": "1G", "idle": idle})
    model = hub_model(variables)
    assert (model["cull_interval"], model["activity_resolution"]) == (interval, resolution)
    assert model["profiles"][1]["activity_interval"] == report


def test_the_stop_comes_within_a_tenth_of_two_minutes(variables):
    model = hub_model(variables | {"hub_idle": "2m"})
    late = 2 * 1.1 * model["profiles"][0]["activity_interval"] + model["cull_interval"]
    assert late <= 12
    assert model["activity_resolution"] < 0.9 * model["profiles"][0]["activity_interval"]


def test_no_secret_is_in_the_model(variables):
    for name in ("hub_iam_client_secret", "hub_cookie_secret", "hub_crypt_key", "hub_proxy_token", "hub_culler_token"):
        variables[name] = "5ec7e7" * 11 if "token" in name or "client" in name else "5ec7e7aa" * 8
    assert "5ec7e7" not in str(hub_model(variables))


def test_wrong_variables_raise_with_every_sentence(variables):
    with pytest.raises(ValueError, match=r"(?s)hub_domain.*hub_idle"):
        hub_model(variables | {"hub_domain": "https://x", "hub_idle": "1x"})
