"""The documents name what exists, and their commands run."""

import ast
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import mmengine.registry
import numpy as np
import pytest
import torch
import yaml
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope, Registry

import solider_mm
from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINTS
from solider_mm.commands.options import parse_args
from solider_mm.engine.accepted_arguments import accepted_arguments
from solider_mm.engine.config_check import check_config
from solider_mm.engine.launching import load_config, read_overrides
from solider_mm.evaluation.attribute.metric import attribute_scores
from solider_mm.evaluation.attribute.report import (
    attribute_report,
    write_attribute_report,
)
from solider_mm.fileio.image_io import write_image
from solider_mm.models.selfsup import SOLIDER
from solider_mm.synthetic import render_pedestrian, render_scene, write_market1501
from solider_mm.version_gate import require_host

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "configs").rglob("*.md"),
    ]
)
SOURCES = sorted(
    [*(ROOT / "solider_mm").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
)
PLAIN_COMMANDS = {"cd", "git", "pip", "pre-commit", "source", "tensorboard"}
MIM_OPTIONS = {"--gpus", "--launcher", "--gpus-per-node", "--partition", "--checkpoint"}


TASK_PAGES = {
    "features": ("docs/inference.md", "FeatureExtractor"),
    "parts": ("docs/inference.md", "SemanticPartsInferencer"),
    "reid": ("configs/reid/README.md", "ReIDInferencer"),
    "attributes": ("configs/attribute/README.md", "AttributeInferencer"),
    "detect": (
        "configs/pedestrian_detection/README.md",
        "PedestrianDetectionInferencer",
    ),
    "search": ("configs/person_search/README.md", "PersonSearchInferencer"),
    "parse": ("configs/human_parsing/README.md", "HumanParsingInferencer"),
    "pose": ("configs/human_pose/README.md", "HumanPoseInferencer"),
}


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


class Block(NamedTuple):
    """A fenced block of a document."""

    document: str
    language: str
    text: str


def blocks(*languages: str) -> list[Block]:
    fence = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
    found = []
    for path in DOCUMENTS:
        for indent, language, text in fence.findall(read(path)):
            plain = re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
            found.append(Block(by_name(path), language, plain))
    return [block for block in found if block.language in languages]


def words_of_commands(block: Block) -> Iterator[list[str]]:
    """Commands of a shell block as words; NAME=VALUE lines are put in for $NAME."""
    variables: dict[str, str] = {}
    for line in block.text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\|\|", line):
            words = shlex.split(part, comments=True)
            words = [re.sub(r"\$(\w+)", lambda m: variables[m[1]], w) for w in words]
            if words and words[0] == "export":
                words = words[1:]
            while words and re.fullmatch(r"\w+=.*", words[0]):
                name, _, value = words.pop(0).partition("=")
                variables[name] = value
            if words:
                yield words


COMMANDS = [
    pytest.param(words, id=f"{block.document}: {' '.join(words)[:60]}")
    for block in blocks("bash")
    for words in words_of_commands(block)
]


# ----------------------------------------------------------------- links, places


def slugs(path: Path) -> set[str]:
    """Anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", read(path), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_links_and_images_resolve(document: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", read(document)):
        if re.match(r"https?://|\.\./\.\./actions/workflows/[\w-]+\.yml", target):
            continue  # the network, and pages of the code host
        name, _, anchor = target.partition("#")
        place = (document.parent / name).resolve() if name else document
        if not place.exists() or (anchor and anchor not in slugs(place)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_no_places_of_one_machine(document: Path) -> None:
    text = read(document)
    assert not re.findall(r"(?<![\w.])/(?:home|root|Users|tmp|mnt|work|opt)/\S*", text)
    assert not re.findall(r"localhost|\b\d+\.\d+\.\d+\.\d+\b", text)
    hosts = set(re.findall(r"https?://([^/\s)]+)", text))
    assert hosts <= {"github.com", "arxiv.org", "keepachangelog.com", "semver.org"}


def test_readme_begins_with_answers_and_is_short() -> None:
    lines = read(README).splitlines()
    headings = [line for line in lines if line.startswith("## ")]
    assert headings[0] == "## Answers for your own images"
    assert len(lines) <= 150


@pytest.mark.parametrize("task", sorted(TASK_PAGES))
def test_task_page_has_a_command_and_three_lines(task: str) -> None:
    page, kind = TASK_PAGES[task]
    text = read(ROOT / page)
    assert re.search(rf"^python -m solider_mm {task} ", text, re.MULTILINE)
    block = rf"```python\n(from solider_mm\.apis import .*{kind}\n.*\n.*\n)```"
    assert re.search(block, text)
    assert f"python -m solider_mm {task} " in read(README)


def test_pictures_are_small() -> None:
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < 200_000, picture.name


def test_golden_files_are_small() -> None:
    for file in (ROOT / "tests" / "data" / "golden").iterdir():
        assert file.stat().st_size < 700_000, file.name


def test_readme_is_short() -> None:
    assert len(read(README).splitlines()) <= 150


def test_changelog_has_the_version() -> None:
    assert f"## [{solider_mm.__version__}]" in read(ROOT / "CHANGELOG.md")
    assert "## [Unreleased]" in read(ROOT / "CHANGELOG.md")


def test_stack_table_has_the_pins() -> None:
    page = read(ROOT / "docs" / "get_started.md")
    table = page.partition("## Two stacks")[2].partition("\n## ")[0]
    rows = [row.split("|")[2:4] for row in table.splitlines() if row.startswith("|")]
    for stack, column in (
        ("modern", " ".join(row[0] for row in rows)),
        ("classic", " ".join(row[1] for row in rows)),
    ):
        pins = re.findall(
            r"^(torch|torchvision|\S*mm\S+|\S*mim)==(\S+)",
            read(ROOT / "requirements" / f"{stack}.txt"),
            flags=re.MULTILINE,
        )
        assert len(pins) >= 8
        missing = [name for name, version in pins if version not in column]
        assert not missing, stack


# -------------------------------------------------------------------- algorithm


def algorithm_rows() -> list[tuple[str, Path, list[str]]]:
    """Lines, file and names of every row of the table."""
    table = read(ROOT / "docs" / "algorithm.md").partition("## The terms")[0]
    rows = re.findall(
        r"^\| ([\d, to]+) \|.*\]\(\.\./([^)]+)\) \| (.+) \|$", table, re.MULTILINE
    )
    return [
        (lines, ROOT / file, re.findall(r"`([\w.]+)`", names))
        for lines, file, names in rows
    ]


def names_defined(path: Path) -> set[str]:
    """Functions, classes, and methods as Class.method."""
    names = set()
    for node in ast.parse(read(path)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = [n for n in node.body if isinstance(n, ast.FunctionDef)]
            names.update(f"{node.name}.{method.name}" for method in methods)
    return names


def expand(lines: str) -> set[int]:
    """Numbers of `7, 8`, `7 to 10` or `7-10`."""
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:(?: to |-)(\d+))?", lines):
        found.update(range(int(first), int(last or first) + 1))
    return found


def test_algorithm_names_exist() -> None:
    rows = algorithm_rows()
    assert len(rows) >= 15
    for lines, path, names in rows:
        assert path.is_file(), f"line {lines}: {path}"
        assert names, f"line {lines} names nothing"
        unknown = set(names) - names_defined(path)
        assert not unknown, f"line {lines}: {unknown} not in {by_name(path)}"


def test_algorithm_has_every_line() -> None:
    rows = set().union(*(expand(lines) for lines, _, _ in algorithm_rows()))
    assert rows == set(range(1, 21)) - {5, 11, 15}  # the paper's comments


def test_solider_loss_follows_the_lines_in_order() -> None:
    comments = re.findall(
        r"# (\d+(?:-\d+)?): ", inspect.getsource(SOLIDER.loss), flags=re.MULTILINE
    )
    assert comments == ["3", "4", "6-10", "12", "13", "14", "16", "17"]


# -------------------------------------------------------------------- reference


def reference_targets() -> set[str]:
    """Sections, appendices and pitfalls that docs/reference.md defines."""
    text = read(ROOT / "docs" / "reference.md")
    sections = re.findall(r"^##+ (\d+(?:\.\d+)?)", text, re.MULTILINE)
    appendices = re.findall(r"^## (Appendix [A-Z])\.", text, re.MULTILINE)
    pitfalls = re.findall(r"^- \*\*([A-Z]\d+)\*\*", text, re.MULTILINE)
    return {*sections, *appendices, *pitfalls}


def reference_citations(path: Path) -> list[str]:
    """Targets of every `docs/reference.md §X, §Y` in a source file."""
    text = re.sub(r"\n[\s#]*", " ", read(path))
    target = r"§(Appendix [A-Z]|[A-Z]?\d+(?:\.\d+)?)"
    lists = re.findall(rf"docs/reference\.md`?((?:(?:,| and)? ?{target})*)", text)
    return [name for chain, _ in lists for name in re.findall(target, chain) or [""]]


CITING = sorted(
    path
    for folder in ("solider_mm", "tools", "benchmarks", "configs", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if path != Path(__file__).resolve()
)


def test_reference_citations_resolve() -> None:
    targets = reference_targets()
    assert {"0.1", "8.4", "H7", "K8", "Appendix D"} <= targets
    cited = {(by_name(p), name) for p in CITING for name in reference_citations(p)}
    assert len(cited) > 100
    assert not sorted(entry for entry in cited if entry[1] not in targets)


def test_reference_citation_lists_are_read_whole(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text(
        "# docs/reference.md §6.4, §S8 and\n#     §Appendix D; docs/reference.md"
    )
    assert reference_citations(source) == ["6.4", "S8", "Appendix D", ""]


def test_reference_is_cited_in_one_form() -> None:
    bare = re.compile(r"(?<![§\w./-])[PRASDHK]\d{1,2}(?=[\s,;:.)])")
    found = [
        (by_name(path), code)
        for path in CITING
        for code in bare.findall(read(path))
        if code in reference_targets()
    ]
    assert not found
    pattern = re.compile(r"(?:reference )facts|facts [A-Z]\d")
    texts = [*CITING, *DOCUMENTS]
    assert not [by_name(path) for path in texts if pattern.search(read(path))]


# ------------------------------------------------------------------- deviations


def deviations() -> list[tuple[int, str]]:
    """Number and text of every entry."""
    text = read(ROOT / "docs" / "deviations.md").partition("## Pitfalls in the")
    parts = re.split(r"^### (\d+)\. ", text[0], flags=re.MULTILINE)[1:]
    return [
        (int(number), entry)
        for number, entry in zip(parts[::2], parts[1::2], strict=True)
    ]


def test_deviations_are_numbered_one_by_one() -> None:
    numbers = sorted(number for number, _ in deviations())
    assert numbers == list(range(1, len(numbers) + 1))


def test_deviations_are_complete() -> None:
    for number, entry in deviations():
        for part in ("- Here: ", "- Why: ", "- Switch: "):
            assert entry.count(part) == 1, f"deviation {number}: {part}"
        assert re.search(r"- (Paper|Authors|Paper and authors): ", entry), number


def test_deviations_cited_in_code_exist() -> None:
    known = {number for number, _ in deviations()}
    cited = {
        (by_name(path), int(number))
        for path in SOURCES
        for number in re.findall(r"deviations? (\d+)", read(path))
    }
    assert {("solider_mm/models/heads/semantic_head.py", 1)} <= cited
    assert not [(path, number) for path, number in cited if number not in known]


def registered(name: str) -> object:
    """A class by its registered name, from any of mmengine's roots."""
    for registry in vars(mmengine.registry).values():
        if isinstance(registry, Registry):
            scope = "mmpretrain" if name.startswith("mmpretrain.") else "solider_mm"
            found = registry.children.get(scope, registry).get(name)
            if found is not None:
                return found
    raise LookupError(f"{name} is registered nowhere")


def test_switches_exist() -> None:
    for number, entry in deviations():
        switch = entry.partition("- Switch: ")[2]
        names = re.findall(r"`((?:mmpretrain\.)?[A-Z]\w+)\.(\w+)`", switch)
        assert names or switch.startswith("none"), f"deviation {number}"
        for kind, argument in names:
            accepted = accepted_arguments(registered(kind))
            assert accepted is None or argument in accepted, f"{kind}.{argument}"


# --------------------------------------------------------------------- commands


@pytest.mark.parametrize("words", COMMANDS)
def test_command_names_what_exists(words: list[str]) -> None:
    program, *arguments = words
    if program == "make":
        targets = re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE)
        settings = [word.partition("=")[0] for word in arguments if "=" in word]
        assert all(f"$({name})" in read(ROOT / "Makefile") for name in settings)
        assert {word for word in arguments if "=" not in word} <= set(targets)
    elif program == "mim":
        check_mim(arguments)
    elif words[:3] == ["python", "-m", "solider_mm"]:
        parse_args(words[3:])
    elif program in ("python", "tools/set_up.sh"):
        file = ROOT / (arguments[0] if program == "python" else program)
        if arguments[0] == "-m":
            file = ROOT / arguments[1] / "__main__.py"
        assert file.is_file()
        # A word with blanks is the quoted value of an option.
        options = [w for w in arguments if w.startswith("--") and " " not in w]
        assert not [option for option in options if option not in options_of(file)]
    else:
        assert program in PLAIN_COMMANDS


