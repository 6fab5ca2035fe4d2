import pytest

from solider_mm.engine.user_errors import TRACEBACK_SWITCH, report_user_errors


def test_prints_one_line_and_exits_with_2(capsys, monkeypatch) -> None:
    monkeypatch.delenv(TRACEBACK_SWITCH, raising=False)
    with pytest.raises(SystemExit) as caught, report_user_errors():
        raise KeyError("a sentence")
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("KeyError: a sentence\n")
    monkeypatch.setenv(TRACEBACK_SWITCH, "1")
    with pytest.raises(KeyError), report_user_errors():
        raise KeyError("a sentence")


def test_keeps_traceback_of_other_errors() -> None:
    with pytest.raises(RuntimeError), report_user_errors():
        raise RuntimeError("not the user's doing")
