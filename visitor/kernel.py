"""A kernel of a user's server, over the same websocket that JupyterLab uses."""

import contextlib
import json
import time
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

import websocket

from visitor.errors import HubFailed, VisitorError
from visitor.net import connect, plain, reason


@dataclass(frozen=True)
class Output:
    """What stands under the cell: its text, and the error if it ended with one."""

    text: str
    error: str | None = None


class Kernel:
    """`with Kernel(visitor) as kernel: kernel.run(...)`; the kernel is removed at the end."""

    def __init__(self, visitor):
        self.visitor = visitor
        self.path = "api/kernels"
        self.id = visitor.server("POST", self.path, json={}).json()["id"]
        self.session = uuid.uuid4().hex
        try:
            self.socket = self._open()
        except BaseException:
            self.close()
            raise

    def _open(self):
        visitor = self.visitor
        http = visitor.server_url(f"{self.path}/{self.id}/channels")
        url = "ws" + http.removeprefix("http") + f"?session_id={self.session}"
        parts = urlsplit(visitor.url)
        try:
            # cookies as the jar would send them to this very address
            return websocket.create_connection(
                url,
                socket=connect(url, visitor.context),
                timeout=30,
                origin=f"{parts.scheme}://{parts.netloc}",
                cookie=visitor.cookies(http),
                header={"Sec-Fetch-Mode": "websocket"},
            )
        except websocket.WebSocketBadStatusException as e:
            raise HubFailed(
                f"The websocket {plain(url)} is answered with {e.status_code} instead of 101: "
                "does the web server pass upgrades on?"
            ) from None
        except (websocket.WebSocketException, OSError) as e:
            raise HubFailed(f"The websocket {plain(url)} {reason(e)}.") from None

    def run(self, code, timeout=60):
        """Run one cell and wait for its end."""
        request = {
            "channel": "shell",
            "parent_header": {},
            "metadata": {},
            "buffers": [],
            "header": {
                "msg_id": uuid.uuid4().hex,
                "msg_type": "execute_request",
                "version": "5.3",
                "session": self.session,
                "username": self.visitor.name,
                "date": "",
            },
            "content": {
                "code": code,
                "silent": False,
                "store_history": False,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": True,
            },
        }
        end, texts, error, waiting = time.monotonic() + timeout, [], None, {"reply", "idle"}
        try:
            self.socket.send(json.dumps(request))
            while waiting:
                message = self._receive(end)
                if message.get("parent_header", {}).get("msg_id") != request["header"]["msg_id"]:
                    continue
                kind, content = message["header"]["msg_type"], message["content"]
                if kind == "stream":
                    texts.append(content["text"])
                elif kind in ("execute_result", "display_data"):
                    texts.append(content["data"].get("text/plain", ""))
                elif kind == "error":
                    error = f"{content['ename']}: {content['evalue']}"
                elif kind == "execute_reply":
                    waiting.discard("reply")
                elif kind == "status" and content["execution_state"] == "idle":
                    waiting.discard("idle")
        except websocket.WebSocketTimeoutException:
            raise HubFailed(
                f"The kernel did not finish the cell within {timeout} s; output so far: {''.join(texts)!r}."
            ) from None
        except (websocket.WebSocketException, OSError, ValueError) as e:
            raise HubFailed(f"The kernel's websocket broke off ({type(e).__name__}).") from None
        return Output("".join(texts), error)

    def _receive(self, end):
        """The next message; the server's pings, which would begin every time-out anew, are seen here, too."""
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            opcode, frame = self.socket.recv_data_frame(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                raise websocket.WebSocketConnectionClosedException
            if opcode == websocket.ABNF.OPCODE_TEXT:
                return json.loads(frame.data)
        raise websocket.WebSocketTimeoutException

    def restart(self):
        """A new process. The websocket is opened anew: the server then makes sure that it hears the new one."""
        self.visitor.server("POST", f"{self.path}/{self.id}/restart")
        self.socket.close()
        self.socket = self._open()

    def close(self):
        if hasattr(self, "socket"):
            self.socket.close()
        with contextlib.suppress(VisitorError):  # it died, or its server did: it is gone either way
            self.visitor.server("DELETE", f"{self.path}/{self.id}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
