"""What clients get from Apache."""

import pytest
from playbook import PORT, SUCCESS, Run

HUB = f"https://hub.localhost:{PORT}"


def curl(run, arguments):
    """Output of curl; HUB in the arguments is the hub's address."""
    return run(f"curl -sk --resolve hub.localhost:{PORT}:127.0.0.1 {arguments.replace('HUB', HUB)}")


@pytest.fixture(autouse=True, scope="module")
def has_curl(host):
    if host.run("command -v curl").rc:
        assert host.run("apt-get install -qq --no-install-recommends curl").rc == 0


def test_http_is_redirected(run):
    out = curl(
        run,
        "-o /dev/null -w '%{http_code} %{redirect_url}' -H 'Host: hub.localhost' 'http://127.0.0.1/hub/login?next=x'",
    )
    assert out == f"301 {HUB}/hub/login?next=x"


def test_http2_and_hsts(run):
    out = curl(run, "-o /dev/null -D- -w '%{http_version}' HUB/hub/login").lower()
    assert "strict-transport-security: max-age=63072000" in out
    assert out.endswith("2")


@pytest.mark.parametrize(("protocol", "works"), [("tls1_1", False), ("tls1_2", True), ("tls1_3", True)])
def test_tls_versions(host, protocol, works):
    seclevel = "-cipher DEFAULT@SECLEVEL=0" if protocol == "tls1_1" else ""
    done = host.run(f"openssl s_client -connect 127.0.0.1:{PORT} -{protocol} {seclevel} </dev/null")
    assert ("Cipher is (NONE)" not in done.stdout and done.rc == 0) == works, done.stdout


def test_static_files_are_served_without_the_hub(run):
    out = curl(run, "-o /dev/null -D- HUB/hub/static/favicon.ico").lower()
    assert "server: apache\r" in out + "\r", "without its version"
    assert "200" in out.splitlines()[0]


def test_trace_is_refused(run):
    assert curl(run, "-o /dev/null -w '%{http_code}' -X TRACE HUB/") == "405"


def test_a_header_that_names_a_user_grants_nothing(run):
    out = curl(run, "-o /dev/null -w '%{http_code}' -H 'X-Remote-User: carol' HUB/hub/api/users")
    assert out == "403"


def test_the_hub_logs_the_real_address_of_a_client(run):
    address = run("hostname -I").split()[0]
    forged = "-H 'X-Real-IP: 192.0.2.9' -H 'X-Forwarded-For: 192.0.2.9'"
    run(f"curl -sko /dev/null {forged} --resolve hub.localhost:{PORT}:{address} {HUB}/hub/from-where")
    seen = run("journalctl -u jupyterhub -o cat --grep '/hub/from-where' --since -1min")
    assert f"@{address})" in seen and "192.0.2.9" not in seen


def test_every_cookie_is_secure(run):
    out = curl(run, "-o /dev/null -D- HUB/hub/login").lower()
    cookies = [line for line in out.splitlines() if line.startswith("set-cookie")]
    assert cookies
    assert all("; secure" in cookie for cookie in cookies), cookies


def test_names_with_an_encoded_slash_reach_the_hub(run):
    """Apache's default is to answer 404 itself."""
    out = curl(run, "-o /dev/null -D- 'HUB/user/nobody/files/a%2Fb'").lower()
    assert "x-jupyterhub-version" in out


@pytest.mark.parametrize(("cipher", "works"), [("AES256-SHA256", False), ("ECDHE-RSA-AES128-SHA256", False),
                                               ("ECDHE-ECDSA-AES128-GCM-SHA256", True)])  # fmt: skip
def test_ciphers(host, cipher, works):
    """Only those with forward secrecy and authenticated encryption."""
    done = host.run(f"openssl s_client -connect 127.0.0.1:{PORT} -tls1_2 -cipher {cipher}:@SECLEVEL=0 </dev/null")
    assert ("Cipher is (NONE)" not in done.stdout and done.rc == 0) == works, done.stdout


def test_a_broken_virtual_host_is_refused_and_apache_keeps_the_old_one(run):
    """What the run wrote is not loaded; the next run with right variables repairs it."""
    state = "systemctl show -P StateChangeTimestampMonotonic apache2"
    before = run(state)
    try:
        refused = Run(playbook="playbooks/web.yml", web_backends=["nonsense"])
        code, failures = refused.outcome
        assert code != 0
        assert len(failures) == 1
        assert failures[0].startswith("web : Run Apache | Test the configuration: ")
        assert "BalancerMember" in refused.output
        assert run(state) == before, "Apache was not reloaded"
        assert curl(run, "-o /dev/null -w '%{http_code}' HUB/hub/login") == "200"
    finally:
        repaired = Run(playbook="playbooks/web.yml")
    assert repaired.outcome == SUCCESS
    assert {name for name, _ in repaired.changes} == {
        "web : Configure Apache | Write the virtual host",
        "web : Run Apache | Start Apache, or reload it when it is older than its files",
    }
