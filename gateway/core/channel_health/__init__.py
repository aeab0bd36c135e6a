"""Whether the channels are well: what each process saw of them, what waits, and what that means in one word."""

from gateway.core.channel_health.processes import Processes
from gateway.core.channel_health.traffic import Traffic
from gateway.core.channel_health.watch import (
    Account,
    ChannelState,
    ChannelWatch,
    Overview,
    Quota,
    Setup,
    StoreState,
    Token,
)

__all__ = [
    "Account",
    "ChannelState",
    "ChannelWatch",
    "Overview",
    "Processes",
    "Quota",
    "Setup",
    "StoreState",
    "Token",
    "Traffic",
]
