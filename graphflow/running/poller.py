"""Poller: read a stream packet by packet, where a callback would be in the way."""

from __future__ import annotations

from graphflow.nodes.context import Context
from graphflow.running.handover import Mailbox
from graphflow.words.packet import Packet


class Poller(Mailbox[Packet]):
    """The packets of one stream, in order, for the program to take; made by `Graph.poll`.

    A full poller holds the graph's sources and inputs back until somebody reads. It ends when its
    stream does, and then, or after the failure of the run, gives what it still has. When the graph
    is run again, it begins again, empty.

    Several threads may read; each packet goes to one of them.
    """

    def receive(self, context: Context) -> None:
        """Take the packet of a call of the node behind this poller, or an empty one."""
        self.put(context.inputs[0].packet or Packet(None, context.timestamp))
