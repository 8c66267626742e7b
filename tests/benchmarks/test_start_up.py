"""How starts of processes are measured."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.parts.start_up import to_first_line, whole_process, with_bytecode


def test_a_process_finds_in_the_second_turn_what_it_compiled_in_the_first(tmp_path: Path) -> None:
    (tmp_path / "some_module.py").write_text("answer = 42\n", encoding="utf-8")
    environment = with_bytecode(
        {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}, tmp_path / "bytecode"
    )
    whole_process([sys.executable, "-c", "import some_module"], environment)
    (compiled,) = (tmp_path / "bytecode").rglob("some_module*.pyc")
    assert compiled.is_file()
    assert not (tmp_path / "__pycache__").exists()


def test_the_first_line_tells_the_processor_time() -> None:
    sample = to_first_line([sys.executable, "-c", "print(0.25, 'and more')"], {})
    assert sample["cpu"] == 0.25
    assert sample["wall"] > 0
