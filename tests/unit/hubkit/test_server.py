import pytest
from jupyter_client import KernelManager
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyterlab.labapp import LabApp
from traitlets.config import Config

from hubkit.server import configure


@pytest.mark.parametrize("url", ["https://hub.example.org/user/ada/", "http://127.0.0.1:8000/user/ada/"])
def test_every_setting_is_one_that_a_server_has(url, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", url)
    config = Config()
    configure(config)
    classes = {cls.__name__: cls for cls in (KernelManager, ServerApp, FileContentsManager, LabApp)}
    for section, settings in config.items():
        assert set(settings) <= set(classes[section].class_trait_names(config=True)), section
    assert config.KernelManager.transport == "ipc"
    assert ("tornado_settings" in config.ServerApp) == url.startswith("https:")
