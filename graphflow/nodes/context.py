"""Context: what a calculator sees during a call.

A node's context and ports are made once and used again for every call, so they are valid only
until the call returns. Packets and payloads may be kept; contexts may not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from graphflow.nodes.contract import port_name
from graphflow.nodes.service import Service, ServiceT
from graphflow.words import timestamp as time_of
from graphflow.words.bounds import check_time
from graphflow.words.errors import ContractError
from graphflow.words.packet import Packet

MIN, MAX, DONE = time_of.MIN, time_of.MAX, time_of.DONE

UNDECLARED: Final = object()
"""Where a header would be, of a node whose contract does not say that it reads headers."""

_TIME_HINT = "; in open, close and sources give the time with add(Packet(value, time))"


class Input:
    """One input stream of a node, at the time of the call.

    Attributes:
        packet: the packet at this time, or None: settled, and there is none.
        settled: the newest time at which this input is settled; `packet` is all there is up to it.
        key: (tag, index), as `Ports` takes it.
        lost, left_out: what the node told about its packets, by reason; None before it did.
    """

    __slots__ = (
        "_header",
        "index",
        "key",
        "left_out",
        "lost",
        "packet",
        "settled",
        "stream",
        "tag",
    )

    def __init__(self, tag: str, index: int, stream: str) -> None:
        self._header: Any = UNDECLARED
        self.tag = tag
        self.index = index
        self.key = (tag, index)
        self.stream = stream
        self.packet: Packet | None = None
        self.settled: int = time_of.UNSTARTED
        self.lost: Counter[str] | None = None
        self.left_out: Counter[str] | None = None

    def drop(self, reason: str, count: int = 1) -> None:
        """Tell the ledger that packets of this input are lost: no room, or no time for them.

        `graphflow run --no-drops` fails of it.

        Args:
            reason: why, in a few words; counted apart from other reasons.
            count: how many packets, also of earlier calls.
        """
        if self.lost is None:
            self.lost = Counter()
        self.lost[reason] += count

    def leave_out(self, reason: str, count: int = 1) -> None:
        """Tell the ledger that packets of this input go no further, as the graph wants it.

        Args:
            reason: why, in a few words; counted apart from other reasons.
            count: how many packets, also of earlier calls.
        """
        if self.left_out is None:
            self.left_out = Counter()
        self.left_out[reason] += count

    @property
    def is_empty(self) -> bool:
        """Whether there is no packet at this time."""
        return self.packet is None

    @property
    def value(self) -> Any:
        """The payload.

        Raises:
            ContractError: the input is empty; ask `is_empty` first.
        """
        if self.packet is None:
            name = port_name(self.tag, self.index)
            raise ContractError(
                f"input {name} is empty at this time; ask is_empty before reading value"
            )
        return self.packet.value

    def get(self, default: Any = None) -> Any:
        """Return the payload, or `default` where the input is empty."""
        return default if self.packet is None else self.packet.value

    @property
    def header(self) -> Any:
        """What the producer said of the whole stream; None if it said nothing.

        There from `open` on; that of a back edge comes when its producer is open.

        Raises:
            ContractError: the contract does not say that the calculator reads headers.
        """
        if self._header is UNDECLARED:
            name = port_name(self.tag, self.index)
            raise ContractError(
                f"input {name}: found no reads_headers=True in the contract; expected it of a "
                "calculator that reads headers, which is opened after those that set them"
            )
        return self._header

    def receive_header(self, header: Any) -> None:
        """Take the stream's header; the machine's business, for a node that reads headers."""
        self._header = header


class Output:
    """One output stream of a node: collects what a call emits, released when the call returns.

    Attributes:
        bound: the lowest time that may still be emitted.
        key: (tag, index), as `Ports` takes it.
        header: set in `open`; None for none.
        order_hint: what the message about a packet that comes too late adds.
        lost: what the node told of packets that it had and did not emit, by reason; None before.
        bumped: packets that the node emitted at another time than their own, for the ledger: a
            source whose device has a bad clock.
    """

    __slots__ = (
        "bound",
        "bumped",
        "context",
        "header",
        "index",
        "key",
        "lost",
        "more",
        "order_hint",
        "packet",
        "stream",
        "tag",
    )

    def __init__(self, tag: str, index: int, stream: str, context: Context) -> None:
        self.tag = tag
        self.index = index
        self.key = (tag, index)
        self.stream = stream
        self.context = context
        self.bound: int = time_of.PRESTREAM
        self.header: Any = None
        self.order_hint = ""
        self.lost: Counter[str] | None = None
        self.bumped = 0
        # The first packet of a call has a slot of its own: most calls emit one, and a list costs.
        self.packet: Packet | None = None
        self.more: list[Packet] = []

    def emit(self, value: Any) -> None:
        """Emit a payload at the time of the call."""
        self.add(Packet(value, self.context.timestamp))

    def add(self, packet: Packet) -> None:
        """Emit a packet at its own time.

        Raises:
            TimestampError: the time lies below what this stream may still carry.
        """
        time = packet.timestamp
        if MIN <= time < MAX and time >= self.bound:
            self.bound = time + 1
        else:
            check_time(
                time,
                self.bound,
                f'output {port_name(self.tag, self.index)} (stream "{self.stream}")',
                _TIME_HINT,
                self.order_hint,
            )
            time = int(time)
            packet = Packet(packet.value, time)  # a plain integer, whatever named the special time
            self.bound = time_of.next_allowed(time)
        if self.packet is None:
            self.packet = packet
        else:
            self.more.append(packet)

    def advance(self, bound: int) -> None:
        """Promise that nothing below `bound` will be emitted any more. Lower bounds are ignored."""
        if bound > self.bound:
            self.bound = int(bound)

    def set_header(self, header: Any) -> None:
        """Say something of the whole stream: its format, say. Consumers may read it as they open.

        Raises:
            ContractError: called later than in `open`.
        """
        if self.context.timestamp != time_of.UNSTARTED:
            raise ContractError(
                f'output {port_name(self.tag, self.index)} (stream "{self.stream}"): a header is '
                "set in open; later, emit a packet"
            )
        self.header = header

    def drop(self, reason: str, count: int = 1) -> None:
        """Tell the ledger of packets that were here, and are not emitted: a camera's, say.

        For sources: what became of packets that came by an input is told there.

        Args:
            reason: why, in a few words; counted apart from other reasons.
            count: how many packets, also since earlier calls.
        """
        if self.lost is None:
            self.lost = Counter()
        self.lost[reason] += count

    def close(self) -> None:
        """Promise that nothing will be emitted any more."""
        self.bound = DONE

    @property
    def is_closed(self) -> bool:
        """Whether this output was closed."""
        return self.bound == DONE


PortT = TypeVar("PortT", bound="Input | Output")


class Ports(Generic[PortT]):
    """The connected ports of a node: by tag, by (tag, index), by position, or one after another.

    `ports["IMAGE"]` is index 0 of that tag, `ports["TENSORS", 2]` index 2, `ports[0]` the first
    port as the graph wrote them.
    """

    __slots__ = ("__iter__", "_by_key", "_by_tag", "_kind", "_ports")

    if TYPE_CHECKING:  # to checkers a method like others

        def __iter__(self) -> Iterator[PortT]:
            """Give one port after another, as the graph wrote them."""

    def __init__(self, kind: str, ports: Sequence[PortT]) -> None:
        self._kind = kind
        self._ports = tuple(ports)
        # The tuple's own: calculators go through their ports at every call, and a method written
        # here would take twice as long.
        self.__iter__ = self._ports.__iter__  # type: ignore[method-assign]
        self._by_tag: dict[str, tuple[PortT, ...]] = {}
        for port in ports:
            same = (*self._by_tag.get(port.tag, ()), port)
            self._by_tag[port.tag] = tuple(sorted(same, key=lambda each: each.index))
        self._by_key: dict[str | int | tuple[str, int], PortT] = dict(enumerate(self._ports))
        for port in ports:
            self._by_key[port.tag, port.index] = port
            if port.index == 0:
                self._by_key[port.tag] = port

    def __getitem__(self, key: str | int | tuple[str, int]) -> PortT:
        try:
            return self._by_key[key]
        except KeyError:
            raise ContractError(self._missing(key)) from None

    def get(self, tag: str, index: int = 0) -> PortT | None:
        """Return a port, or None where it is not connected."""
        return self._by_key.get((tag, index))

    def tagged(self, tag: str) -> tuple[PortT, ...]:
        """Return all ports with `tag`, by index; none where it is not connected."""
        return self._by_tag.get(tag, ())

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that are connected, sorted."""
        return tuple(sorted(self._by_tag))

    def __contains__(self, tag: object) -> bool:
        return tag in self._by_tag

    def __len__(self) -> int:
        return len(self._ports)

    def _missing(self, key: object) -> str:
        connected = ", ".join(port_name(port.tag, port.index) for port in self._ports) or "none"
        return f"{self._kind} {key!r} is not connected; connected are: {connected}"


