"""Flow: nodes that pass, choose, switch, hold back or loop packets, whatever their payload.

Importing the package registers them.
"""

from __future__ import annotations

from calculators.flow.flow_limiter import FlowLimiterCalculator
from calculators.flow.gate import GateCalculator
from calculators.flow.merge import MergeCalculator
from calculators.flow.packet_presence import PacketPresenceCalculator
from calculators.flow.pass_through import PassThroughCalculator
from calculators.flow.previous_loopback import PreviousLoopbackCalculator
from calculators.flow.side_packet_logic import SidePacketLogicCalculator
from calculators.flow.switch_container import SwitchContainer
from calculators.flow.switch_demux import SwitchDemuxCalculator
from calculators.flow.switch_mux import SwitchMuxCalculator

__all__ = [
    "FlowLimiterCalculator",
    "GateCalculator",
    "MergeCalculator",
    "PacketPresenceCalculator",
    "PassThroughCalculator",
    "PreviousLoopbackCalculator",
    "SidePacketLogicCalculator",
    "SwitchContainer",
    "SwitchDemuxCalculator",
    "SwitchMuxCalculator",
]
