"""Hostile names through the kernel: cleaned as the shared table says, then signed, found and sorted like any other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.kernel.text import is_clean, matches, name_key, nfc
from shared.kernel.tokens import BadToken, read, sign_document
from tests.hostile import CLEANED, HOSTILE_NAMES
from tests.unit.kernel.crafted import CERTIFICATE, KEY, SIGNER


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_cleaned_name_is_data_like_any_other(name: str) -> None:
    cleaned = nfc(name)
    assert cleaned == CLEANED.get(name, nfc(cleaned))
    assert matches(cleaned, cleaned)
    assert name_key(cleaned) == name_key(nfc(cleaned))
    claims = replace(CERTIFICATE, recipient=cleaned)
    assert read(sign_document(claims, SIGNER)).open(KEY) == claims


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if not is_clean(name)])
def test_an_uncleaned_name_is_never_signed(name: str) -> None:
    with pytest.raises(BadToken, match="text"):
        sign_document(replace(CERTIFICATE, recipient=name), SIGNER)
