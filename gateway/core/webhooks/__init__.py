"""Other systems (the city's portal, the service hall, the petition hall) are told how tickets go: signed, at least
once, with a log."""

from gateway.core.webhooks.log import DeliveryLog
from gateway.core.webhooks.model import EVENT_TYPES, DeliveryState, EventType, Webhook, WebhookDelivery
from gateway.core.webhooks.registry import Webhooks
from gateway.core.webhooks.rules import Answer, NoAnswer, Policy
from gateway.core.webhooks.sender import Post, Sender

__all__ = [
    "EVENT_TYPES",
    "Answer",
    "DeliveryLog",
    "DeliveryState",
    "EventType",
    "NoAnswer",
    "Policy",
    "Post",
    "Sender",
    "Webhook",
    "WebhookDelivery",
    "Webhooks",
]
