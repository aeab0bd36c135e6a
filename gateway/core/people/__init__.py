"""The people of the hotline and of the units: who they are, what they may do, how they sign in."""

from gateway.core.people.roles import ROLES, SCOPES, Person, Role, Scope, scopes_of

__all__ = ["ROLES", "SCOPES", "Person", "Role", "Scope", "scopes_of"]
