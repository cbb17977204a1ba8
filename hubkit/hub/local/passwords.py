"""Hashing, generating and judging passwords.

scrypt of Python's hashlib, because the environments of the hub contain neither argon2 nor bcrypt.
"""

import base64
import hashlib
import hmac
import os
import secrets
import unicodedata

from .refusals import AccountRefused

# One of OWASP's equivalent choices: 32 MiB and about a quarter of a second each.
LOG_N, R, P = 15, 8, 3
SALT_BYTES, HASH_BYTES = 16, 32
MIN_LENGTH, MAX_LENGTH = 12, 128
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is easily mistaken for another


def _scrypt(password, salt, log_n, r, p):
    # Keyboards differ in how they compose a letter.
    text = unicodedata.normalize("NFKC", password[: MAX_LENGTH + 1]).encode("utf-8", "surrogatepass")
    memory = 2 * 128 * r * (2**log_n + p)  # OpenSSL needs slightly more than 128 * r * (n + p)
    return hashlib.scrypt(text, salt=salt, n=2**log_n, r=r, p=p, dklen=HASH_BYTES, maxmem=memory)


def hashed(password):
    """The hash of PASSWORD with its salt and parameters, as text. Takes a quarter of a second."""
    salt = os.urandom(SALT_BYTES)
    key = _scrypt(password, salt, LOG_N, R, P)
    return f"scrypt${LOG_N}${R}${P}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


# Costs as much as any other, and belongs to no password: an unknown name takes as long as a wrong password.
NOBODY = f"scrypt${LOG_N}${R}${P}${base64.b64encode(bytes(SALT_BYTES)).decode()}${base64.b64encode(b'-').decode()}"


def matches(password, hash_text):
    """Whether PASSWORD is the one of HASH_TEXT. Takes a quarter of a second in any case."""
    _, log_n, r, p, salt, key = hash_text.split("$")
    found = _scrypt(password, base64.b64decode(salt), int(log_n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(key))


def generated():
    """A one-time password of 79 random bits, easy to type."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def check_choice(name, old, new):
    """Raise AccountRefused if NEW is no acceptable password for NAME, whose password was OLD."""
    if len(new) < MIN_LENGTH:
        raise AccountRefused(f"The new password is too short: use at least {MIN_LENGTH} characters.")
    if len(new) > MAX_LENGTH:
        raise AccountRefused(f"The new password is too long: use at most {MAX_LENGTH} characters.")
    if new == old:
        raise AccountRefused("The new password is the old one: choose another.")
    if name in new.lower() or len(set(new)) < 5:
        raise AccountRefused("The new password is easy to guess: choose one without your name and without repetition.")
