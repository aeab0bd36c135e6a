"""`/api/v1/desk/conversations/{id}/messages/{seq}/retry`: who has a conversation tries again what failed."""

from __future__ import annotations

from tornado.routing import URLSpec

from channels.description import Operation, Parameter
from gateway.core.delivery import DeadLetters
from gateway.core.errors import NotFound
from gateway.core.handoff import ConversationDesk
from gateway.core.handoff.moves import check_owner
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.conversation_views import MessageView

ANSWERS = ("conversations.handle", "conversations.unit")


class RetryAnswer(DeskHandler):
    def initialize(self, access: Access, desk: ConversationDesk, letters: DeadLetters) -> None:
        super().initialize(access)
        self.desk = desk
        self.letters = letters

    @needs(*ANSWERS)
    async def post(self, id: str, seq: str) -> None:
        number = int(seq)
        found, _, conversation = await self.desk.thread(self.person, id, after=number - 1, limit=1)
        check_owner(conversation, self.desk.hand(self.person))
        if not found or found[0].seq != number:
            raise NotFound("没有这条外发消息")
        self.reply(MessageView.of(await self.letters.retry(found[0].id, by=self.person.username)))


OPERATIONS = (
    Operation(
        "post",
        "/api/v1/desk/conversations/{id}/messages/{seq}/retry",
        "Have a message that did not reach its citizen tried again from the beginning",
        {200: ("Queued again", MessageView)},
        parameters=(
            Parameter("id", "path", "The conversation", required=True),
            Parameter("seq", "path", "The message's number", "integer", required=True),
        ),
        staff=True,
        scopes=ANSWERS,
        tag="desk: conversations",
        errors=(401, 403, 404, 409, 503),
    ),
)


def routes(access: Access, desk: ConversationDesk, letters: DeadLetters) -> list[URLSpec]:
    path = r"/api/v1/desk/conversations/([0-9A-HJKMNP-TV-Z]{26})/messages/([1-9][0-9]{0,8})/retry"
    return [URLSpec(path, RetryAnswer, {"access": access, "desk": desk, "letters": letters})]
