"""The files of the certificate in a site: found, read, and reported with the line of the variable."""

from pathlib import Path

import pytest
from certificate_samples import authority, hub, issue, key_pem, pem
from sites import cases, report, write

SOUND = cases(Path(__file__).with_name("broken") / "host.txt")["sound"][0]
CERTIFICATE, KEY = "certificates/hub.crt", "certificates/hub.key"
WHERE = {name: f"group_vars/all/jupyterhub.yml:{line}: hub_certificate" for name, line in (("file", 4), ("key", 5))}


def test_files_that_cannot_be_used_are_reported_with_their_variables(tmp_path, capsys):
    site = write(tmp_path, SOUND | {CERTIFICATE: "", KEY: "$ENCRYPT\n5ec7e7"})
    assert report(site, capsys)[1] == [
        f"! {WHERE['file']}.file: /site/{CERTIFICATE} is empty: copy the certificate into it",
        f"! {WHERE['key']}.key: /site/{KEY} is encrypted with Ansible Vault, and would be copied like this: run "
        f"ansible-vault decrypt /site/{KEY}",
    ]


def test_the_name_in_the_certificate_is_compared_with_the_domain(tmp_path, capsys):
    certificate, key = issue("other", by=authority(), names=("other.lab.test",))
    site = write(tmp_path, SOUND | {CERTIFICATE: pem(certificate).decode(), KEY: key_pem(key).decode()})
    assert report(site, capsys)[1] == [
        f"! {WHERE['file']}.file: the certificate is for 'other.lab.test', not for hub_domain, 'hub.lab.test': "
        "request one for that name"
    ]


@pytest.mark.parametrize(("mode", "count"), [(0o600, 0), (0o640, 0), (0o644, 1)])
def test_a_key_that_everybody_can_read_is_a_warning(tmp_path, capsys, mode, count):
    (write(tmp_path, SOUND) / KEY).chmod(mode)
    line = f"? {WHERE['key']}.key: every user of this computer can read /site/{KEY}: run chmod 600 /site/{KEY}"
    assert report(tmp_path, capsys)[1] == [line] * count


def test_a_file_that_cannot_be_read_is_reported(tmp_path, capsys, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    site = write(tmp_path, SOUND)
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: refuse(path) if path == site / KEY else read(path))
    assert report(site, capsys)[1] == [
        f"! {WHERE['key']}.key: /site/{KEY} cannot be read (Permission denied): allow the user who runs Ansible to "
        "read it"
    ]


def test_the_file_of_authorities_is_checked(tmp_path, capsys):
    files = SOUND | {"certificates/ca.crt": hub()[1]}
    files["group_vars/all/more.yml"] = '---\nverify_ca_file: "{{ inventory_dir }}/certificates/ca.crt"\n'
    assert report(write(tmp_path, files), capsys)[1] == [
        "! group_vars/all/more.yml:2: verify_ca_file: /site/certificates/ca.crt contains a private key, "
        "which has no place there: use a file with the certificate alone"
    ]
