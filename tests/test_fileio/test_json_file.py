import json

import pytest

from solider_mm.fileio.json_file import write_json


def test_round_trip_into_a_new_folder(tmp_path):
    write_json(tmp_path / "new" / "a.json", {"a": [1.5, None]})
    assert json.loads((tmp_path / "new" / "a.json").read_text()) == {"a": [1.5, None]}


def test_a_refused_number_leaves_the_old_file(tmp_path):
    (tmp_path / "a.json").write_text("old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert [item.name for item in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text() == "old"
