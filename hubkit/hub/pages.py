"""What the hub says to somebody whom it cannot let in. All text from outside is escaped here."""

from http import HTTPStatus

from markupsafe import Markup, escape
from tornado import web


class Refused(web.HTTPError):
    """The IAM answered, and this person is in no group that counts."""


# The hub's page puts the text, centred and large, into a paragraph, which a paragraph or list inside would end.
BOX = Markup('<span class="d-block text-start fs-5 mx-auto" style="max-width: 40rem">{}</span>')
LINE = Markup('<span class="d-block mb-3">{}</span>')


def _page(error, html):
    error.reason = HTTPStatus(error.status_code).phrase  # JupyterHub prints "None" for an error without
    error.jupyterhub_message = Markup(html).striptags()
    error.jupyterhub_html_message = BOX.format(html)
    return error


def _link(url, text):
    return Markup('<a href="{}">{}</a>').format(url, text)


def contact_line(contact):
    """Whom to ask, as HTML; CONTACT has `email` and `url`, either may be empty."""
    ways = [_link(f"mailto:{contact['email']}", contact["email"])] if contact.get("email") else []
    ways += [_link(contact["url"], contact["url"])] if contact.get("url") else []
    return Markup("Questions: {}.").format(Markup(", ").join(ways)) if ways else Markup()


def refused(name, person, groups, *, membership_url, contact, sign_out_url):
    """The 403 for PERSON, who is in none of GROUPS at the IAM called NAME."""
    parts = [
        LINE.format(
            Markup(
                "You are signed in at {} as <strong>{}</strong>, who is in none of the groups that may use this hub:"
            ).format(name, person)
        ),
        LINE.format(Markup("<br>").join(Markup("<code>{}</code>").format(group) for group in groups)),
    ]
    way = _link(membership_url, "Request membership") if membership_url else Markup("Ask to be added to one of them")
    parts += [
        LINE.format(way + ", then come back here and sign in again."),
        LINE.format(contact_line(contact)),
        LINE.format(_link(sign_out_url, f"Sign out at {name}") + " to try as somebody else."),
    ]
    return _page(Refused(403), Markup().join(parts))


def silent(name, contact):
    """The 503 while the IAM called NAME does not answer."""
    return _page(
        web.HTTPError(503),
        Markup(
            "{} does not answer, so nobody can sign in at the moment. Servers that run go on running. "
            "Try again in a few minutes. {}"
        ).format(name, contact_line(contact)),
    )


def start_again(name, url):
    """The 400 when the IAM called NAME turned down what the browser brought back (an old page, mostly)."""
    return _page(
        web.HTTPError(400),
        Markup("{} did not accept this sign-in. {}.").format(name, _link(url, escape("Start again"))),
    )
