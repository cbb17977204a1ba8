"""Errors between the modules and Magnum: which are retried, which end the module, and microversions."""

from types import SimpleNamespace

import pytest
from keystoneauth1 import exceptions as session_errors
from magnumclient import exceptions as errors
from openstack import exceptions as sdk_errors

from openstack_hub.openstack.errors import AmbiguousName, RequestRefused, ResourceNotFound, RetryableError
from openstack_hub.openstack.magnum_client import Magnum

CLOUDS = """
clouds:
  lab:
    auth: {auth_url: "http://127.0.0.1:9/v3", username: jane, password: 5ec7e7, project_name: p}
    region_name: here
  slow: {api_timeout: 7, auth: {auth_url: "http://127.0.0.1:9/v3", username: jane, password: 5ec7e7}}
  lost: {auth: {username: jane, password: 5ec7e7}}
  odd: {auth_type: v9magic, auth: {auth_url: "http://127.0.0.1:9/v3"}}
"""


@pytest.fixture
def magnum(tmp_path, monkeypatch):
    """Magnum whose functions return what `magnum.does(error or answer, ...)` was given, one for each call."""
    (tmp_path / "clouds.yaml").write_text(CLOUDS)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    magnum, made = Magnum("lab"), []

    def does(*answers):
        waiting = iter(answers)

        def function(*_args, **_kwargs):
            answer = next(waiting)
            if isinstance(answer, Exception):
                raise answer
            return answer

        client = SimpleNamespace(clusters=SimpleNamespace(get=function, list=function, create=function))
        monkeypatch.setattr(
            "openstack_hub.openstack.magnum_client.Client", lambda **settings: made.append(settings) or client
        )
        magnum.client = None
        return magnum

    magnum.does, magnum.made = does, made
    return magnum


def http(status, message="said", **headers):
    """An error as python-magnumclient raises it for an answer."""
    answer = SimpleNamespace(status_code=status, headers={"Content-Type": "application/json"} | headers, reason="")
    return errors.from_response(answer, message)


def hidden(error):
    """ERROR as python-magnumclient hides it while it looks for the endpoint."""
    try:
        try:
            raise error
        except Exception as inner:
            raise RuntimeError(str(inner))  # noqa: B904
    except RuntimeError as outer:
        return outer


def sdk(status):
    """An error as openstacksdk raises it for an answer."""
    answer = SimpleNamespace(status_code=status, headers={}, text="", url="", request=None, reason="said")
    return sdk_errors.HttpException("said", response=answer)


RACES = [
    "Invalid input for field/attribute master_count. Value: 'None'. unable to convert to int",
    "'NoneType' object has no attribute 'node_count'",
    "ClusterTemplate t-1 could not be found.",
]


@pytest.mark.parametrize(
    ("function", "error", "kind", "text"),
    [
        (
            "clusters.get",
            http(404, "Cluster lab could not be found"),
            ResourceNotFound,
            "Cluster lab could not be found",
        ),
        ("clusters.get", http(409, "Multiple clusters exist"), AmbiguousName, "Multiple clusters exist"),
        ("clusters.create", http(409, "exists already"), RequestRefused, "exists already"),
        (
            "clusters.create",
            http(403, "Resource quota has been exceeded"),
            RequestRefused,
            "Resource quota has been exceeded",
        ),
        ("clusters.create", http(400, RACES[0]), RequestRefused, RACES[0]),
        ("clusters.get", http(400, "Not a valid name"), RequestRefused, "Not a valid name"),
        *((f"clusters.{name}", http(400, text), RetryableError, text) for name in ("get", "list") for text in RACES),
        *(
            ("clusters.create", http(status), RetryableError, f"Magnum answers {status}: said")
            for status in (500, 503, 504)
        ),
        ("clusters.get", http(429), RetryableError, "Magnum answers 429: said"),
        ("clusters.get", http(401), RequestRefused, "said"),
        ("clusters.get", http(406), RequestRefused, "supports version 0.0"),
    ],
)
def test_answers_of_magnum(magnum, function, error, kind, text):
    with pytest.raises(kind) as caught:
        magnum.does(error).call(function, "x")
    assert type(caught.value) is kind and text in str(caught.value)


