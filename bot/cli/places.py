"""Which database a sub-command works on."""

from argparse import Namespace
from pathlib import Path

from bot.cli.faults import listed
from bot.cli.terminal import complain
from bot.settings import Faults, load_file

DATABASE = "smsops.db"


def database_of(args: Namespace) -> Path | None:
    """That of --data-dir, else the one app.yaml names, for which no secret is needed; None where
    app.yaml is faulty, which is told."""
    if args.data_dir is not None:
        return Path(args.data_dir) / DATABASE
    read = load_file(Path(args.config))
    if isinstance(read, Faults):
        complain(listed(read, args.config, args.locale))
        return None
    return read.database
