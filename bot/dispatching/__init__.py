"""Whom a citizen's words concern: which unit by the matter (`Classifier`), which town or park by the place
(`Gazetteer`)."""

from bot.dispatching.classifier import Classifier
from bot.dispatching.places import Gazetteer, Place
from bot.dispatching.types import Example, Suggestion, Unreadable

__all__ = ["Classifier", "Example", "Gazetteer", "Place", "Suggestion", "Unreadable"]
