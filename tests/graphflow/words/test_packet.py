"""Packets."""

from __future__ import annotations

from graphflow import Packet
from graphflow.words.timestamp import PRESTREAM


def test_at_shares_the_payload_and_leaves_the_original_alone() -> None:  # behaviour 13
    payload = [1]
    packet = Packet(payload, 5)
    moved = packet.at(7)
    assert (packet.timestamp, moved.timestamp) == (5, 7)
    assert moved.value is payload


def test_a_packet_shows_type_and_time_but_no_payload() -> None:
    assert repr(Packet("secret", 5)) == "Packet(str at 5)"
    assert repr(Packet(1.0, PRESTREAM)) == "Packet(float at PRESTREAM)"
