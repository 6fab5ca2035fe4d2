import collections
import os
import pickle
import sys
import types

import numpy as np
import pytest

from solider_mm.downstream.attribute.safe_pickle import load_pickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


@pytest.fixture
def easydict(monkeypatch):
    """Behaves like the package: items are also attributes."""

    class EasyDict(dict):
        def __init__(self, items=()):
            super().__init__(items)
            self.__dict__.update(items)

    EasyDict.__module__, EasyDict.__qualname__ = "easydict", "EasyDict"
    module = types.ModuleType("easydict")
    module.EasyDict = EasyDict
    monkeypatch.setitem(sys.modules, "easydict", module)
    return EasyDict


def dump(path, value, protocol=4):
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    return path


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_reads_arrays_and_easydicts_of_all_protocols(tmp_path, easydict, protocol):
    names = ["00001.png", "2.png"]
    value = easydict(
        {
            "image_name": names,
            "label": np.arange(6).reshape(2, 3),
            "partition": easydict({"train": [np.array([0]), np.array([1])]}),
            "number": np.float64(0.5),
            "words": np.array(names),
            "objects": np.array([names, None], dtype=object),
            "ordered": collections.OrderedDict(a=range(3)),
            "mixed": (1, 2.5, True, None, b"x", {1}, frozenset({2}), 1 + 2j),
        }
    )
    read = load_pickle(dump(tmp_path / "a.pkl", value, protocol))
    assert isinstance(read, dict)
    assert type(read).__module__ != "easydict"
    assert read["image_name"] == names
    np.testing.assert_array_equal(read["label"], [[0, 1, 2], [3, 4, 5]])
    assert read["partition"]["train"][1].tolist() == [1]
    assert read["number"] == 0.5
    assert read["words"].tolist() == names
    assert read["objects"][0] == names
    assert read["ordered"]["a"] == range(3)
    assert read["mixed"] == value["mixed"]


class Attack:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.system, ("exit 1",), r"posix\.system|nt\.system"),
        (eval, ("1",), r"(__builtin__|builtins)\.eval"),
        (getattr, (1, "real"), r"(__builtin__|builtins)\.getattr"),
        (np.load, ("x",), r"numpy.*load"),
        (types.SimpleNamespace, (), r"types\.SimpleNamespace"),
    ],
)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_refuses_other_classes_by_name(tmp_path, function, arguments, name, protocol):
    path = dump(tmp_path / "a.pkl", {"x": [Attack(function, *arguments)]}, protocol)
    with pytest.raises(ValueError, match=f"asks for ({name}).*--trust-pickle"):
        load_pickle(path)


@pytest.mark.parametrize(
    "code",
    [
        b"cbuiltins\nlist\n.",  # a harmless type alone is no harm
        b"cnumpy\nndarray\n.",
    ],
)
def test_allowed_types_are_types_only(tmp_path, code):
    path = tmp_path / "a.pkl"
    path.write_bytes(code)
    assert load_pickle(path) in (list, np.ndarray)


@pytest.mark.parametrize(
    "code",
    [
        b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00hextR.",
        b"ccopyreg\n_reconstructor\n(cbuiltins\nlist\ncbuiltins\nlist\n]tR.",
        b"\x80\x04\x8c\x08builtins\x8c\x0blist.append\x93.",  # a dotted name
        b"",
        b"garbage",
        b"\x80\x04]",
    ],
)
def test_refuses_damaged_or_malicious_files(tmp_path, code):
    path = tmp_path / "a.pkl"
    path.write_bytes(code)
    with pytest.raises(ValueError, match=r"a\.pkl' (cannot be read|asks for)"):
        load_pickle(path)


def test_trust_executes_the_file(tmp_path, monkeypatch):
    path = dump(tmp_path / "a.pkl", Attack(os.path.join, "a", "b"))
    with pytest.raises(ValueError, match=r"posixpath\.join|ntpath\.join"):
        load_pickle(path)
    assert load_pickle(path, trust=True) == os.path.join("a", "b")


def test_trust_names_the_missing_module(tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(b"cno_such_module\nThing\n.")
    with pytest.raises(ValueError, match="needs the module 'no_such_module'"):
        load_pickle(path, trust=True)


def test_refuses_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_pickle(tmp_path / "absent.pkl")
