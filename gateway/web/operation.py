"""For those who run it: alive, ready, figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from tornado.routing import URLSpec

from channels.handling import JsonHandler
from gateway.core.delivery import Courier
from gateway.core.health import Health
from gateway.core.intake import Intake


class Healthz(JsonHandler):
    def get(self) -> None:
        self.reply({"status": "alive"})

    head = get


class Readyz(JsonHandler):
    def initialize(self, health: Health) -> None:
        self._health = health

    def get(self) -> None:
        away = sorted(self._health.away)
        self.reply({"status": "unavailable" if away else "ready", "away": away}, 503 if away else 200)

    head = get


class _Figures:
    """Reads the live objects when asked; nothing is counted twice."""

    def __init__(self, intake: Intake, courier: Courier, health: Health, sockets: Callable[[], int]) -> None:
        self._intake = intake
        self._courier = courier
        self._health = health
        self._sockets = sockets

    def collect(self) -> Iterable[Metric]:
        counts = self._intake.counts
        messages = CounterMetricFamily(
            "hotline_messages", "Inbound messages, by what became of them", labels=["outcome"]
        )
        for outcome in ("accepted", "repeated", "refused", "recovered"):
            messages.add_metric([outcome], getattr(counts, outcome))
        yield messages
        turns = CounterMetricFamily("hotline_turns", "Turns decided by the bot, by intent", labels=["intent"])
        for intent, count in sorted(counts.intents.items()):
            turns.add_metric([intent], count)
        yield turns
        yield CounterMetricFamily("hotline_turns_redone", "Turns decided again after losing a race", counts.redone)
        yield GaugeMetricFamily("hotline_turns_under_way", "Turns under way", self._intake.under_way)
        sent = CounterMetricFamily(
            "hotline_deliveries", "Outgoing messages, by what an attempt led to", labels=["channel", "outcome"]
        )
        for (channel, outcome), count in sorted(self._courier.counts.outcomes.items()):
            sent.add_metric([channel, outcome], count)
        yield sent
        yield GaugeMetricFamily(
            "hotline_deliveries_under_way", "Conversations being delivered to", self._courier.under_way
        )
        yield GaugeMetricFamily("hotline_sockets", "Open chat sockets of this process", self._sockets())
        yield GaugeMetricFamily("hotline_stores_away", "Stores that do not answer", len(self._health.away))


class Metrics(JsonHandler):
    def initialize(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self._registry))

    head = get


def routes(intake: Intake, courier: Courier, health: Health, sockets: Callable[[], int]) -> list[URLSpec]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(intake, courier, health, sockets))
    return [
        URLSpec(r"/healthz", Healthz),
        URLSpec(r"/readyz", Readyz, {"health": health}),
        URLSpec(r"/metrics", Metrics, {"registry": registry}),
    ]
