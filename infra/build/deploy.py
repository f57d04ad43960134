"""`make deploy`: the packaged functions, their template and the pages' files, into the office's own AWS account.

    make deploy HOST=... ISSUER=... CERTIFICATE=... MAIL_FROM=... ALARM_MAIL=... STAGE=prod REGION=ap-southeast-1 [DRY_RUN=1]

Credentials are the operator's own, as the SDK finds them. Every step may be repeated:
what is in place already stays as it is. DRY_RUN=1 says what would be done and asks nothing of AWS.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from infra.build.office import Office, read
from infra.build.publish_static import PREFIX, publish, static_files
from infra.build.targets import ROOT
from infra.commands.aws_environment import told
from infra.embedded.errors import EngineError, complain
from shared.aws.clients import DEPLOYERS, Clients
from shared.aws.world import SERVICE
from shared.texts import say

OSLS: Final = "node_modules/.bin/osls"
MADE: Final = ".build/deployment"
"""Where the tool packages what it then deploys; paths are below the folder of serverless.yml."""
Client = Callable[[str], Any]
"""Makes the client of a service."""
Run = Callable[[Sequence[str]], None]
"""Runs a command; raises EngineError when it fails."""


def commands(office: Office) -> tuple[list[str], ...]:
    """The archives, then the packaging tool's words: to package, and to deploy what was packaged."""
    given = [f"--param={name}={value}" for name, value in office.parameters().items() if value]
    words = ["--package", MADE, "--stage", office.stage, "--region", office.region, *given]
    return [sys.executable, "-m", "infra.build.package", "lambda"], [OSLS, "package", *words], [OSLS, "deploy", *words]


def deploy(office: Office, client: Client, run: Run) -> None:
    """Everything, in order. Raises EngineError, also for what AWS refuses."""
    with told():
        account = client("sts").get_caller_identity()["Account"]
        if account != office.certificate.split(":")[4]:
            raise EngineError("deploy.other_account", account=account)
        _tell("deploy.begins", account=account, stage=office.stage, region=office.region)
        for words in commands(office):
            run(words)
        stack = f"{SERVICE}-{office.stage}"
        cloudformation = client("cloudformation")
        cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        found = {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}
        sent = publish(client("s3"), found["PublicBucketName"])
        _tell("deploy.published", count=len(sent))
        if sent:
            client("cloudfront").create_invalidation(
                DistributionId=found["DistributionId"],
                InvalidationBatch={
                    "Paths": {"Quantity": 1, "Items": [f"/{PREFIX}*"]},
                    "CallerReference": os.urandom(16).hex(),
                },
            )
    _tell_next(office, found)


def plan(office: Office) -> str:
    """What `deploy` would do, step by step, asking nothing of AWS."""
    files = "\n".join(f"    {one.key}  [{one.content_type}; {one.caching}]" for one in static_files())
    facts = {
        "account": office.certificate.split(":")[4],
        "commands": "\n".join(f"    {_shown(words)}" for words in commands(office)),
        "stack": f"{SERVICE}-{office.stage}",
        "files": files,
    }
    return f"{say('deploy.plan', 'vi', **facts)}\n\n{say('deploy.plan', 'en', **facts)}"


def main(environment: Mapping[str, str]) -> int:
    """Exit code 0, or 1 with a sentence on standard error."""
    try:
        office = read(environment)
        if environment.get("DRY_RUN"):
            print(plan(office))
            return 0
        deploy(office, Clients(office.region, DEPLOYERS).get, partial(_run, environment))
    except EngineError as error:
        return complain(error)
    finally:
        shutil.rmtree(ROOT / ".serverless", ignore_errors=True)  # where the tool works; what it made lies in MADE
    return 0


def _run(environment: Mapping[str, str], words: Sequence[str]) -> None:
    """A tool that speaks for itself, on the same terminal."""
    try:
        ran = subprocess.run(words, cwd=ROOT, env=dict(environment), check=False)
    except FileNotFoundError:
        raise EngineError("deploy.no_tool", name=words[0]) from None
    if ran.returncode != 0:
        raise EngineError("deploy.tool_failed")


def _tell_next(office: Office, found: Mapping[str, str]) -> None:
    records = "\n".join(f"    {found[name]}" for name in sorted(found) if name.startswith("MailRecord"))
    _tell(
        "deploy.next",
        host=office.host,
        name=found["DistributionName"],
        records=records,
        alarm_mail=office.alarm_mail,
        issuer=office.issuer,
        stage=office.stage,
        region=office.region,
    )


def _tell(code: str, **facts: object) -> None:
    print(say(code, "vi", **facts), say(code, "en", **facts), sep="\n", flush=True)


def _shown(words: Sequence[str]) -> str:
    """As it would be typed, the interpreter by its place below this folder."""
    return shlex.join(word.removeprefix(f"{ROOT}/") for word in words)


if __name__ == "__main__":
    sys.exit(main(os.environ))
