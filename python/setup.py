"""Builds the extension module with the tree's Makefile, which knows the C sources, and packs it."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

TREE = pathlib.Path(__file__).resolve().parent.parent


def version() -> str:
    """The version of the C library, which is the package's."""
    header = TREE / "include" / "oat" / "oat.h"
    if not header.is_file():
        sys.exit(f"{header} is not there: build within the whole tree, with pip 21.3 or later")
    found = re.search(r'OAT_VERSION "(.+)"', header.read_text(encoding="utf-8"))
    if not found:
        sys.exit(f"{header}: no OAT_VERSION in it")
    return found.group(1)


def compiled() -> pathlib.Path:
    """The module: OAT_NATIVE when it is made already, else what make compiles now."""
    if os.environ.get("OAT_NATIVE"):
        return pathlib.Path(os.environ["OAT_NATIVE"])
    build = os.environ.get("BUILD", "build/release")
    command = ["make", "--no-print-directory", f"-j{os.cpu_count() or 1}", f"BUILD={build}", "python-native"]
    command.append(f"PYTHON_INCLUDE={sysconfig.get_path('include')}")
    subprocess.run(command, cwd=TREE, check=True)
    return TREE / build / "python" / "_native.abi3.so"


class MakeExtension(build_ext):  # type: ignore[misc]
    """Takes the module that make compiles."""

    def build_extension(self, ext: Extension) -> None:
        """Puts the module where the wheel is packed from."""
        target = pathlib.Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(compiled(), target)


(TREE / "build").mkdir(exist_ok=True)
setup(
    version=version(),
    ext_modules=[Extension("oat._native", sources=[], py_limited_api=True)],
    cmdclass={"build_ext": MakeExtension},
    options={"bdist_wheel": {"py_limited_api": "cp39"}},
)
