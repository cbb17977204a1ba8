"""The services' configuration files, as dicts: {section: {option: value}}."""

from openstack_testbed import clusters, places

REGION = "RegionOne"
# The type of each service in the catalogue, and the path of its URL.
CATALOGUE = {
    "keystone": ("identity", "/v3"),
    "placement": ("placement", ""),
    "glance": ("image", ""),
    "neutron": ("network", ""),
    "magnum": ("container-infra", "/v1"),
    "nova": ("compute", "/v2.1"),
}


def url(ports, service):
    """Address of a service, as the catalogue has it."""
    return f"http://127.0.0.1:{ports[service]}{CATALOGUE[service][1]}"


def ini(sections):
    """A dict of dicts in the form of oslo.config."""
    lines = []
    for section, options in sections.items():
        # oslo.config reads a dollar as the beginning of an option's name.
        lines += [f"[{section}]", *(f"{key} = {str(value).replace('$', '$$')}" for key, value in options.items()), ""]
    return "\n".join(lines)


# Magnum's driver: clusters without nodes, or real ones. Both serve the same kinds of cluster, so one must be off.
DRIVERS = {False: "testbed", True: "testbed_kubernetes"}


def files(folder, venv, ports, passwords, *, kubernetes=False):
    """Content of each file in etc/; KUBERNETES: whether Magnum's clusters are real."""
    var, etc = folder / "var", venv / "etc"

    def database(name):
        # Relative to var/, where the services run. Without fsync: what is here may be lost with the machine.
        return {"connection": f"sqlite:///{name}.sqlite", "sqlite_synchronous": "false"}

    def login(service):
        return {
            "auth_url": url(ports, "keystone"),
            "auth_type": "password",
            "username": service,
            "password": passwords[service],
            "project_name": "service",
            "user_domain_id": "default",
            "project_domain_id": "default",
            "region_name": REGION,
        }

    def tokens(service):
        return {
            "www_authenticate_uri": url(ports, "keystone"),
            "interface": "internal",
            "service_token_roles_required": "true",
            **login(service),
        }

    locks = {"lock_path": var / "lock"}
    # Service and workers share a process: no broker is needed.
    messages = {"transport_url": "fake://"}
    configurations = {
        "keystone": {
            "DEFAULT": {},
            "database": database("keystone"),
            # Hashing with the default number of rounds takes longer than the rest of the seeding.
            "identity": {"password_hash_rounds": 4},
            "fernet_tokens": {"key_repository": var / "fernet"},
            "fernet_receipts": {"key_repository": var / "fernet"},
            "credential": {"key_repository": var / "credential-keys"},
            "cache": {"backend": "dogpile.cache.memory"},
        },
        "placement": {"placement_database": database("placement"), "keystone_authtoken": tokens("placement")},
        "glance-api": {
            "DEFAULT": {"enabled_backends": "file:file"},
            "database": database("glance"),
            "glance_store": {"default_backend": "file"},
            "file": {"filesystem_store_datadir": var / "images"},
            "os_glance_tasks_store": {"filesystem_store_datadir": var / "images/tasks"},
            "os_glance_staging_store": {"filesystem_store_datadir": var / "images/staging"},
            "paste_deploy": {"flavor": "keystone", "config_file": etc / "glance/glance-api-paste.ini"},
            "keystone_authtoken": tokens("glance"),
        },
        "neutron": {
            "DEFAULT": {
                **messages,
                "core_plugin": "ml2",
                "service_plugins": "testbed_l3",
                "api_paste_config": etc / "neutron/api-paste.ini",
                "state_path": var / "neutron",
            },
            "database": database("neutron"),
            # Otherwise servers never show their floating addresses.
            "nova": login("nova"),
            "ml2": {
                "type_drivers": "flat,vxlan",
                "tenant_network_types": "vxlan",
                "mechanism_drivers": "testbed",
                "extension_drivers": "port_security",
            },
            "ml2_type_vxlan": {"vni_ranges": "1:1000"},
            "ml2_type_flat": {"flat_networks": "*"},
            "oslo_concurrency": locks,
            "keystone_authtoken": tokens("neutron"),
        },
        "nova": {
            "DEFAULT": {
                **messages,
                "concurrency_backend": "threading",
                "state_path": var / "nova",
                "compute_driver": "fake.FakeDriverWithoutFakeNodes",
                "host": "compute1",
                "periodic_fuzzy_delay": 0,
            },
            "api_database": database("nova_api"),
            "database": database("nova"),
            "placement": login("placement"),
            "neutron": login("neutron"),
            "glance": login("glance"),
            "service_user": {"send_service_user_token": "true", **login("nova")},
            "vnc": {"enabled": "false"},
            "oslo_concurrency": locks,
            "keystone_authtoken": tokens("nova"),
        },
        "magnum": {
            # The conductor reports every 2 seconds, so that mservices soon shows when it is down.
            "DEFAULT": {**messages, "state_path": var / "magnum", "service_down_time": 6, "host": "testbed"},
            "api": {"api_paste_config": etc / "magnum/api-paste.ini"},
            # `local` is broken in 23.0.0, the default asks for Barbican.
            "certificates": {"cert_manager_type": "x509keypair"},
            "cluster_template": {"kubernetes_allowed_network_drivers": "all"},
            "database": database("magnum"),
            "drivers": {
                "default_driver": DRIVERS[bool(kubernetes)],
                "disabled_drivers": DRIVERS[not kubernetes],
            },
            "keystone_auth": login("magnum"),
            "oslo_concurrency": locks,
            "keystone_authtoken": tokens("magnum"),
        },
    }
    return {f"{name}.conf": ini(sections) for name, sections in configurations.items()}


def environment(folder, venv, *, kubernetes=False):
    """Variables of the services' processes, which inherit none of the shell's."""
    etc = folder / "etc"
    # Clusters use the common cache for their binaries and images; other caches are kept with the instance.
    cache = places.cache().parent if kubernetes else places.cache()
    return {
        "PATH": f"{venv / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder / "var"),
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": f"{places.HERE}:{clusters.LIBRARY}",
        "XDG_CACHE_HOME": str(cache),
        "XDG_STATE_HOME": str(places.state().parent),
        "OS_KEYSTONE_CONFIG_DIR": str(etc),
        "OS_PLACEMENT_CONFIG_DIR": str(etc),
        "OS_GLANCE_CONFIG_DIR": str(etc),
        "OS_NEUTRON_CONFIG_DIR": str(etc),
        "OS_NEUTRON_CONFIG_FILES": "neutron.conf",
        "OS_NOVA_CONFIG_FILES": f"{venv / 'etc/nova/api-paste.ini'};{etc / 'nova.conf'}",
    }
