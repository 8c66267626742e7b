"""Import the modules that a graph names under `import`, so that they register their calculators.

Only the name of a module may stand there. It is found in the folder of the graph's file, or among
what is installed; the folder comes last in Python's search path, so that no file beside a graph can
take the place of an installed module. Nothing else in a graph runs code.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Final

from graphflow.config.graph_config import Named
from graphflow.config.library import SUFFIX
from graphflow.config.stream_names import did_you_mean
from graphflow.nodes import registry as registries
from graphflow.nodes.calculator import Calculator
from graphflow.nodes.function_calculators import FunctionCalculator
from graphflow.nodes.registry import Origin, OriginKind, Registry
from graphflow.words.diagnostics import Diagnostic
from graphflow.words.errors import describe

_MODULE_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_NAME_MAX: Final = 200


def import_modules(modules: Sequence[Named], file: str, registry: Registry) -> Iterator[Diagnostic]:
    """Import modules, and tell which can't be imported or register nothing.

    Args:
        modules: as the graph names them.
        file: the graph's; modules are looked for in its folder.
        registry: that of the load. The modules register with the global one, so one that a program
            made for itself, to say what graphs may use, refuses them.
    """
    folder = Path(file).resolve().parent if file.endswith(SUFFIX) else None
    for module in modules:
        fault = _refusal(module, registry) or _imported(module, folder, file, registry)
        if fault is not None:
            yield fault


def _refusal(module: Named, registry: Registry) -> Diagnostic | None:
    name = module.text
    is_file = name.endswith(".py")
    if is_file or not _MODULE_NAME.fullmatch(name) or len(name) > _NAME_MAX:
        stem = re.sub(r"[/\\]", ".", name.removesuffix(".py")).strip(".")
        hint = f'write "{stem}"' if _MODULE_NAME.fullmatch(stem) else ""
        words = "the name of a module, as in my_nodes or my_package.nodes"
        return Diagnostic(module.location, f'import "{name}"', expected=words, hint=hint)
    if registry is not registries.registry:
        return Diagnostic(
            module.location,
            f'module "{name}" is not imported',
            found="a registry of the program's own",
            expected="calculators that the program registered with it",
        )
    return None


def _imported(
    module: Named, folder: Path | None, file: str, registry: Registry
) -> Diagnostic | None:
    """Import one module; return what is wrong with it."""
    name = module.text
    before = set(registry.names())
    expected = None if folder is None else _file_in(folder, name)
    if expected is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))
    invalidate_caches()
    try:
        made = import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            return _failure(module, error)
        return _absence(module, folder)
    except (Exception, SystemExit) as error:  # Whatever a user's module raises.
        return _failure(module, error)
    other = _other_file(made, expected)
    if other is not None:
        return Diagnostic(
            module.location,
            f'module "{name}" is another one',
            found=str(other),
            expected=str(expected),
            hint="rename the one beside the graph: what is installed or imported comes first",
        )
    if not (set(registry.names()) - before or _is_known(made, registry)):
        return _silence(module, made)
    registry.note_origin(name, Origin(OriginKind.GRAPH_IMPORT, name, file))
    return None


def _file_in(folder: Path, name: str) -> Path | None:
    """Return the file of a module in a folder, or None."""
    base = folder.joinpath(*name.split("."))
    for path in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _other_file(made: ModuleType, expected: Path | None) -> Path | None:
    """Return where a module came from, if it is not the expected file."""
    if expected is None:
        return None
    found = Path(getattr(made, "__file__", None) or f"<{made.__name__}>")
    return None if found.resolve() == expected.resolve() else found


def _is_known(made: ModuleType, registry: Registry) -> bool:
    """Tell whether calculators of a module, or of one in it, are registered, now or before."""
    homes = (f"{registry.home(name)}." for name in registry.names())
    if any(home.startswith(f"{made.__name__}.") for home in homes):
        return True
    held = (
        each.calculator if isinstance(each, FunctionCalculator) else each for each in _held(made)
    )
    return any(registry.has(each) for each in held if isinstance(each, type))


def _held(made: ModuleType) -> tuple[object, ...]:
    return tuple(vars(made).values())


def _absence(module: Named, folder: Path | None) -> Diagnostic:
    name = module.text
    beside = [] if folder is None else [path.stem for path in folder.glob("*.py")]
    hint = did_you_mean(name, beside)
    if not hint:
        place = "" if folder is None else f"put {name.split('.')[0]}.py beside the graph, or "
        hint = f"{place}install the package that has it"
    return Diagnostic(module.location, f'there is no module "{name}"', hint=hint)


def _failure(module: Named, error: BaseException) -> Diagnostic:
    frames = traceback.extract_tb(error.__traceback__)
    inner = [frame for frame in frames if not frame.filename.startswith("<frozen importlib")]
    place = "" if isinstance(error, SyntaxError) else _place(inner)
    return Diagnostic(
        module.location,
        f'module "{module.text}" fails while it is imported',
        found=describe(error) + place,
        hint="graphflow run --traceback shows where",
        cause=error,
    )


def _place(frames: Sequence[traceback.FrameSummary]) -> str:
    last = frames[-1] if frames else None
    is_ours = last is None or last.filename in (__file__, import_module.__code__.co_filename)
    return "" if last is None or is_ours else f", at {Path(last.filename).name}:{last.lineno}"


def _silence(module: Named, made: ModuleType) -> Diagnostic:
    classes = [
        each.__name__
        for each in _held(made)
        if isinstance(each, type)
        and issubclass(each, Calculator)
        and each.__module__ == made.__name__
    ]
    hint = f"write @register before class {classes[0]}" if classes else ""
    fault = f'module "{module.text}" registers no calculator'
    return Diagnostic(module.location, fault, hint=hint)
