import pytest

from solider_mm.user_errors import TRACEBACK_SWITCH, report_user_errors


def test_prints_one_line_and_exits_with_2(capsys, monkeypatch) -> None:
    monkeypatch.delenv(TRACEBACK_SWITCH, raising=False)
    with pytest.raises(SystemExit) as caught, report_user_errors():
        raise KeyError("a sentence")
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("KeyError: a sentence\n")
    monkeypatch.setenv(TRACEBACK_SWITCH, "1")
    with pytest.raises(KeyError), report_user_errors():
        raise KeyError("a sentence")


@pytest.mark.parametrize(
    "error",
    [
        OSError(5, "Input/output error", "a.pth"),
        RuntimeError("Invalid device string: 'nonsense'"),
        NotImplementedError("no such loop"),
        IndexError("list index out of range"),
        AssertionError("interval should be positive"),
    ],
)
def test_reports_every_family_in_one_line(capsys, monkeypatch, error) -> None:
    monkeypatch.delenv(TRACEBACK_SWITCH, raising=False)
    with pytest.raises(SystemExit), report_user_errors():
        raise error
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"{type(error).__name__}: {error}"
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "No space left on device; free some"),
        (FileExistsError(17, "File exists", "run"), "'run': File exists; a file is"),
        (IsADirectoryError(21, "Is a directory", "run"), "'run': Is a directory; give"),
        (OSError(36, "File name too long", "a" * 300), f"'{'a' * 80}': File name too"),
        (PermissionError(13, "Permission denied", "run"), "'run': Permission denied; "),
    ],
)
def test_error_of_the_system_has_a_remedy(capsys, monkeypatch, error, words) -> None:
    monkeypatch.delenv(TRACEBACK_SWITCH, raising=False)
    with pytest.raises(SystemExit), report_user_errors():
        raise error
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith(f"{type(error).__name__}: {words}")
    assert len(first) < 200


def test_names_the_place_of_an_error_without_message(capsys, monkeypatch) -> None:
    monkeypatch.delenv(TRACEBACK_SWITCH, raising=False)
    with pytest.raises(SystemExit), report_user_errors():
        raise AssertionError
    assert "test_user_errors.py, line" in capsys.readouterr().err


def test_passes_interrupts_and_other_errors_on() -> None:
    for error in (KeyboardInterrupt, AttributeError):
        with pytest.raises(error), report_user_errors():
            raise error("a defect")
