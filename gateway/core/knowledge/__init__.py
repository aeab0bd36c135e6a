"""The knowledge base's life.

entry: what a sound entry is. files: CSV, XLSX, JSONL in and out. ledger: edits and imports in the store.
following: the copy in memory that the bot asks.
"""

from gateway.core.knowledge.entry import KnowledgeEntry, Problem
from gateway.core.knowledge.files import FileRefused
from gateway.core.knowledge.following import Found, Knowledge
from gateway.core.knowledge.ledger import ImportReport, Ledger

__all__ = ["FileRefused", "Found", "ImportReport", "Knowledge", "KnowledgeEntry", "Ledger", "Problem"]
