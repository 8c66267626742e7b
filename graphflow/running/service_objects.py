"""The services of a graph: objects given, inherited, or made by default, kept over its runs.

The profile of a run is of that run alone: the run makes it, where nobody gave one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.nodes.service import Service
from graphflow.plan import NodePlan, Plan
from graphflow.running.profile import PROFILE
from graphflow.words.diagnostics import Diagnostic, render
from graphflow.words.errors import GraphflowError, UsageError, describe

Objects = Mapping[Service[Any], Any]


class ServiceObjects:
    """The objects behind the keys of services. What it gives a run does not change in that run."""

    def __init__(self) -> None:
        self._given: dict[Service[Any], Any] = {}
        self._made: dict[Service[Any], Any] = {}
        self._outer: Objects | None = None

    def give(self, key: Service[Any], service: Any) -> None:
        """Use this object from the next run on."""
        self._given[key] = service

    def inherit(self, outer: Objects) -> None:
        """Use another graph's objects from the next run on, and make none by default."""
        self._outer = {key: each for key, each in outer.items() if key is not PROFILE}

    def forget_made(self) -> None:
        """Forget what was made by default: the next run makes it again."""
        self._made.clear()

    def for_run(self, plan: Plan) -> Objects:
        """Return the objects of a run; make those that its nodes need, by default, before.

        Raises:
            UsageError: a required one was not given; all that are missing are in the message. Or
                one could not be made.
        """
        found = {**(self._outer or {}), **self._given}
        faults = []
        for node in plan.nodes:
            for key in (*node.services, *node.optional_services):
                if key in found or key is PROFILE:
                    continue
                if key.default is not None and self._outer is None:
                    found[key] = self._make(key)
                elif key in node.services:
                    faults.append(render(self._missing(node, key)))
        if faults:
            raise UsageError("\n".join(faults))
        return found

    def _make(self, key: Service[Any]) -> Any:
        if key not in self._made:
            assert key.default is not None
            try:
                self._made[key] = key.default()
            except GraphflowError:
                raise
            except Exception as error:
                fault = f'service "{key.name}" could not be made: {describe(error)}'
                raise UsageError(fault) from error
        return self._made[key]

    def _missing(self, node: NodePlan, key: Service[Any]) -> Diagnostic:
        hint = "give it with graph.set_service(KEY, object) before the run"
        if self._outer is not None:
            hint = "a graph inside another makes no services; the outer one must have it"
        fault = f'node "{node.name}" needs service "{key.name}", which was not given'
        return Diagnostic(node.location, fault, hint=hint)
