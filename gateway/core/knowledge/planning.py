"""What an import would do to the knowledge base: pure. Staging it and making it count is the ledger's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.core.errors import Invalid
from gateway.core.knowledge.entry import Draft, KnowledgeEntry, Problem, made_id

MAX_ENTRIES = 200_000


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would have done. `written` is false when it wrote nothing."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    written: bool = False


def plan(
    drafts: Iterable[Draft], entries: Mapping[str, KnowledgeEntry], *, replace_all: bool, samples_only: bool
) -> tuple[ImportReport, list[KnowledgeEntry]]:
    """What an import of these rows changes of these entries, deleted ones included. A row that names no id is the entry
    with the same unit and question, if there is one. See `Ledger.import_rows`. Raises `Invalid` for too many."""
    report = ImportReport()
    asked_by = {entry.asked: entry.id for entry in entries.values() if not entry.deleted}
    wanted: dict[str, KnowledgeEntry] = {}
    rows: dict[str, int] = {}
    for draft in drafts:
        made = made_id(draft.given.get("unit", ""), draft.given["question"])
        name = draft.id or asked_by.get(made) or made
        if name in rows:
            report.problems.append(Problem(draft.row, "id", f"和第 {rows[name]} 行是同一条知识（{name}）"))
            continue
        rows[name] = draft.row
        base = entries.get(name)
        if samples_only and base is not None and (base.deleted or not base.sample):
            report.unchanged += 1
            continue
        wanted[name] = merged(base, name, draft.given)
    if replace_all:
        for entry in entries.values():
            if entry.id not in rows and not entry.deleted:
                wanted[entry.id] = entry.model_copy(update={"deleted": True})
    _refuse_questions_asked_twice(report, wanted, entries, rows)
    staged = []
    for entry in wanted.values():
        base = entries.get(entry.id)
        if entry.deleted:
            report.removed += 1
        elif base is None or base.deleted:
            report.added += 1
        elif base.content() == entry.content():
            report.unchanged += 1
            continue
        else:
            report.changed += 1
        staged.append(entry)
    if len(entries) + report.added > MAX_ENTRIES:
        raise Invalid(f"知识库最多 {MAX_ENTRIES} 条")
    return report, staged


def _refuse_questions_asked_twice(
    report: ImportReport,
    wanted: dict[str, KnowledgeEntry],
    entries: Mapping[str, KnowledgeEntry],
    rows: Mapping[str, int],
) -> None:
    """Rows whose question another entry of their unit would still have after the import are taken out."""
    asked_by = {entry.asked: id for id, entry in entries.items() if id not in wanted and not entry.deleted}
    for entry in list(wanted.values()):
        if entry.deleted:
            continue
        other = asked_by.setdefault(entry.asked, entry.id)
        if other != entry.id:
            report.problems.append(Problem(rows[entry.id], "question", f"同一单位已经有这个问题（{other}）"))
            del wanted[entry.id]


def merged(base: KnowledgeEntry | None, id: str, given: Mapping[str, Any]) -> KnowledgeEntry:
    """The entry with what was given for it; what was not stays. A deleted one begins anew, under its number."""
    if base is None:
        return KnowledgeEntry(id=id, version=0, **given)
    if base.deleted:
        kept = {"version": base.version, "number": base.number, "import_number": base.import_number}
        return KnowledgeEntry(id=id, **kept, **given)
    return base.model_copy(update=dict(given))
