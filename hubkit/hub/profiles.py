"""Profiles: a table that the server looks names up in. Nothing else that a browser or script sends is used."""

from tornado import web

from . import admission, menu


class Table:
    """MODEL's profiles, by name and by what a user's groups allow."""

    def __init__(self, profiles):
        self.profiles = {profile["name"]: profile for profile in profiles}

    def open_to(self, groups):
        """The profiles for somebody in GROUPS, in the order of the table."""
        return [p for p in self.profiles.values() if not p["groups"] or groups & set(p["groups"])]

    def choose(self, options, groups):
        """The profile that OPTIONS (anything at all) name, else the first one open to GROUPS.

        Raises HTTPError 400 for a name that is not in the table, 403 for one that is for other groups.
        """
        choices = self.open_to(groups)
        if not (isinstance(options, dict) and "profile" in options):
            if not choices:
                raise _sentence(403, "There is no profile for your groups.")
            return choices[0]
        name = options["profile"]
        profile = self.profiles.get(name) if isinstance(name, str) else None
        if profile is None:
            raise _sentence(400, f"There is no such profile. Choose one of: {', '.join(p['name'] for p in choices)}.")
        if profile not in choices:
            members = ", ".join(profile["groups"])
            raise _sentence(403, f"The profile {profile['title']} is only for members of {members}.")
        return profile


def _sentence(status, text):
    error = web.HTTPError(status, text)
    error.jupyterhub_message = text
    return error


def groups_of(spawner):
    return {group.name for group in spawner.user.groups}


def options_from_form(form):
    """`{"profile": name}` of the menu's answer; the name is judged when the server starts."""
    return {"profile": form.get("profile", [""])[0]}


def environment(profile):
    """What hubkit.server and the single-user server are told, all as strings; times in seconds."""
    return {
        "HUBKIT_PROFILE": profile["title"],
        "HUBKIT_IDLE": str(profile["idle"]),
        "HUBKIT_MAX_AGE": str(profile["max_age"]),
        "JUPYTERHUB_ACTIVITY_INTERVAL": str(profile["activity_interval"]),
    }


def configure(c, model):
    """Set the menu and the look-up before each start, which API starts go through as well."""
    table = Table(model["profiles"])
    machine = admission.machine() if model["platform"] == "host" else None

    def options_form(spawner):
        last = spawner.orm_spawner.user_options
        last = last.get("profile") if isinstance(last, dict) else None
        return menu.html(table.open_to(groups_of(spawner)), last)

    def pre_spawn(spawner):
        sent = spawner.user_options
        # The hub has already kept what was sent, for the next start: only a name that passed may stay.
        spawner.user_options = spawner.orm_spawner.user_options = {}
        profile = table.choose(sent, groups_of(spawner))
        if machine and (text := admission.refusal(profile, machine, admission.others(spawner))):
            raise _sentence(503, text)
        spawner.user_options = spawner.orm_spawner.user_options = {"profile": profile["name"]}
        spawner.cpu_limit, spawner.mem_limit = profile["cpu"], profile["memory"]
        spawner.cpu_guarantee, spawner.mem_guarantee = profile["cpu_guarantee"], profile["memory_guarantee"]
        spawner.environment = {**spawner.environment, **environment(profile)}

    c.Spawner.options_form = options_form
    # JupyterHub's own hook for options logs a traceback for each refusal, and a warning where it is not set.
    c.Spawner.apply_user_options = lambda spawner, options: None
    c.Spawner.options_from_form = options_from_form
    c.Spawner.pre_spawn_hook = pre_spawn
