"""What the IAM says about a person, beside the groups: the subject, which never changes, and the name, which may."""


def subject_and_name(user_info, claim):
    """(subject, name) of USER_INFO; the name is under CLAIM, or else the subject. Raises TypeError and KeyError."""
    subject = user_info["sub"]
    person = user_info.get(claim) or subject
    if not (isinstance(subject, str) and isinstance(person, str)):
        raise TypeError(f"subject or name is not a string: {subject!r}, {person!r}")
    return subject, person


def is_unverified(user_info, claim):
    """Whether the name under CLAIM is an e-mail address of which the IAM says that it may be somebody else's."""
    verified = user_info.get("email_verified")
    return claim == "email" and verified is not None and str(verified).lower() != "true"
