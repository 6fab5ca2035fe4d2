"""What the page of training curves shows: figures, titles and units."""

from typing import NamedTuple

from solider_mm.visualization.palette import PART_COLORS, as_hex

__all__ = ["PANELS", "Curve", "Panel"]

BLUE, VERMILION = as_hex(PART_COLORS[5]), as_hex(PART_COLORS[6])


class Curve(NamedTuple):
    """One line of a panel: keys in order of preference, label, color."""

    keys: tuple[str, ...]
    label: str
    color: str = BLUE


class Panel(NamedTuple):
    """One set of axes.

    Attributes:
        reference: Level of chance to draw: `'ln K'`, `'ln(N + 1)'` or none.
        limits: Y range, None to fit the data.
        noisy: Draw a moving mean over the readings; schedules need none.
    """

    title: str
    unit: str
    curves: tuple[Curve, ...]
    reference: str = ""
    limits: tuple[float, float] | None = None
    noisy: bool = True


PANELS = (
    Panel(
        "DINO cross-entropy",
        "nats",
        (Curve(("dino_cross_entropy", "loss_dino"), "DINO"),),
        "ln K",
    ),
    Panel(
        "Semantic cross-entropy",
        "nats",
        (Curve(("semantic_cross_entropy", "loss_semantic"), "semantic"),),
        "ln(N + 1)",
    ),
    Panel("Total loss", "weighted sum", (Curve(("loss",), "total"),)),
    Panel("Teacher entropy", "nats", (Curve(("teacher_entropy",), "entropy"),), "ln K"),
    Panel(
        "Feature spread",
        "std of unit features",
        (Curve(("feature_std",), "feature std"),),
    ),
    Panel(
        "Semantic labels",
        "share",
        (
            Curve(("kept_fraction",), "images kept"),
            Curve(("part_balance",), "part balance", VERMILION),
        ),
        limits=(0, 1.05),
    ),
    Panel(
        "λ mix",
        "mean λ of the batch",
        (Curve(("semantic_weight_mean",), "mean λ"),),
        limits=(0, 1.05),
    ),
    Panel(
        "Learning rate", "", (Curve(("lr", "base_lr"), "learning rate"),), noisy=False
    ),
    Panel("Weight decay", "", (Curve(("weight_decay",), "weight decay"),), noisy=False),
    Panel(
        "Teacher momentum", "", (Curve(("teacher_momentum",), "momentum"),), noisy=False
    ),
    Panel(
        "Teacher temperature",
        "",
        (Curve(("teacher_temperature",), "temperature"),),
        noisy=False,
    ),
    Panel(
        "Gradient norm",
        "",
        (Curve(("largest_grad_norm", "grad_norm"), "gradient norm"),),
    ),
)
