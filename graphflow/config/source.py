"""A graph file between its text and its configuration: it may wait for its parameters' values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphflow.config.binding import Giver, bind
from graphflow.config.forwarding import forward_options
from graphflow.config.graph_config import GraphConfig
from graphflow.config.parameters import PARAMETER_KEYS, Parameters, read_parameters
from graphflow.config.reader import UNSUPPORTED, read_config
from graphflow.config.scope import check_scope
from graphflow.config.substitution import Substitution
from graphflow.config.value_reader import ValueReader
from graphflow.config.yaml_source import MappingValue, Value, parse_yaml
from graphflow.words.diagnostics import Diagnostic
from graphflow.words.errors import ConfigError
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class ReadGraph:
    """A graph file that was read to the end.

    Attributes:
        config: with the values of its parameters put in; of a subgraph, those of its first use.
    """

    source: GraphSource
    config: GraphConfig


@dataclass(frozen=True)
class GraphSource:
    """A graph as written.

    Attributes:
        value: None where the text is empty or no YAML.
        parameters: what it declares.
        faults: those of the text and of the declarations.
        text: of the file; "" for a graph made in code.
    """

    file: str
    value: Value | None
    parameters: Parameters
    faults: tuple[Diagnostic, ...] = ()
    text: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether there is anything to make a configuration of."""
        return self.value is not None or not self.faults

    def config(self, values: Mapping[str, Value]) -> tuple[GraphConfig, tuple[Diagnostic, ...]]:
        """Put the parameters' values in; read the graph, as far as it goes.

        Returns:
            The configuration, and the faults within this file that `faults` does not hold.
        """
        if not self.is_readable:
            return GraphConfig(self.file, is_whole=False), ()
        if not isinstance(self.value, MappingValue):
            return read_config(self.value, self.file)
        substitution = Substitution(values, is_whole=self.parameters.is_whole)
        try:
            value = substitution.mapping(self.value, leaving=PARAMETER_KEYS)
            value, forwarding_faults = forward_options(value, values)
            config, faults = read_config(value, self.file)
            every = (*substitution.diagnostics, *forwarding_faults, *faults, *check_scope(config))
        except ConfigError as limit:
            return GraphConfig(self.file, is_whole=False), limit.diagnostics
        return config, every


def read_source(text: str, file: str) -> GraphSource:
    """Read the text of a graph."""
    value, faults = parse_yaml(text, file)
    return replace(source_of(value, file, faults), text=text)


def source_of(value: Value | None, file: str, faults: tuple[Diagnostic, ...] = ()) -> GraphSource:
    """Return what a value says, with its parameters read."""
    values = ValueReader(UNSUPPORTED)
    try:
        parameters = read_parameters(value, values)
    except ConfigError as limit:
        return GraphSource(file, None, Parameters(is_whole=False), (*faults, *limit.diagnostics))
    return GraphSource(file, value, parameters, (*faults, *values.diagnostics))


def load_source(
    source: GraphSource, given: MappingValue
) -> tuple[GraphConfig, tuple[Diagnostic, ...]]:
    """Return the configuration of the outermost graph, and all faults of its file.

    Args:
        source: the graph.
        given: what whoever loads it gives for its parameters.
    """
    values, faults = bind(source.parameters, given, Giver())
    if values is None:
        return GraphConfig(source.file, is_whole=False), (*source.faults, *faults)
    config, more = source.config(values)
    return config, (*source.faults, *more)
