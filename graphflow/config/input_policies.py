"""Choose each node's input policy, and resolve what it says of single inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphflow.config.graph_config import Connection, NodeConfig, PolicyConfig
from graphflow.config.library import with_trail
from graphflow.config.option_checking import Owner, check_options, place_of
from graphflow.config.stream_names import NameFault, did_you_mean, parse_reference
from graphflow.nodes.contract import port_name
from graphflow.nodes.input_policy import (
    POLICIES,
    DefaultPolicy,
    InputPolicy,
    SyncSetPolicy,
    TimestampAlignPolicy,
)
from graphflow.words.diagnostics import Diagnostic, Note, listed
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class ChosenPolicy:
    """A node's policy.

    Attributes:
        sync_sets: positions of the node's inputs, set by set; empty but for the sync set policy.
        base_input: position of the input whose clock counts, for the timestamp align policy.
    """

    policy: InputPolicy
    sync_sets: tuple[tuple[int, ...], ...] = ()
    base_input: int = 0


def read_policy(
    config: PolicyConfig | None, trail: tuple[Note, ...] = ()
) -> tuple[InputPolicy | None, tuple[Diagnostic, ...]]:
    """Make the policy that an `input_stream_handler` names; None where there is none, or faults."""
    if config is None:
        return None, ()
    model = POLICIES.get(config.handler.text)
    if model is not None:
        name = config.handler.text
        owner = Owner(name, name, config.handler.location, trail)
        policy: InputPolicy | None
        policy, faults = check_options(model, config.options, owner)
        return policy, faults
    name = config.handler.text
    fault = Diagnostic(
        config.handler.location,
        f'input stream handler "{name}" is unknown',
        expected=listed(list(POLICIES), "or"),
        hint=did_you_mean(name, POLICIES),
    )
    return None, (with_trail(fault, trail),)


def choose_policy(
    node: NodeConfig,
    inputs: Sequence[Connection],
    contract_policy: InputPolicy,
    graph_policy: InputPolicy | None,
) -> tuple[ChosenPolicy, tuple[Diagnostic, ...]]:
    """Choose a node's policy, and tell the faults of the one it names itself.

    The node's own comes first; then the graph's, if the contract wants the default; then that of
    the contract. (In MediaPipe the graph's beats the contract's, which breaks flow limiters.)
    """
    own, faults = read_policy(node.policy, node.trail)
    policy = own
    if policy is None:
        wants_default = isinstance(contract_policy, DefaultPolicy)
        policy = graph_policy if graph_policy and wants_default else contract_policy
    if isinstance(policy, DefaultPolicy) and policy.batch_size > 1 and node.max_in_flight > 1:
        fault = f'node "{node.label}" has both max_in_flight and an input policy with batch_size'
        faults = (*faults, with_trail(Diagnostic(node.location, fault), node.trail))
    named = _NamedInputs(node, inputs, node.policy if own is not None else None)
    chosen = ChosenPolicy(policy)
    if isinstance(policy, SyncSetPolicy):
        chosen = ChosenPolicy(policy, named.sync_sets(policy))
    elif isinstance(policy, TimestampAlignPolicy):
        chosen = ChosenPolicy(policy, base_input=named.base(policy))
    more = tuple(with_trail(fault, node.trail) for fault in named.diagnostics)
    return chosen, (*faults, *more)


class _NamedInputs:
    """Finds the inputs that a policy names.

    That of a contract or of the graph may name inputs that this node leaves unconnected; a node's
    own may not.
    """

    def __init__(
        self, node: NodeConfig, inputs: Sequence[Connection], own: PolicyConfig | None
    ) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._node = node
        self._own = own
        self._positions = {connection.key: at for at, connection in enumerate(inputs)}

    def base(self, policy: TimestampAlignPolicy) -> int:
        """Return the position of the base input; 0 where it is not connected."""
        name = "timestamp_base_tag_index"
        return self._position(policy.timestamp_base_tag_index, (name,)) or 0

    def sync_sets(self, policy: SyncSetPolicy) -> tuple[tuple[int, ...], ...]:
        unlisted = dict.fromkeys(self._positions.values())
        resolved = []
        for at, sync_set in enumerate(policy.sync_set):
            positions = []
            for path, reference in _references(at, sync_set.tag_index):
                position = self._position(reference, path)
                if position is None:
                    continue
                if position not in unlisted:
                    self._report(path, f'input "{reference}" is in two sync sets')
                    continue
                del unlisted[position]
                positions.append(position)
            resolved.append(tuple(positions))
        return tuple(each for each in (*resolved, tuple(unlisted)) if each)

    def _position(self, reference: str, path: tuple[str | int, ...]) -> int | None:
        try:
            key = parse_reference(reference)
        except NameFault as fault:
            self._report(path, f'tag_index "{reference}"', hint=str(fault))
            return None
        if key not in self._positions:
            ports = [port_name(*each) for each in self._positions]
            words = f'node "{self._node.label}" has no input {port_name(*key)}'
            expected = listed(ports, "or") if ports else ""
            self._report(path, words, expected, did_you_mean(port_name(*key), ports))
        return self._positions.get(key)

    def _report(
        self, path: tuple[str | int, ...], fault: str, expected: str = "", hint: str = ""
    ) -> None:
        if self._own is not None:
            options = self._own.options
            location = (
                place_of(path, options)[1].location if options else self._own.handler.location
            )
            self.diagnostics.append(Diagnostic(location, fault, expected=expected, hint=hint))


def _references(at: int, names: Sequence[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for number, reference in enumerate(names):
        yield ("sync_set", at, "tag_index", number), reference