UNTRUSTED = (
    "SSL exception connecting to https://x/v3: HTTPSConnectionPool(host='x', port=443): Max retries exceeded "
    "(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
    "self-signed certificate (_ssl.c:992)')))"
)
LOST = "Unable to establish connection to http://127.0.0.1:9/v1/certificates: ('Connection aborted.', Remote())"
NOWHERE = (
    "Unable to establish connection to http://127.0.0.1:9/v3/auth/tokens: HTTPConnectionPool(host='x', port=9): Max"
)


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (
            session_errors.ConnectFailure(NOWHERE),
            RetryableError,
            "no answer from cloud lab: Unable to establish connection to",
        ),
        (session_errors.ConnectTimeout("timed out"), RetryableError, "no answer from cloud lab: timed out"),
        (session_errors.UnknownConnectionError("reset", OSError()), RetryableError, "no answer from cloud lab: reset"),
        (session_errors.SSLError("unexpected end"), RetryableError, "no answer from cloud lab: unexpected end"),
        (
            session_errors.SSLError(UNTRUSTED),
            RequestRefused,
            "cloud lab: certificate verify failed: self-signed certificate: correct",
        ),
        (
            session_errors.ConnectFailure(LOST),
            RetryableError,
            "no answer from cloud lab: Unable to establish connection to",
        ),
        (session_errors.ServiceUnavailable("later"), RetryableError, "cloud lab answers 503: later"),
        (session_errors.DiscoveryFailure("no version"), RetryableError, "no answer from cloud lab: no version"),
        (session_errors.DiscoveryFailure("wrong auth_url (HTTP 404)"), RequestRefused, "cloud lab: wrong auth_url"),
        (session_errors.Unauthorized("who?"), RequestRefused, "cloud lab refuses the credentials in clouds.yaml: who?"),
        (session_errors.Forbidden("no"), RequestRefused, "cloud lab refuses the credentials in clouds.yaml: no"),
        (
            session_errors.EndpointNotFound("public endpoint not found"),
            RequestRefused,
            "cloud lab: public endpoint not found",
        ),
        (Exception("password is a required attribute"), RequestRefused, "cloud lab: password is a required attribute"),
    ],
)
def test_errors_before_magnum_answers(magnum, error, kind, text):
    raised = [hidden(error)] + [error] * isinstance(error, session_errors.ClientException)
    for one in raised:
        with pytest.raises(kind) as caught:
            magnum.does(one).call("clusters.get", "x")
        assert type(caught.value) is kind and str(caught.value).startswith(text)
        assert "HTTPConnectionPool" not in str(caught.value)


def test_an_answer_that_the_client_cannot_handle(magnum):
    tripped = TypeError("HttpError.__init__() got an unexpected keyword argument 'retry_after'")
    with pytest.raises(RetryableError):
        magnum.does(tripped).call("clusters.get", "x")
    with pytest.raises(TypeError):
        magnum.does(TypeError("a bug")).call("clusters.get", "x")


def test_an_older_magnum_gets_its_own_microversion(magnum):
    old = {"OpenStack-API-Maximum-Version": "container-infra 1.10"}
    assert magnum.does(http(406, **old), "answer").call("clusters.get", "x") == "answer"
    assert magnum.version == (1, 10)
    assert [settings["api_version"] for settings in magnum.made] == ["1.14", "1.10"]
    assert magnum.does("again").call("clusters.get", "x") == "again"
    with pytest.raises(RequestRefused):  # and not retried for ever
        magnum.does(http(406, "it does not", **old)).call("clusters.get", "x")


def test_a_magnum_without_node_groups_is_refused(magnum):
    with pytest.raises(RequestRefused, match=r"Magnum of cloud lab supports version 1\.8; node groups need 1.9"):
        magnum.does(http(406, **{"OpenStack-API-Maximum-Version": "container-infra 1.8"})).call("clusters.get", "x")


@pytest.mark.parametrize(
    ("cloud", "text"),
    [("none", "Cloud none was not found."), ("lost", "auth_url"), ("odd", "The plugin v9magic could not be found")],
)
def test_entries_that_cannot_be_used(magnum, cloud, text):
    with pytest.raises(RequestRefused, match=f"cloud_name is {cloud}: .*{text}") as caught:
        Magnum(cloud)
    assert "5ec7e7" not in str(caught.value)


def test_the_time_for_an_answer_is_bounded(magnum):
    assert magnum.connection.session.timeout == 60
    assert Magnum("slow").connection.session.timeout == 7


@pytest.fixture
def connected(magnum, monkeypatch):
    """Magnum in a cloud whose services find names by the function that is given."""

    def connected(find):
        service = SimpleNamespace(find_flavor=find, find_image=find, find_network=find)
        cloud = SimpleNamespace(compute=service, image=service, network=service)
        monkeypatch.setattr(magnum, "connection", cloud)
        return magnum

    return connected


@pytest.mark.parametrize(
    ("field", "existing", "desired", "equivalent"),
    [
        ("flavor_id", "m1", "m1", True),
        ("image_id", "name", "id-1", True),
        ("image_id", "name", "other", False),
        ("external_network_id", "name", "id-1", True),
        ("fixed_network", "name", "id-1", True),
        ("keypair", "name", "id-1", False),  # has no id
        ("flavor_id", None, "m1", False),
        ("flavor_id", "", None, True),
    ],
)
def test_names_and_ids(connected, field, existing, desired, equivalent):
    def find(value):
        return SimpleNamespace(id={"name": "id-1"}[value]) if value == "name" else None

    assert connected(find).is_equivalent(field, existing, desired) == equivalent


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sdk_errors.DuplicateResource("More than one Image exists with the name 'name'."), RequestRefused),
        (sdk(403), RequestRefused),
        (sdk(502), RetryableError),
        (session_errors.ConnectFailure("away"), RetryableError),
    ],
)
def test_names_that_cannot_be_resolved(connected, error, kind):
    def find(_value):
        raise error

    with pytest.raises(kind):
        connected(find).is_equivalent("image_id", "name", "other")
