"""One policy for the errors of OpenStack's services: what they say, and which requests are retried."""

import re
import time

import yaml
from keystoneauth1 import exceptions as session_errors
from openstack import exceptions as sdk_errors

FAULTS = (sdk_errors.SDKException, session_errors.ClientException)  # what openstacksdk and keystoneauth raise
PAUSE = 1.0  # seconds between two attempts
CONNECTION_LOST = (
    session_errors.ConnectionError,
    session_errors.DiscoveryFailure,
    session_errors.InvalidResponse,
    OSError,
)
CERTIFICATE = re.compile(r"certificate verify failed[^('\"]*")
WRONG_ENTRY = re.compile(r"HTTP 4\d\d")  # a connection error that a wrong address in clouds.yaml causes
PERMANENT = re.compile(rf"{WRONG_ENTRY.pattern}|not known|{CERTIFICATE.pattern}")
# Magnum answers so, with 400, to a GET of a cluster that it creates or deletes: it has no node groups at that moment.
INCOMPLETE = re.compile(
    r"Invalid input for field/attribute|default_ng|could not be found|has no attribute", re.IGNORECASE
)


class OpenStackError(Exception):
    """A request that failed, as a sentence.

    message: the service's own message. kind: "refused" by a service; "unanswered", which may pass; "entry", when what
    clouds.yaml says cannot be used.
    """

    def __init__(self, sentence, message=None, kind="refused"):
        super().__init__(sentence)
        self.message, self.kind = message or sentence, kind


class RetryableError(OpenStackError):
    """The cloud may answer otherwise in a moment: 429, 5xx, no connection, an object that is not complete yet."""


class RequestRefused(OpenStackError):
    """Retrying is of no use: 4xx, or there is no way to ask."""


class AmbiguousName(RequestRefused):
    """409: several objects have this name."""


class ResourceNotFound(OpenStackError):
    """404."""


class HttpError(Exception):
    """An answer to a plain request that is no success."""

    def __init__(self, message, status_code):
        super().__init__(message)
        self.status_code = status_code


class ImpossibleChange(Exception):
    """What cannot be done, in sentences, with the way out."""


class NotReady(Exception):
    """Nothing to do until the cloud has done its part. `progress`: lines about it."""

    def __init__(self, sentence, progress=()):
        super().__init__(sentence)
        self.progress = list(progress)


def classify(error, cloud, service=None, reading=False):
    """ERROR of a library as an OpenStackError. cloud: name of the entry. service: who answered. reading: by a GET."""
    if isinstance(error, OpenStackError):
        return error
    message, status = error_message(error), http_status(error)
    if is_retryable(error, reading):
        sentence = f"{service or f'cloud {cloud}'} answers {status}: {message}"
        return RetryableError(sentence if status else f"no answer from cloud {cloud}: {message}", message, "unanswered")
    if untrusted := CERTIFICATE.search(str(error)):
        sentence = f"cloud {cloud}: {untrusted[0].strip()}: correct cacert in clouds.yaml"
        return RequestRefused(sentence, message, "unanswered")
    if not status:
        unreachable = isinstance(error, CONNECTION_LOST) and not WRONG_ENTRY.search(str(error))
        return RequestRefused(f"cloud {cloud}: {message}", message, "unanswered" if unreachable else "entry")
    if isinstance(error, session_errors.ClientException):  # Keystone refused, before the service could answer
        refused = "refuses the credentials in clouds.yaml" if status in (401, 403) else f"answers {status}"
        return RequestRefused(f"cloud {cloud} {refused}: {message}", message)
    return (ResourceNotFound if status == 404 else RequestRefused)(message)


def is_retryable(error, reading=False):
    """Whether the cloud may answer otherwise in a moment. reading: ERROR is the answer to a GET."""
    if isinstance(error, OpenStackError):
        return isinstance(error, RetryableError)
    if status := http_status(error):
        incomplete = reading and status == 400 and INCOMPLETE.search(error_message(error))
        return status == 429 or status >= 500 or bool(incomplete)
    return isinstance(error, CONNECTION_LOST) and not PERMANENT.search(str(error))


def is_not_found(error):
    return isinstance(error, sdk_errors.NotFoundException) or http_status(error) == 404


def is_forbidden(error):
    """Whether the account may not do this: retrying is of no use."""
    return http_status(error) in (401, 403) or isinstance(error, sdk_errors.ForbiddenException)


def http_status(error):
    """The HTTP status of ERROR, or None."""
    status = getattr(error, "http_status", None) or getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def error_message(error):
    """The service's message in one line, without the request's ID, which always changes, and a library's internals."""
    if isinstance(error, yaml.MarkedYAMLError):  # its text would quote lines that hold passwords
        return f"clouds.yaml, line {error.problem_mark.line + 1}: {error.problem}"
    details = error.details if isinstance(error, sdk_errors.HttpException) else None
    text = str(details or getattr(error, "message", None) or error)
    endpoint = re.search(r"https?://[^\s:/]+(:\d+)?", text)
    cause = re.search(r"\[Errno -?\d+\] ([^'\")\]]+)|(certificate verify failed[^'\"()]*)|(timed out)", text)
    if cause and endpoint:
        return f"{endpoint[0]}: {next(filter(None, cause.groups())).strip()}"
    text = re.sub(r"\s*\((Request-ID: [^)]*|HTTP \d+)\)|: HTTPS?ConnectionPool.*", "", text, flags=re.DOTALL)
    return " ".join(text.split()) or type(error).__name__


def retry(function, deadline, *, error_of=lambda error: error, reading=True):
    """What FUNCTION returns; called again while the cloud may answer otherwise, until DEADLINE (of time.monotonic).

    Raises what error_of makes of the last error.
    """
    while True:
        try:
            return function()
        except Exception as error:  # openstacksdk and keystoneauth report the same failure by many types
            if not is_retryable(error, reading) or time.monotonic() + PAUSE > deadline:
                if (raised := error_of(error)) is error:
                    raise
                raise raised from None
        time.sleep(PAUSE)
