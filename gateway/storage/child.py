"""Runs a program as a child that cannot outlive its parent: `child.py PARENT_PID PROGRAM ARGUMENT...`

A program of its own, executed before the server takes its place, because code between fork and exec in the gateway's
own process is unsafe beside threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    # one typed at the terminal is for the parent, which ends us; a program that wants it listens for it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        # SIGKILL, since nothing is left that could wait for an orderly end; both servers' files survive it
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        raise SystemExit(1)
    os.execv(program[0], program)  # noqa: S606


if __name__ == "__main__":
    main()
