"""Bounds the driver's calls in time and turns its many errors into the port's one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bson.errors import BSONError, InvalidDocument
from pymongo.errors import AutoReconnect, NetworkTimeout, PyMongoError, ServerSelectionTimeoutError

from gateway.core.ports import StoreUnavailable

T = TypeVar("T")

DUPLICATE_KEY = 11000
DOCUMENT_VALIDATION_FAILURE = 121
_PAUSE = 0.05


async def bounded(once: Callable[[], Awaitable[T]], timeout: float, *, repeat: bool = True) -> T:
    """What `once` returns, within `timeout` seconds. When the connection breaks and `repeat` is set, it is called
    again while there is time, so it must be safe to carry out twice.
    Raises `StoreUnavailable`; ValueError when the driver or the engine's validator refuses the document itself."""
    try:
        async with asyncio.timeout(timeout):
            while True:
                try:
                    return await once()
                except (ServerSelectionTimeoutError, NetworkTimeout):
                    raise
                except AutoReconnect:
                    if not repeat:
                        raise
                    await asyncio.sleep(_PAUSE)
    except TimeoutError as error:
        raise StoreUnavailable(f"no answer within {max(0.0, timeout):.3g} s") from error
    except (BSONError, InvalidDocument, OverflowError) as error:
        raise ValueError(f"not a document the store takes: {error}") from error
    except PyMongoError as error:
        if getattr(error, "code", None) == DOCUMENT_VALIDATION_FAILURE:
            raise ValueError(f"the document does not fit its collection's schema: {error}") from error
        raise StoreUnavailable(f"{type(error).__name__}: {error}") from error
