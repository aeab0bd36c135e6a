"""Who is one person: codes sent to phones to prove them, and the joins that a proof makes.

A turn of the bot writes a `proofs` document (send this code to that phone) or a `joins` document (the code was
right); `sweep` carries both out, in any process, as often as needed. Which contact an identity belongs to follows from
where it began and which joins are in force: all identities that joins connect belong to the oldest of the contacts they
began with. So taking one join back leaves what the others say, in whatever order they were made, and two processes that
carry out joins of the same people come to the same end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.contract import masked
from bot.phrases import Phrase
from channels.contract import Address, Text
from gateway.core import audit
from gateway.core.conversations import ATTEMPTS, Conversations
from gateway.core.errors import Conflict, Invalid, NotFound
from gateway.core.model import Conversation, Effect, Identity, Sender, Stored, new_id
from gateway.core.ports import Store, StoreUnavailable

log = logging.getLogger("hotline.contacts")

CODE_INTENT = "code"  # of the message that carries a code
PER_PHONE_AN_HOUR = 5  # codes to one phone, whoever asks
PER_PHONE_A_DAY = 20
PER_IDENTITY_A_DAY = 10  # codes one identity asks for, to whatever phones
PAGE = 50
MOST_IDENTITIES = 500  # of one contact; more is no person
_LINKS = 500  # read at once
_PUT_OFF = timedelta(seconds=30)
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000

_CODE = Phrase(
    "【12345热线】验证码 {code}，10 分钟内有效。如非本人操作，请忽略，也不要告诉他人。",
    "[12345 Hotline] Code {code}, valid for 10 minutes. If you did not ask for it, ignore it and tell it to nobody.",
)
_NO_SMS = Phrase(
    "现在发不了短信，验证码没有发出，手机先不绑定。您可以继续在这里问。",
    "No text message can be sent right now, so your phone is not linked yet. You can go on asking here.",
)
# one text whatever the cause: what became of a code must not tell strangers anything about a number
_REFUSED = Phrase(
    "验证码没能发到 {phone}，这次先不绑定。可以过一阵再试，或者换一个号码。"
    "如果这个手机回复过 TD 或 STOP 退订短信，请先用它回复 START。",
    "The code could not be sent to {phone}, so it is not linked this time. Try again in a while, or another number. "
    "If that phone has replied STOP to our messages, reply START from it first.",
)

IN_FORCE = ("joining", "done")
UNFINISHED = ("due", "joining", "undoing")


class Proof(Stored):
    """A code to be sent to a phone. at_ms: when it was decided; names it for the join."""

    identity: str
    conversation_id: str
    phone: str
    code: str | None = Field(None, repr=False, description="Gone once it was sent or refused.")
    at: datetime
    at_ms: int
    expires_at: datetime
    state: Literal["due", "sent", "refused"]
    reason: str | None = None


class Moved(BaseModel):
    """An identity that a join gave to another contact, and the contact before."""

    model_config = ConfigDict(frozen=True)

    identity: str
    before: str


class Join(Stored):
    """An identity and a phone belong to one person, who proved it. `due`: to be checked and carried out. In force from
    `joining` on. `refused`: no code was sent that could have been right. to, moved: what it did when it was made."""

    identity: str
    phone: str
    proved_ms: int = Field(description="`at_ms` of the proof.")
    at: datetime
    state: Literal["due", "joining", "done", "refused", "undoing", "undone"]
    phone_identity: str | None = None
    to: str | None = None
    moved: tuple[Moved, ...] = ()
    undone_at: datetime | None = None
    undone_by: str | None = None
    reason: str | None = Field(None, description="Why it was refused or undone.")
    audit_id: str | None = None


class Contacts:
    """sms_account: the account of the SMS channel, as its addresses name it; None when there is none."""

    def __init__(
        self, store: Store, conversations: Conversations, now: Callable[[], datetime], *, sms_account: str | None
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._now = now
        self._sms_account = sms_account
        self._put_off: dict[str, datetime] = {}

    # -- carrying out ---------------------------------------------------------------------------------------------

    async def sweep(self) -> int:
        """Send the codes that are due and finish joins and undoings; how many documents were taken up. Raises
        `StoreUnavailable`; all of it can be repeated, and done by several processes at once."""
        now = self._now()
        self._put_off = {id: until for id, until in self._put_off.items() if until > now}
        taken = 0
        for document in await self._store.find("proofs", {"state": "due"}, sort=[("at_ms", 1)], limit=PAGE):
            taken += await self._attempt(document["_id"], self._prove(Proof.of(document)))
        for document in await self._store.find("joins", {"state": {"$in": list(UNFINISHED)}}, limit=PAGE):
            taken += await self._attempt(document["_id"], self._finish(document["_id"]))
        return taken

    async def _attempt(self, id: str, work: Coroutine[Any, Any, object]) -> int:
        if id in self._put_off:
            work.close()
            return 0
        try:
            await work
        except StoreUnavailable:
            raise
        except Conflict as error:
            log.info("proving or joining is tried again", extra={"about": id, "cause": error.message})
        except Exception:
            # one that cannot be carried out must not keep the others waiting
            log.exception("proving or joining failed", extra={"about": id})
            self._put_off[id] = self._now() + _PUT_OFF
        return 1

    # -- codes ----------------------------------------------------------------------------------------------------

    async def _prove(self, proof: Proof) -> None:
        address = None if self._sms_account is None else _phone(self._sms_account, proof.phone)
        language = await self._conversations.language(proof.identity)
        if address is None:
            await self._refuse(proof, "no_sms", _NO_SMS(language))
        elif await self._store.get("messages", f"{proof.id}#0") is not None:
            # posted by a process that did not live to say so
            await self._decided(proof, "sent")
        elif reason := await self._objection(proof, address):
            await self._refuse(proof, reason, _REFUSED(language, phone=masked(proof.phone)))
        else:
            text = _CODE(language, code=proof.code)
            await self._conversations.post(
                address, [Text(text=text)], Sender(kind="system"), key=proof.id, intent=CODE_INTENT
            )
            await self._decided(proof, "sent")

    async def _objection(self, proof: Proof, address: Address) -> str:
        """Why the code is not sent; empty when it is. Judged by what came before it, so that all processes judge
        alike."""
        if self._now() >= proof.expires_at or proof.code is None:
            return "expired"
        to_phone = await self._earlier(proof, "phone", proof.phone, PER_PHONE_A_DAY)
        if len(to_phone) >= PER_PHONE_A_DAY:
            return "phone_day"
        if sum(at_ms > proof.at_ms - _HOUR_MS for at_ms in to_phone) >= PER_PHONE_AN_HOUR:
            return "phone_hour"
        if len(await self._earlier(proof, "identity", proof.identity, PER_IDENTITY_A_DAY)) >= PER_IDENTITY_A_DAY:
            return "identity_day"
        identity = await self._store.get("identities", address.key)
        conversation = await self._conversations.get(identity["conversation_id"]) if identity else None
        return "opted_out" if conversation is not None and conversation.opted_out_at is not None else ""

    async def _earlier(self, proof: Proof, field: str, value: str, most: int) -> list[int]:
        """When, in the day before this one, codes of the same were asked for and not refused."""
        where = {
            field: value,
            "at_ms": {"$gt": proof.at_ms - _DAY_MS, "$lte": proof.at_ms},
            "state": {"$in": ["due", "sent"]},
        }
        found = await self._store.find("proofs", where, sort=[("at_ms", -1), ("_id", -1)], limit=most + PAGE)
        own = (proof.at_ms, proof.id)
        return [document["at_ms"] for document in found if (document["at_ms"], document["_id"]) < own]

    async def _refuse(self, proof: Proof, reason: str, text: str) -> None:
        await self._conversations.post(
            Address.of(proof.identity),
            [Text(text=text)],
            Sender(kind="system"),
            key=f"{proof.id}:refused",
            intent="code_refused",
        )
        log.warning("a code was not sent", extra={"about": proof.id, "cause": reason})
        await self._decided(proof, "refused", reason)

    async def _decided(self, proof: Proof, state: Literal["sent", "refused"], reason: str | None = None) -> None:
        """Lost to another process, it is decided all the same."""
        update = {"state": state, "code": None, "reason": reason}
        await self._store.replace("proofs", proof.model_copy(update=update).document())

    # -- joins ----------------------------------------------------------------------------------------------------

    async def _finish(self, join_id: str) -> None:
        """Bring a join to where it rests: done, refused, undone, or due while its proof is. Raises `Conflict`."""
        for _ in range(ATTEMPTS):
            document = await self._store.get("joins", join_id)
            join = Join.of(document) if document else None
            if join is None or join.state not in UNFINISHED:
                return
            if join.state == "due":
                begun = await self._begun(join)
                if begun is None:
                    return
                await self._store.replace("joins", begun.document())
                continue
            await self._settle(join)
            if join.state == "undoing":
                await self._write_down(join)
            state = "done" if join.state == "joining" else "undone"
            if await self._store.replace("joins", join.model_copy(update={"state": state}).document()):
                return
        raise Conflict("this join keeps changing", id=join_id)

    async def _begun(self, join: Join) -> Join | None:
        """The join refused, or in force with what it moves. None: it has to wait."""
        where = {"identity": join.identity, "phone": join.phone, "at_ms": join.proved_ms}
        states = {document["state"] for document in await self._store.find("proofs", where, limit=PAGE)}
        if "due" in states or self._sms_account is None:
            return None
        if states != {"sent"}:
            # the code was drawn and never sent, so nobody can have read it on that phone
            log.warning("a join without a code that was sent is refused", extra={"about": join.id})
            return join.model_copy(update={"state": "refused", "reason": "not_proved"})
        phone = await self._conversations.open(_phone(self._sms_account, join.phone))
        begun = join.model_copy(update={"state": "joining", "phone_identity": phone.id})
        group, _ = await self._group(join.identity, begun)
        to = await self._oldest([identity.home for identity in group])
        moved = [
            Moved(identity=identity.id, before=identity.contact_id) for identity in group if identity.contact_id != to
        ]
        return begun.model_copy(update={"to": to, "moved": tuple(moved)})

    async def _settle(self, join: Join) -> None:
        """Give all identities that are, or were, connected by this join the contact they belong to. Ends with a look
        that finds nothing to change, so that of two processes the later one to write has seen what both say."""
        for _ in range(ATTEMPTS):
            changed, settled = False, dict[str, Identity]()
            for end in (join.identity, join.phone_identity or ""):
                if end in settled:
                    continue
                group, links = await self._group(end)
                to = await self._oldest([identity.home for identity in group])
                for identity in group:
                    settled[identity.id] = identity
                    update = _placed(identity, to)
                    if identity.id == join.phone_identity:
                        update |= _vouched(identity, links)
                    if update:
                        changed = True
                        await self._store.replace("identities", identity.model_copy(update=update).document())
            if not changed:
                for id in settled:
                    await self._align(id)
                return
        raise Conflict("these contacts keep changing", id=join.id)

    async def _group(self, start: str, also: Join | None = None) -> tuple[list[Identity], list[Join]]:
        """All identities that joins in force, and `also`, connect with this one, and these joins."""
        links = {} if also is None else {also.id: also}
        seen: set[str] = set()
        next_ids = {start}
        while next_ids:
            seen |= next_ids
            if len(seen) > MOST_IDENTITIES:
                raise Conflict("more identities are joined than one person can have", id=start)
            for field in ("identity", "phone_identity"):
                where = {field: {"$in": sorted(next_ids)}, "state": {"$in": list(IN_FORCE)}}
                links |= {link.id: link for link in await self._all_joins(where)}
            ends = {id for link in links.values() for id in (link.identity, link.phone_identity) if id}
            next_ids = ends - seen
        documents = await self._store.get_many("identities", sorted(seen))
        return [Identity.of(document) for document in documents], list(links.values())

    async def _all_joins(self, where: dict[str, Any]) -> list[Join]:
        found: list[Join] = []
        while True:
            page = await self._store.find("joins", where, sort=[("_id", 1)], limit=_LINKS)
            found += map(Join.of, page)
            if len(page) < _LINKS:
                return found
            where = {**where, "_id": {"$gt": page[-1]["_id"]}}

    async def _oldest(self, contact_ids: Collection[str]) -> str:
        documents = await self._store.get_many("contacts", sorted(set(contact_ids)))
        if not documents:
            raise Conflict("contacts that identities name are not there")
        return str(min(documents, key=lambda document: (document["created_at"], document["_id"]))["_id"])

    async def _align(self, identity_id: str) -> None:
        """Name the identity's contact in its conversation."""
        for _ in range(ATTEMPTS):
            identity = Identity.of(await self._known(identity_id))
            conversation = await self._conversations.get(identity.conversation_id)
            if conversation is None or conversation.contact_id == identity.contact_id:
                return
            contact_id = identity.contact_id

            def moved(
                conversation: Conversation, contact_id: str = contact_id
            ) -> tuple[Conversation, Sequence[Effect]] | None:
                if conversation.contact_id == contact_id:
                    return None
                return conversation.model_copy(update={"contact_id": contact_id}), ()

            # what this process remembers may be older than what another one wrote
            self._conversations.forget(identity.id)
            await self._conversations.change(identity.address, moved)
        raise Conflict("this conversation keeps changing", id=identity_id)

    async def _known(self, identity_id: str) -> dict[str, Any]:
        document = await self._store.get("identities", identity_id)
        if document is None:
            raise NotFound("no such identity", id=identity_id)
        return document

    # -- for people -----------------------------------------------------------------------------------------------

    async def undo(self, join_id: str, *, by: str, reason: str) -> Join:
        """Take a join back: its identities belong where the other joins in force put them, and the phone counts as
        proved only if one of these proves it. Recorded in `audit`. Raises `NotFound`, `Invalid` without a reason,
        `Conflict` when it is not in force."""
        if not reason.strip():
            raise Invalid("a reason is needed to undo a join")
        for _ in range(ATTEMPTS):
            document = await self._store.get("joins", join_id)
            if document is None:
                raise NotFound("no such join", id=join_id)
            join = Join.of(document)
            if join.state != "done":
                raise Conflict("this join is not in force, or not carried out yet", id=join_id, state=join.state)
            update = {
                "state": "undoing",
                "undone_at": self._now(),
                "undone_by": by,
                "reason": reason.strip()[:500],
                "audit_id": new_id(),
            }
            if await self._store.replace("joins", join.model_copy(update=update).document()):
                await self._finish(join_id)
                return await self.join(join_id)
        raise Conflict("this join keeps changing; try again", id=join_id)

    async def _write_down(self, join: Join) -> None:
        assert join.undone_at is not None, "`undo` writes it, with who did and why"
        who, why, id = join.undone_by or "", join.reason or "", join.audit_id or ""
        line = audit.entry(join.undone_at, who, "contact.undo", join.id, why, id=id, before="done")
        await self._store.insert(audit.AUDIT, line)

    async def join(self, join_id: str) -> Join:
        """Raises `NotFound`."""
        document = await self._store.get("joins", join_id)
        if document is None:
            raise NotFound("no such join", id=join_id)
        return Join.of(document)

    async def identity(self, who: str) -> Identity:
        """The identity with this key, or that of a phone given in E.164. Raises `NotFound`."""
        if who.startswith("+"):
            if self._sms_account is None:
                raise NotFound("there is no SMS channel that could know this phone")
            who = _phone(self._sms_account, who).key
        return Identity.of(await self._known(who))

    async def identities(self, contact_id: str) -> list[Identity]:
        """The contact's identities, oldest first."""
        documents = await self._store.find("identities", {"contact_id": contact_id}, limit=MOST_IDENTITIES)
        return sorted(map(Identity.of, documents), key=lambda identity: (identity.created_at, identity.id))

    async def joins(self, about: str) -> list[Join]:
        """Every join of an identity (its key) or of a contact's identities, oldest first, those no longer in force
        among them."""
        ids = [about] if ":" in about else [identity.id for identity in await self.identities(about)]
        found: dict[str, Join] = {}
        for field in ("identity", "phone_identity"):
            found |= {join.id: join for join in await self._all_joins({field: {"$in": ids}})}
        return sorted(found.values(), key=lambda join: (join.at, join.id))


def _phone(account: str, phone: str) -> Address:
    return Address(channel="sms", account=account, external_id=phone)


def _placed(identity: Identity, contact_id: str) -> dict[str, Any]:
    """What is to be changed so that the identity belongs to this contact."""
    if identity.contact_id == contact_id:
        return {}
    return {"contact_id": contact_id, "first_contact_id": identity.home}


def _vouched(identity: Identity, links: Sequence[Join]) -> dict[str, Any]:
    """What is to be changed so that a phone counts as proved if, and since, joins in force say so."""
    proved = min((link.at for link in links if link.phone_identity == identity.id), default=None)
    if (identity.verified, identity.verified_at) == (proved is not None, proved):
        return {}
    return {"verified": proved is not None, "verified_at": proved}
