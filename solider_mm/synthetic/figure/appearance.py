"""Appearance of an identity: body, hair, clothes and carried items."""

from dataclasses import dataclass
from functools import lru_cache

from numpy.random import Generator

from solider_mm.synthetic import palette, randomness
from solider_mm.synthetic.rasterize import Color


@dataclass(frozen=True)
class Appearance:
    """Fixed appearance of one identity. Lengths are fractions of the stature.

    Attributes:
        female: Sex shown by body and clothes.
        age: ``'child'``, ``'adult'`` or ``'senior'``.
        stature: Height in meters.
        girth: Width factor of the body, about 1.
        skin: Skin color.
        hair_style: ``'bald'``, ``'short'``, ``'crop'``, ``'bob'``, ``'long'``,
            ``'bun'`` or ``'ponytail'``.
        hair: Hair color.
        hat: ``''``, ``'cap'``, ``'beanie'`` or ``'brim'``.
        hat_color: Color of the hat.
        glasses: ``''``, ``'glasses'`` or ``'sunglasses'``.
        upper: ``'shirt'``, ``'jacket'``, ``'coat'``, ``'dress'`` or ``'jumpsuit'``.
        sleeve: ``'short'`` or ``'long'``.
        upper_color: Color of the outermost upper garment.
        inner_color: Color of what shows under a jacket or coat.
        upper_pattern: ``'plain'``, ``'stripes'``, ``'plaid'``, ``'logo'`` or
            ``'splice'``.
        upper_second: Second color of the pattern.
        lower: ``'trousers'``, ``'shorts'`` or ``'skirt'``.
        lower_color: Color of the lower garment.
        lower_pattern: ``'plain'``, ``'columns'`` or ``'dots'``.
        lower_second: Second color of the pattern.
        hem: Where skirt, dress or coat ends, as a height.
        tight: Leg width factor of trousers.
        shoes: ``'shoes'`` or ``'boots'``.
        shoe_color: Color of the shoes.
        sock_color: Color of socks, or ``None`` without.
        gloves: Color of gloves, or ``None``.
        scarf: Color of the scarf, or ``None``.
        backpack: Color, or ``None``.
        shoulder_bag: Color, or ``None``.
        hand_bag: Color, or ``None``.
        held: Color of an object held in front, or ``None``.
        phone: Whether the person holds a phone to the ear.
        left_handed: Whether the left side carries.
    """

    female: bool
    age: str
    stature: float
    girth: float
    skin: Color
    hair_style: str
    hair: Color
    hat: str
    hat_color: Color
    glasses: str
    upper: str
    sleeve: str
    upper_color: Color
    inner_color: Color
    upper_pattern: str
    upper_second: Color
    lower: str
    lower_color: Color
    lower_pattern: str
    lower_second: Color
    hem: float
    tight: float
    shoes: str
    shoe_color: Color
    sock_color: Color | None
    gloves: Color | None
    scarf: Color | None
    backpack: Color | None
    shoulder_bag: Color | None
    hand_bag: Color | None
    held: Color | None
    phone: bool
    left_handed: bool


def _choose(rng: Generator, **weights: float) -> str:
    """Choose a name with the given relative weights."""
    names = list(weights)
    total = sum(weights.values())
    threshold, reached = rng.random() * total, 0.0
    for name in names:
        reached += weights[name]
        if threshold < reached:
            return name
    return names[-1]


def _maybe(rng: Generator, chance: float) -> Color | None:
    """Sample a color or None; both use the same number of random numbers."""
    color = palette.cloth(rng)
    return color if rng.random() < chance else None


@lru_cache(maxsize=4096)
def appearance_of(identity: int, seed: int = 0) -> Appearance:
    """Sample the appearance of an identity.

    Args:
        identity: Number of the person, from 0.
        seed: Seed of the synthetic world.

    Returns:
        Appearance. Equal arguments give equal appearances.
    """
    rng = randomness.generator(seed, randomness.IDENTITY, identity)
    female = bool(rng.random() < 0.5)
    age = _choose(rng, adult=0.76, child=0.12, senior=0.12)
    appearance = (
        _body(rng, female, age)
        | _head(rng, female, age)
        | _upper(rng, female)
        | _lower(rng, female)
        | _feet(rng, female)
        | _carried(rng, female)
    )
    return Appearance(female=female, age=age, **appearance)  # type: ignore[arg-type]


