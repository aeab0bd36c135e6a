"""When a platform, or our way to it, is down, messages wait instead of using up their attempts. Pure."""

from __future__ import annotations

from dataclasses import dataclass

PATIENCE = 20  # failures in a row after which it is left alone for a while
FIRST_PAUSE = 1.0  # seconds, doubled each time
LONGEST_PAUSE = 60.0


@dataclass(slots=True)
class Breaker:
    """Closed while messages get through. After `PATIENCE` failures in a row it opens for a while; then one message at a
    time is tried until one gets through. Times are loop time."""

    failures: int = 0
    _pause: float = 0.0
    _until: float = 0.0
    _probing: bool = False

    def wait(self, now: float) -> float:
        """Seconds until something may be tried; 0 when it may be now."""
        if now < self._until:
            return self._until - now
        return 0.5 if self._probing else 0.0

    def trying(self) -> bool:
        """Something is being tried; whether it is the one of which nothing else is tried before it ended."""
        self._probing = self._pause > 0
        return self._probing

    def tried(self) -> None:
        """That one ended, perhaps before the platform was asked."""
        self._probing = False

    def succeeded(self) -> None:
        self.failures, self._pause, self._until, self._probing = 0, 0.0, 0.0, False

    def failed(self, now: float) -> bool:
        """Whether it opened with this failure."""
        self.failures += 1
        if self._pause and not self._probing:
            return False  # of the many that were under way when it opened
        if self.failures < PATIENCE and not self._pause:
            return False
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
        self._until = now + self._pause
        self._probing = False
        return True

    def hold(self, until: float) -> None:
        """The platform said itself how long it wants to be left alone."""
        self._until = max(self._until, until)

    @property
    def is_open(self) -> bool:
        return self._pause > 0
