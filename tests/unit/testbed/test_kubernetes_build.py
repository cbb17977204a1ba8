"""The Kubernetes testbed is built once, completely or not at all, and again when its inputs change."""

import hashlib
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor

import kubernetes_path  # noqa: F401  (for what importing it does)
import pytest
from kubernetes_testbed import build, images, places, podman, program
from kubernetes_testbed.commands import Commands


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(build, "require", lambda: None)
    return places.cache()


# --- Names -----------------------------------------------------------------------------------------------------------
def test_a_key_changes_with_text_content_and_name_but_not_with_the_location(tmp_path):
    for name, file, content in (("a", "f", "1"), ("b", "f", "1"), ("c", "f", "2"), ("d", "g", "1")):
        (tmp_path / name / "folder").mkdir(parents=True)
        (tmp_path / name / "folder" / file).write_text(content)
    keys = {name: places.key(tmp_path / name / "folder") for name in "abcd"}
    assert keys["a"] == keys["b"]
    assert len(set(keys.values())) == 3
    assert places.key("ab", "c") != places.key("a", "bc")


def test_a_step_is_repeated_when_its_inputs_change(tmp_path, monkeypatch):
    before = {name: step.folder for name, step in build.steps().items()}
    other = tmp_path / "requirements.txt"
    other.write_text("jupyterhub==0.1\n")
    monkeypatch.setattr(build, "REQUIREMENTS", other)
    after = {name: step.folder for name, step in build.steps().items()}
    assert {name for name in before if before[name] != after[name]} == {"python", "store"}


# --- Complete or not at all ------------------------------------------------------------------------------------------
def test_a_folder_gets_its_name_when_it_is_complete(tmp_path):
    path = tmp_path / "part"
    left = tmp_path / "part.new.1"
    left.mkdir()
    with pytest.raises(KeyboardInterrupt), places.new_folder(path) as new:
        (new / "half").touch()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with places.new_folder(path) as new:
        (new / "all").touch()
        assert not path.exists()
    assert [file.name for file in tmp_path.rglob("*")] == ["part", "all"]


class Fakes:
    """Steps that record when they are made; the one named FAILING fails after it has begun to write."""

    def __init__(self, cache):
        self.made = []
        self.failing = None
        after = {"store": ("program", "debian", "python", "node")}
        self.steps = {
            name: build.Step(name, "", cache / f"kubernetes-{name}-1", self.maker(name), after.get(name, ()))
            for name in ("program", "debian", "python", "node", "store")
        }

    def maker(self, name):
        def make(new, commands):
            (new / "content").touch()
            if name == self.failing:
                raise podman.Failed("no network")
            self.made.append(name)

        return make


@pytest.fixture
def fakes(cache, monkeypatch):
    fakes = Fakes(cache)
    monkeypatch.setattr(build, "steps", lambda: fakes.steps)
    return fakes


def test_only_missing_steps_are_made_and_the_store_last(fakes):
    built = build.ensure(say=lambda line: None)
    assert sorted(fakes.made[:4]) == ["debian", "node", "program", "python"] and fakes.made[4:] == ["store"]
    assert built.bin == fakes.steps["program"].folder and built.store.parent == fakes.steps["store"].folder
    output = []
    assert build.ensure(say=output.append) == built
    assert len(fakes.made) == 5 and output == []


def test_after_a_failure_the_next_run_repeats_incomplete_steps(fakes):
    fakes.failing = "python"
    with pytest.raises(podman.Failed, match="no network"):
        build.ensure(say=lambda line: None)
    assert not fakes.steps["python"].folder.exists() and not fakes.steps["store"].folder.exists()
    made_before = list(fakes.made)
    fakes.failing = None
    build.ensure(say=lambda line: None)
    assert sorted(fakes.made) == sorted(fakes.steps)
    assert fakes.made[: len(made_before)] == made_before


def test_two_at_once_make_it_once(fakes):
    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(build.ensure, lambda line: None) for _ in range(2))
        assert first.result() == second.result()
    assert len(fakes.made) == 5


def test_an_image_that_podman_lost_is_built_again(tmp_path, monkeypatch):
    step = build.Step("node", "", tmp_path, None, image="localhost/node:1")
    for has in (True, False):
        monkeypatch.setattr(build, "has_image", lambda name, has=has: has)
        assert step.is_there() is has


def test_a_failed_command_shows_its_last_lines_and_ends_the_others(tmp_path):
    commands = Commands(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(commands.run, "other", "sh", "-c", f"touch {tmp_path}/begun; sleep 600")
        with pytest.raises(podman.Failed, match=r"(?s)false-mirror.*cannot reach it"):
            commands.run(
                "false-mirror", "sh", "-c", f"until [ -e {tmp_path}/begun ]; do :; done; echo cannot reach it; exit 3"
            )
        commands.end()
        with pytest.raises(podman.Failed, match="other"):
            other.result(timeout=30)
    with pytest.raises(podman.Failed):
        commands.run("late", "true")


# --- Images ----------------------------------------------------------------------------------------------------------
def test_the_archive_holds_every_image_and_each_layer_once(tmp_path):
    layers = {}
    for name in {layer for image in images.IMAGES.values() for layer in image.layers}:
        layers[name] = tmp_path / f"{name}.tar"
        images.write_layer(layers[name], {f"etc/{name}": f"{name}\n"})
    images.write_archive(tmp_path / "all.tar", layers)
    with tarfile.open(tmp_path / "all.tar") as tar:
        members = [member.name for member in tar]
        content = {name: tar.extractfile(name).read() for name in members}
    assert len(members) == len(content)
    blobs = {name: data for name, data in content.items() if name.startswith("blobs/")}
    assert all(name == f"blobs/sha256/{hashlib.sha256(data).hexdigest()}" for name, data in blobs.items())
    index = {
        entry["annotations"]["io.containerd.image.name"]: entry
        for entry in json.loads(content["index.json"])["manifests"]
    }
    assert set(index) == set(images.NAMES.values())
    digests = {name: entry["digest"] for name, entry in index.items()}
    assert digests[images.NAMES["user"]] != digests[images.NAMES["user_other"]]
    for entry in index.values():
        manifest = json.loads(blobs[f"blobs/sha256/{entry['digest'][7:]}"])
        config = json.loads(blobs[f"blobs/sha256/{manifest['config']['digest'][7:]}"])
        assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in manifest["layers"]]
        for blob in (*manifest["layers"], manifest["config"]):
            assert len(blobs[f"blobs/sha256/{blob['digest'][7:]}"]) == blob["size"]


# --- Go --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("version", "good"), [("go1.19.8", False), ("go1.21.0", True), ("go1.26.8", True), ("", False)]
)
def test_a_go_that_cannot_fetch_a_newer_one_is_not_used(tmp_path, monkeypatch, version, good):
    go = tmp_path / "go"
    go.write_text(f"#!/bin/sh\necho '{version}'\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert program.find_go() == (str(go) if good else None)


def test_the_binaries_know_their_version():
    flags = program.flags_of("v1.35.4")
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        assert f"-X {package}.gitVersion=v1.35.4 -X {package}.gitMajor=1 -X {package}.gitMinor=35" in flags
    assert program.version("helm.sh/helm/v3").startswith("v3.")
