"""Files people send: one out of its form, and what it may be, told by its first bytes and not by its name. Pure."""

from __future__ import annotations

import io
import re
import zipfile

from tornado.httputil import HTTPFile, HTTPHeaders, HTTPInputError, parse_body_arguments

from channels import signatures
from channels.handling import ApiError

FORM_BYTES = 16 * 1024  # that a multipart form may add to its file
ALLOWED = {
    kind: signatures.EXTENSIONS[kind]
    for kind in ("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf")
}
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXTENSIONS = {**ALLOWED, _WORD: "docx", _EXCEL: "xlsx"}
_MAIN_PARTS = {"word/document.xml": _WORD, "xl/workbook.xml": _EXCEL}


def content_type(data: bytes) -> str | None:
    """The type of an allowed file by its signature; None for everything else."""
    kind = signatures.content_type(data)
    return kind if kind in ALLOWED else None


def office_type(data: bytes) -> str | None:
    """The type of a Word or Excel file without macros; None for everything else. Only its table of contents is read."""
    if not data.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    return next((kind for part, kind in _MAIN_PARTS.items() if part in names), None)


def safe_name(given: str, kind: str) -> str:
    """A name to show: no path, no control characters, no half characters (surrogates), at most 80 characters, the
    extension of what it really is."""
    stem = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\"<>|:*?]", "", re.split(r"[/\\]", given)[-1])
    stem = stem.rpartition(".")[0] or stem
    return f"{stem[:80].strip(' .') or 'file'}.{_EXTENSIONS[kind]}"


def only_file(kind: str, body: bytes) -> HTTPFile:
    """The one file of a multipart form, in its field `file`. kind: the request's content type. Raises `ApiError`."""
    files: dict[str, list[HTTPFile]] = {}
    if kind.partition(";")[0].strip().lower() != "multipart/form-data":
        raise ApiError(415, "unsupported_type", "请用 multipart/form-data 上传")
    try:
        parse_body_arguments(kind, body, {}, files, HTTPHeaders())
    except HTTPInputError:
        raise ApiError(400, "invalid", "上传内容无法读取") from None
    if len(files.get("file", ())) != 1:
        raise ApiError(400, "invalid", "每次上传一个文件", fields={"file": "exactly one"})
    return files["file"][0]
