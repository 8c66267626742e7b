from __future__ import annotations

from calculators.pose_landmark import POSE_CONNECTIONS, PoseLandmark


def test_landmarks_are_numbered_without_gaps() -> None:
    assert [int(landmark) for landmark in PoseLandmark] == list(range(33))


def test_from_the_ears_on_left_is_odd_and_right_is_even() -> None:
    for landmark in list(PoseLandmark)[7:]:
        assert ("LEFT" in landmark.name) == (landmark % 2 == 1)


def test_connections_are_35_sorted_distinct_pairs_of_landmarks() -> None:
    assert len(POSE_CONNECTIONS) == len(set(POSE_CONNECTIONS)) == 35
    assert list(POSE_CONNECTIONS) == sorted(POSE_CONNECTIONS)
    assert all(0 <= start < end <= 32 for start, end in POSE_CONNECTIONS)


def test_connections_are_symmetric_between_the_sides() -> None:
    def mirror(row: int) -> int:
        # From the ears on, the two of a pair are an odd row and the even row after it.
        return row + 1 if row % 2 else row - 1

    mirrored = {tuple(sorted((mirror(a), mirror(b)))) for a, b in POSE_CONNECTIONS if a > 6}
    assert mirrored == {pair for pair in POSE_CONNECTIONS if pair[0] > 6}
