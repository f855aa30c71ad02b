"""`smsops schema`: the JSON schema of app.yaml, as in docs/app.schema.json."""

import json
from argparse import Namespace

from bot.cli.terminal import say
from bot.settings import json_schema


def run(args: Namespace) -> int:
    """Prints the schema."""
    say(json.dumps(json_schema(), ensure_ascii=False, indent=2))
    return 0
