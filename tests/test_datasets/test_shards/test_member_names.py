"""No two members look like one sample to WebDataset, and names stay readable."""

import re

import pytest

from solider_mm.datasets import market1501_name
from solider_mm.datasets.shards.member_names import MemberNames


def webdataset_key(member: bytes) -> str:
    """The group of a member, by the rule in WebDataset's description of the format."""
    match = re.fullmatch(r"((?:.*/|)[^.]+)[.][^/]*", member.decode())
    assert match is not None, member
    return match[1]


def members(*names: bytes) -> list[bytes]:
    namer = MemberNames()
    namer.start_shard()
    return [namer.member(name, position) for position, name in enumerate(names)]


def test_clean_names_stay() -> None:
    names = [b"a.jpg", b"v1.5/a.jpg", "λ/ü.PNG".encode(), b"c/0002_c1s1_000451_03.jpg"]
    assert members(*names) == names


def test_dots_and_equal_stems_get_the_number() -> None:
    found = members(b"a.jpg", b"a.png", b"a.b.jpg", b"a.jpg", b"x/a.jpg")
    assert found == [
        b"a.jpg",
        b"a-000000001.png",
        b"a_b-000000002.jpg",
        b"a-000000003.jpg",
        b"x/a.jpg",
    ]
    assert len({webdataset_key(member) for member in found}) == 5


def test_renamed_market_name_tells_identity_and_camera() -> None:
    (name,) = members(b"0002_c1s1_000451_03.jpg.jpg")
    assert market1501_name(name.decode()) == (2, 1)
    assert webdataset_key(name) == "0002_c1s1_000451_03_jpg-000000000"


def test_paths_stay_within_the_shard() -> None:
    assert members(b"/abs/a.jpg", b"../b.jpg", b"./c//d.jpg") == [
        b"abs/a.jpg",
        b"b.jpg",
        b"c/d.jpg",
    ]


def test_neighbors_across_two_shards_differ() -> None:
    namer = MemberNames()
    namer.start_shard()
    assert namer.member(b"a.gif", 0) == b"a.gif"
    namer.start_shard()
    assert namer.member(b"a.jpg", 1) == b"a-000000001.jpg"
    namer.start_shard()
    assert namer.member(b"a.png", 2) == b"a-000000002.png"


@pytest.mark.parametrize("name", [b"a", b"a.json", b".jpg"])
def test_what_is_no_image_is_refused(name) -> None:
    with pytest.raises(ValueError, match=r"ends in \.jpg, \.png or similar"):
        members(name)
