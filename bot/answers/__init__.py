"""Retrieval over the knowledge base: what entry answers this question, and how sure is that."""

from bot.answers.answers import Answers
from bot.answers.lexicon import Lexicon
from bot.answers.types import Entry, Finding, Hit

__all__ = ["Answers", "Entry", "Finding", "Hit", "Lexicon"]
