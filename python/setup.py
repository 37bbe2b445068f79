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
from setuptools.errors import CompileError

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


def compiled(name: str) -> pathlib.Path:
    """A module: in the folder OAT_NATIVE when it is made already, else make compiles it now."""
    build = os.environ.get("BUILD", "build/release")
    folder = pathlib.Path(os.environ.get("OAT_NATIVE") or TREE / build / "python")
    if not os.environ.get("OAT_NATIVE"):
        command = ["make", "--no-print-directory", f"-j{os.cpu_count() or 1}", f"BUILD={build}"]
        command += [f"PYTHON_INCLUDE={sysconfig.get_path('include')}", f"python-{name}"]
        subprocess.run(command, cwd=TREE, check=True)
    return folder / f"_{name}.abi3.so"


class MakeExtension(build_ext):  # type: ignore[misc]
    """Takes the modules that make compiles."""

    def build_extension(self, ext: Extension) -> None:
        """Puts a module where the wheel is packed from."""
        target = pathlib.Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # of an earlier build
        try:
            shutil.copy(compiled(ext.name.removeprefix("oat._")), target)
        except subprocess.CalledProcessError as error:  # a package without an optional one is a good package
            raise CompileError(str(error)) from error


(TREE / "build").mkdir(exist_ok=True)
setup(
    version=version(),
    ext_modules=[
        Extension("oat._native", sources=[], py_limited_api=True),
        # Needs PCRE2 and libcurl.
        Extension("oat._extra", sources=[], py_limited_api=True, optional=True),
    ],
    cmdclass={"build_ext": MakeExtension},
    options={"bdist_wheel": {"py_limited_api": "cp39"}},
)
