"""The citizen API in words; what it takes and gives are the models that validate it."""

from __future__ import annotations

from channels.description import Operation, Parameter
from channels.web import schemas

_TAG = "citizen"
_LANGUAGE = Parameter("Accept-Language", "header", "`zh` (when not given) or `en`: of what we say, errors included")
_NUMBER = Parameter("number", "path", "DG and 15 digits", required=True)

OPERATIONS = (
    Operation(
        "post",
        "/api/v1/sessions",
        "Start or resume a visitor session",
        {
            200: ("The session resumed, with a renewed token", schemas.Session),
            201: ("A new session", schemas.Session),
        },
        takes=schemas.SessionRequest,
        signed_in=False,
        tag=_TAG,
        description="Without a token a new conversation begins; a token from before resumes its own.",
        errors=(400, 401, 403, 413, 415, 429, 503),
    ),
    Operation(
        "post",
        "/api/v1/messages",
        "Say something",
        {202: ("The stored message", schemas.Message)},
        takes=schemas.SendRequest,
        tag=_TAG,
        description="A repeat with the same client_id is harmless: it gives the message stored before.",
        errors=(400, 401, 403, 413, 415, 429, 503),
    ),
    Operation(
        "get",
        "/api/v1/messages",
        "Read on",
        {200: ("Messages in the order of their numbers", schemas.MessagePage)},
        parameters=(
            Parameter("after", "query", "Messages with a higher number, from the first", "integer"),
            Parameter("before", "query", "Messages with a lower number, up to the last", "integer"),
            Parameter("limit", "query", "At most 200; 50 when not given", "integer"),
        ),
        tag=_TAG,
        description="With neither after nor before: the newest.",
    ),
    Operation(
        "post",
        "/api/v1/read",
        "Tell what was seen",
        {200: ("How far both sides have read", schemas.ReadMarks)},
        takes=schemas.ReadRequest,
        tag=_TAG,
        errors=(400, 401, 403, 413, 415, 429, 503),
    ),
    Operation(
        "post",
        "/api/v1/uploads",
        "Upload a picture or a PDF",
        {201: ("The kept file; name its blob_id in a message", schemas.Upload)},
        tag=_TAG,
        upload=True,
        errors=(400, 401, 403, 413, 415, 429, 503),
    ),
    Operation(
        "get",
        "/api/v1/uploads/{blob_id}",
        "A file of this conversation",
        {200: ("The file", None)},
        parameters=(Parameter("blob_id", "path", "From the upload or a message", required=True),),
        tag=_TAG,
        errors=(401, 403, 404, 429, 503),
        binary=True,
    ),
    Operation(
        "post",
        "/api/v1/tickets",
        "File a ticket",
        {201: ("The ticket, with its number and code", schemas.TicketFiled)},
        takes=schemas.TicketRequest,
        parameters=(_LANGUAGE,),
        tag=_TAG,
        description="A repeat with the same client_id is harmless. News of it come in the language it was filed in. "
        "When the matter tells of danger, `emergency` is the number to call, and the desks are alarmed. 422: the "
        "hotline does not take it, and who does.",
        errors=(400, 401, 403, 413, 415, 422, 429, 503),
    ),
    Operation(
        "get",
        "/api/v1/tickets",
        "One's own tickets",
        {200: ("The latest first, at most five", schemas.TicketList)},
        parameters=(_LANGUAGE,),
        tag=_TAG,
        errors=(401, 403, 429, 503),
    ),
    Operation(
        "get",
        "/api/v1/tickets/{number}",
        "How far a ticket is",
        {200: ("The ticket", schemas.TicketProgress)},
        parameters=(
            _NUMBER,
            _LANGUAGE,
            Parameter("code", "query", "The six digits; the visitor who told it needs none"),
        ),
        signed_in=False,
        tag=_TAG,
        description="404 for a wrong number and for a wrong code alike.",
        errors=(401, 403, 404, 429, 503),
    ),
    Operation(
        "post",
        "/api/v1/tickets/{number}/rating",
        "Rate a ticket",
        {200: ("The ticket", schemas.TicketTold)},
        takes=schemas.RatingRequest,
        parameters=(_NUMBER, _LANGUAGE),
        signed_in=False,
        tag=_TAG,
        description="When the words tell of danger, `emergency` is the number to call, and the desks are alarmed. "
        "409: it is not asked for, or was given already.",
        errors=(400, 401, 403, 404, 409, 413, 415, 429, 503),
    ),
    Operation(
        "post",
        "/api/v1/tickets/{number}/supplements",
        "Add to a ticket",
        {201: ("The ticket", schemas.TicketTold)},
        takes=schemas.SupplementRequest,
        parameters=(_NUMBER, _LANGUAGE),
        signed_in=False,
        tag=_TAG,
        description="A repeat with the same client_id is added once. When the words tell of danger, `emergency` is the "
        "number to call, and the desks are alarmed. 409: it is over, or has too much already.",
        errors=(400, 401, 403, 404, 409, 413, 415, 429, 503),
    ),
    Operation(
        "get",
        "/api/v1/places",
        "Towns and parks",
        {200: ("Their names, to be suggested where a place is asked for", schemas.PlaceList)},
        signed_in=False,
        tag=_TAG,
        errors=(403, 429, 503),
    ),
)

SOCKET = """\
WebSocket `/ws/chat` is the same conversation live. The client begins with
`{"type":"hello","token":…,"after":SEQ}` and gets `welcome`, then every `message` it has missed and every new one, in
order. It may send `send` (as `POST /messages`; answered by `stored` or `refused`), `typing`, `read`, `ping`. It may
also be told `owner`, `read`, `typing`, `notice`, `error`, and `bye` before the server restarts.\
"""
