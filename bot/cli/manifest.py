"""`smsops manifest`: the Slack app manifest, to paste where Slack creates an app."""

import json
from argparse import Namespace
from pathlib import Path

from bot.cli.faults import listed
from bot.cli.terminal import complain, say
from bot.locales import text
from bot.settings import Faults, SlackMode, load_file
from bot.settings.addresses import is_safe_url
from bot.slack.manifest import manifest
from handlers import registry

EXAMPLE = "https://sms-bot.example.com"


def run(args: Namespace) -> int:
    """Prints it as JSON, which Slack takes as it takes YAML: for the address or Socket Mode as
    asked for, else as app.yaml has it, else for an address that is an example, which is told. 1
    where Slack could not call the address, or app.yaml is faulty."""
    url, is_socket = args.url, args.socket
    if url is None and not is_socket and _is_there(path := Path(args.config)):
        read = load_file(path)
        if isinstance(read, Faults):
            complain(listed(read, args.config, args.locale))
            return 1
        url, is_socket = read.server.public_url, read.slack.mode is SlackMode.SOCKET
    if url is None and not is_socket:
        complain(text(args.locale, "cli.manifest.example", url=EXAMPLE))
    if url is not None and not is_safe_url(url):
        complain(text(args.locale, "cli.manifest.bad_url", url=url))
        return 1
    made = manifest(registry(), base_url=url or EXAMPLE, socket=is_socket)
    say(json.dumps(made, indent=2, ensure_ascii=False))
    return 0


def _is_there(path: Path) -> bool:
    """Also where it may not be looked at: that is told by whoever reads it."""
    try:
        return path.exists()
    except OSError:
        return True
