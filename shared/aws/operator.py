"""What an operator's machine needs of AWS: the environment that a stage's functions have, and what the SDK's errors mean.

Called by infra/commands/aws_environment.py. The environment is read from a function of the stage, so that nobody types
the names of buckets and roles, and none can be mistyped.
"""

from __future__ import annotations

from typing import Any, Final

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.faults import NETWORK, code_of
from shared.aws.world import SERVICE

ASKED: Final = "ceremoniesAdmit"
"""Any function would do; the door's is there in every deployment."""
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_NOT_SIGNED_IN: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
    }
)
_NO_CREDENTIALS: Final = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.ProfileNotFound,
    exceptions.CredentialRetrievalError,
    exceptions.LoginError,
    exceptions.NoAuthTokenError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
)


def function_environment(functions: Any, stage: str) -> dict[str, str]:
    """The variables that the functions of a stage have; `functions` is the client of Lambda. Raises the SDK's errors."""
    answer = functions.get_function_configuration(FunctionName=f"{SERVICE}-{stage}-{ASKED}")
    return dict(answer["Environment"]["Variables"])


def explained(error: Exception) -> tuple[str, dict[str, str]] | None:
    """The sentence's code and facts for an error of the SDK; None for any other. No identity and no secret is quoted."""
    if isinstance(error, _NO_CREDENTIALS):
        return "aws.not_signed_in", {"reason": type(error).__name__}
    if isinstance(error, NETWORK):
        return "aws.no_answer", {"reason": type(error).__name__}
    if isinstance(error, ClientError):
        code, operation = code_of(error), error.operation_name
        if code in _NOT_SIGNED_IN:
            return "aws.not_signed_in", {"reason": code}
        if code in _DENIED:
            return "aws.no_right", {"operation": operation}
        if operation == "GetFunctionConfiguration" and code == "ResourceNotFoundException":
            return "aws.no_stage", {}
        return "aws.refused", {"operation": operation, "reason": code}
    if isinstance(error, BotoCoreError):
        return "aws.refused", {"operation": "-", "reason": type(error).__name__}
    return None
