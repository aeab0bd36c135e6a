"""The way out: from the outbox to the platforms, and what the platforms say later."""

from gateway.core.delivery.courier import Courier
from gateway.core.delivery.letters import DeadLetters
from gateway.core.delivery.links import Links
from gateway.core.delivery.reports import Reporting
from gateway.core.delivery.rules import Policy
from gateway.core.delivery.sending import Limit
from gateway.core.delivery.writing import Rendering

__all__ = ["Courier", "DeadLetters", "Limit", "Links", "Policy", "Rendering", "Reporting"]
