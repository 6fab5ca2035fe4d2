"""Tables, machines, and what is recorded."""

import argparse

import pytest

from benchmarks.machine import describe_machine
from benchmarks.report import DOCUMENTS, Report, record


@pytest.fixture
def report():
    report = Report("backbone", "Ours against theirs", ["images", "ratio"])
    report.add("256x128", "1.50")
    report.add("8x8", "11.25")
    report.note("Maps are equal.")
    return report


def test_table_for_a_terminal(report):
    assert report.as_text().splitlines() == [
        "images   ratio",
        "256x128   1.50",
        "8x8      11.25",
    ]


def test_a_row_of_another_length_is_refused(report):
    with pytest.raises(ValueError, match="one cell for each"):
        report.add("8x8")


def test_section(report):
    section = report.as_markdown("python x.py", "A machine.")
    assert section.splitlines() == [
        "## Ours against theirs",
        "",
        "```bash",
        "python x.py",
        "```",
        "",
        "A machine.",
        "",
        "| images | ratio |",
        "|---|---|",
        "| 256x128 | 1.50 |",
        "| 8x8 | 11.25 |",
        "",
        "Maps are equal.",
    ]


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        ("--batch 8 --record", "--batch 8"),
        ("--record on-gpu --batch 8", "--batch 8"),
        ("--record --batch 8 --document out.md", "--batch 8"),
        ("--record=on-gpu --sizes 8x8 4x4", "--sizes 8x8 4x4"),
        ("--images /data/crops --dtype bf16", "--images FOLDER --dtype bf16"),
        ("", ""),
    ],
)
def test_command_repeats_the_figures_and_names_no_place(report, argv, command):
    expected = f"python benchmarks/backbone.py {command}".rstrip()
    assert report.command(argv.split()) == expected


def test_settings_of_openmp_belong_to_the_command(report, monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    expected = "OMP_WAIT_POLICY=PASSIVE python benchmarks/backbone.py"
    assert report.command([]) == expected


def test_subjects_of_one_file_have_their_own_names():
    report = Report("evaluation reid", "Title", ["a"])
    assert report.command(["reid"]) == "python benchmarks/evaluation.py reid"


def test_a_new_section_goes_to_the_end(document):
    record("a", "first", document)
    record("b", "second", document)
    assert document.read_text() == (
        "# Performance\n\nBegun.\n\n"
        "<!-- benchmark: a -->\nfirst\n<!-- /benchmark -->\n\n"
        "<!-- benchmark: b -->\nsecond\n<!-- /benchmark -->\n"
    )
    assert [path.name for path in document.parent.iterdir()] == [document.name]


def test_a_section_takes_the_place_of_the_earlier_one(document):
    for name, section in (("a", "old"), ("b", "other"), ("a", r"new \1")):
        record(name, section, document)
    document.write_text(document.read_text() + "\nThe end.\n")
    record("a", "newest", document)
    text = document.read_text()
    assert "old" not in text
    assert r"new \1" not in text
    assert text.index("newest") < text.index("other") < text.index("The end.")


def test_finish_prints_and_records_on_request(report, document, capsys):
    args = argparse.Namespace(record=None, document=str(document))
    report.finish(args, [])
    out = capsys.readouterr().out
    assert out.startswith("Ours against theirs\n")
    assert "load" in out.splitlines()[1]
    assert out.endswith("Maps are equal.\n")
    before = document.read_text()
    assert "benchmark" not in before
    for name in ("", "other"):
        args.record = name
        report.finish(args, ["--batch", "8", "--record", name])
    text = document.read_text()
    assert "<!-- benchmark: backbone -->\n## Ours against theirs" in text
    assert "<!-- benchmark: other -->" in text
    assert "python benchmarks/backbone.py --batch 8\n" in text
    assert "1 at the start" not in before


def test_the_default_document_is_that_of_the_benchmark(root):
    assert root / "docs/benchmarks" == DOCUMENTS
    names = {path.stem for path in DOCUMENTS.glob("*.md")}
    assert names <= {path.stem for path in (root / "benchmarks").glob("*.py")}


def test_missing_document_is_created(tmp_path):
    record("memory gpu", "## Memory", tmp_path / "memory.md")
    text = (tmp_path / "memory.md").read_text()
    assert text.startswith("# memory\n\n<!-- benchmark: memory gpu -->\n## Memory\n")


def test_machine_is_described_by_its_features(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(
        "processor\t: 0\nmodel name\t: A CPU\nflags\t\t: fpu avx2 avx512_bf16\n\n"
        "processor\t: 1\nmodel name\t: Another\nflags\t\t: amx_bf16\n"
    )
    line = describe_machine(cpuinfo=cpuinfo)
    assert line.startswith("A CPU, ")
    assert "(with avx2, avx512_bf16; without avx512f, amx_bf16)" in line
    assert "torch " in line
    assert "thread" in line
    assert describe_machine(cpuinfo=tmp_path / "none")  # not on Linux
