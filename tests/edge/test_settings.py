"""Under which names anything may be issued at all."""

import pytest

from shared.edge.settings import SettingsError, load

SET = {"GIAOUOC_ISSUER": "TDOAN", "GIAOUOC_DATA": "data"}


@pytest.mark.parametrize(
    "origin",
    ["https://thidua.tinh.vn", "https://thidua.tinh.vn:8443", "https://localhost.tinh.vn", "http://localhost:8000"],
)
def test_names_that_an_office_may_own(origin):
    assert load({**SET, "GIAOUOC_ORIGIN": origin}).origin == origin


@pytest.mark.parametrize(
    "origin",
    [
        "https://10.0.0.5", "https://localhost", "https://localhost:8443", "https://thidua.localhost", "https://thidua",
        "https://-a.vn", "https://a..vn", "https://THIDUA.VN", "http://thidua.vn", "https://a.vn/", "https://a.vn:", "",
    ],
)  # fmt: skip
def test_names_that_no_code_may_bear(origin):
    with pytest.raises(SettingsError, match="GIAOUOC_ORIGIN"):
        load({**SET, "GIAOUOC_ORIGIN": origin})
