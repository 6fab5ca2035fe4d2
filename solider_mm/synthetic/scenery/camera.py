"""Cameras: mounting height, viewing angle, light and image degradation."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import randomness


@dataclass(frozen=True)
class Camera:
    """One camera of the synthetic world.

    Attributes:
        number: Number of the camera, from 0.
        height: Height above the ground in meters, for scenes.
        pitch: Downward viewing angle in radians.
        light: Side the light comes from, -1 left to 1 right of the picture.
        gain: Exposure per channel (R, G, B).
        gamma: Exponent of the transfer curve.
        saturation: 0 gray to 1 full color.
        blur: Standard deviation of the lens blur, in pixels per 128 rows.
        noise: Standard deviation of the sensor noise in gray levels.
        scenery: Kinds of walls in view.
        ground: Kinds of ground in view.
    """

    number: int
    height: float
    pitch: float
    light: float
    gain: tuple[float, float, float]
    gamma: float
    saturation: float
    blur: float
    noise: float
    scenery: tuple[str, ...]
    ground: tuple[str, ...]


WALLS = ("facade", "brick", "shop", "hedge", "trees", "fence", "plaster", "far street")
GROUNDS = ("tiles", "asphalt", "grass", "stripes", "setts")


@lru_cache(maxsize=256)
def camera_of(number: int, seed: int = 0) -> Camera:
    """Sample the properties of a camera.

    Args:
        number: Number of the camera, from 0.
        seed: Seed of the synthetic world.

    Returns:
        Camera. Equal arguments give equal cameras.
    """
    rng = randomness.generator(seed, randomness.CAMERA, number)
    exposure = float(np.exp(rng.normal(0.0, 0.13)))
    warmth = float(rng.normal(0.0, 0.07))
    tint = float(rng.normal(0.0, 0.025))
    gain = (exposure * (1 + warmth), exposure * (1 + tint), exposure * (1 - warmth))
    tilt = float(rng.uniform(2, 22))
    walls = tuple(rng.permutation(WALLS)[:4].tolist())
    return Camera(
        number=number,
        height=1.6 + 0.14 * tilt,
        pitch=float(np.radians(tilt)),
        light=float(rng.uniform(0.4, 1.0) * rng.choice([-1.0, 1.0])),
        gain=gain,
        gamma=float(np.exp(rng.normal(0.0, 0.16))),
        saturation=float(rng.uniform(0.6, 1.0)),
        blur=float(rng.uniform(0.25, 0.7)),
        noise=float(rng.uniform(1.5, 6.0)),
        scenery=walls,
        ground=tuple(rng.permutation(GROUNDS)[:3].tolist()),
    )


def _curves(camera: Camera, exposure: float) -> NDArray[np.uint8]:
    """Tabulate gain and gamma, ``(256, 1, 3)``."""
    level = np.arange(256, dtype=np.float64)[:, None] / 255
    lifted = level**camera.gamma * np.array(camera.gain) * exposure
    # A soft shoulder keeps bright clothes from clipping to flat white.
    soft = np.where(lifted > 0.8, 0.8 + 0.2 * np.tanh((lifted - 0.8) / 0.2), lifted)
    table: NDArray[np.uint8] = np.clip(255 * soft, 0, 255).astype(np.uint8)
    return table[:, None, :]


def expose(
    picture: NDArray[np.uint8],
    camera: Camera,
    rng: Generator,
    person_height_px: float = 0.0,
) -> NDArray[np.uint8]:
    """Apply exposure, blur and noise of a camera to a clean picture.

    Args:
        picture: ``(H, W, 3)`` RGB uint8.
        camera: The camera.
        rng: Generator of the shot, which varies exposure, blur and noise slightly.
        person_height_px: Height of a person in pixels; 0 means the picture's height.

    Returns:
        ``(H, W, 3)`` RGB uint8.
    """
    height, width = picture.shape[:2]
    exposure = float(np.exp(rng.normal(0.0, 0.07)))
    shown = cv2.LUT(picture, _curves(camera, exposure))
    blur = camera.blur * (person_height_px or height) / 128 * rng.uniform(0.6, 1.5)
    if blur > 0.3:
        shown = cv2.GaussianBlur(shown, (0, 0), min(blur, 1.6))
    gray = cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    noise = camera.noise * randomness.grains(rng, (height, width))[..., None]
    mixed = gray + camera.saturation * (shown - gray) + noise
    result: NDArray[np.uint8] = np.clip(mixed, 0, 255).astype(np.uint8)
    return result
