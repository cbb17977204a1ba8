"""python testbed/openstack start|stop|reset|status|fault [--folder FOLDER]: an OpenStack control plane on loopback."""

import argparse
import json
import signal
import subprocess
import sys

from openstack_testbed import Failed, Testbed

NEXT = """OpenStack runs here. In this shell:
    export OS_CLIENT_CONFIG_FILE={clouds}
    .venv/bin/python -c 'import openstack; print(*(f.name for f in openstack.connect("testbed").compute.flavors()))'
    openstack --os-cloud testbed coe cluster list     # where python-openstackclient is installed
Clouds: testbed (an ordinary member), testbed-admin, testbed-unrestricted and -restricted (application credentials)
make testbed-openstack-stop stops it; its data is kept."""


def arguments():
    parser = argparse.ArgumentParser(prog="python testbed/openstack", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--folder", help="folder of the instance; default: ~/.local/state/openstack-hub/openstack/testbed"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", parents=[common], help="start or resume an instance; its data is kept")
    start.add_argument("--magnum-microversion", metavar="1.9", help="newest microversion that Magnum supports")
    text = "let Magnum create real clusters in this network (needs root; until stop --purge)"
    start.add_argument("--kubernetes", metavar="NETWORK", help=text)
    commands.add_parser("reset", parents=[common], help="restore the initial state, and start")
    stop = commands.add_parser("stop", parents=[common], help="end all processes of the instance")
    stop.add_argument("--purge", action="store_true", help="remove its folder, too")
    commands.add_parser("status", parents=[common], help="list the services, whether they answer, and their memory")
    fault = commands.add_parser("fault", parents=[common], help="set a fault (service=magnum answer=503), or clear all")
    fault.add_argument("words", nargs="*", metavar="KEY=VALUE", help="without any: clear all faults")
    return parser.parse_args()


def value(text):
    """503 is a number, true a boolean, anything else text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def main(given):
    testbed = Testbed(given.folder, kubernetes=getattr(given, "kubernetes", None))
    if given.command == "start":
        testbed.start(magnum_microversion=given.magnum_microversion)
        print(NEXT.format(clouds=testbed.clouds))
    elif given.command == "reset":
        testbed.reset()
    elif given.command == "stop":
        testbed.stop(purge=given.purge)
    elif given.command == "status":
        if not testbed.folder.exists():
            sys.exit(f"There is no instance in {testbed.folder}: start one with python testbed/openstack start")
        facts = testbed.status()
        for service, fact in facts["services"].items():
            print(f"{service:10} {fact['port']} {'answers' if fact['answers'] else 'does not answer'}")
        print(f"memory     {facts['memory'] / 2**20:.0f} MiB")
    elif given.words:
        print(
            testbed.faults.set(**{key: value(text) for key, _, text in (word.partition("=") for word in given.words)})
        )
    else:
        testbed.faults.clear()


if __name__ == "__main__":
    # End by an exception, so that processes are cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main(arguments())
    except (Failed, ValueError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
