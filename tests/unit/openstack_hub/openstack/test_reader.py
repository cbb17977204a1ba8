"""Reading from a cloud: entries of clouds.yaml, retries, pages, what is not allowed."""

from types import SimpleNamespace

import pytest
import yaml
from magnum_samples import Clock

from openstack_hub.openstack import errors, reader
from openstack_hub.openstack.clouds_file import clouds_file
from openstack_hub.openstack.errors import OpenStackError, RequestRefused
from openstack_hub.openstack.reader import CloudReader, answer_message

AUTH = {"username": "jane", "password": "5ec7e7", "project_name": "p", "user_domain_id": "d", "project_domain_id": "d"}
FAILURES = {
    "closed": ("unanswered", "http://127.0.0.1:1: Connection refused"),
    "bare": ("entry", "Auth plugin requires parameters which were not given: auth_url"),
    "other": ("entry", "Cloud other was not found."),
}


@pytest.mark.parametrize("name", FAILURES)
def test_an_entry_that_cannot_be_used(tmp_path, monkeypatch, name):
    path = tmp_path / "clouds.yaml"
    clouds = {"closed": {"auth": AUTH | {"auth_url": "http://127.0.0.1:1/v3"}}, "bare": {}}
    path.write_text(yaml.safe_dump({"clouds": clouds}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    with pytest.raises(OpenStackError) as caught:
        CloudReader(name, 0)
    assert (caught.value.kind, caught.value.message) == FAILURES[name]
    assert clouds_file() == {"entries": ["bare", "closed"], "file": str(path), "broken": None}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"errors": [{"detail": "It's broken.", "status": 503}]}, "HTTP 503: It's broken."),
        ({"itemNotFound": {"message": "no", "code": 404}}, "HTTP 503: no"),
        (None, "HTTP 503 Busy"),
        ([], "HTTP 503: Busy"),
    ],
)
def test_the_message_of_an_answer(body, message):
    def json():
        if body is None:
            raise ValueError
        return body

    answer = SimpleNamespace(status_code=503, reason="Busy", json=json)
    assert answer_message(answer) == message


class Response:
    """An answer of a service."""

    def __init__(self, status_code=200, body=None):
        self.status_code, self.ok, self.reason, self.body = status_code, status_code < 400, "Reason", body
        self.headers = {"Date": "today"}

    def json(self):
        return self.body


@pytest.fixture
def cloud(monkeypatch):
    """A CloudReader whose compute service gives the answers `cloud.answers`, one after the other."""
    clock = Clock()
    monkeypatch.setattr(errors, "time", clock)
    monkeypatch.setattr(reader, "time", clock)

    def get(path, params, headers, raise_exc):
        cloud.sent.append((path, dict(params), headers))
        return cloud.answers.pop(0)

    session = SimpleNamespace(auth=SimpleNamespace(get_access=lambda _: "access"))
    connection = SimpleNamespace(session=session, compute=SimpleNamespace(get=get))
    monkeypatch.setattr(reader, "connect", lambda name, api_timeout: connection)
    cloud = CloudReader("lab", 30)
    cloud.answers, cloud.sent = [], []
    return cloud


def test_a_request_is_retried_and_counted(cloud):
    cloud.answers = [Response(503), Response(200, {"a": 1})]
    assert cloud.get("compute", "/x", version="compute 2.61", limit=1) == {"a": 1}
    assert cloud.requests == 3, "with that to Keystone"
    assert cloud.sent == [("/x", {"limit": 1}, {"OpenStack-API-Version": "compute 2.61"})] * 2


@pytest.mark.parametrize("status", [403, 404])
def test_what_does_not_exist_or_is_forbidden_is_none(cloud, status):
    cloud.answers = [Response(status)]
    assert cloud.get_with_headers("compute", "/x") == (None, {"Date": "today"})


def test_other_answers_are_errors(cloud):
    cloud.answers = [Response(409, {"x": {"message": "conflict"}})]
    with pytest.raises(RequestRefused, match="HTTP 409: conflict"):
        cloud.get("compute", "/x")


def test_lists_are_read_page_by_page(cloud):
    cloud.answers = [
        Response(200, {"things": [{"id": "1"}], "things_links": [{"rel": "next"}]}),
        Response(200, {"things": [{"uuid": "2"}], "next": "http://next"}),
        Response(200, {"things": []}),
    ]
    assert cloud.list("compute", "/things", "things", limit=1) == [{"id": "1"}, {"uuid": "2"}]
    assert [query for _, query, _ in cloud.sent] == [
        {"limit": 1},
        {"limit": 1, "marker": "1"},
        {"limit": 1, "marker": "2"},
    ]


def test_a_list_that_is_forbidden_is_empty(cloud):
    cloud.answers = [Response(403)]
    assert cloud.list("compute", "/things", "things") == []
