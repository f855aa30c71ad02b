"""The settings: app.yaml and the environment, judged together, as one frozen object.

``load`` gives a `Settings` or `Faults` with everything that is wrong; nothing else in the
program reads app.yaml or the environment.
"""

from bot.rules.classes import TemplateClass
from bot.rules.roles import Role
from bot.settings.apps import App, TemplateSettings
from bot.settings.faults import Fault, Faults, Problem
from bot.settings.limits import Limits
from bot.settings.listening import Listener
from bot.settings.published import json_schema
from bot.settings.reading import Settings, load, load_file, load_written
from bot.settings.roles import AppRoles, Roles
from bot.settings.schema import REPLIES, AppYaml
from bot.settings.secrets import Secrets
from bot.settings.sending import Sending
from bot.settings.shapes import LimitsProfile, Provider, SlackMode
from bot.settings.summaries import Summary
from bot.settings.wires import Server, Slack, Tencent

__all__ = [
    "REPLIES",
    "App",
    "AppRoles",
    "AppYaml",
    "Fault",
    "Faults",
    "Limits",
    "LimitsProfile",
    "Listener",
    "Problem",
    "Provider",
    "Role",
    "Roles",
    "Secrets",
    "Sending",
    "Server",
    "Settings",
    "Slack",
    "SlackMode",
    "Summary",
    "TemplateClass",
    "TemplateSettings",
    "Tencent",
    "json_schema",
    "load",
    "load_file",
    "load_written",
]
