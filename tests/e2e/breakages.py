"""Context managers that break one part of the running service and repair it; to be used one at a time."""

import contextlib

import deployment

SITE = "/etc/apache2/sites-available/jupyterhub.conf"
SERVER_CONFIGURATION = "/opt/openstack-hub/etc/jupyter/jupyter_server_config.py"
MODEL = "/etc/openstack-hub/hub.json"
CERTIFICATES = "/etc/ssl/openstack-hub"


@contextlib.contextmanager
def by_commands(broken, repaired):
    """Run shell commands on the hub's machine."""
    try:
        deployment.on_hub(broken)
        yield
    finally:
        deployment.on_hub(repaired)


def by_edit(path, script, then):
    """Edit PATH with sed's SCRIPT, which must change something, and run THEN to apply it."""
    before = f"/root/{path.rpartition('/')[2]}.before"
    return by_commands(
        f"cp -p {path} {before} && sed -i '{script}' {path} && ! cmp -s {path} {before} && {then}",
        f"mv {before} {path} && {then}",
    )


def by_drop_in(unit, *lines):
    """Add LINES to the [Service] section of a unit."""
    folder, text = f"/etc/systemd/system/{unit}.d", "\\n".join(["[Service]", *lines, ""])
    return by_commands(
        f"mkdir -p {folder} && printf '{text}' >{folder}/e2e.conf && systemctl daemon-reload",
        f"rm -r {folder} && systemctl daemon-reload",
    )


def culler_is_stopped():
    return by_commands("systemctl stop jupyterhub-culler", "systemctl start jupyterhub-culler")


def hsts_is_missing():
    return by_edit(SITE, "/Strict-Transport-Security/d", "systemctl restart apache2")


def websockets_are_not_forwarded():
    return by_edit(SITE, "s/ upgrade=websocket//", "systemctl restart apache2")


def cookies_are_not_secure():
    lost = 's/Header edit Set-Cookie.*/Header edit* Set-Cookie "(?i); *secure" ""/'
    return by_edit(SITE, lost, "systemctl restart apache2")


def servers_do_not_report():
    """The extension runs, without which a server would not listen, but its page is elsewhere."""
    line = 'import hubkit.server; hubkit.server.url_path_join = lambda *parts: "/nowhere"'
    return by_edit(SERVER_CONFIGURATION, f"$ a {line}", "true")


@contextlib.contextmanager
def restarted_hub(breakage):
    """Wait for the hub, which reads its configuration when it starts."""
    try:
        with breakage:
            deployment.until("the hub answers", deployment.hub_answers, 60)
            yield
    finally:
        deployment.until("the hub answers", deployment.hub_answers, 60)


def memory_is_more_than_declared():
    return restarted_hub(by_edit(MODEL, "s/1073741824/2147483648/", "systemctl restart jupyterhub"))


def memory_limit_is_not_enforced():
    return by_drop_in(f"jupyter-{deployment.MEMBER}.service", "MemoryMax=infinity")


def homes_forget():
    """Delete the test file at every start."""
    return by_drop_in("jupyterhub-home@.service", "ExecStartPost=/bin/rm -f /home/%%i/openstack-hub-verify.txt")


@contextlib.contextmanager
def homes_are_read_only():
    with by_drop_in("jupyterhub-home@.service", "ExecStartPost=/bin/mount -o remount,ro /home/%%i"):
        try:
            yield
        finally:
            deployment.on_hub(f"mount -o remount,rw /home/{deployment.MEMBER}")


@contextlib.contextmanager
def certificate_has_another_name():
    commands = by_commands(
        f"cp -rp {CERTIFICATES} /root/certificates.before",
        f"rm -r {CERTIFICATES} && mv /root/certificates.before {CERTIFICATES} && systemctl restart apache2",
    )
    with commands:
        for suffix in ("crt", "key"):
            target = f"{deployment.HUB_CONTAINER}:{CERTIFICATES}/hub.{suffix}"
            assert deployment.podman("cp", f"{deployment.STATE}/ca/iam.{suffix}", target).returncode == 0
        deployment.on_hub("systemctl restart apache2")
        yield


def member_is_no_member():
    return deployment.changed("users.json", lambda users: users[deployment.MEMBER].update(groups=[]))


def outsider_is_member():
    return deployment.changed("users.json", lambda users: users["dave"].update(groups=["cloud/jupyter"]))


def run_iam(*command):
    """Let podman's COMMAND start the IAM, and wait until it answers."""
    deployment.podman(*command, deployment.IAM_CONTAINER)
    deployment.site.connect(deployment.IAM_CONTAINER)
    # A restarted container has a new MAC address, which others learn only after half a minute.
    deployment.on_hub("ip neigh flush all")
    deployment.until("the IAM answers", deployment.iam_answers, 60)


@contextlib.contextmanager
def by_podman(broken, repaired):
    """Stopped, the IAM refuses connections; paused, it accepts them and does not answer."""
    try:
        deployment.podman(*broken, deployment.IAM_CONTAINER)
        yield
    finally:
        run_iam(*repaired)


def iam_is_stopped():
    return by_podman(("stop", "--time", "5"), ("start",))


def iam_hangs():
    return by_podman(("pause",), ("unpause",))


def restart_iam():
    """It loses all sessions and tokens, and draws another signing key."""
    run_iam("restart", "--time", "5")


@contextlib.contextmanager
def iam_has_another_certificate():
    """Of the same authority, for another name."""
    folder = deployment.STATE / "ca"
    files = [folder / f"iam.{suffix}" for suffix in ("crt", "key")]
    before = [file.read_bytes() for file in files]
    try:
        for file in files:
            file.write_bytes(file.with_stem("hub").read_bytes())
        deployment.podman("restart", "--time", "5", deployment.IAM_CONTAINER)
        deployment.site.connect(deployment.IAM_CONTAINER)
        yield
    finally:
        for file, content in zip(files, before, strict=True):
            file.write_bytes(content)
        restart_iam()
