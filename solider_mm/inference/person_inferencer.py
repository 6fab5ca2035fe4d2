"""Base of the inferencers: from what a user names to plain dictionaries."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.logging import print_log
from mmengine.registry import DefaultScope
from tqdm import tqdm

from solider_mm.fileio.download import sha256_of
from solider_mm.inference.media import (
    MediaImage,
    Problems,
    count_media,
    iterate_media,
)
from solider_mm.inference.model_inferencer import ModelInferencer, Result
from solider_mm.inference.people import add_people, crop_people
from solider_mm.inference.plain_values import to_plain
from solider_mm.inference.prefetching import prefetch
from solider_mm.inference.result_writer import ResultWriter
from solider_mm.inference.semantic_weights import (
    batch_semantic_weights,
    iterate_semantic_weights,
    override_semantic_weight,
)
from solider_mm.inference.video import VideoOptions

__all__ = ["PersonInferencer", "Result"]


class PersonInferencer(ModelInferencer):
    """Answers for images, folders, videos and webcams with one model.

    Every result is a dictionary of plain values and arrays with

    - `source` (str): File, URL or `"array"`;
    - `name` (str): Name under which pictures are written;
    - `size` (tuple[int, int]): (H, W) of the image;
    - `frame` (int | None), `time` (float | None): Place in a video;
    - `semantic_weight` (float | None): λ that was used;
    - `box` (tuple[int, int, int, int]): x1, y1, x2, y2 of the person, if people are cut
      from the image (`boxes` or `detector`); `size` and all arrays are then those of
      the cut;

    and the fields of the task. Coordinates are pixels of the input image.

    A call answers for whole images, unless it gives or finds people:

    - `boxes`: x1, y1, x2, y2 in pixels, (N, 4) for every image, or one table per image;
    - `detector`: finds the people if no boxes are given, for example a
      `PedestrianDetectionInferencer` with one of our models or one of mmdet's.

    See `ModelInferencer` for the arguments.
    """

    rows_name: ClassVar[str] = "predictions"
    """Name of the file of rows, without `.jsonl`."""
    draws: ClassVar[bool] = True
    """Whether results have a picture of their own."""
    cuts_people: ClassVar[bool] = True
    """Whether the people of an image are cut from it; else they are its `people`."""

    @cached_property
    def fingerprint(self) -> str:
        """Task and checksum of the weights: features of others are not comparable."""
        weights = self.source.weights
        return f"{self.task} {'' if weights is None else sha256_of(weights)[:16]}"

    # ------------------------------------------------------------------ answers

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> list[Result]:
        """Answer for all inputs; see `iterate` for the arguments.

        Args:
            inputs: Path, folder, glob, URL, array (H, W, 3) uint8 RGB, video, webcam
                number, or a sequence of these.
            *args: λ, see `iterate`.
            **kwargs: See `iterate`.

        Returns:
            One result per image, frame or person, in order. Images that cannot be read
            are skipped; `problems` names them afterwards.
        """
        return list(self.iterate(inputs, *args, **kwargs))

    def iterate(
        self,
        inputs: Any,
        semantic_weight: float | Sequence[float] | None = None,
        *,
        batch_size: int = 16,
        out_dir: str | Path | None = None,
        return_vis: bool = False,
        save_pictures: bool = True,
        keep_image: bool = False,
        video: VideoOptions | None = None,
        **options: Any,
    ) -> Iterator[Result]:
        """Yield the results one by one, in constant memory.

        Args:
            inputs: See `__call__`.
            semantic_weight: λ in [0, 1] for all images, or one number per image; None
                takes the model's own.
            batch_size: Images per forward pass.
            out_dir: Folder for rows (`.jsonl`) and pictures; None writes nothing.
            return_vis: Whether each result gets `visualization`, (H, W, 3) uint8.
            save_pictures: Whether pictures are written to `out_dir`.
            keep_image: Whether each result gets `image`, its pixels.
            video: Which frames of videos are taken.
            **options: Options of the task, and `boxes` or `detector` (see the class).

        Yields:
            Results in order.

        Raises:
            ValueError: If λ is out of range, an option is wrong, or no image was read.
            FileNotFoundError: If an input does not exist.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}, expected at least 1")
        weights = iterate_semantic_weights(semantic_weight)
        save_pictures = save_pictures and self.draws
        self.problems = Problems()
        boxes, detector = options.pop("boxes", None), options.pop("detector", None)
        finds_people = boxes is not None or detector is not None
        bar = tqdm(
            total=None if finds_people and self.cuts_people else count_media(inputs),
            unit=" images",
            desc=self.task,
            disable=not self.show_progress,
        )
        media = iterate_media(inputs, video=video, problems=self.problems)
        if detector is not None and boxes is None:  # two models share no thread
            media = prefetch(media, batch_size)
        counted = _Counted(media)
        people = add_people(counted, boxes, detector, self.problems)
        media_of_task = crop_people(people) if self.cuts_people else people
        writer = ResultWriter(out_dir, self) if out_dir else None
        with bar, writer or nullcontext():
            for item, result in self._answers(
                media_of_task, weights, batch_size, options, detector is None
            ):
                if return_vis or (writer is not None and save_pictures):
                    result["visualization"] = self.draw(item.image, result)
                if writer is not None:
                    writer.write(item, result, save_pictures)
                if not return_vis:
                    result.pop("visualization", None)
                if keep_image:
                    result["image"] = item.image
                bar.update()
                yield result
            self._report_problems(counted.count)

    def _answers(
        self,
        media: Iterator[MediaImage],
        weights: Iterator[float | None],
        batch_size: int,
        options: dict[str, Any],
        read_ahead: bool,
    ) -> Iterator[tuple[MediaImage, Result]]:
        """Images with their results; reading overlaps with computing."""
        ahead: Iterator[tuple[MediaImage, Any]]
        ahead = ((item, self.prepare(item, **options)) for item in media)
        if read_ahead:
            ahead = prefetch(ahead, 2 * batch_size)
        while batch := list(islice(ahead, batch_size)):
            items = [item for item, _ in batch]
            values = [next(weights) for _ in items]
            found = self.predict([data for _, data in batch], values, **options)
            for item, value, fields in zip(items, values, found, strict=True):
                result = self._describe(item, value) | fields
                yield item, self.finish(item, result, **options)

    def _report_problems(self, done: int) -> None:
        messages = self.problems.messages
        for message in messages:
            print_log(f"skipped: {message}", logger="current", level=logging.WARNING)
        if not done:
            raise ValueError(
                f"no image could be read ({len(messages)} skipped"
                f"{'; ' + messages[0] if messages else ''}): give at least one "
                "readable image"
            )

    def _describe(self, item: MediaImage, value: float | None) -> Result:
        own = next(
            (
                part.semantic_weight
                for part in self.model.modules()
                if getattr(part, "semantic_weight", None) is not None
            ),
            None,
        )
        return {
            "source": item.source,
            "name": item.name,
            "size": tuple(item.image.shape[:2]),
            "frame": item.frame,
            "time": item.time,
            "semantic_weight": own if value is None else value,
            **({} if item.box is None else {"box": item.box}),
        }

    # -------------------------------------------------------- what a task defines

    def prepare(self, item: MediaImage, **options: Any) -> Any:
        """Turn an image into what `predict` collates; runs ahead in a thread.

        Args:
            item: Image to answer for.
            **options: Options of the task.

        Returns:
            Sample of the host's pipeline.
        """
        height, width = item.image.shape[:2]
        return self.pipeline(
            {
                "img": np.ascontiguousarray(item.image[..., ::-1]),  # hosts use BGR
                "img_path": item.name,
                "img_id": 0,
                "img_shape": (height, width),
                "ori_shape": (height, width),
            }
        )

    @torch.no_grad()
    def predict(
        self, batch: list[Any], semantic_weights: list[float | None], **options: Any
    ) -> list[Result]:
        """Answer for a batch.

        Args:
            batch: What `prepare` returned.
            semantic_weights: λ of each image; None takes the model's own.
            **options: Options of the task.

        Returns:
            The task's fields of each image.
        """
        with (
            DefaultScope.overwrite_default_scope(self.scope),
            override_semantic_weight(
                self.model, batch_semantic_weights(semantic_weights)
            ),
        ):
            samples = self.model.test_step(pseudo_collate(batch))
        return [self.fields(sample, **options) for sample in samples]

    def fields(self, sample: Any, **options: Any) -> Result:
        """Turn the host's sample into the task's fields.

        Args:
            sample: Prediction for one image.
            **options: Options of the task.

        Returns:
            Fields of the result.
        """
        raise NotImplementedError

    def finish(self, item: MediaImage, result: Result, **options: Any) -> Result:
        """Complete a result with values that need the image itself.

        Args:
            item: Image of the result.
            result: Common fields and those of the task.
            **options: Options of the task.

        Returns:
            The result.
        """
        return result

    def row(self, result: Result) -> dict[str, Any]:
        """Turn a result into plain JSON values.

        Args:
            result: Result of one image.

        Returns:
            Row of `predictions.jsonl`.
        """
        hidden = {"visualization", "image"}
        return {k: to_plain(v) for k, v in result.items() if k not in hidden}

    def write_files(
        self, folder: Path, item: MediaImage, result: Result
    ) -> dict[str, Any]:
        """Write what does not fit into a row, such as masks.

        Args:
            folder: Folder of the results.
            item: Image of the result.
            result: The result.

        Returns:
            Entries that the row gets, for example paths relative to `folder`.
        """
        return {}


class _Counted:
    """Counts the images that were read."""

    def __init__(self, media: Iterator[MediaImage]) -> None:
        self.media = media
        self.count = 0

    def __iter__(self) -> Iterator[MediaImage]:
        return self

    def __next__(self) -> MediaImage:
        item = next(self.media)
        self.count += 1
        return item
