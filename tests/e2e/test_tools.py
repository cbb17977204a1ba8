"""What users need works within the restrictions of a server."""

import deployment
import pytest
from attempts import attempts

from visitor.kernel import Kernel

pytestmark = pytest.mark.only_on("host")
WORKS = {
    "processes": "__import__('multiprocessing').get_context('fork').Pool(2).map(abs, [-1, -2]) == [1, 2]",
    "shared memory": "(lambda m: (m.close(), m.unlink()))(__import__('multiprocessing.shared_memory').shared_memory"
    ".SharedMemory(create=True, size=1 << 20)) and True",
    "threads": "(lambda n: (n.ones((500, 500)) @ n.ones((500, 500)))[0, 0])(__import__('numpy')) == 500",
    "memory of the machine": "__import__('psutil').virtual_memory().total > 0",
    "addresses of the machine": "'lo' in __import__('psutil').net_if_addrs()",
    "an environment": "subprocess.run('python -m venv --without-pip ~/env && ~/env/bin/python -c pass', shell=True,"
    " capture_output=True).returncode == 0",
    "a terminal": "b'/dev/pts/' in subprocess.run(['script', '-qc', 'tty', '/dev/null'], capture_output=True).stdout",
    "permissions": "os.chown(pathlib.Path.home(), os.getuid(), os.getgid()) or True",
    "a library of C": "__import__('ctypes').CDLL('libm.so.6') and True",
    "code made at run time": "__import__('mmap').mmap(-1, 4096, prot=7) and True",
}


def test_tools_work():
    visitor = deployment.started("bob", "default")
    try:
        with Kernel(visitor) as kernel:
            results = dict(zip(WORKS, attempts(kernel, *WORKS.values()), strict=True))
    finally:
        visitor.stop()
    assert results == dict.fromkeys(WORKS, "True")
