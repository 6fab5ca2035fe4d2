"""The page: an image, a slider for λ, and what changes."""

import os
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.page.lambda_model import LambdaModel
from solider_mm.synthetic import render_pedestrian

__all__ = ["build_page", "serve"]

_EXAMPLE_SIZE = (256, 128)
_FIRST_EXAMPLE = 200_000
_START = 0.5
_MIN_SIDE = 8

# Before gradio is imported: it would ask its servers for the newest version.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

Picture = NDArray[np.uint8]


def build_page(model: Any = None, weights: str | None = None) -> Any:
    """Build the page.

    Args:
        model: See `LambdaModel`.
        weights: See `LambdaModel`.

    Returns:
        A `gradio.Blocks`.

    Raises:
        ImportError: If gradio is not installed.
    """
    gr = _gradio()
    answers = LambdaModel(model, weights)
    _warm_up(answers)
    local: dict[str, Any] = {"buttons": ["fullscreen", "download"]}  # none that shares
    theme = gr.themes.Default(font=["sans-serif"], font_mono=["monospace"])
    with gr.Blocks(title="SOLIDER: turn λ", analytics_enabled=False) as page:
        gr.Markdown(
            "# Turn λ\n"
            "λ = 0 keeps appearance (who is this?), λ = 1 keeps semantics (what part "
            "is this?). Upload a crop of one person or take a synthetic pedestrian, "
            "move the slider, and click a place in the image."
        )
        point = gr.State((0.3, 0.5))
        number = gr.State(0)
        with gr.Row():
            with gr.Column():
                image = gr.Image(
                    _example(0),
                    type="numpy",
                    label="Image",
                    elem_id="image",
                    buttons=["fullscreen"],
                )
                another = gr.Button("Another synthetic pedestrian", elem_id="another")
                weight = gr.Slider(
                    0, 1, _START, step=0.05, label="λ", elem_id="semantic-weight"
                )
                parts_count = gr.Slider(2, 6, 3, step=1, label="N, number of parts")
            parts = gr.Image(label="Semantic parts", elem_id="parts", **local)
            likeness = gr.Image(
                label="Similarity to the clicked place", elem_id="similarity", **local
            )
            curve = gr.Image(label="λ curve of this image", elem_id="curve", **local)
        gallery = gr.Gallery(
            label="Nearest synthetic pedestrians",
            columns=6,
            height=260,
            object_fit="contain",
            elem_id="near",
            **local,
        )
        outputs = [parts, likeness, curve, gallery]
        inputs = [image, weight, parts_count, point]

        def answer(
            picture: Picture | None, value: float, count: float, place: Any
        ) -> tuple[Any, ...]:
            if picture is None:
                return None, None, None, []
            checked = _checked(picture, gr)
            near = answers.neighbors(checked, float(value))
            return (
                answers.parts(checked, float(value), int(count)),
                answers.similarity(checked, float(value), tuple(place)),
                answers.curve(checked, float(value), int(count)),
                [(neighbor.picture, neighbor.caption) for neighbor in near],
            )

        def choose(picture: Picture, event: Any) -> tuple[float, float]:
            x, y = event.index
            height, width = picture.shape[:2]
            return (min(y / height, 0.999), min(x / width, 0.999))

        choose.__annotations__["event"] = gr.SelectData

        def next_example(current: int) -> tuple[Picture, int]:
            return _example(current + 1), current + 1

        shared = {"show_progress": "hidden"}
        page.load(answer, inputs, outputs, **shared)
        image.change(answer, inputs, outputs, **shared)
        weight.change(answer, inputs, outputs, trigger_mode="always_last", **shared)
        parts_count.change(answer, inputs, outputs, **shared)
        image.select(choose, [image], [point]).then(answer, inputs, outputs, **shared)
        another.click(next_example, [number], [image, number])
    page.theme = theme
    return page


def serve(page: Any, host: str, port: int | None) -> None:
    """Serve the page and print its address.

    Args:
        page: What `build_page` returned.
        host: Address to listen on.
        port: Port; None takes the first free one.

    Raises:
        OSError: If the port is taken.
    """
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        share=False,
        quiet=True,
        footer_links=[],
        prevent_thread_lock=True,
    )
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    page.block_thread()


def _warm_up(answers: LambdaModel) -> None:
    """Answer once, so that the first visitor does not wait for what is loaded late."""
    answers.parts(_example(0), _START, 3)
    answers.similarity(_example(0), _START, (0.3, 0.5))
    answers.curve(_example(0), _START, 3)
    answers.neighbors(_example(0), _START)


def _gradio() -> Any:
    try:
        import gradio  # noqa: PLC0415  an optional extra
    except ImportError as error:
        raise ImportError(
            "the page needs gradio: run `make page` in a clone, or "
            "`pip install 'solider_mm[demo]'`"
        ) from error
    return gradio


def _example(number: int) -> Picture:
    number += _FIRST_EXAMPLE
    return render_pedestrian(number, 0, 0, _EXAMPLE_SIZE, background="noise")["image"]


def _checked(picture: Picture, gr: Any) -> Picture:
    if picture.ndim != 3 or min(picture.shape[:2]) < _MIN_SIDE:
        raise gr.Error(
            f"The image has the shape {picture.shape}; expected a color image of at "
            f"least {_MIN_SIDE}×{_MIN_SIDE} pixels. Upload another one."
        )
    return np.ascontiguousarray(picture[..., :3])
