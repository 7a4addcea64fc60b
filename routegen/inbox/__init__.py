"""Events of webhooks, kept until their effects are done: at least once in, database effects applied once.

Inbox       where a handler puts a delivery, and effects are registered: `await inbox.put(delivery)`, `@inbox.on(...)`
Event       what an effect is given
GiveUp      raised by an effect that will never succeed: no further attempt is made
Row         an event as the inbox keeps it, with its state and the reason of its last failure
"""

from routegen.inbox.event import Event, GiveUp, Row
from routegen.inbox.inbox import Inbox

__all__ = ["Event", "GiveUp", "Inbox", "Row"]
