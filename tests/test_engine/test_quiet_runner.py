from pathlib import Path

from mmengine.runner import Runner

from solider_mm.engine.quiet_runner import QuietRunner


def test_start_up_is_short_on_the_console_and_whole_in_the_file(
    toy_runner, capsys
) -> None:
    runner = toy_runner(runner_class=QuietRunner)
    runner.train()
    printed = capsys.readouterr().out
    assert "System environment: " in printed and "in the log file below" in printed
    assert "GPU 0" not in printed and "sys.platform" not in printed
    start = printed.split("Epoch(train)")[0].splitlines()
    assert len([line for line in start if line.strip()]) <= 20
    (log,) = Path(runner.work_dir).rglob("*.log")
    text = log.read_text()
    assert "sys.platform" in text and "before_train:" in text
    assert isinstance(runner, Runner)


def test_other_long_messages_stay_whole(toy_runner, capsys) -> None:
    runner = toy_runner(runner_class=QuietRunner)
    table = "\n".join(f"| row {index} |" for index in range(30))
    runner.logger.info(table)
    assert table in capsys.readouterr().out
