"""Schemathesis on every route: no server error, no answer that OpenAPI lacks, no way past the credential.

An administrator asks, and finance, who may do what the other may not.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from router.domain.roles import Role
from tests.admin.conftest import PREFIX, Api

EXAMPLES = 8
SLOW = ("/policies/test", "/policies/plan", "/close", "/verification")
"""Routes that start a process: one example is enough."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    ignored_auth,
]
FEW = settings(
    deadline=None,
    phases=[Phase.generate],
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.FINANCE])
def test_every_route_does_what_openapi_says(sqlite_api: Api, role: Role) -> None:
    """With what is allowed and what is not."""
    sqlite_api.key()
    schema = schemathesis.openapi.from_url(f"{sqlite_api.client.base_url}{PREFIX}/openapi.json")
    headers = {"Authorization": f"Bearer {sqlite_api.tokens[role]}"}
    asked = set()

    def ask(case: schemathesis.Case) -> None:
        asked.add((case.operation.method, case.operation.path))
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=120)

    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in operations:
        few = settings(FEW, max_examples=1 if operation.path.endswith(SLOW) else EXAMPLES)
        few(given(case=operation.as_strategy())(ask))()
    assert len(asked) == len(operations) > 20
