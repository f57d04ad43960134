"""What is held about people stands in docs/privacy/inventory.md, and some things are not held at all."""

import ast
import re
from pathlib import Path

from shared.kernel.search import fold

STORED = [path for path in Path("shared").glob("*/*.py") if path.parts[1] not in {"edge", "documents", "web", "texts"}]
INVENTORY = Path("docs/privacy/inventory.md").read_text("utf-8")
NEVER = re.compile(
    r"(^|_)(cccd|cmnd|citizen|id_?card|identity_?card|passport|party_?member\w*|dang_?vien|religion|ethnic\w*|photo|portrait|"
    r"picture|birth\w*|date_of_birth|gender|sex|home_address)($|_)"
)
"""Domain knowledge, personal data (Luật 91/2025/QH15): never collected here."""
PERSONAL = frozenset({
    "address", "agent", "capacity", "citation", "email", "former_emails", "holder", "honorific", "phone", "salutation",
    "signer", "remark", "words",
})  # fmt: skip
"""Fields that are a person's wherever they stand; names of things and of people are told apart below."""
PEOPLE = frozenset({"Account", "Contact", "Delegate", "Recipient"})
NO_PERSON = {
    "Asked": "a print of an address, for ten minutes", "Call": "a call that waits for a second officer, 72 hours",
}  # fmt: skip


def dataclasses_of(path):
    """(class, field) of each frozen dataclass of a module."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(each) for each in node.decorator_list):
            for each in node.body:
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                    yield node.name, each.target.id


FIELDS = {(path, cls, name) for path in STORED for cls, name in dataclasses_of(path)}


def test_some_things_are_not_held_at_all():
    assert sorted(f"{path}: {cls}.{name}" for path, cls, name in FIELDS if NEVER.search(name)) == []


def test_no_form_asks_for_them_either():
    asked = [
        f"{path}: {name}"
        for folder in ("functions", "shared/web/templates")
        for path in [*Path(folder).rglob("*.py"), *Path(folder).rglob("*.html")]
        for name in re.findall(r'name="([a-z_.]+)"', path.read_text("utf-8"))
        if NEVER.search(name)
    ]
    assert asked == []


def test_the_fields_of_people_are_in_the_inventory():
    listed = {
        (cls, name)
        for line in INVENTORY.splitlines()
        for cls in re.findall(r"^\| `(\w+)`", line)
        for name in re.findall(r"`(\w+)`", line.split("|")[2])
    }
    stored = set(re.findall(r"Shape\((\w+),", "".join(path.read_text("utf-8") for path in STORED)))
    held = {
        (cls, name)
        for _, cls, name in FIELDS
        if (cls in PEOPLE and name in {*PERSONAL, "name"})
        or (cls in stored and name in PERSONAL and cls not in NO_PERSON)
    }
    assert {f"{cls}.{name}" for cls, name in held - listed} == set(), "say in the inventory why and how long it is held"
    classes = {cls for _, cls, _ in FIELDS}
    assert {cls for cls, _ in listed} - classes == set(), "the inventory names a class that is no more"
    fields = {(cls, name) for _, cls, name in FIELDS}
    assert {f"{cls}.{name}" for cls, name in listed - fields} == set(), "the inventory names a field that is no more"


def test_the_inventory_says_it_in_vietnamese_too():
    assert "danh muc du lieu ca nhan" in fold(INVENTORY)
