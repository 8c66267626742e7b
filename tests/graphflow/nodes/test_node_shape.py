"""What a calculator is shown of a node before it runs."""

from __future__ import annotations

from graphflow.nodes.node_shape import ConnectedPorts

PORTS = ConnectedPorts([("B", 1), ("", 0), ("B", 0)])


def test_ports_keep_the_order_of_the_graph() -> None:
    assert list(PORTS) == [("B", 1), ("", 0), ("B", 0)]
    assert PORTS.tags == ("B", "")
    assert len(PORTS) == 3


def test_a_tag_or_one_port_may_be_asked_for() -> None:
    assert "B" in PORTS
    assert ("B", 1) in PORTS
    assert "A" not in PORTS
    assert ("", 1) not in PORTS


def test_indexes_are_sorted() -> None:
    assert PORTS.indexes("B") == (0, 1)
    assert PORTS.indexes("A") == ()


def test_ports_are_listed_as_graphs_write_them() -> None:
    assert str(PORTS) == "B:1, :0, B"
    assert str(ConnectedPorts()) == "none"
    assert repr(PORTS) == "ConnectedPorts(B:1, :0, B)"
