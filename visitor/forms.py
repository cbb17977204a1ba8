"""Forms in pages: which one to submit, and the values that a browser would send."""

import re
from urllib.parse import urljoin

from bs4 import BeautifulSoup

TEXT_TYPES = ("text", "email", "password", "tel", "search", "number", "url")
DENY = re.compile(r"\b(deny|cancel|reject|decline|refuse|no|stay)\b", re.IGNORECASE)


def soup(response):
    return BeautifulSoup(response.text, "html.parser")


def text(node):
    """The visible text, on one line."""
    for hidden in [*node(["script", "style", "noscript"]), *node.select(".modal")]:
        hidden.decompose()
    return " ".join(node.get_text(" ").split())


def value(option):
    return option.get("value", option.get_text(strip=True))


def control_type(control):
    return (control.get("type") or ("submit" if control.name == "button" else "text")).lower()


def fields(form):
    """The initial values of the form, without its buttons."""
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
        elif control_type(control) in ("checkbox", "radio"):
            if control.has_attr("checked"):
                values[name] = control.get("value", "on")
        elif control_type(control) not in ("submit", "button", "image", "reset", "file"):
            values[name] = control.get("value", "")
    return values


def checked_boxes(form):
    """The values of the form's checkboxes, all of them checked."""
    boxes = [control for control in form("input", type="checkbox") if control.get("name")]
    return {box["name"]: box.get("value", "on") for box in boxes}


def agree_button(form):
    """{name: value} of the button that agrees, {} for a button without a name."""
    outside_form = form.find_parents()[-1](["input", "button"], form=form.get("id")) if form.get("id") else []
    for control in form(["input", "button"]) + outside_form:
        label_text = " ".join([control.get("name", ""), control.get("value", ""), control.get_text(" ")])
        if control_type(control) == "submit" and not DENY.search(label_text):
            return {control["name"]: control.get("value", "")} if control.get("name") else {}
    return {}


def password_form(page):
    """(form, name of its user field, name of its password field), or None."""
    for form in page("form"):
        secret = form.find("input", type="password")
        names = [c["name"] for c in form("input") if control_type(c) in ("text", "email") and c.get("name")]
        if secret and secret.get("name") and names:
            return form, names[0], secret["name"]
    return None


def consent_form(page):
    """A form without text fields, such as a consent page or a form that a script would submit."""
    for form in page("form"):
        has_text_field = any(control_type(c) in TEXT_TYPES for c in form("input")) or form("textarea")
        if not has_text_field and (form.get("method") or "get").lower() == "post":
            return form
    return None


def profile_choices(form):
    """(field name, {value: text}) of the profile list: a group of radio buttons or a select."""
    radios = [c for c in form("input", type="radio") if c.get("name")]
    selects = [s for s in form("select") if s.get("name")]
    names = [c["name"] for c in radios + selects]
    if not names:
        return None, {}
    name = "profile" if "profile" in names else names[0]
    choices = {}
    for radio in radios:
        if radio["name"] == name:
            label = form.find("label", attrs={"for": radio.get("id")}) if radio.get("id") else None
            label = label or radio.find_parent("label")
            choices[radio.get("value", "on")] = text(label) if label else ""
    for select in selects:
        if select["name"] == name:
            choices |= {value(option): text(option) for option in select("option")}
    return name, choices


def submit(session, response, form, values, **kwargs):
    """Submit the form as a browser does; returns the response."""
    url = urljoin(response.url, form.get("action") or response.url)
    if (form.get("method") or "get").lower() != "post":
        return session.get(url, params=values, **kwargs)
    if form.get("enctype") == "multipart/form-data":
        return session.post(url, files={name: (None, value) for name, value in values.items()}, **kwargs)
    return session.post(url, data=values, **kwargs)


def error_message(page):
    """The error message in a page, "" for none. Dialogs, which are in every page of the hub, do not count."""
    for selector in ("[class*=error]", "[id*=error]", "[role=alert]", ".alert"):
        for node in page.select(f"{selector}:not(.hidden, .modal, .modal *)"):
            if label_text := text(node):
                return label_text
    return ""
