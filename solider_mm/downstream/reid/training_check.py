"""Checks of data, batches and evaluation protocol before re-ID training."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from solider_mm.downstream.reid.crops import UNLABELED
from solider_mm.downstream.reid.head import ReIDHead
from solider_mm.downstream.reid.identity_sampler import (
    IdentitySampler,
    identity_labels,
)
from solider_mm.engine.launching import require_batches
from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.evaluation.reid.metric import ReIDMetric
from solider_mm.registry import HOOKS

__all__ = ["ReIDCheckHook", "check_batches", "check_labels", "check_protocol"]


@HOOKS.register_module()
class ReIDCheckHook(Hook):
    """Check a re-ID run before its first iteration.

    Training is refused if it would learn nothing: batches without positives or
    negatives, no batch at all, labels that the head does not have, or a validation set
    in which no query has a match. Data that cannot be used fully is counted in the log.
    """

    priority = "VERY_HIGH"

    def before_train(self, runner: Runner) -> None:
        """Check the training set and the validation protocol.

        Args:
            runner: The runner.

        Raises:
            ValueError: If a check fails.
        """
        loader = runner.train_dataloader
        head = unwrap_model(runner.model).head
        labels = identity_labels(loader.dataset)
        if isinstance(loader.sampler, IdentitySampler):
            check_batches(
                loader.batch_size,
                loader.sampler.num_identities,
                loader.sampler.num_instances,
                has_triplet_loss=getattr(head, "triplet_loss", None) is not None,
            )
        require_batches(runner)
        if isinstance(head, ReIDHead):
            check_labels(labels, head.num_classes)
        if runner.val_loop is not None:
            _check_evaluation(runner.val_loop)

    def before_test(self, runner: Runner) -> None:
        """Check the protocol before features are computed.

        Args:
            runner: The runner.

        Raises:
            ValueError: If no query has a match.
        """
        _check_evaluation(runner.test_loop)


def check_batches(
    batch_size: int,
    num_identities: int,
    num_instances: int,
    *,
    has_triplet_loss: bool = True,
) -> None:
    """Check that batches are P×K and hold positives and negatives.

    Args:
        batch_size: Batch size of the training dataloader.
        num_identities: Identities per batch, P.
        num_instances: Images per identity, K.
        has_triplet_loss: Whether the head has a triplet loss.

    Raises:
        ValueError: If the sizes do not fit.
    """
    expected = num_identities * num_instances
    if batch_size != expected:
        raise ValueError(
            f"train_dataloader.batch_size={batch_size} with num_identities="
            f"{num_identities} and num_instances={num_instances} of the sampler: "
            f"expected {num_identities} × {num_instances} = {expected}; otherwise "
            "batches cut identities apart and the triplet loss lacks positives or "
            "negatives; change train_dataloader.sampler together with the batch size"
        )
    if has_triplet_loss and min(num_identities, num_instances) < 2:
        raise ValueError(
            f"num_identities={num_identities}, num_instances={num_instances}: the "
            "triplet loss is 0 without two identities of two images each; raise them "
            "or set model.head.triplet_loss=None"
        )


def check_labels(labels: Sequence[int], num_classes: int) -> None:
    """Check training labels against the classifier and log weak identities.

    Args:
        labels: Training labels of all images.
        num_classes: Number of outputs of the classifier.

    Raises:
        ValueError: If a label is out of range.
    """
    counts = Counter(labels)
    outside = sorted(label for label in counts if not 0 <= label < num_classes)
    if outside:
        raise ValueError(
            f"{len(outside)} of {len(counts)} training identities have labels outside "
            f"[0, {num_classes}), the first is {outside[0]}: expected labels of the "
            f"head's classes; set model.head.num_classes={max(counts) + 1}"
        )
    if len(counts) < num_classes:
        _log(
            f"the training set has {len(counts)} identities, model.head.num_classes is "
            f"{num_classes}: {num_classes - len(counts)} outputs have no images"
        )
    single = sum(count == 1 for count in counts.values())
    if single:
        _log(
            f"{single} of {len(counts)} training identities have a single image: the "
            "triplet loss has no other image of them"
        )


def check_protocol(
    samples: Iterable[Mapping[str, Any]], *, cross_camera: bool = True
) -> None:
    """Check that at least one query has a match in the gallery.

    Args:
        samples: Samples with `person_id`, `camera_id` and `is_query`.
        cross_camera: Whether a match must be from another camera than the query.

    Raises:
        ValueError: If no query has a match.
    """
    queries, cameras = [], defaultdict(set)
    all_cameras = set()
    for sample in samples:
        person, camera = sample["person_id"], sample["camera_id"]
        all_cameras.add(camera)
        if sample["is_query"]:
            queries.append((person, camera))
        elif person != UNLABELED:
            cameras[person].add(camera)
    matched = sum(
        bool(cameras[person] - ({camera} if cross_camera else set()))
        for person, camera in queries
    )
    if matched == 0:
        remedy = (
            "add images from other cameras, or evaluate without them by "
            "val_evaluator.cross_camera=False test_evaluator.cross_camera=False"
            if cross_camera
            else "check that queries and gallery have the same identities"
        )
        source = " from another camera" if cross_camera else ""
        raise ValueError(
            f"none of the {len(queries)} queries has a match{source} in the gallery "
            f"({len(cameras)} identities, {len(all_cameras)} cameras): expected at "
            f"least one; {remedy}"
        )
    if matched < len(queries):
        _log(f"{len(queries) - matched} of {len(queries)} queries have no match")


def _check_evaluation(loop: Any) -> None:
    """Check the protocol of every re-ID metric that needs a match."""
    dataset = loop.dataloader.dataset
    for metric in loop.evaluator.metrics:
        if isinstance(metric, ReIDMetric) and metric.ranking_file is None:
            infos = map(dataset.get_data_info, range(len(dataset)))
            check_protocol(infos, cross_camera=metric.cross_camera)


def _log(message: str) -> None:
    print_log(message[0].upper() + message[1:], logger="current")
