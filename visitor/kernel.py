"""A kernel of a user server, over the same websocket that JupyterLab uses."""

import contextlib
import json
import time
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

import websocket

from visitor.errors import HubFailed, VisitorError
from visitor.net import connect, failure_reason, without_query


@dataclass(frozen=True)
class Output:
    """The output of a cell: its text, and its error if it ended with one."""

    text: str
    error: str | None = None


class Kernel:
    """`with Kernel(visitor) as kernel: kernel.run(...)`; the kernel is deleted at the end."""

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
            # the cookies that a browser would send to this address
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
                f"The websocket {without_query(url)} returned {e.status_code} instead of 101: "
                "does the web server forward upgrades?"
            ) from None
        except (websocket.WebSocketException, OSError) as e:
            raise HubFailed(f"The websocket {without_query(url)} {failure_reason(e)}.") from None

    def run(self, code, timeout=60):
        """Run one cell, wait for its end, and return its Output."""
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
        end, texts, error, missing = time.monotonic() + timeout, [], None, {"reply", "idle"}
        try:
            self.socket.send(json.dumps(request))
            while missing:
                message = self._receive(end)
                if message.get("parent_header", {}).get("msg_id") != request["header"]["msg_id"]:
                    continue
                message_type, content = message["header"]["msg_type"], message["content"]
                if message_type == "stream":
                    texts.append(content["text"])
                elif message_type in ("execute_result", "display_data"):
                    texts.append(content["data"].get("text/plain", ""))
                elif message_type == "error":
                    error = f"{content['ename']}: {content['evalue']}"
                elif message_type == "execute_reply":
                    missing.discard("reply")
                elif message_type == "status" and content["execution_state"] == "idle":
                    missing.discard("idle")
        except websocket.WebSocketTimeoutException:
            raise HubFailed(
                f"The kernel did not finish the cell within {timeout} s; output so far: {''.join(texts)!r}."
            ) from None
        except (websocket.WebSocketException, OSError, ValueError) as e:
            raise HubFailed(f"The kernel's websocket was closed ({type(e).__name__}).") from None
        return Output("".join(texts), error)

    def _receive(self, end):
        """The next message until END. Receives control frames, too: otherwise the server's pings would extend it."""
        while (remaining := end - time.monotonic()) > 0:
            self.socket.settimeout(remaining)
            opcode, frame = self.socket.recv_data_frame(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                raise websocket.WebSocketConnectionClosedException
            if opcode == websocket.ABNF.OPCODE_TEXT:
                return json.loads(frame.data)
        raise websocket.WebSocketTimeoutException

    def restart(self):
        """Restart the process. The websocket is opened again, so that the server connects it to the new process."""
        self.visitor.server("POST", f"{self.path}/{self.id}/restart")
        self.socket.close()
        self.socket = self._open()

    def close(self):
        if hasattr(self, "socket"):
            self.socket.close()
        with contextlib.suppress(VisitorError):  # it may have ended already, or its server
            self.visitor.server("DELETE", f"{self.path}/{self.id}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
