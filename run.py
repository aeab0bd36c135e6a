#!/usr/bin/env python3
"""Yixian (一线): the one entry. `python run.py` serves; `python run.py --help` tells the rest."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

from config import logging as logs
from config.settings import ROOT, Settings, SettingsError, load
from gateway.ending import Ending
from simulator import server as simulated

DELIVERY_STATES = ("failed", "uncertain", "queued", "sending", "dropped")
ROLES = ("agent", "shift_leader", "unit_clerk", "unit_head", "knowledge_editor", "supervisor", "administrator")
MENU = ROOT / "config" / "seed" / "menu.json"


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 up")
    return int(text)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="run.py", description="Yixian (一线): a 12345 hotline's gateway")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve all channels (the default)")
    serve.add_argument(
        "--workers", type=_at_least_one, default=1, metavar="N", help="gateway processes on the one port"
    )
    serve.add_argument("--on", default="", help=argparse.SUPPRESS)
    serve.add_argument("--port", type=int, help="instead of HOTLINE_PORT")

    commands.add_parser("worker", help="background work only, without serving")

    indexes = commands.add_parser("indexes", help="apply the schemas and indexes, and report what differed")
    indexes.add_argument("--check", action="store_true", help="report only; exit 1 when something differs")

    kb = commands.add_parser("kb", help="the knowledge base").add_subparsers(dest="action", required=True)
    kb_import = kb.add_parser("import", help="import a CSV, XLSX or JSONL file, all of it or nothing")
    kb_import.add_argument("file", type=Path)
    kb_import.add_argument("--skip-bad", action="store_true", help="leave bad rows out instead of refusing the file")
    kb_import.add_argument("--check", action="store_true", help="report bad rows only; write nothing")
    kb_import.add_argument("--replace-all", action="store_true", help="delete what the file does not name")
    kb_search = kb.add_parser("search", help="what the bot would find")
    kb_search.add_argument("query")
    kb_search.add_argument("-k", type=_at_least_one, default=5, help="how many")
    kb_export = kb.add_parser("export", help="write a CSV, XLSX or JSONL file, by its ending")
    kb_export.add_argument("file", type=Path)

    units = commands.add_parser("units", help="the responsible units").add_subparsers(dest="action", required=True)
    units_import = units.add_parser("import", help="import a JSONL file, all of it or nothing")
    units_import.add_argument("file", type=Path)
    units.add_parser("list", help="all of them, each with those below it")
    units_export = units.add_parser("export", help="write a JSONL file")
    units_export.add_argument("file", type=Path)

    calendar = commands.add_parser("calendar", help="holidays and make-up workdays, by which limits are counted")
    calendar_actions = calendar.add_subparsers(dest="action", required=True)
    calendar_show = calendar_actions.add_parser("show", help="a year's, as `set` reads them")
    calendar_set = calendar_actions.add_parser("set", help="those of a file, instead of what was set before")
    for one in (calendar_show, calendar_set):
        one.add_argument("year", type=int)
    calendar_set.add_argument("file", type=Path, help="a line a day: 2027-01-01 holiday|workday [name], or CSV")

    commands.add_parser("seed", help="load the sample knowledge base and the sample units")
    commands.add_parser("doctor", help="what is configured, reachable, missing")

    wechat = commands.add_parser("wechat", help="the official account").add_subparsers(dest="action", required=True)
    menu = wechat.add_parser("menu", help="publish the menu from a file")
    menu.add_argument("file", type=Path, nargs="?", default=MENU)
    menu.add_argument("--check", action="store_true", help="check the file against WeChat's limits; publish nothing")

    delivery = commands.add_parser("delivery", help="messages that reached nobody").add_subparsers(
        dest="action", required=True
    )
    listing = delivery.add_parser("list", help="newest first")
    listing.add_argument("--state", choices=DELIVERY_STATES, default="failed")
    listing.add_argument("--channel", default="", help="wechat, sms")
    listing.add_argument("--limit", type=_at_least_one, default=50)
    retry = delivery.add_parser("retry", help="try them again")
    retry.add_argument("id", nargs="*", help="as listed")
    retry.add_argument("--all", action="store_true", help="all that failed")
    retry.add_argument("--code", default="", help="with --all: only those that failed with this code")
    drop = delivery.add_parser("drop", help="let them go; they are no longer listed as failed")
    drop.add_argument("id", nargs="+")
    drop.add_argument("--reason", required=True, help="kept in the audit log")

    contacts = commands.add_parser("contacts", help="who is taken for one person, and why")
    actions = contacts.add_subparsers(dest="action", required=True)
    show = actions.add_parser("show", help="a person's identities, and the joins that made them one")
    show.add_argument("who", metavar="PHONE_OR_IDENTITY", help="a phone number, or channel:account:id")
    undo = actions.add_parser("undo", help="take a join back")
    undo.add_argument("id", metavar="JOIN_ID", help="as `show` prints it")
    undo.add_argument("--reason", required=True, help="kept with the join and in the audit log")

    user = commands.add_parser("user", help="who may sign in to the desk").add_subparsers(dest="action", required=True)
    add = user.add_parser("add", help="add somebody; the password is asked for, or read from standard input")
    add.add_argument("username")
    add.add_argument("--role", action="append", required=True, choices=ROLES, help="may be given more than once")
    add.add_argument("--unit", default="", help="for the roles of units: whose tickets they see")
    add.add_argument("--name", default="", help="how colleagues know them")
    passwd = user.add_parser("passwd", help="give a new password, asked for or read from standard input")
    passwd.add_argument("username")
    passwd.add_argument("--without-codes", action="store_true", help="take one-time codes off, too")
    for one in (add, passwd):
        one.add_argument("--lasting", action="store_true", help="it need not be changed at the next sign-in")
    disable = user.add_parser("disable", help="end all sessions and let them sign in no more")
    disable.add_argument("username")
    disable.add_argument("--reason", required=True, help="kept in the audit log")
    user.add_parser("enable", help="let them sign in again").add_argument("username")
    user.add_parser("unlock", help="end the pause after failed attempts").add_argument("username")
    user_list = user.add_parser("list", help="all of them")
    user_list.add_argument("--unit", default="", help="only this unit's")

    tickets = commands.add_parser("tickets", help="tickets").add_subparsers(dest="action", required=True)
    deadlines = tickets.add_parser("deadlines", help="how a ticket's deadlines came about")
    deadlines.add_argument("--explain", dest="number", metavar="NUMBER", required=True, help="DG and 15 digits")
    tickets.add_parser("limits", help="the limits in force, and which were set at the desk")
    train = tickets.add_parser("train", help="learn from tickets which unit to suggest")
    train.add_argument("--data", type=Path, metavar="FILE", help='also from a JSONL file: {"text": "…", "unit": "…"}')

    keys = commands.add_parser("keys", help="what seals personal data").add_subparsers(dest="action", required=True)
    rotate = keys.add_parser("rotate", help="bring everything under the newest of HOTLINE_DATA_KEYS")
    rotate.add_argument("--check", action="store_true", help="report only; exit 1 when something is left to do")

    simulator = commands.add_parser("simulator", help="WeChat's and Twilio's interfaces, simulated on this machine")
    simulated.add_arguments(simulator)

    notice = commands.add_parser("notice", help="tell everybody who has the chat page open")
    notice.add_argument("text")
    return top


def main(arguments: list[str]) -> int:
    given = parser().parse_args(arguments)
    overrides = {"port": given.port} if getattr(given, "port", None) is not None else {}
    try:
        settings = load(**overrides)
        logs.configure(settings.log.level, settings.log.format)
        return run(given, settings)
    except SettingsError as error:
        print("These settings are wrong:", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
        return 2


def run(given: argparse.Namespace, settings: Settings) -> int:
    command = given.command or "serve"
    if command == "simulator":
        return simulated.serve(given)
    ending = Ending()
    try:
        # from here on: what is imported takes seconds, in which an end may be asked for
        with ending if command in {"serve", "worker"} else nullcontext():
            return carry_out(command, given, settings, ending)
    except KeyboardInterrupt:
        return 130


def carry_out(command: str, given: argparse.Namespace, settings: Settings, ending: Ending) -> int:
    # imported late, so that a wrong setting or `--help` is answered at once
    from gateway import serving  # noqa: PLC0415

    ending.check()
    from gateway.commands import dispatch, worker  # noqa: PLC0415
    from gateway.storage.embedded import EmbeddedStoreError  # noqa: PLC0415

    try:
        if command == "serve":
            if getattr(given, "on", ""):
                urls = settings.mongo_url.get_secret_value(), settings.redis_url.get_secret_value()
                return serving.run_serving(settings, *urls, serving.inherited(given.on), ending)
            return serving.serve(settings, getattr(given, "workers", 1), ending)
        if command == "worker":
            return worker.work(settings, ending)
        return dispatch.run(command, given, settings)
    except EmbeddedStoreError as error:
        print(error, file=sys.stderr)
        return serving.CANNOT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
