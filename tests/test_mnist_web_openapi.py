"""The description of the server is true: what it promises is tried by schemathesis, with right and wrong requests."""

import pytest
import schemathesis
from digits import dataset
from hypothesis import settings
from schemathesis.config import SchemathesisConfig
from served import client, network

from mnist.web.app import application
from mnist.web.openapi import openapi_description
from mnist.web.samples import SampleDigits
from mnist.web.security import Hosts

CHECKS = {
    "positive_data_acceptance": {"enabled": False},  # in a picture that is right there may be no digit, all the same
    "negative_data_rejection": {"expected-statuses": ["4xx"]},
}

schemathesis.checks.load_all_checks()
described = schemathesis.openapi.from_asgi(
    "/api/openapi.json",
    application(network(16, 8), SampleDigits(dataset().test_images, dataset().test_labels), Hosts("testserver")),
    config=SchemathesisConfig.from_dict({"checks": CHECKS}),
)


@pytest.mark.slow
@described.parametrize()
@settings(max_examples=25, deadline=None)
def test_the_server_does_what_it_says(case: schemathesis.Case) -> None:
    case.call_and_validate()


def test_every_address_is_described() -> None:
    found = client().get("/api/openapi.json").json()
    assert found == openapi_description()
    assert {(path, *methods) for path, methods in found["paths"].items()} == {
        ("/api/predict", "post"),
        ("/api/graph", "post"),
        ("/api/model", "get"),
        ("/api/neurons/{layer}/{index}", "get"),
        ("/api/samples", "get"),
    }


def test_limits_are_told() -> None:
    schemas = openapi_description()["components"]["schemas"]
    strokes = schemas["Strokes"]["properties"]["strokes"]
    assert (strokes["minItems"], strokes["maxItems"], strokes["items"]["maxItems"]) == (1, 1000, 10_000)
    assert strokes["items"]["items"]["items"] == {"type": "number", "minimum": -1_000_000, "maximum": 1_000_000}
    assert schemas["Pixels"]["properties"]["pixels"]["items"]["items"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 255,
    }
    assert schemas["Pixels"]["additionalProperties"] is False
