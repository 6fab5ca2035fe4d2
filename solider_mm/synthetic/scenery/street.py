"""Positions of people and occluders on the ground plane of a scene."""

from dataclasses import dataclass

from numpy.random import Generator

_OBSTACLES = ("post", "box", "bush", "car", "rail")


@dataclass(frozen=True)
class Spot:
    """A position on the ground.

    Attributes:
        x: Column of the feet.
        y: Row of the feet.
        meter: Pixels per meter there.
        occluder: Kind of occluder, or empty for a person.
    """

    x: float
    y: float
    meter: float
    occluder: str = ""


@dataclass(frozen=True)
class Street:
    """A ground plane with its spots, farthest first.

    Attributes:
        wall: Row where the wall meets the ground.
        person_height_px: Height of a person at the wall, in pixels.
        spots: Spots, farthest first.
    """

    wall: float
    person_height_px: float
    spots: list[Spot]


def choose_spots(
    rng: Generator,
    size: tuple[int, int],
    num_people: int,
    camera_height: float,
    min_height: float,
) -> Street:
    """Sample positions of people and occluders.

    Args:
        rng: Generator of the scene.
        size: ``(H, W)`` in pixels.
        num_people: Number of people.
        camera_height: Height of the camera in meters.
        min_height: Minimum height in pixels of a person of 1.7 m.

    Returns:
        The street. Pixels per meter at row y are (y - horizon) / `camera_height`.
    """
    height, width = size
    horizon = height * float(rng.uniform(0.12, 0.32))
    nearest = horizon + min(
        1.05 * height - horizon, 0.62 * height * camera_height / 1.7
    )
    farthest = min(horizon + min_height / 1.7 * camera_height, nearest - 2)
    spots: list[Spot] = []
    for number in range(num_people):
        if number and rng.random() < 0.4:
            friend = spots[-1]
            y = friend.y + height * float(rng.uniform(-0.015, 0.015))
            aside = friend.meter * float(rng.uniform(0.25, 0.75))
            x = friend.x + aside * (1 if rng.random() < 0.5 else -1)
        else:
            y = farthest + (nearest - farthest) * float(rng.random()) ** 1.3
            x = width * float(rng.uniform(0.02, 0.98))
        y = max(y, farthest)
        x = min(max(x, 0.0), float(width))
        spots.append(Spot(x, y, (y - horizon) / camera_height))
    people = list(spots)
    for _ in range(int(rng.integers(0, 3 + num_people // 2))):
        y = farthest + (nearest - farthest) * float(rng.uniform(0.15, 1.0))
        kind = _OBSTACLES[int(rng.integers(len(_OBSTACLES)))]
        x = width * float(rng.random())
        if people and rng.random() < 0.6:
            hidden = people[int(rng.integers(len(people)))]
            y = hidden.y + (y - farthest) * 0.1 + 2
            x = hidden.x + hidden.meter * float(rng.uniform(-0.4, 0.4))
        spots.append(Spot(x, y, (y - horizon) / camera_height, kind))
    spots.sort(key=lambda spot: spot.y)
    person_height_px = 1.7 * (farthest - horizon) / camera_height
    return Street(0.3 * horizon + 0.7 * farthest, 1.2 * person_height_px, spots)
