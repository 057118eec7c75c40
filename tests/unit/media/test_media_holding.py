"""What a person gets of their pictures, and what is left when they are forgotten."""

import json

import pytest
from city.adapters.table import Operation
from city.kernel.problems import NotFound
from city.media import holding, service
from media_world import Fuse, Studio, loaded
from mortal import Died

PICTURE = loaded("JPEG", (64, 48))


def three(studio: Studio) -> list[str]:
    """One that came, one that was refused, one that has not come; and somebody else's."""
    keys = [studio.upload(raw)[1] for raw in (PICTURE, b"no picture", PICTURE)]
    studio.upload(PICTURE, "minh")
    for key in keys[:2]:
        service.intake(studio.room(), key)
    return keys


def owners(studio: Studio) -> str:
    """Everything in the table, as text."""
    return json.dumps([(row.pk, row.sk, row.doc) for row in studio.table.rows()])


def test_a_person_gets_every_picture_with_what_the_camera_wrote_into_it() -> None:
    studio = Studio()
    keys = three(studio)
    told = holding.export(studio.room(), "lan")["pictures"]
    assert [one["id"] for one in told] == [key.removeprefix("incoming/") for key in keys]
    assert [one.get("state") for one in told] == ["ready", "refused", None]
    assert (told[0]["lat"], told[0]["lon"]) == pytest.approx((16.46, 107.59))
    assert told[0]["url"].startswith("http://here/m/")
    assert len(holding.export(studio.room(), "minh")["pictures"]) == 1
    assert holding.export(studio.room(), "nobody") == {}


def test_erasing_leaves_pictures_that_came_and_nobody_behind_them() -> None:
    studio = Studio()
    three(studio)
    gone = holding.erase(studio.room(), "lan")
    assert (gone.items, gone.kept_by_law) == (3, None)
    left = owners(studio)
    assert "U#lan" not in left
    assert '"owner": "lan"' not in left
    assert "107.59" not in left
    assert studio.shelf  # it may stand in a report, which stays
    assert holding.export(studio.room(), "lan") == {}
    assert holding.erase(studio.room(), "lan").items == 0
    assert '"owner": "minh"' in owners(studio)


def test_what_comes_after_its_person_was_forgotten_is_thrown_away() -> None:
    studio = Studio()
    keys = three(studio)
    shelf = dict(studio.shelf)
    holding.erase(studio.room(), "lan")
    assert service.intake(studio.room(), keys[2]) == "unknown"
    assert keys[2] not in studio.inbox
    assert studio.shelf == shelf


def test_forgotten_while_the_picture_is_being_made() -> None:
    studio = Studio()
    media_id, key = studio.upload(PICTURE)
    room = studio.room()
    commit = room.table.commit

    def overtaken(*operations: Operation) -> None:
        room.table.commit = commit  # type: ignore[method-assign]
        holding.erase(studio.room(), "lan")
        commit(*operations)

    room.table.commit = overtaken  # type: ignore[method-assign]
    assert service.intake(room, key) == "unknown"
    assert (studio.shelf, studio.inbox, studio.bus.events) == ({}, {}, [])
    assert "lan" not in owners(studio).replace("RATE#lan", "")
    with pytest.raises(NotFound):
        service.look(studio.room(), media_id, "lan")


def test_dying_while_forgetting_and_being_asked_again() -> None:
    for at in range(3):
        studio = Studio()
        three(studio)
        studio.fuse = Fuse(at)
        with pytest.raises(Died):
            holding.erase(studio.room(), "lan")
        studio.fuse = Fuse()
        holding.erase(studio.room(), "lan")
        assert "U#lan" not in owners(studio)
