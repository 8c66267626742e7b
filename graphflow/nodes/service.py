"""Service: an object that calculators share, under a typed key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from graphflow.words.quick_dataclass import dataclass

ServiceT = TypeVar("ServiceT")


@dataclass(frozen=True, eq=False)
class Service(Generic[ServiceT]):
    """The key of a service: what calculators ask for, and applications give.

    Make it once, beside the class of the service, and import it where it is used: two keys are two
    services, also under the same name::

        CLOCK = Service[Clock]("clock", default=Clock)

    Calculators name it in their contracts and read it with `context.service(CLOCK)`. Applications
    give an object with `graph.set_service(CLOCK, clock)`. **The object must be safe to use from
    several threads**: nodes run on different ones, at the same time.

    Attributes:
        name: for messages.
        default: makes the object where none was given, once for each graph; None if it must be
            given.
    """

    name: str
    default: Callable[[], ServiceT] | None = None
