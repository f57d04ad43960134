"""Names that attack whatever prints them: one list for every test of lists, letters, pages, papers and calendars.

`HOSTILE_NAMES` are kept as data, letter by letter, except for what Unicode calls control and format characters, which every
import removes (`CLEANED` says what remains). Where a text ends (mail header, HTML, typst, CSV cell) is where it is escaped.
"""

from __future__ import annotations

import unicodedata
from typing import Final

HTML: Final = "<img src=x onerror=alert(1)> Nguyễn Văn A"
SCRIPT: Final = "</title><script>alert('Trần')</script>"
TYPST: Final = '#read("/etc/passwd") Lê $x$ @ref _B_'
FORMULA: Final = "=cmd|'/c calc'!A1"
PLUS_FORMULA: Final = '+HYPERLINK("http://x.example","Phạm")'
HEADER: Final = "Đỗ Thị C\r\nBcc: all@tinh.example"
ICS: Final = "Bùi; D,\nATTENDEE:mailto:x@tinh.example"
TEMPLATE: Final = "{{ 7*7 }}{% for x in y %} Hồ {name}"
OVERRIDE: Final = "Vũ \u202egnaV\u202c Đặng"
ZERO_WIDTH: Final = "Ngô\u200b Thị\u200d E\ufeff"
CONTROL: Final = "Dương\x00\x07\x1b[31m F"
DECOMPOSED: Final = unicodedata.normalize("NFD", "Nguyễn Thị Thuý Ẩn")
LONG: Final = "Nguyễn " * 40 + "Z"
MARKS: Final = "H̸̡̪̯ͨ͊̽̅̾Ȩ̬̩̾͛ͪ̈́̀́͘ Niê"
QUOTES: Final = 'H\'Hen "Niê" `Ê` \\ Ban'

HOSTILE_NAMES: Final = (
    HTML, SCRIPT, TYPST, FORMULA, PLUS_FORMULA, HEADER, ICS, TEMPLATE, OVERRIDE, ZERO_WIDTH, CONTROL, DECOMPOSED, LONG,
    MARKS, QUOTES,
)  # fmt: skip

CLEANED: Final = {
    HEADER: "Đỗ Thị C Bcc: all@tinh.example",
    ICS: "Bùi; D, ATTENDEE:mailto:x@tinh.example",
    OVERRIDE: "Vũ gnaV Đặng",
    ZERO_WIDTH: "Ngô Thị E",
    CONTROL: "Dương[31m F",
    DECOMPOSED: "Nguyễn Thị Thuý Ẩn",
}
"""What an import keeps of the names that hold control or format characters, or letters in pieces."""