def _body(rng: Generator, female: bool, age: str) -> dict[str, object]:
    mean = {"child": 1.28, "adult": 1.66 if female else 1.77, "senior": 1.64}[age]
    return {
        "stature": float(rng.normal(mean, 0.06)),
        "girth": float(min(1.45, max(0.84, rng.lognormal(0.02, 0.14)))),
        "skin": palette.jitter(rng, palette.SKIN[int(rng.integers(6))], 6),
        "left_handed": bool(rng.random() < 0.5),
    }


def _head(rng: Generator, female: bool, age: str) -> dict[str, object]:
    if female:
        style = _choose(rng, short=0.12, bob=0.26, long=0.34, bun=0.12, ponytail=0.16)
    else:
        style = _choose(rng, short=0.5, crop=0.3, bald=0.1, bob=0.06, long=0.04)
    shades = palette.GRAY_HAIR if age == "senior" else palette.HAIR
    return {
        "hair_style": style,
        "hair": palette.jitter(rng, shades[int(rng.integers(len(shades)))], 7),
        "hat": _choose(rng, none=0.8, cap=0.1, beanie=0.06, brim=0.06).replace(
            "none", ""
        ),
        "hat_color": palette.cloth(rng),
        "glasses": _choose(rng, none=0.76, glasses=0.15, sunglasses=0.09).replace(
            "none", ""
        ),
        "scarf": _maybe(rng, 0.08),
    }


def _upper(rng: Generator, female: bool) -> dict[str, object]:
    dress = 0.16 if female else 0.0
    upper = _choose(rng, shirt=0.56, jacket=0.18, coat=0.12, dress=dress, jumpsuit=0.03)
    sleeve = _choose(rng, short=0.58, long=0.42)
    if upper in ("jacket", "coat"):
        sleeve = "long"
    color = palette.cloth(rng)
    pattern = _choose(rng, plain=0.48, stripes=0.14, plaid=0.12, logo=0.15, splice=0.11)
    if upper in ("coat", "jumpsuit"):
        pattern = "plain"
    hem = {"coat": 0.34, "dress": 0.36}.get(upper, 0.38) + rng.uniform(-0.07, 0.06)
    return {
        "upper": upper,
        "sleeve": sleeve,
        "upper_color": color,
        "inner_color": palette.contrasting(rng, color, 50),
        "upper_pattern": pattern,
        "upper_second": palette.contrasting(rng, color, 55),
        "hem": float(hem),
        "gloves": _maybe(rng, 0.1) if sleeve == "long" else None,
    }


def _lower(rng: Generator, female: bool) -> dict[str, object]:
    skirt = 0.24 if female else 0.0
    color = palette.cloth(rng, palette.LOWER_NAMES)
    return {
        "lower": _choose(rng, trousers=0.6, shorts=0.22, skirt=skirt),
        "lower_color": color,
        "lower_pattern": _choose(rng, plain=0.82, columns=0.09, dots=0.09),
        "lower_second": palette.contrasting(rng, color, 50),
        "tight": float(rng.uniform(0.9, 1.35)) * (0.92 if female else 1.05),
    }


def _feet(rng: Generator, female: bool) -> dict[str, object]:
    return {
        "shoes": _choose(rng, shoes=0.83, boots=0.24 if female else 0.1),
        "shoe_color": palette.cloth(
            rng, ("black", "black", "brown", "white", "gray", "red", "navy", "beige")
        ),
        "sock_color": _maybe(rng, 0.55),
    }


def _carried(rng: Generator, female: bool) -> dict[str, object]:
    held, phone = _maybe(rng, 0.1), bool(rng.random() < 0.07)
    return {
        "backpack": _maybe(rng, 0.22),
        "shoulder_bag": _maybe(rng, 0.18),
        "hand_bag": _maybe(rng, 0.22 if female else 0.1),
        "held": held,
        "phone": phone and held is None,
    }
