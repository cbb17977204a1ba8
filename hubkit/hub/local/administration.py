"""What an administrator can do with local accounts on the page of the hub."""

from typing import NamedTuple

from .refusals import AccountRefused
from .store import check_name, end_date


class Done(NamedTuple):
    """MESSAGE for the page and the log. PASSWORD: the one-time password of NAME, shown once, else empty."""

    message: str
    name: str = ""
    password: str = ""


async def run(local, settings, form, address, today):
    """Do what FORM asks; its values are strings: action, name, days, request. Raises AccountRefused, SignInRefused."""
    action, name = ACTIONS.get(form["action"]), form["name"].lower()
    if not action:
        raise AccountRefused("Unknown action.")
    if name in settings["reserved"]:
        raise AccountRefused(f"{name} administers the hub (hub_admin_users): use playbooks/accounts.yml.")
    return await action(local, settings, form, address, today)


async def _create(local, settings, form, address, today):
    name, until = form["name"].lower(), end_date(today, _days(form, settings))
    check_name(name)
    password, hash_text = await local.one_time_password(address)
    local.create(name, until, hash_text, _number(form["request"]) if form["request"] else None)
    return Done(f"Local account {name} created, valid until {until}", name, password)


async def _reset(local, settings, form, address, today):
    password, hash_text = await local.one_time_password(address)
    local.reset(form["name"], hash_text)
    return Done(f"Password of local account {form['name']} reset", form["name"], password)


async def _disable(local, settings, form, address, today):
    local.disable(form["name"])
    return Done(f"Local account {form['name']} disabled")


async def _enable(local, settings, form, address, today):
    local.disable(form["name"], False)
    return Done(f"Local account {form['name']} enabled")


async def _extend(local, settings, form, address, today):
    until = end_date(today, _days(form, settings))
    local.extend(form["name"], until)
    return Done(f"Local account {form['name']} valid until {until}")


async def _reject(local, settings, form, address, today):
    local.reject(_number(form["request"]))
    return Done("Request for a local account rejected")


async def _reject_all(local, settings, form, address, today):
    local.reject()
    return Done("All requests for local accounts rejected")


ACTIONS = {
    "create": _create, "reset": _reset, "disable": _disable, "enable": _enable, "extend": _extend, "reject": _reject,
    "reject_all": _reject_all,
}  # fmt: skip


def _number(text):
    """TEXT as a number, 0 for anything else, which no request has."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _days(form, settings):
    days = _number(form["days"])
    if not 1 <= days <= settings["days"]:
        raise AccountRefused(f"An account is valid for 1 to {settings['days']} days.")
    return days
