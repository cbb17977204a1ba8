"""Profiles: the hub looks a name up in its own table. Nothing else that a browser or program sends is used."""

from . import admission, profile_list
from .pages import user_error


class ProfileTable:
    """The model's profiles, by name and by what a user's groups allow."""

    def __init__(self, profiles):
        self.profiles = {profile["name"]: profile for profile in profiles}

    def available_to(self, groups):
        """The profiles for a user in GROUPS (a set of names), in the order of the table."""
        return [p for p in self.profiles.values() if not p["groups"] or groups & set(p["groups"])]

    def select(self, options, groups):
        """The profile that OPTIONS (of any type) name, else the first one available to GROUPS.

        Raises HTTPError 400 for a name that is not in the table, 403 for a profile of other groups.
        """
        available = self.available_to(groups)
        if not (isinstance(options, dict) and "profile" in options):
            if not available:
                raise user_error(403, "No profile is available to your groups.")
            return available[0]
        name = options["profile"]
        profile = self.profiles.get(name) if isinstance(name, str) else None
        if profile is None:
            names = ", ".join(p["name"] for p in available)
            raise user_error(400, f"There is no such profile. Choose one of: {names}.")
        if profile not in available:
            members = ", ".join(profile["groups"])
            raise user_error(403, f"The profile {profile['title']} is only for members of {members}.")
        return profile


def selected(spawner, profiles):
    """The one of PROFILES that the pre-spawn hook selected; after a restart of the hub that of the running server."""
    name = spawner.user_options.get("profile")
    return next((profile for profile in profiles if profile["name"] == name), profiles[0])


def groups_of(spawner):
    return {group.name for group in spawner.user.groups}


def options_from_form(form):
    """`{"profile": name}` from the form; the name is checked when the server starts."""
    return {"profile": form.get("profile", [""])[0]}


def environment(profile):
    """Environment for hubkit.server and the single-user server: all strings, times in seconds."""
    return {
        "HUBKIT_PROFILE": profile["title"],
        "HUBKIT_IDLE": str(profile["idle"]),
        "HUBKIT_MAX_AGE": str(profile["max_age"]),
        "JUPYTERHUB_ACTIVITY_INTERVAL": str(profile["activity_interval"]),
    }


def configure(c, model, capacity=None):
    """Set the profile list and the look-up before each start, whether by form or API.

    CAPACITY, (CPUs, bytes of memory), limits the sum of all guarantees.
    """
    table = ProfileTable(model["profiles"])

    def options_form(spawner):
        last = spawner.orm_spawner.user_options
        last = last.get("profile") if isinstance(last, dict) else None
        return profile_list.render(table.available_to(groups_of(spawner)), last)

    def pre_spawn(spawner):
        sent = spawner.user_options
        # The hub has already saved what was sent, for the next start: keep only a name that passed.
        spawner.user_options = spawner.orm_spawner.user_options = {}
        if spawner.name:  # JupyterHub 5 does not look at the name in a form
            raise user_error(400, "Each user has one server.")
        profile = table.select(sent, groups_of(spawner))
        if capacity and (text := admission.rejection_message(profile, capacity, admission.reserved(spawner))):
            raise user_error(503, text)
        spawner.user_options = spawner.orm_spawner.user_options = {"profile": profile["name"]}
        spawner.cpu_limit, spawner.mem_limit = profile["cpu"], profile["memory"]
        spawner.cpu_guarantee, spawner.mem_guarantee = profile["cpu_guarantee"], profile["memory_guarantee"]
        spawner.default_url = profile["default_url"]
        spawner.environment = {**spawner.environment, **environment(profile)}

    c.Spawner.options_form = options_form
    # JupyterHub's default hook logs a traceback for each rejected option, and a warning where it is not set.
    c.Spawner.apply_user_options = lambda spawner, options: None
    c.Spawner.options_from_form = options_from_form
    c.Spawner.pre_spawn_hook = pre_spawn
