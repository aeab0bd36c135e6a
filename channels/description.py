"""How a channel describes its HTTP interface, so that one OpenAPI description can be made of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    where: str  # query | path | header
    description: str
    kind: str = "string"  # string | integer
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. answers: status → (what it means, the body's model or None). query: a model whose fields
    are the query's parameters. staff: for the people of the hotline, not for citizens; with any of `scopes`, when
    there are some."""

    method: str
    path: str
    summary: str
    answers: dict[int, tuple[str, type[BaseModel] | None]]
    takes: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    parameters: tuple[Parameter, ...] = ()
    signed_in: bool = True
    staff: bool = False
    scopes: tuple[str, ...] = ()
    tag: str = ""
    description: str = ""
    upload: bool = False
    errors: tuple[int, ...] = field(default=(400, 401, 403, 429, 503))
    binary: bool = False  # the 200 answer is the file itself
