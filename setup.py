"""Packaging of solider_mm; tool settings are in pyproject.toml."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
MIM_EXTENSION = ("configs", "tools", "model-index.yml")


def read_version() -> str:
    """Read the version from the package's source: importing it would need torch."""
    source = (ROOT / "solider_mm" / "__init__.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"$', source, flags=re.MULTILINE)
    if match is None:
        raise ValueError(
            'solider_mm/__init__.py has no line `__version__ = "x.y.z"`: add it.'
        )
    return match.group(1)


def read_requirements(name: str) -> list[str]:
    """Read the requirement lines of one file under requirements/."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in map(str.strip, lines) if line and line[0] != "#"]


def read_extras() -> dict[str, list[str]]:
    """Read the optional requirements: one file per extra."""
    files = sorted((ROOT / "requirements" / "extras").glob("*.txt"))
    return {file.stem: read_requirements(f"extras/{file.name}") for file in files}


def read_description() -> str:
    """Read the README for the package's page; a bare checkout may lack it."""
    readme = ROOT / "README.md"
    return readme.read_text(encoding="utf-8") if readme.is_file() else ""


class BuildWithMim(build_py):
    """Adds `.mim/` (configs, tools, model index) to the built package.

    It goes into the build directory only: inside the source tree it would make every
    config's basename ambiguous for mim in an editable install.
    """

    def run(self) -> None:
        """Build the modules, then copy what mim looks for beside them."""
        super().run()
        if not self.editable_mode:
            self._copy_mim_extension(Path(self.build_lib) / "solider_mm" / ".mim")

    @staticmethod
    def _copy_mim_extension(target: Path) -> None:
        target.mkdir(parents=True, exist_ok=True)
        for name in MIM_EXTENSION:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(
                    source,
                    target / name,
                    ignore=shutil.ignore_patterns("__pycache__"),
                    dirs_exist_ok=True,
                )
            else:
                shutil.copy2(source, target / name)


setup(
    name="solider_mm",
    version=read_version(),
    description="SOLIDER in OpenMMLab: one lambda-conditioned Swin for people tasks",
    long_description=read_description(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=("solider_mm", "solider_mm.*")),
    package_data={
        "solider_mm": ["py.typed", "**/*.safetensors", "**/*.json", "**/*.md"]
    },
    include_package_data=True,
    python_requires=">=3.10,<3.13",
    # torch and OpenMMLab come from requirements/{modern,classic}.txt: their
    # distributions have two names each, which metadata cannot express.
    install_requires=read_requirements("core.txt"),
    extras_require=read_extras(),
    cmdclass={"build_py": BuildWithMim},
    zip_safe=False,
)
