"""Which detectors a camera may be given, and that no other is taken."""

import json
from typing import Any

import pytest
from cameras_world import SOURCE, World
from city.cameras import detectors, registry
from city.cameras.detectors import SHIPPED
from city.cameras.registry import CameraChange, NewCamera
from city.contracts.cameras import ModelCard
from city.contracts.watching import Label
from city.kernel.page import PageQuery
from city.kernel.problems import Invalid

from infra.seed.load_cameras import DETECTOR


def put(world: World, name: str, version: str, card_name: str = "", **more: Any) -> None:
    card = {
        "name": card_name or name, "version": version, "sha256": "0" * 64, "family": "yolox",
        "input_width": 640, "input_height": 384, "classes": ["pedestrian", "car", "tricycle"],
        "mapped": {"pedestrian": "person"}, "licence": "Apache-2.0", "trained_on": "streets",
    }  # fmt: skip
    folder = f"models/{name}/{version}"
    world.pictures.objects[f"{folder}/model.onnx"] = b"graph"
    world.pictures.objects[f"{folder}/card.json"] = json.dumps(card | more).encode()


def listed(world: World, limit: int = 2) -> list[list[str]]:
    pages: list[list[str]] = []
    cursor = None
    while True:
        page = detectors.listing(world.desk(), PageQuery(limit=limit, cursor=cursor))
        pages.append([each.model for each in page.items])
        cursor = page.next_cursor
        if cursor is None:
            return pages


def test_the_shipped_detector_is_what_its_card_says() -> None:
    card = ModelCard.model_validate_json((DETECTOR / "card.json").read_bytes())
    assert f"{card.name}@{card.version}" == SHIPPED.model
    assert set(card.classes) == set(SHIPPED.labels)
    assert (card.licence, card.synthetic) == (SHIPPED.licence, SHIPPED.synthetic)


def test_a_model_that_the_registry_lacks_is_refused_by_its_field() -> None:
    world = World()
    put(world, "street", "3")
    put(world, "face", "1", family="arcface")  # another kind of card lies there too
    put(world, "moved", "1", card_name="other")  # a card of something else
    assert world.register("cam-1", model="street@3").model == "street@3"
    for wrong in ("street@4", "face@1", "moved@1", "hues-nano@1"):
        told = {
            "id": "cam-2", "name": {"vi": "Cầu", "en": "Bridge"}, "kind": "traffic",
            "lat": 16.46, "lon": 107.59, "source": SOURCE, "model": wrong,
        }  # fmt: skip
        with pytest.raises(Invalid) as refused:
            registry.register(world.desk(), NewCamera.model_validate(told))
        assert [error.field for error in refused.value.errors] == ["model"]
        assert wrong in refused.value.errors[0].vi
        with pytest.raises(Invalid):
            registry.change(world.desk(), "cam-1", CameraChange(model=wrong))
    assert world.desk().store.camera("cam-2") is None
    assert world.desk().camera("cam-1").model == "street@3"


def test_a_camera_whose_model_has_gone_can_still_be_changed() -> None:
    world = World()
    put(world, "street", "3")
    world.register("cam-1", model="street@3")
    world.pictures.objects.clear()
    same = CameraChange(model="street@3", sample_fps=2)
    assert registry.change(world.desk(), "cam-1", same).sample_fps == 2
    assert registry.change(world.desk(), "cam-1", CameraChange(model=SHIPPED.model)).model


def test_the_list_has_every_detector_once_and_no_model_of_faces() -> None:
    world = World()
    assert listed(world) == [[SHIPPED.model]]
    for name, version in (("street", "3"), ("street", "4"), ("hues-nano", "2"), ("alley", "1")):
        put(world, name, version)
    put(world, "face", "1", family="arcface")
    assert listed(world) == [[SHIPPED.model, "alley@1"], ["street@3", "street@4"]]
    assert listed(world, 1) == [[SHIPPED.model], ["alley@1"], ["street@3"], ["street@4"]]
    street = detectors.listing(world.desk(), PageQuery(limit=100, cursor=None)).items[2]
    wanted: tuple[Label, ...] = ("car", "person")
    assert (street.labels, street.synthetic) == (wanted, False)
