import json
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


def test_runs_of_one_process_write_into_their_own_folders(toy_runner) -> None:
    """Two runs of one name within a second, as tests and notebooks start them."""
    runners = []
    for folder in ("first", "second"):
        runner = toy_runner(
            folder,
            runner_class=QuietRunner,
            experiment_name="same",
            visualizer=dict(
                type="Visualizer", vis_backends=[dict(type="LocalVisBackend")]
            ),
            default_hooks=dict(logger=dict(type="LoggerHook", interval=1)),
        )
        runner.train()
        runners.append(runner)
    assert runners[0].experiment_name != runners[1].experiment_name
    for runner in runners:
        (scalars,) = Path(runner.work_dir).glob("*/vis_data/scalars.json")
        rows = [json.loads(line) for line in scalars.read_text().splitlines()]
        assert [row["step"] for row in rows if "loss" in row] == list(range(1, 9))
        (log,) = Path(runner.work_dir).rglob("*.log")
        assert log.read_text().count("Epoch(train) [1][1/4]") == 1
