from types import SimpleNamespace

from hubkit.hub import sandbox

ADA = SimpleNamespace(pw_dir="/home/ada", pw_uid=1001, pw_gid=1002)


def test_limits_and_sandbox_of_a_unit():
    """All of them: each protects other users, or the machine."""
    assert sandbox.unit_properties(ADA, 1610612736, 1.5, user_namespaces=False) == {
        "MemoryAccounting": "yes", "MemoryMax": "1610612736", "MemorySwapMax": "0", "CPUAccounting": "yes",
        "CPUQuota": "150%", "TasksMax": "512", "OOMPolicy": "continue", "TimeoutStopSec": "20",
        "ProtectSystem": "strict", "ReadOnlyPaths": "/run", "BindPaths": ["/home/ada"],
        "BindReadOnlyPaths": [], "UMask": "0077",
        "InaccessiblePaths": ["-/run/dbus", "-/run/snapd.socket"],
        "TemporaryFileSystem": [
            "/home:ro,nosuid,mode=755", "/root:ro,nosuid,mode=755", "/run/user:ro,nosuid,mode=755",
            "/tmp:size=805306368,nr_inodes=49152,nosuid,mode=1777",
            "/var/tmp:size=402653184,nr_inodes=24576,nosuid,mode=1777",
            "/dev/shm:size=805306368,nr_inodes=49152,nosuid,mode=1777",
            "/run/jupyter:size=33554432,nr_inodes=2048,nosuid,mode=700,uid=1001,gid=1002",
        ],
        "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "PrivateDevices": "yes", "PrivateIPC": "yes",
        "RemoveIPC": "yes", "ProtectProc": "invisible", "ProtectClock": "yes", "ProtectControlGroups": "yes",
        "ProtectHostname": "yes", "ProtectKernelLogs": "yes", "ProtectKernelModules": "yes",
        "ProtectKernelTunables": "yes", "LockPersonality": "yes",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK", "RestrictNamespaces": "yes",
        "RestrictRealtime": "yes", "RestrictSUIDSGID": "yes", "KeyringMode": "private",
        "SystemCallArchitectures": "native", "SystemCallErrorNumber": "EPERM",
        "SystemCallFilter": ["@system-service", "~@keyring io_uring_setup io_uring_enter io_uring_register"],
    }  # fmt: skip


def test_user_namespaces_open_what_containers_need_and_nothing_else():
    closed, opened = (sandbox.unit_properties(ADA, 2**30, 1, user_namespaces=value) for value in (False, True))
    assert {key: value for key, value in opened.items() if value != closed[key]} == {
        "RestrictNamespaces": "no",
        "SystemCallFilter": [*closed["SystemCallFilter"], "@mount sethostname setdomainname"],
    }


def test_folders_are_mounted_beside_the_home_and_shared_files_are_not_private():
    """A folder that is missing does not prevent a start."""
    data = {"folder": "/srv/data", "path": "/data", "read_only": True}
    shared = {"folder": "/srv/shared", "path": "/shared", "read_only": False}
    plain, mounted = (sandbox.unit_properties(ADA, 2**30, 1, False, mounts) for mounts in ([], [data, shared]))
    assert {key: value for key, value in mounted.items() if value != plain[key]} == {
        "BindPaths": ["/home/ada", "-/srv/shared:/shared"], "BindReadOnlyPaths": ["-/srv/data:/data"], "UMask": "0007",
    }  # fmt: skip
    assert sandbox.unit_properties(ADA, 2**30, 1, False, [data])["UMask"] == "0077"
