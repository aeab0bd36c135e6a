"""The people of the hotline and of the units: who they are, what they may do, how they sign in."""

from gateway.core.people.accounts import Account, Accounts
from gateway.core.people.attempts import Attempts, Pauses
from gateway.core.people.entrance import Caller, CodeNeeded, Entrance, Offer, SignedIn, WrongCode
from gateway.core.people.passwords import Passwords
from gateway.core.people.roles import ROLES, SCOPES, Person, Role, Scope, scopes_of
from gateway.core.people.sessions import Lifetimes, Sessions, StaffSession, csrf_token

__all__ = [
    "ROLES",
    "SCOPES",
    "Account",
    "Accounts",
    "Attempts",
    "Caller",
    "CodeNeeded",
    "Entrance",
    "Lifetimes",
    "Offer",
    "Passwords",
    "Pauses",
    "Person",
    "Role",
    "Scope",
    "Sessions",
    "SignedIn",
    "StaffSession",
    "WrongCode",
    "csrf_token",
    "scopes_of",
]
