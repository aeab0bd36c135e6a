"""Whom a citizen's words concern: which unit by the matter (`Classifier`), which town or park by the place
(`Gazetteer`); and how good that is (`examine`)."""

from bot.dispatching.classifier import FORMAT, Classifier
from bot.dispatching.examination import Examined, examine
from bot.dispatching.places import Gazetteer, Place
from bot.dispatching.types import Example, Suggestion, Unreadable

__all__ = ["FORMAT", "Classifier", "Examined", "Example", "Gazetteer", "Place", "Suggestion", "Unreadable", "examine"]
