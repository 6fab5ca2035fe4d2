r"""Tell what a config's metrics say of the mean pose, which never sees an image.

A pose model that has learned something beats these figures.

    SOLIDER_MM_DATA=FOLDER python benchmarks/mean_pose.py \
        configs/human_pose/CONFIG.py
"""

import argparse
import sys


def main(argv: list[str] | None = None) -> int:
    """Print the metrics; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="a top-down pose config with training data")
    args = parser.parse_args(argv)
    from solider_mm.engine import launching

    with launching.report_user_errors():
        cfg = launching.load_config(args.config)
        from solider_mm.downstream.human_pose import evaluate_mean_pose

        for name, value in evaluate_mean_pose(cfg).items():
            print(f"{name}: {value:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