def options_of(tool: Path) -> str:
    """Text that names the options of a tool: its own and the shared ones."""
    return read(tool) + read(ROOT / "solider_mm" / "command_line.py")


def check_mim(arguments: list[str]) -> None:
    assert arguments[:2] in (["train", "solider_mm"], ["test", "solider_mm"])
    tool = options_of(ROOT / "tools" / f"{arguments[0]}.py")
    options = {word for word in arguments if word.startswith("--")}
    assert not [o for o in options - MIM_OPTIONS if f'"{o}"' not in tool]
    start = (
        arguments.index("--cfg-options") + 1
        if "--cfg-options" in arguments
        else len(arguments)
    )
    config = ROOT / arguments[2]
    scope = Config.fromfile(config).default_scope
    if scope in ("mmdet", "mmseg", "mmpose"):
        pytest.importorskip(scope)
    load_config(str(config), read_overrides(arguments[start:]))


def test_config_readme_links_every_config() -> None:
    for readme in (ROOT / "configs").rglob("README.md"):
        linked = set(re.findall(r"\]\(([\w.-]+\.py)\)", read(readme)))
        assert linked == {path.name for path in readme.parent.glob("*.py")}


def test_metafiles_list_every_config() -> None:
    imported = yaml.safe_load(read(ROOT / "model-index.yml"))["Import"]
    for metafile in sorted((ROOT / "configs").rglob("metafile.yml")):
        assert by_name(metafile) in imported
        content = yaml.safe_load(read(metafile))
        configs = {model["Config"] for model in content["Models"]}
        assert configs == {by_name(path) for path in metafile.parent.glob("*.py")}
        assert all((ROOT / c["README"]).is_file() for c in content["Collections"])


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.document)
def test_python_block_uses_known_arguments(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        is_dict = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "dict"
        if not is_dict:
            continue
        keys = {k.arg: k.value for k in node.keywords if k.arg is not None}
        kind = getattr(keys.get("type"), "value", None)
        if kind is None or kind == "Pretrained":
            continue
        accepted = accepted_arguments(registered(kind.removeprefix("solider_mm.")))
        wrong = set(keys) - {"type", "_delete_"} - (accepted or set(keys))
        assert not wrong, f"{kind} takes no {wrong}"


# ------------------------------------------------------------- slow: really run


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the README's commands expect to find: crops, weights, work folders."""
    folder = tmp_path_factory.mktemp("readme")
    write_market1501(
        folder / "crops",
        num_identities=2,
        num_test_identities=1,
        shots_per_camera=1,
        num_cameras=2,
        show_progress=False,
    )
    for name in ("photos", "frames"):
        (folder / name).mkdir()
        pixels = render_scene(1, size=(192, 256), num_people=2)["image"]
        write_image(pixels, folder / name / "scene.png")
    write_image(render_pedestrian(0, 0, 0)["image"], folder / "query.jpg")
    backbone = MODELS.build(
        dict(type="solider_mm.SOLIDERSwin", arch="tiny", out_indices=(0, 1, 2, 3))
    )
    weights = {f"backbone.{k}": v for k, v in backbone.state_dict().items()}
    torch.save({"teacher": weights}, folder / "solider_swin_tiny.pth")
    shutil.copy(EMBEDDED_CHECKPOINTS["embedded"], folder / "model.safetensors")
    for stage in ("dino", "solider"):
        log = folder / "work_dirs" / stage / "20260101_000000" / "vis_data"
        log.mkdir(parents=True)
        rows = [dict(iter=i, step=i, loss=7 - i / 10, lr=1e-3) for i in (1, 2, 3)]
        (log / "scalars.json").write_text("\n".join(map(json.dumps, rows)) + "\n")
    image = next((folder / "crops" / "query").iterdir())
    entry = dict(img_path=str(image), person_name="1", camera_name="1")
    match = dict(entry, distance=0.1, is_match=True)
    query = dict(entry, gallery=[match], average_precision=1.0)
    ranking = dict(mAP=1.0, cmc=[1.0], queries=[query])
    (folder / "ranking.json").write_text(json.dumps(ranking))
    truth, scores = np.array([[0, 1], [1, 0]]), np.array([[0.2, 0.9], [0.4, 0.1]])
    report = attribute_report(
        attribute_scores(truth, scores), ["Hat", "Bag"], num_images=2, threshold=0.5
    )
    write_attribute_report(report, folder / "report.json")
    return folder


# Its commands took minutes to hours on data of their own: they are a record.
RUN_RECORD = "docs/pretraining_runs.md"
TOOL_COMMANDS = [
    command
    for command in {tuple(c.values[0]): c for c in reversed(COMMANDS)}.values()
    if command.values[0][0] == "python"
    and "benchmarks" not in command.values[0][1]
    and not command.id.startswith(RUN_RECORD)
]
SMALL = {
    "tools/generate_synthetic.py": "--num-identities 2 --num-test-identities 1 --shots "
    "1 --num-cameras 2 --quiet",
}


ANSWER_HOSTS = {
    "detect": "mmdet",
    "search": "mmdet",
    "parse": "mmseg",
    "pose": "mmpose",
}


def require_host_or_skip(host: str) -> None:
    try:
        require_host(host)
    except ImportError as error:
        pytest.skip(str(error))


@pytest.mark.slow
@pytest.mark.parametrize("words", TOOL_COMMANDS)
def test_tool_command_runs(words: list[str], workshop: Path) -> None:
    tool = words[1]
    if words[1:3] == ["-m", "solider_mm"] and words[3] in ANSWER_HOSTS:
        require_host_or_skip(ANSWER_HOSTS[words[3]])
    path = str(ROOT / tool)
    more = SMALL.get(tool, "").split() if "--preview" not in words else []
    done = subprocess.run(
        [sys.executable, *(words[1:] if tool == "-m" else [path, *words[2:]]), *more],
        cwd=workshop,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for option, value in pairwise(words):
        if option in ("--out", "--preview"):
            assert (workshop / value).exists()


# The recipes need environments of their own: tests/test_export/test_trackers.py.
RECIPES = "docs/trackers.md"
RUNNABLE = [
    block
    for block in blocks("python")
    if block.text.startswith(("import ", "from ")) and block.document != RECIPES
]


@pytest.mark.slow
@pytest.mark.parametrize("block", RUNNABLE, ids=lambda block: block.document)
def test_python_block_runs(
    block: Block, workshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workshop)
    monkeypatch.syspath_prepend(workshop)  # the generated file of the backbone
    try:
        exec(compile(block.text, block.document, "exec"), {})
    except ImportError as error:  # a host of the full tier
        if "tier full" not in str(error):
            raise
        pytest.skip(str(error))


def test_notebook_runs() -> None:
    names: dict[str, Any] = {}
    notebook = ROOT / "docs" / "tutorials" / "semantic_parts.ipynb"
    for cell in json.loads(read(notebook))["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec(compile("".join(cell["source"]), notebook.name, "exec"), names)
    assert [view.semantic_weight for view in names["views"]] == [0.0, 0.5, 1.0]
    everything = names["foreground_iou"](np.ones_like(names["is_body"]))
    for view in names["views"]:
        assert names["foreground_iou"](view.semantic_labels > 0) > everything + 0.1
    assert all(same > others for same, others in names["similarity"].values())


@pytest.mark.slow
@pytest.mark.host("mmdet")
def test_host_config_builds_its_detector(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workshop)
    (block,) = (b for b in blocks("python") if "mmdet::" in b.text)
    Path("leaf.py").write_text(block.text)
    cfg = Config.fromfile("leaf.py")
    check_config(cfg)
    with DefaultScope.overwrite_default_scope("mmdet"):
        detector = MODELS.build(cfg.model)
    detector.init_weights()
    maps = detector.extract_feat(torch.zeros(1, 3, 64, 64))
    assert [tuple(m.shape[1:]) for m in maps] == [
        (256, 16, 16),
        (256, 8, 8),
        (256, 4, 4),
        (256, 2, 2),
        (256, 1, 1),
    ]
