"""The knowledge base's life.

entry: what a sound entry is. files: CSV, XLSX, JSONL in and out. planning: what an import would do. ledger: edits and
imports in the store. history: what entries were. following: the copy in memory that the bot asks. shelf: the lists of
those who edit. editing: what they may do. inbox: what citizens asked in vain. trying: what the bot would say.
"""

from gateway.core.knowledge.editing import Difference, Editor, Move
from gateway.core.knowledge.entry import Change, KnowledgeEntry, Problem
from gateway.core.knowledge.files import FileRefused
from gateway.core.knowledge.following import Found, Knowledge
from gateway.core.knowledge.inbox import Inbox
from gateway.core.knowledge.ledger import Ledger
from gateway.core.knowledge.planning import ImportReport
from gateway.core.knowledge.shelf import Line, Shelf
from gateway.core.knowledge.trying import TryBox

__all__ = [
    "Change",
    "Difference",
    "Editor",
    "FileRefused",
    "Found",
    "ImportReport",
    "Inbox",
    "Knowledge",
    "KnowledgeEntry",
    "Ledger",
    "Line",
    "Move",
    "Problem",
    "Shelf",
    "TryBox",
]
