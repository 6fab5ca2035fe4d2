"""Bones, poses and the view: from joint angles to points in the picture.

Body frame: x to the person's left, y up, z forward; lengths are fractions of the
stature, the ground is y = 0. Yaw 0 looks at the camera, 90° looks to the right of the
picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from solider_mm.synthetic.figure.appearance import Appearance
from solider_mm.synthetic.rasterize import Points

SIDES = ("left", "right")
_SIGN = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True)
class Pose:
    """Joint angles in radians; pairs are (left, right).

    Attributes:
        yaw: Direction of the body, 0 toward the camera.
        head_turn: Direction of the head relative to the body.
        lean: Forward tilt of the spine.
        thigh: Forward swing of the thighs.
        knee: Bend of the knees.
        stride: Sideways spread of the legs.
        arm: Forward swing of the upper arms.
        spread: Sideways spread of the upper arms.
        elbow: Bend of the elbows.
        inward: Turn of the forearms toward the middle.
    """

    yaw: float
    head_turn: float
    lean: float
    thigh: tuple[float, float]
    knee: tuple[float, float]
    stride: float
    arm: tuple[float, float]
    spread: tuple[float, float]
    elbow: tuple[float, float]
    inward: tuple[float, float]


# swing, spread, elbow, inward in degrees
_ARM_POSES = {
    "pocket": (-16.0, 16.0, 38.0, 26.0),
    "hold": (14.0, 12.0, 74.0, 24.0),
    "phone": (34.0, 30.0, 138.0, 42.0),
    "strap": (12.0, 16.0, 128.0, 12.0),
    "carry": (2.0, 9.0, 8.0, 2.0),
    "wave": (30.0, 62.0, 96.0, -20.0),
}


def _arm_kind(rng: Generator, appearance: Appearance, side: str) -> str:
    carries = appearance.left_handed == (side == "left")
    if appearance.held is not None:
        return "hold"
    if appearance.phone and not carries:
        return "phone"
    if appearance.hand_bag is not None and carries:
        return "carry"
    chance = rng.random()
    if appearance.backpack is not None and chance < 0.2:
        return "strap"
    return "pocket" if chance < 0.3 else "wave" if chance < 0.32 else "swing"


def sample_pose(rng: Generator, appearance: Appearance) -> Pose:
    """Sample a standing or walking pose.

    Args:
        rng: Generator of the shot.
        appearance: Appearance; bags, phone and age determine arms and back.

    Returns:
        The pose.
    """
    yaw = float(rng.uniform(-np.pi, np.pi))
    phase = float(rng.uniform(0, 2 * np.pi))
    walks = rng.random() < 0.78
    reach = np.radians(rng.uniform(14, 30) if walks else rng.uniform(0, 5))
    if appearance.lower == "skirt" or appearance.upper == "dress":
        reach *= 0.75
    swings = reach * np.sin(phase) * np.array([1.0, -1.0])
    bends = np.maximum(0.0, np.cos(phase) * np.array([1.0, -1.0]))
    arms = []
    for index, side in enumerate(SIDES):
        kind = _arm_kind(rng, appearance, side)
        wobble = rng.normal(0, 4.0, 4)
        if kind == "swing":
            loose = (-0.9 * np.degrees(swings[index]), 8.0, 14.0 + 18 * walks, 6.0)
            angles = np.array(loose) + wobble
        else:
            angles = np.array(_ARM_POSES[kind]) + wobble
        arms.append(np.radians(angles))
    left, right = (tuple(float(v) for v in arm) for arm in arms)
    lean = {"child": 0.02, "adult": 0.03, "senior": 0.16}[appearance.age]
    return Pose(
        yaw=yaw,
        head_turn=float(rng.normal(0, 0.22)),
        lean=float(lean + 0.03 * walks + rng.normal(0, 0.02)),
        thigh=(float(swings[0]) + 0.03, float(swings[1]) + 0.03),
        knee=(float(0.1 + 1.7 * reach * bends[0]), float(0.1 + 1.7 * reach * bends[1])),
        stride=float(rng.uniform(0.01, 0.05)) if walks else float(rng.uniform(0, 0.12)),
        arm=(left[0], right[0]),
        spread=(max(0.06, left[1]), max(0.06, right[1])),
        elbow=(max(0.05, left[2]), max(0.05, right[2])),
        inward=(left[3], right[3]),
    )


@dataclass(frozen=True)
class Bones:
    """Lengths of one body, fractions of the stature."""

    ankle: float
    shin: float
    thigh: float
    spine: float
    neck: float
    head: float
    upper_arm: float
    forearm: float
    hip: float
    shoulder: float
    foot: float


def bones_of(appearance: Appearance) -> Bones:
    """Return the bone lengths of an appearance; children have larger heads."""
    child = appearance.age == "child"
    head = 0.172 if child else 0.138
    rest = 1.0 - head
    hip = 0.058 if appearance.female else 0.05
    shoulder = 0.098 if appearance.female else 0.112
    return Bones(
        ankle=0.045,
        shin=0.27 * rest - 0.005 * child,
        thigh=0.285 * rest - 0.005 * child,
        spine=0.345 * rest,
        neck=rest - 0.045 - 0.9 * rest + 0.01 * child,
        head=head,
        upper_arm=0.185 * rest,
        forearm=0.165 * rest,
        hip=hip,
        shoulder=shoulder * (0.92 + 0.08 * appearance.girth) * (0.92 if child else 1.0),
        foot=0.105,
    )


def _direction(swing: float, spread: float, sign: float) -> Points:
    return np.array(
        [
            sign * np.sin(spread),
            -np.cos(spread) * np.cos(swing),
            np.cos(spread) * np.sin(swing),
        ]
    )


def joints_of(bones: Bones, pose: Pose) -> dict[str, Points]:
    """Place the joints in the body frame.

    Args:
        bones: Lengths.
        pose: Angles.

    Returns:
        ``(3,)`` points by name: ``hips``, ``chest``, ``neck``, ``head`` and, for each
        side, ``left_shoulder``, ``_elbow``, ``_wrist``, ``_hip``, ``_knee``,
        ``_ankle``, ``_toe``. The lower ankle stands on the ground.
    """
    up = np.array([0.0, np.cos(pose.lean), np.sin(pose.lean)])
    joints: dict[str, Points] = {"hips": np.zeros(3)}
    joints["chest"] = bones.spine * up
    joints["neck"] = joints["chest"] + 0.4 * bones.neck * up
    nod = np.array([0.0, np.cos(0.6 * pose.lean), np.sin(0.6 * pose.lean)])
    joints["head"] = joints["chest"] + (bones.neck + 0.5 * bones.head) * nod
    joints["head"] = joints["head"] + np.array([0.0, 0.0, 0.012])
    for index, side in enumerate(SIDES):
        sign = _SIGN[side]
        across = np.array([sign, 0.0, 0.0])
        shoulder = joints["chest"] + 0.95 * bones.shoulder * across - 0.034 * up
        arm = _direction(pose.arm[index], pose.spread[index], sign)
        bent = pose.arm[index] + pose.elbow[index]
        fore = _direction(bent, pose.spread[index] - pose.inward[index], sign)
        hip = bones.hip * across
        thigh = _direction(pose.thigh[index], pose.stride, sign)
        back = pose.thigh[index] - pose.knee[index]
        shin = _direction(back, pose.stride, sign)
        joints[f"{side}_shoulder"] = shoulder
        joints[f"{side}_elbow"] = shoulder + bones.upper_arm * arm
        joints[f"{side}_wrist"] = joints[f"{side}_elbow"] + bones.forearm * fore
        joints[f"{side}_hip"] = hip
        joints[f"{side}_knee"] = hip + bones.thigh * thigh
        joints[f"{side}_ankle"] = joints[f"{side}_knee"] + bones.shin * shin
        tip = 0.75 * min(back, 0.0) - 0.28
        toe = np.array([0.14 * sign, np.sin(tip), np.cos(tip)]) * bones.foot
        joints[f"{side}_toe"] = joints[f"{side}_ankle"] + toe
    lowest = min(joints[f"{side}_ankle"][1] for side in SIDES)
    lift = np.array([0.0, bones.ankle - lowest, 0.0])
    return {name: point + lift for name, point in joints.items()}


@dataclass(frozen=True)
class View:
    """Orthographic view of the body frame.

    Attributes:
        yaw: Direction of the body in radians.
        pitch: How far the camera looks down, in radians.
        roll: Tilt of the picture in radians.
        scale: Picture pixels per stature.
        origin: x, y in the picture of the point on the ground below the hips.
    """

    yaw: float
    pitch: float
    roll: float
    scale: float
    origin: tuple[float, float]

    def project(self, points: Points) -> Points:
        """Project ``(…, 3)`` body points to ``(…, 2)`` picture points (x, y)."""
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        right = x * np.cos(self.yaw) + z * np.sin(self.yaw)
        near = self.nearness(points)
        up = y * np.cos(self.pitch) - near * np.sin(self.pitch)
        cos, sin = np.cos(self.roll), np.sin(self.roll)
        flat = np.stack([right * cos - up * sin, -(right * sin + up * cos)], axis=-1)
        return np.asarray(self.origin) + self.scale * flat

    def nearness(self, points: Points) -> Points:
        """Return how near (…, 3) points are to the camera, (…)."""
        x, z = points[..., 0], points[..., 2]
        return z * np.cos(self.yaw) - x * np.sin(self.yaw)
