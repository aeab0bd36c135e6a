"""`python -m bench`: every bench, one after the other. `--data DIR` adds those that measure over the data in DIR."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.report import say

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def main(arguments: list[str]) -> int:
    data = Path(arguments[arguments.index("--data") + 1]) if "--data" in arguments else DATA
    commands = [
        ["bench.gateway"],
        ["bench.sockets"],
        ["bench.delivery"],
        ["bench.tickets"],
        ["bench.desk"],
        ["bench.switching"],
    ]
    if (data / "retrieval").is_dir():
        commands.append(["bench.retrieval", "--data", str(data / "retrieval")])
        commands.append(["bench.classify", "--data", str(data / "retrieval")])
    else:
        say(f"no retrieval data in {data}: those benches are left out (give --data DIR)")
    failed = 0
    for command in commands:
        say(f"== {command[0]}")
        failed += subprocess.run([sys.executable, "-m", *command], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
