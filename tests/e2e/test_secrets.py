"""The secrets of the service are rotated and users work, at the most talkative: no secret is outside its own place.

A control value is put into each kind of place, where the same search must find it.
"""

import contextlib
import json
import secrets
import subprocess

import deployment
import evidence
import pytest
from deployment import URL, read, site
from secret_search import Processes, find

from visitor.errors import SignInDenied, WrongPassword

pytestmark = pytest.mark.disturbs

NAME, ADMIN, OUTSIDER = "bob", "carol", "dave"
CONTROL = f"control-{secrets.token_hex(16)}"
ROTATED = ("cookie_secret", "crypt_key", "proxy_token", "culler_token")
PLAYBOOKS = [f"playbooks/{name}.yml" for name in ("validate", "hub", "web")]
INSTALLATION = deployment.ROOT / f".cache/molecule/{deployment.PLATFORM}/ansible.log"
KINDS = ["playbooks", "logs", "logs of Apache", "audit log", "pages", "processes", "readable files", "objects"]


def play(*arguments):
    """Output of the playbooks that set up hub and Apache."""
    command = ["ansible-playbook", "-vvv", "--diff", "-i", deployment.INVENTORY, *PLAYBOOKS, *arguments]
    environment = deployment.ENVIRONMENT | {"OS_CLIENT_CONFIG_FILE": str(deployment.STATE / "openstack/clouds.yaml")}
    done = subprocess.run(
        command, cwd=deployment.ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    deployment.until("the hub answers", deployment.hub_answers, 60)
    return done.stdout + done.stderr


def sign_in_wrongly(recorder):
    """Returns {name: secret} of what was typed."""
    wrong = secrets.token_hex(8)
    with contextlib.suppress(WrongPassword):
        recorder.visitor().sign_in(NAME, wrong)
    with contextlib.suppress(SignInDenied):
        recorder.visitor().sign_in(OUTSIDER, read("passwords.json")[OUTSIDER])
    return {"a wrong password": wrong}


def administer(recorder):
    admin = recorder.visitor()
    admin.sign_in(ADMIN, read("passwords.json")[ADMIN])
    assert admin.page(f"{URL}/hub/admin").status_code == 200
    admin._hub("GET", "users?include_stopped_servers=1")


def work(recorder):
    """Returns {name: secret} of what the user and the user's server got, and the logs while it ran."""
    member = recorder.visitor()
    member.sign_in(NAME, read("passwords.json")[NAME])
    if member.running():
        member.stop()
    member.start("default")
    assert member.execute("6 * 7").text == "42"
    found = {f"{key} of the server": value for key, value in site.server_secrets(NAME).items()}
    address = f"{URL}/hub/api/users/{NAME}/tokens"
    answer = member._fetch("POST", address, json={"note": "e2e"})
    found["the token of a program"] = token = answer.json()["token"]
    use_token(token)
    for callback in recorder.callbacks():  # refused: its code is used, and this is somebody else
        stranger = deployment.Visitor(URL, deployment.CA).session
        stranger.get(callback)
        stranger.get(f"{URL}/hub/logo", headers={"Referer": callback})  # as browsers do for the page of the error
    member.page(f"{URL}/hub/{CONTROL}")
    member._fetch("DELETE", f"{URL}/hub/api/users/{CONTROL}")
    found |= evidence.tokens_of_the_iam() | recorder.secrets()
    logs = {f"{place}, with the server": text for place, text in site.logs().items()}
    member.stop()
    member.page(f"{URL}/hub/logout")
    return found, logs | site.logs()


def use_token(token):
    """As a program should, and in addresses, as people do."""
    session = deployment.Visitor(URL, deployment.CA).session
    answer = session.get(f"{URL}/hub/api/user", headers={"Authorization": f"token {token}"})
    assert answer.json()["name"] == NAME
    for path in ("/hub/api/user", "/hub/home", f"/user/{NAME}/api/contents", f"/user/{NAME}/lab"):
        session.get(f"{URL}{path}", params={"token": token})


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """(secrets before, after the rotation, {name: secret} of all, {kind: {place: text}})"""
    recorder, before, outputs = evidence.Recorder(), site.own_secrets(), {}
    rotated = {f"hub_{name}": secrets.token_hex(32) for name in ROTATED}
    file = tmp_path_factory.mktemp("vault") / "new.yml"
    file.touch(mode=0o600)
    with Processes() as processes:
        try:
            with evidence.apache_with("LogLevel debug"), site.debugging(CONTROL) as talkative:
                variables = {"hub_notice": f"Read {CONTROL}.", "hub_user_tokens": True} | talkative | rotated
                file.write_text(json.dumps(variables))
                outputs["rotation"] = play("-e", f"@{file}")
                after = site.own_secrets()
                known = sign_in_wrongly(recorder) | site.other_secrets() | evidence.private_keys()
                administer(recorder)
                found, logs = work(recorder)
                known |= found
                evidence.in_hub(evidence.COMMAND, CONTROL=CONTROL)
                known |= {f"password of {name}": value for name, value in read("passwords.json").items()}
                known |= {f"old {name}": value for name, value in before.items()}
                known |= {f"new {name}": value for name, value in after.items()}
                files, objects = evidence.readable_files(CONTROL, known.values()), site.objects()
        finally:
            outputs["restoration"] = play()
    outputs["installation"] = INSTALLATION.read_text()
    texts = [outputs, logs, evidence.apache_logs(), evidence.audit_log(), recorder.pages]
    texts = dict(zip(KINDS, [*texts, {"of all machines": processes.text}, files, objects], strict=True))
    return before, after, known, texts


def test_one_run_rotates_the_secrets_and_another_restores_them(story):
    before, after, *_ = story
    assert [name for name in before if before[name] == after[name]] == ["client_secret"]
    assert site.own_secrets() == before


WHAT = ["refresh_token of bob", "access_token of carol", "JUPYTERHUB_API_TOKEN of the server", "password of dave",
        "code ", "state ", "the token of a program", "cookie jupyterhub-session-id", "line 1 of hub.key",
        "new crypt_key"]  # fmt: skip


@pytest.mark.parametrize("name", WHAT)
def test_the_secrets_are_known(story, name):
    assert any(each.startswith(name) for each in story[2]), sorted(story[2])


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_is_in(story, kind):
    *_, known, texts = story
    found = find(known, texts[kind])
    assert not found, "\n".join(found[:40])


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_finds_what_is_in(story, kind):
    *_, texts = story
    assert find({"the control": CONTROL}, texts[kind])


def test_the_log_of_the_installation_has_results(story):
    *_, texts = story
    log = texts["playbooks"]["installation"]
    assert "TASK [hub_" in log and "module_args:" in log
