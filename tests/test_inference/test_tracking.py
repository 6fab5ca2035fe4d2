import numpy as np
import pytest

from solider_mm.inference.tracking import Detection, Sighting, Tracker, box_iou

ANNA, BERT = np.eye(2, dtype=np.float32)


def detection(frame, x, feature, similarity=0.0):
    box = np.array([x, 0, x + 10, 20], np.float32)
    sighting = Sighting("v", f"v/{frame}", frame, frame / 10, box, 0.9, similarity)
    return Detection(sighting, feature, np.full((2, 1, 3), frame, np.uint8))


def test_iou_by_hand():
    first = np.array([0, 0, 10, 10], np.float32)
    assert box_iou(first, np.array([5, 0, 15, 10], np.float32)) == pytest.approx(1 / 3)
    assert box_iou(first, np.array([20, 20, 30, 30], np.float32)) == 0


def test_people_who_cross_keep_their_tracks():
    tracker = Tracker()
    for frame in range(11):
        tracker.update(
            [detection(frame, 3 * frame, ANNA), detection(frame, 30 - 3 * frame, BERT)]
        )
    tracks = tracker.finish()
    assert len(tracks) == 2
    for track, direction in zip(tracks, (3, -3), strict=True):
        steps = np.diff([s.box[0] for s in track.sightings])
        assert steps == pytest.approx(direction)


def test_gap_within_limit_is_bridged_and_longer_one_ends_the_track():
    tracker = Tracker(max_missed=2)
    tracker.update([detection(0, 0, ANNA)])
    for _ in range(2):
        assert not tracker.update([])
    tracker.update([detection(3, 0, ANNA)])
    (ended,) = (track for _ in range(3) for track in tracker.update([]))
    assert [sighting.frame for sighting in ended.sightings] == [0, 3]


def test_stranger_begins_a_track():
    tracker = Tracker()
    tracker.update([detection(0, 0, ANNA)])
    tracker.update([detection(1, 200, BERT)])
    assert len(tracker.finish()) == 2


def test_best_sighting_and_its_thumbnail_are_kept():
    tracker = Tracker()
    for frame, similarity in enumerate((0.1, 0.8, 0.3)):
        tracker.update([detection(frame, 0, ANNA, similarity)])
    (track,) = tracker.finish()
    assert track.best.frame == 1
    assert track.thumbnail.max() == 1


def test_wrong_numbers():
    with pytest.raises(ValueError, match="threshold=2"):
        Tracker(threshold=2)
