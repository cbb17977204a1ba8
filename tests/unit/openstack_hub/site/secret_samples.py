# ruff: noqa: E501
"""Files with a secret, and files without: name, text, and for those with one the messages without the name."""

KEY = "-----BEGIN {} KEY-----\nMIIE\n".format("EC PRIVATE")
GIT_TOKEN = "gl" + "pat-" + "aB3dE5gH7jK9mN1pQ3sT"  # in two parts, so that no scanner finds it here
HUB_TOKEN = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
MOVE, REMOVE = "a secret in clear text: move it to the vault", "a secret in clear text: remove it from the commit"
ADDRESS = "a password or token inside an address: remove it from the commit"
CLOUDS = """\
clouds:
  lab:
    auth:
      auth_url: https://cloud.lab.test:5000
      username: jane
      password: hunter2
      application_credential_id: 0d1c6a0e
      application_credential_secret: pa$$word
"""
KUBECONFIG = """\
apiVersion: v1
clusters:
- {name: a, cluster: {server: "https://10.0.0.1:6443", certificate-authority-data: LS0tLS1CRUdJTg==}}
users:
- name: admin
  user:
    client-certificate-data: LS0tLS1CRUdJTg==
    client-key-data: LS0tLS1CRUdJTg==
- {name: robot, user: {token: abc.def}}
"""
REFUSED = {
    "an address with a token": (
        "group_vars/all/jupyterhub.yml",
        f"hub_profiles:\n- repositories: ['https://jane:{GIT_TOKEN}@git.lab.test/a.git']\n",
        [f"2: {ADDRESS}"],
    ),
    "an address with a token instead of a name": (
        ".gitmodules", f"[submodule]\n\turl = https://{HUB_TOKEN}@git.lab.test/a.git\n", [f"2: {ADDRESS}"],
    ),
    "an address of a database in prose": (
        "README.md", "Copy it:\n`pg_dump postgresql://hub:hunter2@db.lab.test/hub`\n", [f"2: {ADDRESS}"],
    ),
    "credentials of a cloud": (
        "clouds.yaml",
        CLOUDS,
        [f"6: clouds.lab.auth.password: {MOVE}", f"8: clouds.lab.auth.application_credential_secret: {MOVE}"],
    ),
    "the same as JSON": (
        "clouds.json", '{"clouds": {"lab": {"auth": {"password": "hunter2"}}}}', [f"1: clouds.lab.auth.password: {MOVE}"],
    ),
    "an inventory": (
        "hosts.ini",
        "[hub]\nhub.lab.test ansible_user=debian ansible_password=hun(ter2\n[all:vars]\nansible_become_pass = hunter2\n",
        [f"2: ansible_password: {REMOVE}", f"4: ansible_become_pass: {REMOVE}"],
    ),
    "an inventory without an ending": ("hosts", "[hub]\na ansible_ssh_pass='x y'\n", [f"2: ansible_ssh_pass: {REMOVE}"]),
    "an openrc file": ("lab-openrc.sh", 'export OS_USERNAME="jane"\nexport OS_PASSWORD="hunter2"\n',
                       [f"2: OS_PASSWORD: {REMOVE}"]),
    "an application credential": ("app-cred", "export OS_APPLICATION_CREDENTIAL_SECRET=hunter2\n",
                                  [f"1: OS_APPLICATION_CREDENTIAL_SECRET: {REMOVE}"]),
    "an environment file": (".env", "CLIENT_SECRET=hunter2\nAPI_TOKEN=hunter2\n",
                            [f"1: CLIENT_SECRET: {REMOVE}", f"2: API_TOKEN: {REMOVE}"]),
    "an environment file with another name": ("prod.env", "DB_PASSWORD: hunter2\n", [f"1: DB_PASSWORD: {REMOVE}"]),
    "a command": ("run.sh", "curl --password=hunter2 https://a.lab.test\n", [f"1: password: {REMOVE}"]),
    "a header": ("run.sh", "curl -H 'Authorization: Bearer hunter2'\n", [f"1: Authorization: {REMOVE}"]),
    "a command in prose": ("notes.md", "First `export OS_PASSWORD=hunter2`.\n", [f"1: OS_PASSWORD: {REMOVE}"]),
    "code": ("hook.py", "password = get()\npassword = 'hunter2'\n", [f"2: password: {REMOVE}"]),
    "a kubeconfig": (
        "kubeconfig", KUBECONFIG, [f"8: users[0].user.client-key-data: {MOVE}", f"9: users[1].user.token: {MOVE}"],
    ),
    "a kubeconfig with an ending": ("admin.conf", KUBECONFIG.replace("token", "password"),
        [f"8: users[0].user.client-key-data: {MOVE}", f"9: users[1].user.password: {MOVE}"]),
    "an object of Kubernetes, the second of a file": (
        "extra.yaml",
        "kind: ConfigMap\ndata: {a: b}\n---\nkind: Secret\ndata:\n  anything: aHVudGVyMg==\n",
        [f"6: data.anything: {MOVE}"],
    ),
    "a playbook": ("extra.yml", "- hosts: all\n  vars: {db_password: hunter2}\n", [f"2: [0].vars.db_password: {MOVE}"]),
    "a registry": ("config.json", '{"auths": {"registry.lab.test": {"auth": "amFuZTpodW50ZXIy"}}}',
                   [f"1: auths.registry.lab.test.auth: {MOVE}"]),
    "netrc": (".netrc", "machine git.lab.test login jane password hunter2\n",
              ["1: a password in clear text: remove it from the commit"]),
    "a token of a service": ("notes.txt", f"mine is {GIT_TOKEN}\n",
                             ["1: GitLab Token, as it seems: remove it from the commit"]),
    "a token of a service in variables": (
        "group_vars/all/jupyterhub.yml", f"hub_notice: {HUB_TOKEN}\n",
        ["1: GitHub Token, as it seems: remove it from the commit"],
    ),
    "a key among variables": ("group_vars/all/a.yml", f"x: |\n  {KEY}", ["a private key: remove it from the commit"]),
    "a key of PGP": ("a.asc", "-----BEGIN PGP {} KEY BLOCK-----\n".format("PRIVATE"),
                     ["a private key: remove it from the commit"]),
    "a key in a binary file": ("a.bin", f"\0\0\n{KEY}", ["a private key: remove it from the commit"]),
    "YAML that cannot be read, but is no file of variables": ("x.yaml", "{% if a %}\npassword: hunter2\n",
                                                               [f"2: password: {REMOVE}"]),
}  # fmt: skip
ACCEPTED = {
    "addresses without a password": (
        "group_vars/all/a.yml",
        "a: [https://git.lab.test/a.git, 'ssh://git@git.lab.test:22/a', git@git.lab.test:a.git, https://jane@a.lab.test]\n"
        "b: https://jane:{{ vault_token }}@git.lab.test\nc: postgresql://hub:$PASSWORD@db\nd: https://user:<token>@host\n",
    ),
    "a cloud with references": ("clouds.yaml", "clouds: {a: {auth: {password: '{{ x }}', username: jane}}}\n"),
    "names of files and variables": (
        "run.sh",
        'export OS_PASSWORD="$(pass show lab)"\nread -rs OS_PASSWORD\nPASSWORD=$1\nTOKEN="${A}/${B}"\n'
        "TOKEN_FILE=abc\npassword=/run/secrets/x\nif [ \"$password\" = '' ]; then :; fi\nPASSWORD=`pass lab`\nPASSWORD=\n",
    ),
    "placeholders": (".env.example", "PASSWORD=<your password>\nTOKEN=...\nCLIENT_SECRET=\nAPI_KEY=xxx\n"),
    "prose": ("README.md", "password: see the vault\nWrite `PASSWORD=…` or `TOKEN=<token>`.\n"),
    "code": ("hook.py", "password = get()\ntoken = os.environ['TOKEN']\nsecret_key = name\n"),
    "a playbook": ("extra.yml", "- hosts: all\n  tasks: []\n- hosts: hub\n"),
    "several documents": ("extra.yaml", "kind: ConfigMap\n---\nkind: Service\nmetadata: {name: a}\n"),
    "names of Secrets": (
        "a.yml", "existingSecret: hub\nimagePullSecrets: [{name: a}]\nvolumes: [{secret: {secretName: b}}]\nkey: a\n",
    ),
    "tokens that are switches": ("a.yml", "hub_user_tokens: false\ntoken: null\npassword: ''\nprivate_key: ~/.ssh/id\n"),
    "a line that says so": (
        "a.sh", "PASSWORD=public # pragma: allowlist secret\nURL=https://a:b@c # pragma: allowlist secret\n",
    ),
    "a binary file": ("logo.png", "\x89PNG\0password=hunter2\n"),
    "a large file": ("data.csv", "password=hunter2\n" * 200_000),
    "a template that is no YAML": ("x.yaml", "{% if a %}\npassword: '{{ b }}'\n"),
    "an ini inventory": ("hosts.ini", "[hub]\nhub.lab.test ansible_user=debian ansible_password='{{ vault_x }}'\n"),
}  # fmt: skip
