"""Gathers what the demo made: tickets, pledge, certificates, lists, letters, and `manifest.json` that names them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

from infra.embedded.world import World
from infra.sample.letters import picture_of
from infra.sample.load import Loaded
from infra.sample.story import Story
from shared.edge.trust import trust_list
from shared.edge.trust_files import LIST_KEY, SIGNATURE_KEY
from shared.embedded.objects import FolderObjects
from shared.kernel.codetext import document_code, id_from_digits
from shared.kernel.errors import NotFound
from shared.transparency.publish import CHECKPOINT_KEY

_STATES: Final = {"VALID": "valid", "REVOKED": "revoked", "REPLACED": "replaced"}
_WELL_KNOWN: Final = (LIST_KEY, SIGNATURE_KEY, ".well-known/did.json")


def harvest(
    story: Story, loaded: Loaded, world: World, out: Path, *, seconds: float, dead: dict[str, list[str]]
) -> Path:
    """Writes the documents below `out` and the manifest; its path."""
    manifest: dict[str, Any] = {
        "base_url": story.origin,
        "tickets": _tickets(story, out),
        "pledges": [_pledge(story, loaded, world, out)],
        "certificates": _certificates(story, loaded, out),
        "mail": os.path.relpath(world.folder.mail, out),
        "import_reports": _reports(story, out),
        "server_log": os.path.relpath(world.folder.logs / "access.log", out),
    }
    for key in _WELL_KNOWN:
        _save(out / "public" / key, world.ports.public.get(key))
    manifest["trust_list"] = f"public/{LIST_KEY}"
    manifest["did"] = "public/.well-known/did.json"
    manifest["status_lists"] = _status_lists(world, out)
    manifest["log"] = _log(world, out)
    report = {
        "seconds": round(seconds, 1),
        "letters": len(story.letters()),
        "dead_letters": dead,
        **{name: fact for name, fact in story.facts.items() if name != "signed_links"},
    }
    _save(out / "report.json", json.dumps(report, ensure_ascii=False, indent=1).encode())
    manifest["report"] = "report.json"
    _save(out / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return out / "manifest.json"


def _save(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _tickets(story: Story, out: Path) -> list[dict[str, str]]:
    found = []
    for number, (text, letter) in enumerate(story.tickets(), 1):
        picture = picture_of(letter)
        if picture is None:
            raise RuntimeError("an invitation went out without its ticket's picture")
        path = f"tickets/{number:03}.png"
        _save(out / path, picture)
        found.append({"text": text, "png": path})
    return found


def _pledge(story: Story, loaded: Loaded, world: World, out: Path) -> dict[str, Any]:
    view = story.organiser.get(f"/api/v1/pledges/{loaded.pledge}")["pledge"]
    seal = view["seal"]
    path = f"pledges/{view['public_id']}.pdf"
    _save(out / path, world.ports.objects.get(seal["pdf_key"]))
    text = document_code(story.origin, id_from_digits(view["public_id"]), bytes.fromhex(seal["token"]))
    bundle = f"pledges/{view['public_id']}.bundle.json"
    _save(out / bundle, story.organiser.request("GET", f"/v/{view['public_id']}.bundle.json").body)
    return {"id": view["public_id"], "qr_text": text, "pdf": path, "bundle": bundle, "status": "valid"}


def _certificates(story: Story, loaded: Loaded, out: Path) -> list[dict[str, Any]]:
    found = []
    for view in story.certificates(loaded):
        paths = {}
        for kind in ("pdf", "png"):
            link = story.organiser.get(f"/api/v1/certificates/{view['id']}/documents/{kind}")["url"]
            paths[kind] = f"certificates/{view['id']}.{kind}"
            _save(out / paths[kind], story.organiser.download(link))
        found.append({"id": view["id"], "qr_text": view["qr_text"], **paths, "status": _STATES[view["state"]]})
    return found


def _status_lists(world: World, out: Path) -> list[str]:
    found = []
    for issuer in ("TDOAN", "SNV"):
        for kind in ("r0", "s0"):
            key = f"status/{issuer}-{kind}.cwt"
            try:
                _save(out / "public" / key, world.ports.public.get(key))
            except NotFound:
                continue
            found.append(f"public/{key}")
    return found


def _log(world: World, out: Path) -> dict[str, str]:
    log = trust_list(world.ports).log
    if log is None:
        raise RuntimeError("the sample's trust list names its log")
    public = world.ports.public
    assert isinstance(public, FolderObjects)
    return {"dir": os.path.relpath(public.path(CHECKPOINT_KEY).parent, out), "vkey": log.vkey}


def _reports(story: Story, out: Path) -> list[str]:
    for name, report in story.reports.items():
        _save(out / "reports" / f"{name}.json", json.dumps(report, ensure_ascii=False, indent=1).encode())
    return [f"reports/{name}.json" for name in story.reports]
