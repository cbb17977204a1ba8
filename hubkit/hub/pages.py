"""Error pages of the hub. All text from outside is escaped here."""

from http import HTTPStatus

from markupsafe import Markup
from tornado import web


class AccessDenied(web.HTTPError):
    """The IAM answered, and the user may not use this hub: in none of its groups, or blocked by name.

    For the audit log: `person`, the name at the IAM, and `reason_in_log`.
    """

    person = reason_in_log = ""


# The hub's page puts the text, centred and large, into a paragraph, which a paragraph or list inside would end.
BOX = Markup('<span class="d-block text-start fs-5 mx-auto" style="max-width: 40rem">{}</span>')
LINE = Markup('<span class="d-block mb-3">{}</span>')


def user_error(status, message):
    """An HTTPError whose MESSAGE (plain text) the hub shows in pages and gives to programs."""
    error = web.HTTPError(status, message)
    error.jupyterhub_message = message
    return error


def _page(status, html, error_class=web.HTTPError):
    """An error whose page shows HTML, and whose message for programs is its text."""
    error = error_class(status, html.striptags())
    error.reason = HTTPStatus(status).phrase  # JupyterHub prints "None" for an error without a reason
    error.jupyterhub_message = html.striptags()
    error.jupyterhub_html_message = BOX.format(html)
    return error


def _link(url, text):
    return Markup('<a href="{}">{}</a>').format(url, text)


def contact_line(contact):
    """Whom to ask, as HTML; CONTACT has `email` and `url`, either may be empty."""
    links = [_link(f"mailto:{contact['email']}", contact["email"])] if contact.get("email") else []
    links += [_link(contact["url"], contact["url"])] if contact.get("url") else []
    return Markup("Questions: {}.").format(Markup(", ").join(links)) if links else Markup()


def access_denied(iam_name, person, groups, *, membership_url, contact, sign_out_url):
    """The 403 for PERSON, who is in none of GROUPS at the IAM called IAM_NAME; GROUPS may be empty."""
    lines = [
        LINE.format(
            Markup(
                "You are signed in at {} as <strong>{}</strong>, who is in none of the groups that may use this hub:"
                if groups
                else "You are signed in at {} as <strong>{}</strong>, who may not use this hub."
            ).format(iam_name, person)
        ),
        *(
            [LINE.format(Markup("<br>").join(Markup("<code>{}</code>").format(group) for group in groups))]
            * bool(groups)
        ),
    ]
    ask = Markup("Ask to be added to one of them" if groups else "Ask to be admitted")
    request = _link(membership_url, "Request membership") if membership_url else ask
    lines += [
        LINE.format(request + ", then come back here and sign in again."),
        LINE.format(contact_line(contact)),
        LINE.format(_link(sign_out_url, f"Sign out at {iam_name}") + " to use another account."),
    ]
    error = _page(403, Markup().join(lines), AccessDenied)
    error.person = person
    error.reason_in_log = f"In none of the groups {', '.join(groups)}" if groups else "Not among the allowed users"
    return error


def iam_unavailable(iam_name, contact):
    """The 503 while the IAM called IAM_NAME does not answer."""
    return _page(
        503,
        Markup(
            "{} does not answer, so nobody can sign in at the moment. Running servers keep running. "
            "Try again in a few minutes. {}"
        ).format(iam_name, contact_line(contact)),
    )


def access_blocked(person, contact):
    """The 403 for PERSON, whom the administrators have blocked by name."""
    text = Markup("The administrators of this hub have blocked the account <strong>{}</strong>. {}")
    error = _page(403, text.format(person, contact_line(contact)), AccessDenied)
    error.person, error.reason_in_log = person, "Blocked by name"
    return error


def address_unverified(iam_name, person, contact):
    """The 403 for PERSON, an e-mail address that the IAM called IAM_NAME has not verified."""
    text = Markup(
        "You are signed in at {} as <strong>{}</strong>, but the address has not been confirmed there, so this "
        "hub cannot tell whose it is. Confirm it at {}, then sign in again. {}"
    )
    error = _page(403, text.format(iam_name, person, iam_name, contact_line(contact)), AccessDenied)
    error.person, error.reason_in_log = person, "The e-mail address is not verified"
    return error


NO_ACCOUNT = Markup(
    "You are signed in at {} as <strong>{}</strong>, but the account of this name on the cluster {}. {}"
)


def account_unusable(iam_name, person, why, contact):
    """The 403 for PERSON at the IAM called IAM_NAME, whose account on the cluster may not use the hub, by WHY."""
    error = _page(403, NO_ACCOUNT.format(iam_name, person, why, contact_line(contact)), AccessDenied)
    error.person, error.reason_in_log = person, f"The account {why}"
    return error


def account_unknown(iam_name, person, why, contact):
    """The 503 for PERSON, whose account on the cluster does not exist or cannot be checked at the moment, by WHY."""
    return _page(503, NO_ACCOUNT.format(iam_name, person, why, contact_line(contact)))


def tokens_off():
    """The 403 for the page Token where users create none."""
    return _page(403, Markup("Tokens for programs are turned off at this hub."))


def sign_in_rejected(iam_name, url):
    """The 400 when a sign-in at the IAM called IAM_NAME cannot be completed, also not when it is tried again."""
    button = Markup('<a class="btn btn-jupyter" href="{}">Sign in again</a>').format(url)
    text = Markup("{} did not complete this sign-in. The page may be an old one, or the sign-in was cancelled.")
    return _page(400, LINE.format(text.format(iam_name)) + LINE.format(button))
