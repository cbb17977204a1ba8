"""Settings that follow from others, each with the reason of its number. All times in seconds."""

REPORTS_PER_SECOND = 50  # a report costs the hub some 5 ms: a quarter of its one processor, the rest is for users


def clamp(low, value, high):
    """``value`` as a whole number, moved into [low, high]."""
    return max(low, min(high, int(value)))


def report_grain(users):
    """The shortest interval at which so many servers may report without filling the hub's time."""
    return max(2, -(-users // REPORTS_PER_SECOND))


def shortest_idle(users):
    """The shortest possible idle timeout: two late reports and one check, 3.2 grains, are about a tenth of it."""
    return max(60, 30 * report_grain(users))


def activity_interval(idle, users):
    """Between two reports of a server: 1/40 of its idle timeout, so that the stop is late by about 10 % at most."""
    return clamp(report_grain(users), idle / 40, 300) if idle else 300


def cull_interval(shortest, users):
    """The culler looks as often as the most impatient profile needs; once a minute is enough for a day."""
    return clamp(report_grain(users), shortest / 40, 60) if shortest else 60


def activity_resolution(shortest, users):
    """The hub commits a token's use to its database at this grain: at 3000 users once a minute, or they fill its time.

    It must stay below the servers' report interval, which varies by a tenth, or a report would go unnoticed.
    """
    return min(max(29, report_grain(users) - 1), -(-9 * activity_interval(shortest, users) // 10) - 1)


def auth_refresh(minutes):
    """The age at which a membership is checked again, so that its end takes effect within MINUTES.

    The rest is for the sweep, which begins every sixth of this age, an IAM that answers late, and the server's stop.
    """
    return 60 * minutes * 3 // 5


def start_timeout(node_minutes):
    """A server may take this long to start where a new node may have to come first.

    Then 5 minutes are for pulling the image and mounting storage (field reports: up to 5 minutes each, in parallel).
    """
    return 60 * node_minutes + 300


def concurrent_starts(users):
    """JupyterHub's own default of 100 at once would let one machine thrash; 20 suits 100 users, 100 suits 3000."""
    return clamp(10, users / 5, 100)


def hub_resources(users):
    """CPUs and bytes for the hub's process: {"cpu", "memory", "memory_limit"}.

    It is one process: one CPU is all it can use, and 500 people who sign in at two a second fill it. Hubs of 150 people
    were seen at 4 to 13 % of a CPU and 260 MB, of some thousands at up to 4 GiB; memory does not shrink after a rush.
    """
    memory = (192 + users * 0.3) * 2**20
    return {"cpu": clamp(10, 5 + users / 10, 100) / 100, "memory": _mebi(memory), "memory_limit": _mebi(4 * memory)}


def proxy_resources(users):
    """The same for the proxy: measured at 6 to 13 % of a CPU and 65 MB with 150 users, at 600 MB with thousands.

    A rush of downloads takes several times its usual memory, and without the proxy nobody reaches anything.
    """
    memory = (64 + users * 0.15) * 2**20
    return {
        "cpu": clamp(5, users / 10, 50) / 100,
        "memory": _mebi(memory),
        "memory_limit": max(512 << 20, _mebi(4 * memory)),
    }


def _mebi(size):
    """SIZE as whole mebibytes."""
    return int(size) >> 20 << 20
