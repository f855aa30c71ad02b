"""The Web API's methods by name."""

from collections.abc import Mapping

from bot.sandbox.workspace.methods import apps, chat, conversations, files, people, reactions, views
from bot.sandbox.workspace.methods.call import Method

METHODS: Mapping[str, Method] = {
    **apps.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **people.METHODS,
    **reactions.METHODS,
    **views.METHODS,
}
