"""Jobs one after the other, or in parallel on a cluster."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tqdm import tqdm

from solider_mm.engine.launching import read_overrides

__all__ = ["run_jobs"]

INSTALL = "pip install 'solider_mm[slurm]'"


def run_jobs(
    jobs: Sequence[Callable[[], bool]],
    title: str,
    folder: Path,
    cluster: str | None = None,
    options: Sequence[str] = (),
) -> list[bool]:
    """Run jobs; one that fails does not stop the others.

    Args:
        jobs: Functions that return whether they succeeded.
        title: Title of the progress bar.
        folder: Folder of a cluster's logs.
        cluster: Cluster of submitit: 'slurm', 'local' for processes of this machine or
            'debug' for this process; None runs one job after the other.
        options: Parameters of submitit's executor as KEY=VALUE.

    Returns:
        Whether each job succeeded.

    Raises:
        ImportError: If submitit is needed and not installed.
    """
    if not jobs:
        return []
    if cluster is None:
        return [job() for job in tqdm(jobs, desc=title)]
    try:
        import submitit  # noqa: PLC0415  an optional extra
    except ImportError as error:
        raise ImportError(
            f"--cluster {cluster} needs submitit: run `{INSTALL}`."
        ) from error
    executor = submitit.AutoExecutor(folder=str(folder), cluster=cluster)
    executor.update_parameters(
        **{"timeout_min": 24 * 60, **read_overrides(list(options))}
    )
    submitted = executor.map_array(_call, jobs)
    results = []
    for job in tqdm(submitted, desc=title):
        results.append(job.exception() is None and bool(job.result()))
    return results


def _call(job: Callable[[], bool]) -> bool:
    return job()
