"""`giaouoc COMMAND ...`: parses the words and hands over; each command's code stands in a module of its own."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from shared.texts import say

COMMANDS: Final = {
    "run": "chạy hệ thống trên máy này / run the embedded engine",
    "demo": "chạy buổi lễ mẫu từ đầu đến cuối / play the sample ceremony from start to end",
    "link": "tạo liên kết mới để vào hệ thống / make a new link to enter by",
    "backup": "sao lưu dữ liệu, kể cả khi đang chạy / back up the data, also while running",
    "restore": "khôi phục từ bản sao lưu / restore a backup",
    "redrive": "thử lại những việc đã hỏng / try dead letters again",
    "keys": "tạo khóa hằng năm, ký danh sách khóa / hold a key session",
}

EXAMPLES: Final = {
    "link": (
        "docs/run-it.md",
        "./giaouoc link organiser --data /srv/giaouoc --host thidua.tinh.gov.vn",
        './giaouoc link gate --gate "Cổng B" --stage prod',
    ),
    "redrive": (
        "docs/redrive.md",
        "./giaouoc redrive --data /srv/giaouoc",
        "./giaouoc redrive --data /srv/giaouoc send-invitation",
        "./giaouoc redrive --stage prod send-invitation --rate 20",
    ),
    "keys": (
        "docs/keys.md",
        "./giaouoc keys --stage prod --root /media/usb/khoa-goc --issuer 'TDOAN=Tỉnh đoàn'",
        "./giaouoc keys --stage prod --root /media/usb/khoa-goc --revoke 1f0c9a5e7d3b2846 --because compromised",
    ),
}
"""Under the help of what is typed once a year or in an emergency: the page to read, and lines to copy."""


class Words(argparse.ArgumentParser):
    """Help and complaints in Vietnamese first; argparse's own are English only."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given, add_help=False, formatter_class=_Form)
        self._positionals.title = "cần ghi / arguments"
        self._optionals.title = "tùy chọn / options"
        self.add_argument("-h", "--help", action="help", help="hiện hướng dẫn này / show this help")

    def error(self, message: str) -> NoReturn:
        """Exit code 2, with the way to the help."""
        print(say("engine.words_wrong", "vi", help=f"./{self.prog} --help"), file=sys.stderr)
        print(say("engine.words_wrong", "en", help=f"./{self.prog} --help"), f"({message})", file=sys.stderr)
        sys.exit(2)


class _Form(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "cách dùng / usage: " if prefix is None else prefix)


def parser() -> argparse.ArgumentParser:
    """The words that the command line knows."""
    top = Words(prog="giaouoc", description="Giao Ước: thi đua, khen thưởng / emulation movements")
    commands = top.add_subparsers(
        dest="command", metavar="LỆNH/COMMAND", parser_class=Words, title="các lệnh / commands"
    )
    made = {name: commands.add_parser(name, help=text, description=text) for name, text in COMMANDS.items()}
    for name, (page, *lines) in EXAMPLES.items():
        made[name].epilog = "\n  ".join([f"ví dụ / examples ({page}):", *lines])
    made["demo"].add_argument("--out", type=Path, default=Path("var/demo"), help="thư mục kết quả / where to leave it")
    for name in ("link", "backup", "redrive", "keys"):
        _data(made[name])
        _stage(made[name])
    link = made["link"]
    link.add_argument(
        "who",
        choices=("organiser", "gate", "hall"),
        help="organiser: người tổ chức; gate: máy quét ở cửa; hall: màn hình hội trường / the organiser, a gate, a screen",
    )
    link.add_argument(
        "--host", help="như HOST khi chạy; bản mẫu: localhost:8000 / as HOST when it runs; of the sample localhost:8000"
    )
    link.add_argument("--gate", metavar="CỬA", help='tên cửa, ví dụ "Cổng B" / the gate\'s name')
    link.add_argument("--ceremony", metavar="MÃ", help="chỉ cần khi có nhiều buổi lễ / only where there are several")
    made["backup"].add_argument(
        "target", type=Path, help="thư mục mới để chứa bản sao lưu / a new folder for the backup"
    )
    made["restore"].add_argument("backup", type=Path, help="thư mục bản sao lưu / the backup's folder")
    made["restore"].add_argument("data", type=Path, help="thư mục dữ liệu mới, phải trống / the new, empty data folder")
    made["redrive"].add_argument(
        "queue", nargs="?", help="tên hàng đợi; bỏ trống để xem / a queue; without one: a list"
    )
    _redrive(made["redrive"])
    keys = made["keys"]
    keys.add_argument("--host", help="tên miền của cơ quan; trên AWS không cần / the office's own name; not on AWS")
    keys.add_argument(
        "--issuer",
        action="append",
        metavar="MÃ=TÊN",
        help="cơ quan cấp, ví dụ SNV=Sở Nội vụ; cơ quan chủ trì đứng đầu / an issuer, CODE=NAME; the host's own first",
    )
    keys.add_argument(
        "--root",
        type=Path,
        required=True,
        help="thư mục khóa gốc, trên ổ rời, cất đi sau khi dùng / the root key's folder, on a disk kept off-line",
    )
    keys.add_argument(
        "--revoke", action="append", metavar="KHÓA", help="thu hồi khóa có mã này (kid) / revoke the key of that id"
    )
    keys.add_argument(
        "--because",
        choices=("retired", "compromised"),
        help="với --revoke; retired: thôi dùng; compromised: nghi bị lộ, chặn ngay / no longer used; perhaps stolen, shut off",
    )
    return top


def _redrive(command: argparse.ArgumentParser) -> None:
    command.add_argument("--id", action="append", metavar="SỐ", help="chỉ những việc này / only these messages")
    command.add_argument("--rate", type=_rate, metavar="N", help="AWS: mỗi giây nhiều nhất N việc / so many a second")
    command.add_argument("--stop", action="store_true", help="AWS: dừng việc đang chuyển / stop a move under way")
    command.add_argument(
        "--since",
        metavar="GIỜ",
        help="AWS, hàng outbox: đưa lại mọi sự kiện từ giờ này (trong 7 ngày) / outbox: all facts since then",
    )


def _rate(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= number <= 500:  # what SQS takes
        raise argparse.ArgumentTypeError(f"{text}: 1-500")
    return number


def _stage(command: argparse.ArgumentParser) -> None:
    command.add_argument("--stage", metavar="BẢN", help="bản triển khai trên AWS, ví dụ prod / a stage on AWS")
    command.add_argument("--region", metavar="VÙNG", help="vùng AWS / the AWS region (ap-southeast-1)")


def _data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        type=Path,
        help="thư mục dữ liệu; chỉ bản mẫu không cần ghi / the data folder; only the sample needs none (var/sample)",
    )


def main(words: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 not (why is on standard error), 2 wrong words, 130 interrupted."""
    from infra.embedded.errors import EXPLAINED, EngineError, complain

    known = parser()
    arguments = known.parse_args(words)
    if arguments.command is None:
        known.print_help()
        return 2
    command = importlib.import_module(f"infra.commands.{arguments.command}")
    try:
        return int(command.main(arguments))
    except EXPLAINED as error:
        return complain(error)
    except OSError as error:
        return complain(
            EngineError("engine.file", path=error.filename or "", reason=error.strerror or type(error).__name__)
        )
    except EOFError:  # a passphrase is asked for, and nobody sits there
        return complain(EngineError("engine.nobody_types"))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