class SideInputs:
    """The side packets given to a node: fixed before it opens.

    `side_inputs["FILE_PATH"]` is the value; `get` answers with a default for an absent one.
    """

    __slots__ = ("_keys", "_values")

    def __init__(self, keys: Mapping[tuple[str, int], str], values: Mapping[str, Any]) -> None:
        self._keys = keys
        self._values = values

    def __getitem__(self, key: str | tuple[str, int]) -> Any:
        full = (key, 0) if isinstance(key, str) else key
        name = self._keys.get(full)
        if name is None or name not in self._values:
            raise ContractError(
                f"side input {port_name(*full)} was not given; "
                "read optional ones with get(TAG, default=...)"
            )
        return self._values[name]

    def get(self, tag: str, index: int = 0, default: Any = None) -> Any:
        """Return a side packet's value, or `default` where it was not given."""
        name = self._keys.get((tag, index))
        return default if name is None else self._values.get(name, default)

    def indexes(self, tag: str) -> tuple[int, ...]:
        """Return the indexes connected under `tag`, sorted."""
        return tuple(sorted(index for each, index in self._keys if each == tag))

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Give (tag, index) of each that is connected, as the graph wrote them."""
        return iter(self._keys)

    def __contains__(self, tag: object) -> bool:
        return any(each == tag and name in self._values for (each, _), name in self._keys.items())


class SideOutputs:
    """The side packets a node makes: each once in a run, there for others when the call returns."""

    __slots__ = ("_keys", "_values", "made")

    def __init__(self, keys: Mapping[tuple[str, int], str], values: Mapping[str, Any]) -> None:
        self._keys = keys
        self._values = values
        self.made: dict[str, Any] = {}

    def __setitem__(self, key: str | tuple[str, int], value: Any) -> None:
        full = (key, 0) if isinstance(key, str) else key
        name = self._keys.get(full)
        if name is None:
            raise ContractError(f"side output {port_name(*full)} is not connected")
        if name in self.made or name in self._values:
            raise ContractError(f'side packet "{name}" was already made in this run')
        if isinstance(value, Packet):
            raise ContractError(
                f'side packet "{name}": found a packet at {time_of.text(value.timestamp)}; '
                "expected its value, for a side packet has no time"
            )
        self.made[name] = value

    def indexes(self, tag: str) -> tuple[int, ...]:
        """Return the indexes connected under `tag`, sorted."""
        return tuple(sorted(index for each, index in self._keys if each == tag))

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Give (tag, index) of each, as the graph wrote them."""
        return iter(self._keys)

    def __contains__(self, tag: object) -> bool:
        return any(each == tag for each, _ in self._keys)


