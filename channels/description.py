"""How a channel describes its HTTP interface, so that one OpenAPI description can be made of all of them."""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class StaffOperations:
    """Makes the operations of one part of the desk. scopes: of those that name none themselves. parameters: what the
    names in braces stand for, in the order of their places."""

    tag: str
    path: str
    scopes: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self,
        method: str,
        path: str,
        summary: str,
        answer: tuple[int, str, type[BaseModel] | None],
        *errors: int,
        scopes: tuple[str, ...] | None = None,
        takes: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        description: str = "",
        upload: bool = False,
        binary: bool = False,
    ) -> Operation:
        """path: after the part's own. errors: those beside what every operation of this shape may answer."""
        status, meaning, body = answer
        whole = self.path + path
        named = [(name, about) for name, about in self.parameters.items() if f"{{{name}}}" in whole]
        body_errors = (400, 413, 415) if takes or upload else (400,) if query else ()
        return Operation(
            method,
            whole,
            summary,
            {status: (meaning, body)},
            takes=takes,
            query=query,
            parameters=tuple(Parameter(name, "path", about, required=True) for name, about in named),
            staff=True,
            scopes=self.scopes if scopes is None else scopes,
            tag=self.tag,
            description=description,
            upload=upload,
            binary=binary,
            errors=(*body_errors, 401, 403, *((404,) if named else ()), *errors, 503),
        )
