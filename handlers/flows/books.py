"""What Tencent's books hold of a message, as the receipt it amounts to."""

from bot.tencent.callbacks import StatusReport
from bot.tencent.wire import RecordState, SendRecord
from storage.receipts import Receipt

#: What a carrier has spoken of; everything else is on its way, or was never taken.
SUCCESS_OF = {RecordState.DELIVERED: True, RecordState.DELIVERY_FAILED: False}


def receipt_of_report(report: StatusReport) -> Receipt:
    """A report, pushed or asked for."""
    return Receipt(
        report.serial,
        report.number,
        report.success,
        report.carrier_code,
        report.description,
        report.received_at,
    )


def receipt_of_record(record: SendRecord) -> Receipt | None:
    """A row of DescribeSendRecordList; None where no carrier has spoken of it yet."""
    success = SUCCESS_OF.get(record.state)
    if success is None or not record.serial:
        return None
    return Receipt(
        record.serial, record.number, success, record.carrier_code, "", record.received_at
    )
