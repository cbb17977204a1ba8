"""A real hub with local accounts beside the IAM, and a browser for its forms."""

import contextlib

import requests
from bs4 import BeautifulSoup
from service import running_service

from hubkit.hub.local import LocalAccounts

NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
METHODS = {
    "methods": ["iam", "local"], "local": {"days": 31, "requests": True}, "admin_users": ["grace"],
    "iam_admin_users": [],
}  # fmt: skip


class LocalHub:
    """`url` of the hub, `local`: its accounts, `log`: its log."""

    def __init__(self, service):
        self.service, self.url = service, f"{service.url}/hub"
        self.local = LocalAccounts(str(service.folder / "local.sqlite"))

    @property
    def log(self):
        return self.service.log("hub")


@contextlib.contextmanager
def running_hub(folder, methods=METHODS):
    """Yield a LocalHub in FOLDER, whose IAM has a name that is HTML and a template."""
    changes = {"sign_in": methods, "iam": {"name": "Test <b>IAM {{ 7 * 6 }}"}, "audit": {"days": 90}}
    with running_service(folder, changes) as service:
        yield LocalHub(service)


class Browser:
    """Forms of the hub, as a browser sends them."""

    def __init__(self, hub):
        self.url, self.session = hub.url, requests.Session()
        self.session.trust_env = False

    def get(self, path):
        return self.session.get(f"{self.url}/{path}", headers=NAVIGATION, timeout=30)

    def token(self, path):
        """The form's own token on the page PATH."""
        return BeautifulSoup(self.get(path).text, "html.parser").find("input", {"name": "_xsrf"})["value"]

    def send(self, path, token=None, **fields):
        """The answer to a form on the page PATH with these FIELDS."""
        data = {"_xsrf": self.token(path) if token is None else token, **fields}
        return self.session.post(f"{self.url}/{path}", data=data, timeout=30)

    def sign_in(self, username, password):
        return self.send("login?next=%2Fhub%2Ftoken", username=username, password=password)

    def is_signed_in(self):
        return self.session.get(f"{self.url}/token", allow_redirects=False, timeout=30).status_code == 200


def text_of(answer):
    """The visible text of a page."""
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split())
