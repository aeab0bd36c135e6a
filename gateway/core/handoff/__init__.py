"""Handoff: people answer in conversations, one owner at a time, and nothing a citizen writes is left without one.

`moves` says who may do what to whom a conversation belongs to, `merging` what is worked as one (pure); `board` knows
every conversation that people are concerned with; `agents` knows who is at a desk; `rounds` shares out, takes back and
releases; `following` keeps together what is worked as one; `farewell` knows who can be told that a person has left;
`desk` is the door, `finding` the way to what is on no list.
"""

from gateway.core.handoff.agents import Agent, Agents
from gateway.core.handoff.board import Board, Row
from gateway.core.handoff.desk import ConversationDesk
from gateway.core.handoff.farewell import Farewell
from gateway.core.handoff.finding import Finding
from gateway.core.handoff.following import Following
from gateway.core.handoff.rounds import Policy, Rounds

__all__ = [
    "Agent",
    "Agents",
    "Board",
    "ConversationDesk",
    "Farewell",
    "Finding",
    "Following",
    "Policy",
    "Rounds",
    "Row",
]
