"""What Apache says to the outside."""

import pytest


def curl(run, arguments):
    return run(f"curl -sk --resolve hub.localhost:8543:127.0.0.1 {arguments}")


@pytest.fixture(autouse=True, scope="module")
def has_curl(host):
    if host.run("command -v curl").rc:
        assert host.run("apt-get install -qq --no-install-recommends curl").rc == 0


def test_http_is_redirected(run):
    out = curl(
        run,
        "-o /dev/null -w '%{http_code} %{redirect_url}' -H 'Host: hub.localhost' 'http://127.0.0.1/hub/login?next=x'",
    )
    assert out == "301 https://hub.localhost:8543/hub/login?next=x"


def test_http2_and_hsts(run):
    out = curl(run, "-o /dev/null -D- -w '%{http_version}' https://hub.localhost:8543/hub/login").lower()
    assert "strict-transport-security: max-age=63072000" in out
    assert out.endswith("2")


@pytest.mark.parametrize(("protocol", "works"), [("tls1_1", False), ("tls1_2", True), ("tls1_3", True)])
def test_tls_versions(host, protocol, works):
    seclevel = "-cipher DEFAULT@SECLEVEL=0" if protocol == "tls1_1" else ""
    done = host.run(f"openssl s_client -connect 127.0.0.1:8543 -{protocol} {seclevel} </dev/null")
    assert ("Cipher is (NONE)" not in done.stdout and done.rc == 0) == works, done.stdout


def test_static_files_do_not_ask_the_hub(run):
    out = curl(run, "-o /dev/null -D- https://hub.localhost:8543/hub/static/favicon.ico").lower()
    assert "server: apache" in out
    assert "200" in out.splitlines()[0]


def test_trace_is_refused(run):
    assert curl(run, "-o /dev/null -w '%{http_code}' -X TRACE https://hub.localhost:8543/") == "405"


def test_a_header_that_names_a_user_opens_nothing(run):
    out = curl(run, "-o /dev/null -w '%{http_code}' -H 'X-Remote-User: carol' https://hub.localhost:8543/hub/api/users")
    assert out == "403"


def test_the_hub_knows_from_where_somebody_comes_and_not_by_his_word(run):
    address = run("hostname -I").split()[0]
    forged = "-H 'X-Real-IP: 192.0.2.9' -H 'X-Forwarded-For: 192.0.2.9'"
    run(
        f"curl -sko /dev/null {forged} --resolve hub.localhost:8543:{address} https://hub.localhost:8543/hub/from-where"
    )
    seen = run("journalctl -u jupyterhub -o cat --grep '/hub/from-where' --since -1min")
    assert f"@{address})" in seen and "192.0.2.9" not in seen


def test_every_cookie_is_secure(run):
    out = curl(run, "-o /dev/null -D- https://hub.localhost:8543/hub/login").lower()
    cookies = [line for line in out.splitlines() if line.startswith("set-cookie")]
    assert cookies
    assert all("; secure" in cookie for cookie in cookies), cookies


def test_a_broken_configuration_is_told_before_apache_meets_it(host, run):
    run("echo Nonsense > /etc/apache2/sites-enabled/zz.conf")
    try:
        assert host.run("apachectl configtest").rc != 0
        assert host.service("apache2").is_running
    finally:
        run("rm /etc/apache2/sites-enabled/zz.conf")
