"""`smsops manifest`: the Slack app manifest, to paste where Slack creates an app."""

import json
from argparse import Namespace

from bot.cli.terminal import say
from bot.slack.manifest import manifest
from handlers import registry


def run(args: Namespace) -> int:
    """Prints it as JSON, which Slack takes as it takes YAML."""
    made = manifest(registry(), base_url=args.url, socket=args.socket)
    say(json.dumps(made, indent=2, ensure_ascii=False))
    return 0