class Context:
    """What a calculator sees during one call.

    Attributes:
        timestamp: of the input set, microseconds; UNSTARTED in `open`, DONE in `close`, 0 in a
            source's `process`.
        inputs, outputs: the connected stream ports.
        side_inputs, side_outputs: the connected side packets.
        node_name: the name of the node in the expanded graph.
        services: the objects of the whole run, by key; read them with `service`.
        service_keys: the keys that this node's contract declares.
    """

    __slots__ = (
        "fault",
        "has_stopped",
        "inputs",
        "node_name",
        "outputs",
        "service_keys",
        "services",
        "side_inputs",
        "side_outputs",
        "timestamp",
    )

    timestamp: int
    inputs: Ports[Input]
    outputs: Ports[Output]
    side_inputs: SideInputs
    side_outputs: SideOutputs
    node_name: str
    services: Mapping[Service[Any], Any]
    service_keys: Collection[Service[Any]]
    has_stopped: bool
    fault: Exception | None

    def service(self, key: Service[ServiceT]) -> ServiceT:
        """Return a service that the contract declares; keep it, if you like, until `close`.

        Raises:
            ContractError: the contract does not declare it; or it is optional and was not given.
        """
        found = self.find_service(key)
        if found is None:
            raise ContractError(
                f'service "{key.name}" was not given; read optional ones with find_service'
            )
        return found

    def find_service(self, key: Service[ServiceT]) -> ServiceT | None:
        """Return a service that the contract declares, or None if it was not given.

        Raises:
            ContractError: the contract does not declare it.
        """
        if key not in self.service_keys:
            raise ContractError(f'the contract declares no service "{key.name}"')
        found: ServiceT | None = self.services.get(key)
        return found

    def stop(self, fault: Exception | None = None) -> None:
        """End this source: what it emitted is delivered, then it is closed.

        From a node that is no source, all sources of the graph are ended.

        Args:
            fault: what went wrong, if the source ends early: everything emitted so far is still
                processed to the end, and only then the run fails with it (a damaged file keeps
                what could be read).
        """
        self.has_stopped = True
        self.fault = fault
