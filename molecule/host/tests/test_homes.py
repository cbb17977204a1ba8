"""An account and a home for each user. The size is enforced, and nobody else can read it."""

import pytest


@pytest.fixture(scope="module")
def home(host):
    """The home of a user who exists for the tests only."""
    done = host.run("systemctl start jupyterhub-home@zoe.service")
    assert done.rc == 0, host.run("journalctl -u jupyterhub-home@zoe -o cat").stdout
    yield "/home/zoe"
    host.run("umount /home/zoe; userdel zoe; rm -rf /home/zoe /var/lib/openstack-hub/homes/zoe.img")


def test_home_is_private(host, home):
    folder = host.file(home)
    assert (folder.user, folder.group, folder.mode) == ("zoe", "zoe", 0o700)
    assert host.file(f"{home}/.bashrc").user == "zoe"


def test_size_is_enforced(host, home):
    done = host.run(f"runuser -u zoe -- dd if=/dev/zero of={home}/big bs=1M count=400")
    assert done.rc != 0
    assert "No space left" in done.stderr or "quota exceeded" in done.stderr
    assert 150 << 20 < host.file(f"{home}/big").size < 200 << 20
    host.run(f"rm {home}/big")


def test_a_second_start_changes_nothing_and_keeps_files(run, home):
    run(f"runuser -u zoe -- touch {home}/kept")
    before = run(f"stat -c '%i %U %a' {home} {home}/kept")
    run("systemctl start jupyterhub-home@zoe.service")
    assert run(f"stat -c '%i %U %a' {home} {home}/kept") == before


def test_a_home_has_neither_devices_nor_setuid_programs(run, home):
    """By image: a home under a quota has the mount options of /home."""
    options = run(f"findmnt --noheadings --output OPTIONS {home}").split(",")
    assert {"nosuid", "nodev"} <= set(options)


def test_an_interrupted_account_is_completed(run):
    """As after a useradd that is killed when it has written /etc/passwd."""
    run("echo 'half:x:1999:1999:JupyterHub user:/home/half:/bin/bash' >>/etc/passwd")
    try:
        run("systemctl start jupyterhub-home@half.service")
        assert run("id -nG half").split() == ["half", "jupyterhub-users"]
        assert run("stat -c %U:%G /home/half") == "half:half"
    finally:
        run("umount /home/half; userdel half; rm -rf /home/half /var/lib/openstack-hub/homes/half.img")


def test_home_grows_at_the_next_start_and_never_shrinks(run, home):
    edit = 'sed -i \'s/"size": %d,/"size": %d,/\' /etc/openstack-hub/hub.json'
    small = int(run(f"df --output=size -B1M {home} | tail -1"))
    try:
        run(edit % (200 << 20, 300 << 20))
        run(f"systemd-run -q --unit busy --working-directory {home} sleep 60")
        run("systemctl start jupyterhub-home@zoe.service")
        assert int(run(f"df --output=size -B1M {home} | tail -1")) == small, "not while something uses it"
        run("systemctl stop busy")
        run(f"runuser -u zoe -- touch {home}/kept")
        run("systemctl start jupyterhub-home@zoe.service")
        grown = int(run(f"df --output=size -B1M {home} | tail -1"))
        assert grown > small + 80
        run(f"test -e {home}/kept")
    finally:
        run(edit % (300 << 20, 200 << 20))
    run("systemctl start jupyterhub-home@zoe.service")
    assert int(run(f"df --output=size -B1M {home} | tail -1")) == grown


@pytest.mark.parametrize("damage", [
    "umount /home/zoe && touch {growing}",
    "umount /home/zoe && touch {growing} && truncate -s +30M /var/lib/openstack-hub/homes/zoe.img",
], ids=["before it", "before the file system"])  # fmt: skip
def test_interrupted_growth_is_finished(run, home, damage):
    growing = "/var/lib/openstack-hub/homes/zoe.growing"
    run(f"runuser -u zoe -- touch {home}/kept && {damage.format(growing=growing)}")
    run("systemctl start jupyterhub-home@zoe.service")
    run(f"test ! -e {growing} && test -e {home}/kept")
    image = int(run("stat -c %s /var/lib/openstack-hub/homes/zoe.img"))
    source = run(f"findmnt --noheadings --output SOURCE {home}")
    blocks = int(run(f"dumpe2fs -h {source} 2>/dev/null | awk '/^Block count/ {{print $3}} '"))
    size = int(run(f"dumpe2fs -h {source} 2>/dev/null | awk '/^Block size/ {{print $3}} '"))
    assert image - 2 * size < blocks * size <= image


def test_home_is_mounted_again(run, home):
    run(f"runuser -u zoe -- touch {home}/kept && umount {home}")
    run(f"test $(stat -c %a {home}) = 0 && systemctl start jupyterhub-home@zoe.service && test -e {home}/kept")


@pytest.mark.parametrize(
    ("name", "words"),
    [("root", "belongs to an account of this machine"), ("Zoe", "is not a user name"), ("../x", "is not a user name")],
)
def test_other_names_are_refused(host, name, words):
    done = host.run(f"/opt/openstack-hub/bin/make-home {name}")
    assert done.rc != 0
    assert words in done.stderr


@pytest.mark.parametrize(("left", "size"), [(260 << 20, 260), (900 << 20, 200)], ids=["declared", "of nobody"])
def test_the_hub_chooses_among_the_declared_sizes(run, left, size):
    """It leaves the size of a user's groups in a file."""
    run(f"mkdir -p -m 700 /run/jupyterhub-homes && echo {left} >/run/jupyterhub-homes/large")
    try:
        run("systemctl start jupyterhub-home@large.service")
        assert run("stat -c %s /var/lib/openstack-hub/homes/large.img") == str(size << 20)
    finally:
        run("umount /home/large; userdel large; rm -rf /home/large /var/lib/openstack-hub/homes/large.img")
        run("rm /run/jupyterhub-homes/large")
