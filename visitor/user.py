"""One user of the hub, by way of its pages: sign-in, profile list, server, files, cells."""

import json
import time
from urllib.parse import quote, urlsplit

import requests

from visitor import forms
from visitor.errors import HubFailed, ProviderFailed, ServerRunning, SignInDenied, StartFailed, WrongPassword
from visitor.kernel import Kernel
from visitor.net import Session, tls_context, without_query

MAX_PAGES = 12  # of sign-in and consent
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}


class Visitor:
    """`url` is the hub's public URL; `ca` a file with additional authorities to trust."""

    def __init__(self, url, ca=None):
        self.url = url.rstrip("/")
        self.context = tls_context(ca)
        self.session = Session(self.context)
        self.name = None

    # -- sign-in -------------------------------------------------------------------------------------------------

    def sign_in(self, username, password):
        """Sign in, accept the hub's terms of use where it asks for it, and return the hub's name for the user."""
        response, sent = self.page(f"{self.url}/hub/home"), False
        for _ in range(MAX_PAGES):
            page, at_hub = forms.soup(response), self._at_hub(response.url)
            link = page.select_one("a[href*=oauth_login]") if at_hub else None
            # The hub's own form is for its local accounts; without a link to the provider it is the only one.
            password_form = None if link else forms.password_form(page)
            if password_form and sent:
                raise WrongPassword(
                    f"{without_query(response.url)} does not accept the password of {username}: "
                    f"{forms.error_message(page) or 'it asks for it again'}"
                )
            if password_form:
                form, name_field, password_field = password_form
                credentials = {name_field: username, password_field: password}
                values = {**forms.fields(form), **forms.agree_button(form), **credentials}
                response, sent = forms.submit(self.session, response, form, values, headers=NAVIGATION), True
            elif at_hub and response.status_code == requests.codes.forbidden:
                message = forms.text(page.select_one(".error") or page)
                raise SignInDenied(f"The hub denies {username} access: {message[:300]}", forms.text(page))
            elif response.status_code >= 400:
                self._raise_error(response, page, at_hub)
            elif link:
                response = self.page(requests.compat.urljoin(response.url, link["href"]))
            elif at_hub and (terms := page.select_one("form#terms_form")):
                values = {**forms.fields(terms), **forms.checked_boxes(terms)}
                response = forms.submit(self.session, response, terms, values, headers=NAVIGATION)
            elif at_hub:
                self.name = self._hub("GET", "user").json()["name"]
                return self.name
            else:
                response = self._agree(response, page)
        page_url = without_query(response.url)
        raise ProviderFailed(f"After {MAX_PAGES} pages the sign-in is still not complete, at {page_url}.")

    def _agree(self, response, page):
        form = forms.consent_form(page)
        if not form:
            url, text = without_query(response.url), forms.text(page)[:200]
            raise ProviderFailed(f"{url} has neither a password form nor a consent form: {text}")
        values = {**forms.fields(form), **forms.agree_button(form)}
        return forms.submit(self.session, response, form, values, headers=NAVIGATION)

    def _raise_error(self, response, page, at_hub):
        error, name = (HubFailed, "hub") if at_hub else (ProviderFailed, "provider")
        message = forms.error_message(page) or forms.text(page)
        raise error(f"The {name} answers {response.status_code} at {without_query(response.url)}: {message[:300]}")

    # -- the server ----------------------------------------------------------------------------------------------

    def running(self):
        """The hub's record of the user's server, or None."""
        return self._hub("GET", "user").json().get("servers", {}).get("")

    def profiles(self):
        """{value: text} of the profile list."""
        return forms.profile_choices(self._spawn_page()[1])[1]

    def _spawn_page(self):
        if self.running():
            raise ServerRunning(
                f"{self.name} already has a running server: stop it at {self.url}/hub/home, "
                "or use an account that nobody else uses."
            )
        response = self.page(f"{self.url}/hub/spawn")
        page = forms.soup(response)
        form = page.select_one("form#spawn_form")
        if response.status_code >= 400 or not form:
            raise HubFailed(
                f"{without_query(response.url)} answers {response.status_code} without a form to start a server: "
                f"{forms.error_message(page) or forms.text(page)[:300]}"
            )
        return response, form

    def start(self, profile, timeout=300):
        """Start PROFILE with the form, and wait until the server is ready; returns the hub's messages."""
        end = time.monotonic() + timeout
        response, form = self._spawn_page()
        field, choices = forms.profile_choices(form)
        if profile not in choices:
            raise StartFailed(f"The profile list does not offer {profile}, only: {', '.join(choices) or 'nothing'}.")
        for cookie in [c for c in self.session.cookies if c.path.startswith(urlsplit(self.server_url()).path)]:
            self.session.cookies.clear(cookie.domain, cookie.path, cookie.name)  # of an earlier server
        values = {**forms.fields(form), field: profile}
        response = forms.submit(self.session, response, form, values, headers=NAVIGATION)
        page = forms.soup(response)
        if response.status_code >= 400 or page.select_one("form#spawn_form"):
            raise StartFailed(f"The hub did not start {profile}: {forms.error_message(page) or forms.text(page)[:300]}")
        messages, last = [], "none"
        while time.monotonic() < end:
            for event in self._progress(end):
                messages.append(event.get("message", ""))
                if event.get("ready"):
                    return messages
                if event.get("failed"):
                    raise StartFailed(f"{profile} did not start: {messages[-1]}", messages)
            last = messages[-1] if messages else last
            server = self.running()  # the stream has ended: the hub restarts, or the server was ready at once
            if server and server.get("ready"):
                return messages
            if not server:
                raise StartFailed(f"{profile} did not start; the hub's last message: {last}", messages)
            time.sleep(1)
        raise StartFailed(f"{profile} was not ready within {timeout} s; last message: {last}", messages)

    def _progress(self, end):
        """Yield the events of the start, until the stream ends or END is reached."""
        url = f"{self.url}/hub/api/users/{quote(self.name, safe='@')}/server/progress"
        with self._fetch("GET", url, stream=True, headers={"Accept": "text/event-stream"}) as response:
            if response.status_code != requests.codes.ok:
                return
            try:
                for line in response.iter_lines(chunk_size=1, decode_unicode=True):
                    if line.startswith("data:"):
                        yield json.loads(line.removeprefix("data:"))
                    if time.monotonic() > end:
                        return
            except requests.RequestException:
                return

    def stop(self, timeout=120):
        """Stop the server and wait until the hub has no record of it."""
        end = time.monotonic() + timeout
        self._hub("DELETE", f"users/{quote(self.name, safe='@')}/server")
        while self.running():
            if time.monotonic() > end:
                raise HubFailed(f"The server of {self.name} was not stopped within {timeout} s: see the hub's log.")
            time.sleep(0.5)

    # -- inside the server ---------------------------------------------------------------------------------------

    def execute(self, code, timeout=60):
        """Run one cell in a kernel of its own; returns its Output."""
        with Kernel(self) as kernel:
            return kernel.run(code, timeout)

    def put_file(self, path, content):
        body = {"type": "file", "format": "text", "content": content}
        self.server("PUT", f"api/contents/{quote(path)}", json=body)

    def get_file(self, path):
        """The file's text, or None when there is no such file."""
        wanted = {"type": "file", "format": "text"}
        response = self.server("GET", f"api/contents/{quote(path)}", accept=(404,), params=wanted)
        return None if response.status_code == requests.codes.not_found else response.json()["content"]

    def remove_file(self, path):
        self.server("DELETE", f"api/contents/{quote(path)}")

    def idle(self):
        """What the server reports about its idle timeout: {"idle": seconds left or None, ...}."""
        return self.server("GET", "hubkit/idle").json()

    def server_url(self, path=""):
        root = urlsplit(self.url)
        base = f"{root.path}/user/{quote(self.name, safe='@')}/"
        return f"{root.scheme}://{root.netloc}{base}{path}"

    def server(self, method, path, accept=(), **kwargs):
        """A request to the user's own server; signs in there first through the hub, as a page would."""
        url = self.server_url(path)
        if not self._xsrf(url, within="/user/"):
            response = self.page(self.server_url())
            if response.status_code >= 400:
                self._raise_error(response, forms.soup(response), at_hub=True)
        return self._checked(method, url, accept, **kwargs)

    # -- requests ------------------------------------------------------------------------------------------------

    def page(self, url):
        """Open a page as a browser does when a user enters its URL."""
        return self.session.get(url, headers=NAVIGATION)

    def cookies(self, url):
        """The Cookie header for URL."""
        return requests.cookies.get_cookie_header(self.session.cookies, requests.Request("GET", url).prepare()) or ""

    def _at_hub(self, url):
        return url.startswith((f"{self.url}/hub/", f"{self.url}/user/"))

    def _hub(self, method, path):
        return self._checked(method, f"{self.url}/hub/api/{path}")

    def _checked(self, method, url, accept=(), **kwargs):
        response = self._fetch(method, url, **kwargs)
        if response.status_code >= 400 and response.status_code not in accept:
            try:
                message = response.json().get("message") or ""
            except ValueError:
                message = forms.text(forms.soup(response))
            raise HubFailed(f"{method} {without_query(url)} returned {response.status_code}: {message[:300]}")
        return response

    def _fetch(self, method, url, headers=None, **kwargs):
        """A request as a script in the page makes it, with the XSRF token of the page."""
        defaults = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "X-XSRFToken": self._xsrf(url)}
        return self.session.request(method, url, headers=defaults | (headers or {}), **kwargs)

    def _xsrf(self, url, within="/"):
        """The XSRF token for URL. Hub and servers have a cookie each: the one with the longest matching path counts."""
        path = urlsplit(url).path
        tokens = {c.path: c.value for c in self.session.cookies if c.name == "_xsrf" and within in c.path}
        return tokens.get(max((p for p in tokens if path.startswith(p)), key=len, default=None), "")
