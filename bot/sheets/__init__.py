"""Lists as people keep them: CSV, TSV and XLSX read row by row, CSV written."""

from bot.sheets.faults import Unreadable
from bot.sheets.reading import read_rows
from bot.sheets.writing import csv_bytes

__all__ = ["Unreadable", "csv_bytes", "read_rows"]
