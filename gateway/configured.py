"""What the settings mean to each room: its configuration, built from what the operator wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

from pydantic import SecretStr

from channels.sms.config import SmsConfig
from channels.sms.provider import Provider
from channels.sms.twilio.provider import TwilioProvider
from channels.web.sending import WebConfig
from channels.wechat.config import WeChatConfig
from config.settings import PREFIX, Settings
from gateway.core import people
from gateway.core.channel_health import Setup
from gateway.core.delivery import Limit, Policy
from gateway.core.handoff import Policy as HandoffPolicy
from gateway.core.ports import Limits, Store
from gateway.core.tickets.rules import Policy as TicketPolicy
from gateway.core.tickets.rules import of_table
from gateway.core.vault import Key, Vault, derived
from gateway.core.webhooks import Policy as WebhookPolicy
from gateway.core.webhooks.addresses import Network

_Given = Mapping[str, str | SecretStr]
SEED = Path(__file__).resolve().parent.parent / "config" / "seed"


def now_of(clock: Callable[[], float]) -> Callable[[], datetime]:
    """The clock as aware datetimes in whole milliseconds, which is what the stores keep."""

    def now() -> datetime:
        moment = datetime.fromtimestamp(clock(), UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    return now


def wechat_config(settings: Settings) -> WeChatConfig | None:
    """None when the channel is off."""
    given = settings.wechat
    if not given.configured:
        return None
    return WeChatConfig(
        app_id=given.app_id,
        token=given.token.get_secret_value(),
        app_secret=given.app_secret.get_secret_value(),
        aes_key=given.aes_key.get_secret_value(),
        mode=given.mode,
        timestamp_window=given.timestamp_window,
        reply_within=given.reply_within,
        api_base=given.api_base,
        template_id=given.template_id,
        template_fields=tuple(given.template_fields.items()),
    )


def sms_provider(settings: Settings) -> Provider | None:
    """The carrier; None when the channel is off. Another carrier is chosen here."""
    given = settings.sms
    if not given.configured:
        return None
    return TwilioProvider(
        SmsConfig(
            account_sid=given.account_sid,
            auth_token=given.auth_token.get_secret_value(),
            public_url=settings.public_url,
            from_number=given.from_number,
            messaging_service_sid=given.messaging_service_sid,
            api_base=given.api_base,
            phone_off_retry=given.phone_off_retry,
        )
    )


def sms_account(settings: Settings) -> str | None:
    """Our account at the carrier, as the addresses of phones name it; None when the channel is off."""
    return settings.sms.account_sid if settings.sms.configured else None


def channel_setups(settings: Settings) -> tuple[Setup, ...]:
    """How each channel is set up, by the names of settings and never by what a secret says."""
    wechat, sms, public = settings.wechat, settings.sms, settings.public_url
    keys: _Given = {
        "WECHAT__APP_ID": wechat.app_id,
        "WECHAT__TOKEN": wechat.token,
        "WECHAT__APP_SECRET": wechat.app_secret,
    }
    carrier: _Given = {"SMS__ACCOUNT_SID": sms.account_sid, "SMS__AUTH_TOKEN": sms.auth_token, "PUBLIC_URL": public}
    sender = sms.messaging_service_sid or sms.from_number
    return (
        Setup("wechat", wechat.configured, wechat.app_id, missing=_not_set(keys), rate=wechat.messages_per_second),
        Setup(
            "sms",
            sms.configured,
            sms.account_sid,
            missing=_not_set({**carrier, "SMS__FROM_NUMBER": sender}),
            provider="twilio" if sms.configured else "",
            sender=sender,
            rate=sms.messages_per_second,
        ),
        Setup(
            "web", True, public, missing=() if settings.demo_mode else _not_set({"PUBLIC_URL": public}), delivers=False
        ),
    )


def _not_set(given: _Given) -> tuple[str, ...]:
    values = {name: one.get_secret_value() if isinstance(one, SecretStr) else one for name, one in given.items()}
    return tuple(f"{PREFIX}{name}" for name, value in values.items() if not value)


def vault(settings: Settings) -> Vault:
    """For personal data at rest. What was sealed before keys were configured is still opened."""
    given = [Key(id, secret) for id, secret in settings.keys_for_data()]
    return Vault((*given, derived(settings.signing_key())))


def staff(
    settings: Settings, store: Store, limits: Limits, now: Callable[[], datetime]
) -> tuple[people.Accounts, people.Entrance]:
    """The accounts of the hotline's people, and the way they come in."""
    given = settings.desk
    passwords = people.Passwords()
    sessions = people.Sessions(store, now, people.Lifetimes(given.session_idle, given.session_lifetime))
    pauses = people.Pauses(given.attempts, given.first_pause, given.longest_pause)
    attempts = people.Attempts(store, now, pauses)
    accounts = people.Accounts(store, now, passwords=passwords, sessions=sessions, attempts=attempts)
    entrance = people.Entrance(
        store,
        limits,
        now,
        accounts=accounts,
        passwords=passwords,
        sessions=sessions,
        attempts=attempts,
        vault=vault(settings),
        per_address=given.sign_ins_per_address,
    )
    return accounts, entrance


def ticket_policy(settings: Settings) -> TicketPolicy:
    """The limits the operator set."""
    return replace(of_table(settings.tickets.model_dump()), tell_after=settings.tickets.tell_after)


def handoff_policy(settings: Settings) -> HandoffPolicy:
    given = settings.handoff
    return HandoffPolicy(
        lost_after=given.lost_after,
        unclaimed_after=given.unclaimed_after,
        silent_after=given.silent_after,
        skill_after=given.skill_after,
    )


def delivery_policy(settings: Settings) -> Policy:
    given = settings.delivery
    return Policy(
        lease=given.lease,
        attempts=given.attempts,
        first_retry=given.first_retry,
        longest_retry=given.longest_retry,
        doubt_after=given.doubt_after,
        patience=given.patience,
    )


def webhook_policy(settings: Settings) -> WebhookPolicy:
    given = settings.webhooks
    return WebhookPolicy(patience=given.patience, grace=given.grace, keep=given.keep)


def webhook_networks(settings: Settings) -> tuple[Network, ...]:
    """May be called although they are not public; this machine, too, in demo mode."""
    own = ("127.0.0.0/8", "::1/128") if settings.demo_mode else ()
    return tuple(ip_network(network) for network in (*settings.webhooks.networks, *own))


def rates(settings: Settings) -> dict[str, Limit]:
    """What the operator lets each channel send, in all processes together."""
    given = {"wechat": settings.wechat.messages_per_second, "sms": settings.sms.messages_per_second}
    # ten seconds' worth may leave at once, so that a short rush is not spread needlessly; below one a second, one
    return {
        name: Limit(max(1, round(rate * 10)), max(10.0, 1 / rate)) if rate >= 0.1 else Limit(1, 1 / rate)
        for name, rate in given.items()
        if rate > 0
    }


def web_config(settings: Settings) -> WebConfig:
    given = settings.web
    return WebConfig(
        public_url=settings.public_url,
        allowed_origins=frozenset(given.allowed_origins),
        trusted_proxies=frozenset(given.trusted_proxies),
        messages_per_visitor=given.messages_per_visitor,
        uploads_per_visitor=given.uploads_per_visitor,
        sessions_per_address=given.sessions_per_address,
        requests_per_address=given.requests_per_address,
        sockets_per_visitor=given.sockets_per_visitor,
        sockets_per_address=given.sockets_per_address,
        upload_bytes=given.upload_bytes,
    )
