"""The schema of stream and side packet lists: which tags a node may write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphflow.nodes.contract import ANY_TAG, Port

Schema = dict[str, Any]

_NAME: Final = "[a-z_][a-z0-9_]*"
_TAG: Final = "[A-Z_][A-Z0-9_]*"
_INDEX: Final = "(?:0|[1-9][0-9]*)"
_REFERRING: Final = r"|.*\$\{.*"
"""A name that holds a parameter: nobody knows its text."""

ANY_CONNECTION: Final = f"^(?:(?:{_TAG}:)?(?:{_INDEX}:)?{_NAME}{_REFERRING})$"
CONNECTION_LIST: Final = {"$ref": "#/$defs/connection_list"}
NO_CONNECTIONS: Final = {"$ref": "#/$defs/no_connections"}
_BOTH: Final = (False, True)


@dataclass(frozen=True)
class Tagged:
    """A tag that a node may, or must, connect.

    Attributes:
        tag: "" for connections without.
        is_repeated: with any index, and not with index 0 alone.
    """

    tag: str
    is_required: bool = False
    is_repeated: bool = False


def tags_of(ports: Sequence[Port]) -> tuple[Tagged, ...]:
    """Return the tags of a contract's ports, ANY_TAG among them if any other will do."""
    return tuple(Tagged(port.tag, not port.optional, port.repeated) for port in ports)


def list_schema(tags: Sequence[Tagged]) -> Schema:
    """Return the schema of one of a node's lists, or of the single entry in its place."""
    if not tags:
        return NO_CONNECTIONS
    own = [each for each in tags if each.tag not in ("", ANY_TAG)]
    takes_any = any(each.tag == ANY_TAG for each in tags)
    if takes_any and not own:
        return CONNECTION_LIST
    pattern = f"^(?:{_before(own, tags, takes_any)}{_NAME}{_REFERRING})$"
    schema: Schema = {
        "type": ["array", "string", "null"],
        "pattern": pattern,
        "items": {"type": "string", "pattern": pattern},
    }
    required = [each for each in own if each.is_required]
    if required:
        schema["allOf"] = [
            {
                "contains": {
                    "type": "string",
                    "pattern": f"^(?:{_form([each.tag], each.is_repeated)}{_REFERRING})",
                }
            }
            for each in required
        ]
    return schema


def _before(own: Sequence[Tagged], tags: Sequence[Tagged], takes_any: bool) -> str:
    """Return the pattern of tag and index, with the colons behind them."""
    names = [[each.tag for each in own if each.is_repeated is many] for many in _BOTH]
    forms = [_form(each, many) for each, many in zip(names, _BOTH, strict=True) if each]
    if takes_any:
        others = "|".join(each.tag for each in own)
        forms.append(f"(?!(?:{others}):){_TAG}:(?:{_INDEX}:)?")
    is_optional = takes_any or any(not each.tag for each in tags)
    return f"(?:{'|'.join(forms)}){'?' if is_optional else ''}" if forms else ""


def _form(tags: Sequence[str], is_repeated: bool) -> str:
    """Return the pattern of what stands before a name."""
    words = tags[0] if len(tags) == 1 else f"(?:{'|'.join(tags)})"
    return f"{words}:(?:{_INDEX if is_repeated else '0'}:)?"
