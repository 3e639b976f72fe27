"""The lab's images: whole docker-archives, the same from the same inputs."""

import hashlib
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab import images

LIGHT = [image for image in images.ALL if not image.suites]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINT_CLOUD_CACHE", str(tmp_path))
    return tmp_path


def test_light_build_makes_exactly_the_light_archives(own_cache: Path) -> None:
    assert images.archives() == {}
    images.build_all(light=True)
    assert set(images.archives()) == {"lab.local/pause:1", "lab.local/web:1"}
    left = {path.name for path in (own_cache / "images").iterdir()}
    assert left == {image.archive.name for image in LIGHT}


@pytest.mark.parametrize("image", LIGHT, ids=lambda image: image.reference)
def test_archive_names_its_layer_by_hash_and_itself_by_reference(image) -> None:
    images.build(image)
    entry, config, layer = _read(image.archive)
    assert entry["RepoTags"] == [image.reference]
    digest = hashlib.sha256(layer).hexdigest()
    assert config["rootfs"]["diff_ids"] == [f"sha256:{digest}"]
    user, group = config["config"]["User"].split(":")
    assert int(user) > 0 and int(group) > 0


def test_same_inputs_give_the_same_layer() -> None:
    layers = []
    for _ in range(2):
        images.build(LIGHT[1])
        layers.append(_read(LIGHT[1].archive)[2])
    assert layers[0] == layers[1]


@pytest.mark.parametrize("image", images.ALL, ids=lambda image: image.reference)
def test_another_input_is_another_archive(image) -> None:
    assert replace(image, user="1:1").archive != image.archive
    assert replace(image, packages=(*image.packages, "x")).archive != image.archive


def _read(archive: Path) -> tuple[dict, dict, bytes]:
    with tarfile.open(archive) as tar:
        (entry,) = json.load(tar.extractfile("manifest.json"))
        config = json.load(tar.extractfile(entry["Config"]))
        return entry, config, tar.extractfile(entry["Layers"][0]).read()
