"""`playbooks/verify.yml` passes on a working service, and names the right check when one thing is broken."""

import json
import re
import subprocess

import breakages
import deployment
import pytest

DISTURBS, SLOW = pytest.mark.disturbs, pytest.mark.slow
# What is broken on the hub's machine, where other platforms have nothing but Apache
HOST = pytest.mark.only_on("host")
# Public checks take seconds; where a server is needed, one profile is enough.
PUBLIC = {"verify_member": None}


@pytest.fixture(scope="module", autouse=True)
def no_server_runs(testbed):
    deployment.stop_server(deployment.MEMBER)


@pytest.fixture(scope="module")
def one_profile(testbed):
    """From the hub's model, before anything is broken."""
    profiles = json.loads(deployment.site.model())["profiles"]
    return {"verify_profiles": [p for p in profiles if p["name"] == "brief"], "verify_start_timeout": 60}


def verify(variables=()):
    """(exit status, names of the failed checks, output) of the playbook."""
    extra = ["-e", json.dumps(dict(variables))]
    command = ["ansible-playbook", "-i", deployment.INVENTORY, "playbooks/verify.yml", *extra]
    environment = {**deployment.ENVIRONMENT, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    done = subprocess.run(
        command, cwd=deployment.ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    failed = re.search(r'"msg": "\d+ of \d+ checks failed: ([^"]*)"', done.stdout)
    return done.returncode, set(failed[1].split(", ")) if failed else set(), done.stdout + done.stderr


def test_a_working_service_passes():
    status, failed, output = verify()
    assert (status, failed) == (0, set()), output
    assert f'"msg": "{deployment.site.VERIFIED}"' in output, output


@pytest.mark.parametrize(
    ("breakage", "expected", "words", "public"),
    [
        (breakages.outsider_is_member, {"outsider denied"}, "dave was signed in", True),
        (breakages.member_is_no_member, {"sign-in"}, f"denies {deployment.MEMBER} access", False),
        pytest.param(breakages.servers_do_not_report, {"idle timeout of brief"}, "404", False, marks=HOST),
        pytest.param(
            breakages.culler_is_stopped, {"culler"}, "does not report when it checked", True, marks=[DISTURBS, HOST]
        ),
        pytest.param(breakages.hsts_is_missing, {"HSTS"}, "Strict-Transport-Security is missing", True, marks=DISTURBS),
        pytest.param(
            breakages.websockets_are_not_forwarded, {"cell in brief"}, "forward upgrades", False, marks=DISTURBS
        ),
        pytest.param(
            breakages.memory_is_more_than_declared,
            {"limits of brief"},
            "MEM_LIMIT",
            False,
            marks=[DISTURBS, SLOW, HOST],
        ),
        pytest.param(
            breakages.memory_limit_is_not_enforced,
            {"limits of brief"},
            "the kernel enforces no limit",
            False,
            marks=[DISTURBS, SLOW, HOST],
        ),
        pytest.param(breakages.cookies_are_not_secure, {"cookies"}, "without Secure", False, marks=[DISTURBS, SLOW]),
        pytest.param(
            breakages.homes_forget, {"files in brief again"}, "is missing", False, marks=[DISTURBS, SLOW, HOST]
        ),
        pytest.param(
            breakages.homes_are_read_only,
            {"start brief", "start brief again"},
            "Read-only file system",
            False,
            marks=[DISTURBS, SLOW, HOST],
        ),
        pytest.param(
            breakages.certificate_has_another_name,
            {"certificate", "TLS versions", "HSTS", "sign-in page", "culler"},
            "Hostname mismatch",
            True,
            marks=[DISTURBS, SLOW],
        ),
        pytest.param(
            breakages.iam_is_stopped,
            {"OpenID provider", "outsider denied", "sign-in"},
            "refuses connections",
            False,
            marks=[DISTURBS, SLOW],
        ),
        pytest.param(
            breakages.iam_hangs,
            {"OpenID provider", "outsider denied", "sign-in"},
            "did not answer in time",
            False,
            marks=[DISTURBS, SLOW],
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_broken_part_is_named(one_profile, breakage, expected, words, public):
    with breakage():
        status, failed, output = verify(PUBLIC if public else one_profile)
    assert (status, failed) == (2, expected), output
    assert words in " ".join(output.split()), output


@DISTURBS
def test_everything_works_again(one_profile):
    status, failed, output = verify(one_profile)
    assert (status, failed) == (0, set()), output
