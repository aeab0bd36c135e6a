"""Pictures, voices and files a platform holds only for days are fetched and kept.

A fetch is a document of its own (`media_fetches`), written with the turn that saw the file, so a restart forgets none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from channels import signatures
from channels.contract import Channel, ChannelError, Media, PermanentChannelError
from gateway.core.model import Document, Message
from gateway.core.ports import Bus, Store, StoreUnavailable

log = logging.getLogger("hotline.media")

ATTEMPTS = 8
LEASE = timedelta(seconds=60)
PAGE = 20


def backoff(attempts: int) -> timedelta:
    """5 s, 10 s, 20 s, … at most an hour."""
    return timedelta(seconds=min(3600, 5 * 2 ** max(0, attempts - 1)))


def true_type(data: bytes, said: str) -> str:
    """What a file is kept as. A type that its bytes would tell is not believed where they do not."""
    known = signatures.content_type(data)
    return known or ("application/octet-stream" if said in signatures.EXTENSIONS else said)


class MediaKeeper:
    """Posts `kept`, with the message's conversation_id, message_id and seq, when one of its files is."""

    def __init__(self, store: Store, bus: Bus, channels: Mapping[str, Channel], now: Callable[[], datetime]) -> None:
        self._store = store
        self._bus = bus
        self._channels = channels
        self._now = now

    async def sweep(self) -> int:
        """Fetch what is due, one after the other; how many were tried. A fetch is claimed under its version by
        moving its due time, so that several processes share the work and a killed one's claim runs out."""
        tried = 0
        for channel in self._channels:
            where = {"channel": channel, "state": "due", "due_at": {"$lte": self._now()}}
            for job in await self._store.find("media_fetches", where, sort=[("due_at", 1)], limit=PAGE):
                job["due_at"] = self._now() + LEASE
                job["attempts"] += 1
                if await self._store.replace("media_fetches", job):
                    await self._try(job)
                    tried += 1
        return tried

    async def _try(self, job: Document) -> None:
        """One attempt; afterwards the job is kept, failed, or due again later."""
        code, final = "", job["attempts"] >= ATTEMPTS
        try:
            if await self._fetch(job):
                return
            code = "message_not_ready"
        except ChannelError as error:
            code = error.code or type(error).__name__
            final = final or isinstance(error, PermanentChannelError)
        except StoreUnavailable:
            raise
        except Exception as error:
            # a file that cannot be kept must not be fetched for ever
            log.exception("a file could not be kept")
            code = type(error).__name__
        log.warning("a file was not kept", extra={"code": code, "attempts": job["attempts"], "final": final})
        job |= {"state": "failed" if final else "due", "due_at": self._now() + backoff(job["attempts"]), "code": code}
        await self._store.replace("media_fetches", job)

    async def _fetch(self, job: Document) -> bool:
        """Fetch, keep, and name the copy in the message. False while the message itself is still on its way."""
        document = await self._store.get("messages", job["message_id"])
        if document is None or document["state"] != "numbered":
            return False
        media = Media.model_validate(job["media"])
        data, said = await self._channels[job["channel"]].fetch(media)
        content_type = true_type(data, said)
        extension = signatures.EXTENSIONS.get(content_type, "")
        name = media.name or f"{job['message_id']}.{job['part']}{extension and '.'}{extension}"
        blob_id = await self._store.put_blob(
            name, data, content_type, {"message_id": job["message_id"], "owner": document["conversation_id"]}
        )
        kept = media.model_copy(update={"blob_id": blob_id, "content_type": content_type, "size": len(data)})
        if not await self._write_into_message(job, kept):
            return False
        job |= {"state": "kept", "blob_id": blob_id}
        await self._store.replace("media_fetches", job)
        told = {"conversation_id": document["conversation_id"], "message_id": job["message_id"], "seq": document["seq"]}
        self._bus.post("kept", told)
        return True

    async def _write_into_message(self, job: Document, kept: Media) -> bool:
        for _ in range(5):
            document = await self._store.get("messages", job["message_id"])
            if document is None or document["state"] != "numbered":
                return False
            message = Message.of(document)
            parts = list(message.parts)
            parts[job["part"]] = parts[job["part"]].model_copy(update={"media": kept})
            if await self._store.replace("messages", message.model_copy(update={"parts": tuple(parts)}).document()):
                return True
        return False
