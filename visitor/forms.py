"""Forms in pages: find the one to send, and what a browser would send with it."""

import re
from urllib.parse import urljoin

from bs4 import BeautifulSoup

TYPED = ("text", "email", "password", "tel", "search", "number", "url")
DENY = re.compile(r"\b(deny|cancel|reject|decline|refuse|no|stay)\b", re.IGNORECASE)


def soup(response):
    return BeautifulSoup(response.text, "html.parser")


def text(node):
    """What a reader sees, in one line."""
    for hidden in [*node(["script", "style", "noscript"]), *node.select(".modal")]:
        hidden.decompose()
    return " ".join(node.get_text(" ").split())


def value(option):
    return option.get("value", option.get_text(strip=True))


def kind(control):
    return (control.get("type") or ("submit" if control.name == "button" else "text")).lower()


def fields(form):
    """The values that the form has before anybody touches it, without its buttons."""
    values = {}
    for control in form(["input", "textarea", "select"]):
        name = control.get("name")
        if not name or control.has_attr("disabled"):
            continue
        if control.name == "select":
            options = control("option")
            chosen = next((o for o in options if o.has_attr("selected")), options[0] if options else None)
            if chosen:
                values[name] = value(chosen)
        elif control.name == "textarea":
            values[name] = control.get_text()
        elif kind(control) in ("checkbox", "radio"):
            if control.has_attr("checked"):
                values[name] = control.get("value", "on")
        elif kind(control) not in ("submit", "button", "image", "reset", "file"):
            values[name] = control.get("value", "")
    return values


def button(form):
    """Name and value of the button that agrees, where it has a name."""
    elsewhere = form.find_parents()[-1](["input", "button"], form=form.get("id")) if form.get("id") else []
    for control in form(["input", "button"]) + elsewhere:
        words = " ".join([control.get("name", ""), control.get("value", ""), control.get_text(" ")])
        if kind(control) == "submit" and not DENY.search(words):
            return {control["name"]: control.get("value", "")} if control.get("name") else {}
    return {}


def password_form(page):
    """(form, name of its user field, name of its password field), or None."""
    for form in page("form"):
        secret = form.find("input", type="password")
        names = [c["name"] for c in form("input") if kind(c) in ("text", "email") and c.get("name")]
        if secret and secret.get("name") and names:
            return form, names[0], secret["name"]
    return None


def consent_form(page):
    """A form in which nothing is left to type, such as a consent page or a form that a script would send."""
    for form in page("form"):
        typed = any(kind(c) in TYPED for c in form("input")) or form("textarea")
        if not typed and (form.get("method") or "get").lower() == "post":
            return form
    return None


def menu(form):
    """Field name and {value: text} of the profile menu: a group of radio buttons or a select."""
    radios = [c for c in form("input", type="radio") if c.get("name")]
    selects = [s for s in form("select") if s.get("name")]
    names = [c["name"] for c in radios + selects]
    if not names:
        return None, {}
    name = "profile" if "profile" in names else names[0]
    found = {}
    for radio in radios:
        if radio["name"] == name:
            label = form.find("label", attrs={"for": radio.get("id")}) if radio.get("id") else None
            label = label or radio.find_parent("label")
            found[radio.get("value", "on")] = text(label) if label else ""
    for select in selects:
        if select["name"] == name:
            found |= {value(option): text(option) for option in select("option")}
    return name, found


def send(session, response, form, values, **kwargs):
    """Send the form as a browser does; returns the page it leads to."""
    url = urljoin(response.url, form.get("action") or response.url)
    if (form.get("method") or "get").lower() != "post":
        return session.get(url, params=values, **kwargs)
    if form.get("enctype") == "multipart/form-data":
        return session.post(url, files={name: (None, value) for name, value in values.items()}, **kwargs)
    return session.post(url, data=values, **kwargs)


def complaint(page):
    """What a page says went wrong."""
    for selector in ("[class*=error]", "[id*=error]", "[role=alert]", ".alert"):
        for node in page.select(f"{selector}:not(.hidden)"):
            if words := text(node):
                return words
    return ""
