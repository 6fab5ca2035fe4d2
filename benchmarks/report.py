"""A benchmark's table: printed as text, and kept in docs/benchmarks on request."""

import argparse
import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe_machine, load_average
from solider_mm.fileio.atomic import atomic_path

__all__ = ["Report", "record"]

# Settings from outside that change times, and so belong to the command. With a passive
# policy threads do not spin while they wait: on two cores that were shared with another
# process, Swin-T took a quarter of the time in two threads.
ENVIRONMENT = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")

DOCUMENTS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"


class Report:
    """A table, with what is needed to read it.

    Args:
        name: Of the benchmark's file, without suffix.
        title: One line: what is compared with what.
        columns: Heads of the columns.
    """

    def __init__(self, name: str, title: str, columns: Sequence[str]) -> None:
        self.name = name
        self.title = title
        self.rows: list[Sequence[str]] = [columns]
        self.notes: list[str] = []
        self.load_at_start = load_average()

    def add(self, *cells: str) -> None:
        """Add a row.

        Raises:
            ValueError: If it has not one cell per column.
        """
        if len(cells) != len(self.rows[0]):
            raise ValueError(f"{cells} are not one cell for each of {self.rows[0]}")
        self.rows.append(cells)

    def note(self, text: str) -> None:
        """Add a sentence below the table."""
        self.notes.append(text)

    def finish(self, args: argparse.Namespace, argv: Sequence[str] | None) -> None:
        """Print everything; keep it if the command line says `--record`.

        Args:
            args: The command line, read.
            argv: The command line; None is the process's.
        """
        machine = describe_machine(getattr(args, "device", "cpu"))
        load = f"load {self.load_at_start:.2f} at the start, {load_average():.2f} at "
        conditions = f"{machine}; {load}the end."
        print("\n".join([self.title, conditions, "", self.as_text(), *self.notes]))
        if args.record is None:
            return
        command = self.command(sys.argv[1:] if argv is None else argv)
        name = args.record or self.name
        default = DOCUMENTS / f"{self.name.split()[0]}.md"
        document = Path(args.document) if args.document else default
        record(name, self.as_markdown(command, conditions), document)
        print(f"recorded as {name!r} in {document.name}")

    def as_text(self) -> str:
        """The table for a terminal."""
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        lines = []
        for row in self.rows:
            cells = [row[0].ljust(widths[0])]
            cells += [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    def as_markdown(self, command: str, conditions: str) -> str:
        """A section: title, command, conditions, table, notes."""
        head, *rows = (f"| {' | '.join(row)} |" for row in self.rows)
        table = "\n".join([head, "|---" * len(self.rows[0]) + "|", *rows])
        parts = [f"## {self.title}", f"```bash\n{command}\n```", conditions, table]
        return "\n\n".join([*parts, *self.notes])

    def command(self, argv: Sequence[str]) -> str:
        """The command to repeat it: without recording, and without our folders."""
        words = [
            f"{name}={os.environ[name]}" for name in ENVIRONMENT if name in os.environ
        ]
        words += ["python", f"benchmarks/{self.name.split()[0]}.py"]
        is_value = False  # of an option that is left out
        for word in argv:
            name, equals, _ = word.partition("=")
            if is_value and not word.startswith("--"):
                is_value = False
                continue
            is_left_out = name in ("--record", "--document")
            is_value = is_left_out and not equals
            if not is_left_out:
                words.append("FOLDER" if os.path.isabs(word) else word)
        return shlex.join(words)


def record(name: str, section: str, document: Path) -> None:
    """Put a section between its markers, in place of an earlier one of this name.

    Args:
        name: Of the section.
        section: Markdown.
        document: The file, created if it is missing; a new section goes to its end.
            It is written under another name, then renamed.
    """
    start, end = f"<!-- benchmark: {name} -->", "<!-- /benchmark -->"
    if not document.exists():
        document.write_text(f"# {name.split(maxsplit=1)[0]}\n", encoding="utf-8")
    text = document.read_text(encoding="utf-8")
    block = f"{start}\n{section}\n{end}"
    pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    if pattern.search(text):
        text = pattern.sub(lambda _: block, text, count=1)
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    with atomic_path(document) as temporary:
        temporary.write_text(text, encoding="utf-8")
