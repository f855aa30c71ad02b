"""The commands of legacy v5 by their place in the URL, and what each of them signs."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.sandbox.tencent import (
    v5_applying,
    v5_lists,
    v5_pulls,
    v5_send,
    v5_statistics,
    v5_voice,
    v5_voice_files,
)
from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.v5_answers import Command, Result
from bot.sandbox.tencent.v5_signing import (
    e164_tail,
    fid_tail,
    mobile_tail,
    no_tail,
    tel_tail,
    tels_tail,
)
from bot.sandbox.tencent.world import World


def _shared(
    run: Callable[[World, Fields], Result],
) -> Callable[[World, Application, Fields], Result]:
    """A command that does the same whichever of the account's applications gives it."""
    return lambda world, _, fields: run(world, fields)


#: Under /v5/tlssmssvr/.
SMS_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "sendsms": Command(v5_send.send_single, tel_tail),
        "sendmultisms2": Command(v5_send.send_many, tels_tail),
        "sendisms": Command(v5_send.send_international, e164_tail),
        "pullstatus": Command(v5_pulls.pull_status, no_tail),
        "pullstatus4mobile": Command(v5_pulls.pull_status_of_mobile, no_tail),
        "querysms4mobile": Command(v5_pulls.query_mobile, mobile_tail),
        "add_sign": Command(_shared(v5_applying.add_sign), no_tail),
        "mod_sign": Command(_shared(v5_applying.modify_sign), no_tail),
        "del_sign": Command(_shared(v5_applying.delete_signs), no_tail),
        "add_template": Command(_shared(v5_applying.add_template), no_tail),
        "mod_template": Command(_shared(v5_applying.modify_template), no_tail),
        "del_template": Command(_shared(v5_applying.delete_templates), no_tail),
        "get_template": Command(_shared(v5_lists.get_templates), no_tail),
        "get_sign": Command(_shared(v5_lists.get_signs), no_tail),
        "pullsendstatus": Command(v5_statistics.send_statistics, no_tail),
        "pullcallbackstatus": Command(v5_statistics.callback_statistics, no_tail),
        "getsmspackages": Command(_shared(v5_lists.get_packages), no_tail),
    }
)

#: Under /v5/tlsvoicesvr/; uploadvoicefile has no JSON body and is not among them.
VOICE_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "sendcvoice": Command(v5_voice.send_code, tel_tail),
        # What sendcvoice was called in older demos of the vendor.
        "sendvoice": Command(v5_voice.send_code, tel_tail),
        "sendtvoice": Command(v5_voice.send_template, tel_tail),
        "sendvoiceprompt": Command(v5_voice.send_prompt, tel_tail),
        "sendfvoice": Command(v5_voice.send_file, tel_tail),
        "statusvoicefile": Command(_shared(v5_voice_files.file_status), fid_tail),
    }
)
