"""The hub's style sheet from Apache, against the same file through proxy and hub, on one connection."""

from pairs import compare, inside

FETCH = """
import http.client, ssl, time
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
connection = {connection}
start, count = time.perf_counter(), 300
for _ in range(count):
    connection.request("GET", "/hub/static/css/style.min.css", headers={{"Host": "hub.localhost"}})
    response = connection.getresponse()
    assert "{server}" in response.headers["Server"], response.headers["Server"]
    assert len(response.read()) > 10000
print(count / (time.perf_counter() - start))
"""
APACHE = FETCH.format(server="Apache", connection='http.client.HTTPSConnection("127.0.0.1", 8443, context=context)')
HUB = FETCH.format(server="Tornado", connection='http.client.HTTPConnection("127.0.0.1", 8000)')

if __name__ == "__main__":
    compare("static file", lambda: float(inside(APACHE)), lambda: float(inside(HUB)), unit="requests/s")
