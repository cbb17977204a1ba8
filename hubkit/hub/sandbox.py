"""What surrounds a user's server on one machine: what it may use, see, write, and ask of the kernel."""

RUNTIME = "/run/jupyter"  # as the server sees it: each has a folder of its own there
BYTES_PER_INODE = 16384  # as ext4 has them

# What JupyterLab, compilers and package managers need. System calls that are refused fail as without permission.
SYSTEM_CALLS = ["@system-service", "~@keyring io_uring_setup io_uring_enter io_uring_register"]
CONTAINER_CALLS = "@mount sethostname setdomainname"


def limits(memory, cpu):
    """What a server may use. MEMORY in bytes, CPU in cores."""
    return {
        "MemoryAccounting": "yes",
        "MemoryMax": str(memory),
        "MemorySwapMax": "0",
        "CPUAccounting": "yes",
        "CPUQuota": f"{round(cpu * 100)}%",
        "TasksMax": "512",
        "OOMPolicy": "continue",  # a kernel that is killed for its memory does not end the server
        "TimeoutStopSec": "20",
    }


def file_system(path, size, options="mode=1777"):
    """A file system in memory at PATH, SIZE in bytes, for TemporaryFileSystem=. Its content counts to MemoryMax."""
    return f"{path}:size={size},nr_inodes={size // BYTES_PER_INODE},nosuid,{options}"


def bound(mounts, read_only):
    """The folders of MOUNTS that are READ_ONLY or not, for BindPaths=. One that is missing does not prevent a start."""
    return [f"-{mount['folder']}:{mount['path']}" for mount in mounts if mount["read_only"] is read_only]


def files(home, uid, gid, memory, mounts):
    """What a server sees and where it can write: its home, MOUNTS, and temporary files that end with it."""
    shared = bound(mounts, read_only=False)
    return {
        "ProtectSystem": "strict",
        # A read-only path does not close its sockets: by D-Bus systemd runs a user's programs outside of the server,
        # and lists those of others.
        "InaccessiblePaths": ["-/run/dbus", "-/run/snapd.socket"],
        "ReadOnlyPaths": "/run",  # which systemd 252 leaves writable beside ProtectKernelTunables=
        "TemporaryFileSystem": [
            # Not ProtectHome=tmpfs and PrivateTmp=yes: both have no size and can be written to.
            *[f"{path}:ro,nosuid,mode=755" for path in ("/home", "/root", "/run/user")],
            file_system("/tmp", memory // 2),
            file_system("/var/tmp", memory // 4),
            file_system("/dev/shm", memory // 2),
            # Sockets and files of kernels: not in the home, so that a full home does not prevent a start.
            file_system(RUNTIME, 32 << 20, f"mode=700,uid={uid},gid={gid}"),
        ],
        "BindPaths": [home, *shared],  # the only home that exists
        "BindReadOnlyPaths": bound(mounts, read_only=True),
        # In a shared folder files belong to the group of all users; at home to a group that has no other member.
        "UMask": "0007" if shared else "0077",
    }


def restrictions(user_namespaces):
    """What a server may ask of the kernel. USER_NAMESPACES permits containers without root."""
    return {
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "PrivateDevices": "yes",
        "PrivateIPC": "yes",
        "RemoveIPC": "yes",
        "ProtectProc": "invisible",
        "ProtectClock": "yes",
        "ProtectControlGroups": "yes",
        "ProtectHostname": "yes",
        "ProtectKernelLogs": "yes",
        "ProtectKernelModules": "yes",
        "ProtectKernelTunables": "yes",
        "LockPersonality": "yes",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",  # netlink lists the machine's addresses
        "RestrictNamespaces": "no" if user_namespaces else "yes",
        "RestrictRealtime": "yes",
        "RestrictSUIDSGID": "yes",
        "KeyringMode": "private",
        "SystemCallArchitectures": "native",
        "SystemCallFilter": SYSTEM_CALLS + [CONTAINER_CALLS] * user_namespaces,
        "SystemCallErrorNumber": "EPERM",
    }


def unit_properties(account, memory, cpu, user_namespaces, mounts=()):
    """systemd properties of the server of ACCOUNT, an entry of passwd: {name: value or list of values}."""
    return (
        limits(memory, cpu)
        | files(account.pw_dir, account.pw_uid, account.pw_gid, memory, mounts)
        | restrictions(user_namespaces)
    )


def options(name, properties):
    """Options --NAME=KEY=VALUE of systemd-run for PROPERTIES, {key: value or list of values}."""
    lists = {key: value if isinstance(value, list) else [value] for key, value in properties.items()}
    return [f"--{name}={key}={value}" for key, values in lists.items() for value in values]
