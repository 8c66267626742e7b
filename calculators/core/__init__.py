"""Core: nodes that take streams apart, re-time, choose and combine packets, whatever their payload.

They are MediaPipe's, from its calculators/core; those that pass, gate or loop are in
`calculators.flow`. Importing the package registers them.
"""

from __future__ import annotations

from calculators.core.add_header import AddHeaderCalculator
from calculators.core.begin_item_loop import BeginItemLoopCalculator
from calculators.core.begin_loop import BeginLoopCalculator
from calculators.core.bypass import BypassCalculator
from calculators.core.clip_vector_size import ClipVectorSizeCalculator
from calculators.core.clock_latency import ClockLatencyCalculator
from calculators.core.clock_timestamp import ClockTimestampCalculator
from calculators.core.concatenate_vector import ConcatenateVectorCalculator
from calculators.core.constant_side_packet import ConstantSidePacketCalculator
from calculators.core.counting_source import CountingSourceCalculator
from calculators.core.default_side_packet import DefaultSidePacketCalculator
from calculators.core.dequantize_byte_array import DequantizeByteArrayCalculator
from calculators.core.end_item_loop import EndItemLoopCalculator
from calculators.core.end_loop import EndLoopCalculator
from calculators.core.get_vector_item import GetVectorItemCalculator
from calculators.core.immediate_mux import ImmediateMuxCalculator
from calculators.core.make_pair import MakePairCalculator
from calculators.core.matrix_multiply import MatrixMultiplyCalculator
from calculators.core.matrix_subtract import MatrixSubtractCalculator
from calculators.core.matrix_to_vector import MatrixToVectorCalculator
from calculators.core.merge_to_vector import MergeToVectorCalculator
from calculators.core.mux import MuxCalculator
from calculators.core.non_zero import NonZeroCalculator
from calculators.core.packet_cloner import PacketClonerCalculator
from calculators.core.packet_frequency import PacketFrequencyCalculator
from calculators.core.packet_inner_join import PacketInnerJoinCalculator
from calculators.core.packet_latency import PacketLatencyCalculator
from calculators.core.packet_resampler import PacketResamplerCalculator
from calculators.core.packet_sequencer import PacketSequencerCalculator
from calculators.core.packet_thinner import PacketThinnerCalculator
from calculators.core.quantize_float_vector import QuantizeFloatVectorCalculator
from calculators.core.round_robin_demux import RoundRobinDemuxCalculator
from calculators.core.sequence_shift import SequenceShiftCalculator
from calculators.core.side_packet_to_stream import SidePacketToStreamCalculator
from calculators.core.split_vector import SplitVectorCalculator
from calculators.core.stream_to_side_packet import StreamToSidePacketCalculator
from calculators.core.string_to_int import StringToIntCalculator
from calculators.core.value_or_default import ValueOrDefaultCalculator
from calculators.core.vector_indices import VectorIndicesCalculator
from calculators.core.vector_size import VectorSizeCalculator

__all__ = [
    "AddHeaderCalculator",
    "BeginItemLoopCalculator",
    "BeginLoopCalculator",
    "BypassCalculator",
    "ClipVectorSizeCalculator",
    "ClockLatencyCalculator",
    "ClockTimestampCalculator",
    "ConcatenateVectorCalculator",
    "ConstantSidePacketCalculator",
    "CountingSourceCalculator",
    "DefaultSidePacketCalculator",
    "DequantizeByteArrayCalculator",
    "EndItemLoopCalculator",
    "EndLoopCalculator",
    "GetVectorItemCalculator",
    "ImmediateMuxCalculator",
    "MakePairCalculator",
    "MatrixMultiplyCalculator",
    "MatrixSubtractCalculator",
    "MatrixToVectorCalculator",
    "MergeToVectorCalculator",
    "MuxCalculator",
    "NonZeroCalculator",
    "PacketClonerCalculator",
    "PacketFrequencyCalculator",
    "PacketInnerJoinCalculator",
    "PacketLatencyCalculator",
    "PacketResamplerCalculator",
    "PacketSequencerCalculator",
    "PacketThinnerCalculator",
    "QuantizeFloatVectorCalculator",
    "RoundRobinDemuxCalculator",
    "SequenceShiftCalculator",
    "SidePacketToStreamCalculator",
    "SplitVectorCalculator",
    "StreamToSidePacketCalculator",
    "StringToIntCalculator",
    "ValueOrDefaultCalculator",
    "VectorIndicesCalculator",
    "VectorSizeCalculator",
]
