"""Who enters which route: docs/roles.md, made from the route tables and the rules of rights (`make roles`).

A test compares the file with the tables, and calls every route with every role to see that the handlers do what is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.build.openapi import route_tables
from shared.edge.bearer import never
from shared.edge.http import Route
from shared.identity.model import PUBLIC, Grant, Principal, Role
from shared.identity.rules import NOT_BY_TOKEN, SCOPES, Allowed, Need, decide

FILE: Final = Path(__file__).parents[2] / "docs" / "roles.md"
UNIT, CEREMONY = "TDOAN", "0123456789abcdef"
YES, OWN, NO = "●", "◐", "–"

CALLERS: Final[Mapping[str, Principal]] = {
    "everybody": PUBLIC,
    "ADMIN": Principal(kind="PERSON", id="a", grants=(Grant(role=Role.ADMIN),)),
    "ORGANISER": Principal(kind="PERSON", id="o", grants=(Grant(role=Role.ORGANISER),)),
    "ORGANISER of a unit": Principal(kind="PERSON", id="u", grants=(Grant(role=Role.ORGANISER, reach=UNIT),)),
    "CLERK of a unit": Principal(kind="PERSON", id="c", grants=(Grant(role=Role.CLERK, reach=UNIT),)),
    "AUDITOR": Principal(kind="PERSON", id="r", grants=(Grant(role=Role.AUDITOR),)),
    "GATE": Principal(kind="DEVICE", id="g", grants=(Grant(role=Role.GATE, reach=CEREMONY),)),
    "SCREEN": Principal(kind="DEVICE", id="s", grants=(Grant(role=Role.SCREEN, reach=CEREMONY),)),
    "token": Principal(
        kind="TOKEN", id="t", grants=(Grant(role=Role.ORGANISER),),
        scopes=tuple(sorted(SCOPES - NOT_BY_TOKEN - {"public"})),
    ),
}  # fmt: skip
"""One caller of each kind; the token is an office-wide organiser's and was given all that a token can have."""

_HEAD: Final = """# Ai được làm gì / Who may do what

Bảng này do `make roles` lập từ bảng địa chỉ và quy tắc quyền; đừng sửa tay. Một phép thử gọi từng địa chỉ bằng từng vai trò và
so với bảng. Quyết định số 18 nói vì sao.
*Made by `make roles` from the route tables and the rules; do not edit. A test calls every route with every role and compares.*

- ● vào được, với mọi đơn vị và buổi lễ / enters, for every unit and ceremony
- ◐ vào được, nhưng chỉ thấy và sửa những gì của đơn vị mình (thiết bị: của buổi lễ mình) / enters, and reaches only what is
  its unit's (a device: its ceremony's)
- – không vào được (401 hoặc 403) / refused
- **lại** = phải chứng minh lại mình là ai trong 10 phút trước đó / must have proved within ten minutes who they are;
  **hai** = cơ quan có thể đòi người thứ hai duyệt / the office may ask for a second officer

| Vai trò / Role | Nghĩa / Meaning |
|---|---|
| ADMIN | Quản trị: mọi việc, gồm trao quyền, thiết lập, vận hành / everything, with rights, settings, operation |
| ORGANISER | Người tổ chức của toàn cơ quan hoặc của một đơn vị và việc đơn vị ấy chủ trì / for the office or one unit |
| CLERK | Đầu mối của một đơn vị: chuẩn bị, không mở ký, không ký, không cấp / prepares for a unit, never signs |
| AUDITOR | Người kiểm tra: chỉ xem / reads |
| GATE, SCREEN | Thiết bị của một buổi lễ / a device of one ceremony |
| token | Mã truy cập của chương trình, ở đây là của một người tổ chức toàn cơ quan / a program's token, here an organiser's |

Ai trao được gì: chỉ ADMIN lập ADMIN và quyền toàn cơ quan; ORGANISER toàn cơ quan trao vai trò của một đơn vị; ORGANISER của một
đơn vị trao CLERK của đơn vị ấy; không ai tự sửa quyền của mình, nên người quản trị cuối cùng không thể bị gỡ.
*Who grants what: only an ADMIN makes ADMINs and grants for the whole office; an office-wide ORGANISER grants roles of one unit;
an ORGANISER of a unit grants CLERKs of that unit; nobody changes their own rights, so the last administrator remains.*

"""


def cell(route: Route, caller: Principal) -> str:
    """What the table says of a caller at a route."""
    if caller.kind == "TOKEN" and route.scope != "public" and never(route):
        return NO
    found = decide(caller, Need(scope=route.scope, reach=route.reach))
    if not isinstance(found, Allowed) or (route.fresh and caller.kind != "PERSON"):
        return NO
    return OWN if found.bound else YES


def text() -> str:
    """The page."""
    routes = sorted(
        (route for table in route_tables() for route in table.routes), key=lambda one: (one.path, one.method)
    )
    titles = " | ".join(CALLERS)
    lines = [f"| Địa chỉ / Route | Quyền / Scope | {titles} | |", "|---|---|" + "---|" * (len(CALLERS) + 1)]
    for route in routes:
        cells = " | ".join(cell(route, caller) for caller in CALLERS.values())
        marks = " ".join(mark for mark, is_so in (("lại", route.fresh), ("hai", route.four_eyes is not None)) if is_so)
        lines.append(f"| `{route.method} {route.path}` | {route.scope} | {cells} | {marks} |")
    return _HEAD + "\n".join(lines) + "\n"


def main() -> None:
    FILE.write_text(text(), "utf-8")
    print(FILE.name)


if __name__ == "__main__":
    main()
