"""The OpenAPI 3.1 description, made of the models that validate, and a page to read it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from tornado.routing import URLSpec

from channels.description import Operation
from channels.handling import JsonHandler
from gateway.web.desk.access import COOKIE, CSRF_HEADER, SAFE

_ERRORS = {
    400: "The request is wrong; details.fields names what",
    401: "No session, or one that has run out",
    403: "This origin, or this person, may not call",
    404: "There is no such thing",
    409: "It is not as it was, or not as it would have to be for this",
    413: "Too large",
    415: "Not a type that is taken",
    416: "Not a part of the file",
    422: "Understood, and not acceptable; the message says why",
    429: "Too fast; Retry-After tells how long to wait",
    503: "A store is away; try again",
}
_SCHEMES = {
    "session": {"type": "http", "scheme": "bearer", "description": "A citizen's session."},
    "staff": {"type": "http", "scheme": "bearer", "description": "A session of somebody who works with the hotline."},
    "staff_cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The same, in a browser."},
    "staff_page": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "Beside the cookie, for everything but reading: what the session was told as `csrf_token`.",
    },
}
_WITHOUT_BODY = ("get", "delete")
_REF = "#/components/schemas/{model}"
_STYLE_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"


def describe(operations: Sequence[Operation], error: type[BaseModel], *, version: str, about: str) -> dict[str, Any]:
    """The whole description. error: the model of the error envelope."""
    models: set[type[BaseModel]] = {error}
    for operation in operations:
        models |= {model for _, model in operation.answers.values() if model is not None}
        if operation.takes is not None:
            models.add(operation.takes)
    ordered = sorted(models, key=lambda model: model.__name__)
    refs, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    named = {model: refs[(model, "validation")] for model in ordered}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, named, named[error])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Yixian 一线", "version": version, "description": about},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": _SCHEMES,
        },
    }


def _operation(operation: Operation, named: dict[type[BaseModel], Any], error: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": f"{operation.method}_{operation.path.strip('/').translate(str.maketrans('/{}', '___'))}",
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "security": _security(operation),
        "responses": {str(status): _answer(operation, *answer, named) for status, answer in operation.answers.items()},
    }
    # at the edge, whatever is sent
    too_large = () if operation.method in _WITHOUT_BODY else (413,)
    for status in sorted({*operation.errors, *too_large}):
        body = {"description": _ERRORS[status], "content": {"application/json": {"schema": error}}}
        described["responses"].setdefault(str(status), body)
    if parameters := [*_parameters(operation)]:
        described["parameters"] = parameters
    if operation.takes is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": named[operation.takes]}},
        }
    if operation.upload:
        file = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": file}}}
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if not operation.signed_in:
        return []
    if not operation.staff:
        return [{"session": []}]
    scopes = list(operation.scopes)
    page: dict[str, list[str]] = {} if operation.method.upper() in SAFE else {"staff_page": []}
    return [{"staff": scopes}, {"staff_cookie": scopes, **page}]


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for parameter in operation.parameters:
        yield {
            "name": parameter.name,
            "in": parameter.where,
            "required": parameter.required,
            "description": parameter.description,
            "schema": {"type": parameter.kind, **({"minimum": 0} if parameter.kind == "integer" else {})},
        }
    if operation.query is not None:
        shape = operation.query.model_json_schema()
        for name, schema in shape["properties"].items():
            about = {key: value for key, value in schema.items() if key not in ("title", "description")}
            yield {
                "name": name,
                "in": "query",
                "required": name in shape.get("required", ()),
                "description": schema.get("description", ""),
                "schema": about,
            }


def _answer(
    operation: Operation, meaning: str, model: type[BaseModel] | None, named: dict[type[BaseModel], Any]
) -> Any:
    answer: dict[str, Any] = {"description": meaning}
    if model is not None:
        answer["content"] = {"application/json": {"schema": named[model]}}
    elif operation.binary:
        answer["content"] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    return answer


class Description(JsonHandler):
    def initialize(self, description: dict[str, Any]) -> None:
        self._description = description

    def get(self) -> None:
        self.set_header("Access-Control-Allow-Origin", "*")
        self.reply(self._description)

    head = get


class Docs(JsonHandler):
    """The description as one plain page; no script, nothing from elsewhere."""

    def initialize(self, page: str) -> None:
        self._page = page

    def get(self) -> None:
        self.set_header("Content-Security-Policy", _STYLE_POLICY)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self._page)

    head = get


class DocsStyle(JsonHandler):
    def get(self) -> None:
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.finish(_STYLE)

    head = get


def page(description: dict[str, Any]) -> str:
    """The description in HTML, everything escaped."""
    text = html.escape
    info = description["info"]
    schemas = description["components"]["schemas"]
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{text(info['title'])} API</title><link rel='stylesheet' href='/api/docs/style.css'></head>",
        "<body><main>",
        f"<h1>{text(info['title'])} API <small>{text(info['version'])}</small></h1>",
        *(f"<p>{_inline(block)}</p>" for block in info["description"].split("\n\n")),
        "<p>Machine-readable: <a href='/api/openapi.json'>openapi.json</a> (OpenAPI 3.1)</p>",
    ]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            parts += _section(path, method, operation)
    parts.append("<h2>Shapes</h2>")
    for name, schema in sorted(schemas.items()):
        parts += [f"<section id='{text(name)}'><h3>{text(name)}</h3>", *_table(schema), "</section>"]
    parts.append("</main></body></html>")
    return "".join(parts)


def _section(path: str, method: str, operation: dict[str, Any]) -> Iterable[str]:
    text = html.escape
    yield f"<section><h2><code class='{text(method)}'>{text(method.upper())}</code> <code>{text(path)}</code></h2>"
    yield f"<p>{text(operation['summary'])}. {_inline(operation['description'])}</p>"
    if operation["security"]:
        yield f"<p>Needs {' or '.join(_needed(one) for one in operation['security'])}.</p>"
    if operation.get("parameters"):
        yield "<table><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>"
        for one in operation["parameters"]:
            name, where, about = text(one["name"]), text(one["in"]), _inline(one["description"])
            yield f"<tr><td>{name}</td><td>{where}</td><td>{_kind(one['schema'])}</td><td>{about}</td></tr>"
        yield "</table>"
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body: {text(kind)}, {_kind(body['schema'])}</p>"
    yield "<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>"
    for status, answer in operation["responses"].items():
        shapes = ", ".join(_kind(body["schema"]) for body in answer.get("content", {}).values())
        yield f"<tr><td>{text(status)}</td><td>{text(answer['description'])}</td><td>{shapes}</td></tr>"
    yield "</table></section>"


def _needed(schemes: dict[str, list[str]]) -> str:
    """One way to be let in, in HTML."""
    scopes = {scope for needed in schemes.values() for scope in needed}
    names = " and ".join(f"<code>{html.escape(name)}</code>" for name in schemes)
    return names + (f" with {' or '.join(map(_inline, sorted(scopes)))}" if scopes else "")


def _table(schema: dict[str, Any]) -> Iterable[str]:
    text = html.escape
    if schema.get("description"):
        yield f"<p>{_inline(schema['description'])}</p>"
    yield "<table><tr><th>Field</th><th>Type</th><th></th></tr>"
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        mark = "" if name in required else " <i>optional</i>"
        yield f"<tr><td><code>{text(name)}</code>{mark}</td><td>{_kind(field)}</td>"
        yield f"<td>{_inline(field.get('description', ''))}</td></tr>"
    yield "</table>"


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = html.escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#{name}'>{name}</a>"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(_kind(one) for one in schema[several])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "const" in schema:
        return f"<code>{html.escape(str(schema['const']))}</code>"
    if "enum" in schema:
        return " | ".join(f"<code>{html.escape(str(value))}</code>" for value in schema["enum"])
    return html.escape(schema.get("format") or schema.get("type") or "any")


def _inline(text: str) -> str:
    pieces = html.escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))


_STYLE = """
:root{color:#1c2430;background:#fff;font:16px/1.6 system-ui,"PingFang SC","Noto Sans CJK SC",sans-serif}
body{margin:0}main{max-width:56rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.75rem}h1 small{color:#5a6675;font-weight:400;font-size:1rem}
h2{font-size:1.15rem;margin:2.5rem 0 .5rem;border-top:1px solid #dfe4ea;padding-top:1.5rem}h3{margin:1.5rem 0 .25rem}
code{font:.9em ui-monospace,Menlo,Consolas,monospace;background:#f2f5f8;border-radius:4px;padding:.1em .35em}
code.get{color:#0b5394}code.post,code.put,code.patch{color:#7a4b00}code.delete{color:#9b1c1c}
table{border-collapse:collapse;width:100%;margin:.5rem 0;display:block;overflow-x:auto}
th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #eef1f4}
th{color:#5a6675;font-weight:600}a{color:#0b5cad}i{color:#5a6675}
"""


def routes(operations: Sequence[Operation], error: type[BaseModel], *, version: str, about: str) -> list[URLSpec]:
    description = describe(operations, error, version=version, about=about)
    return [
        URLSpec(r"/api/openapi.json", Description, {"description": description}),
        URLSpec(r"/api/docs", Docs, {"page": page(description)}),
        URLSpec(r"/api/docs/style.css", DocsStyle),
    ]
