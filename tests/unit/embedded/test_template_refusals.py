"""What the loader does not know is refused with file, line and a sentence in both languages; nothing is guessed."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.embedded.template import TemplateError, load

GOOD = Path(__file__).parent / "templates" / "good"
MAIN, FUNCTIONS, QUEUES = "serverless.yml", "infra/functions.yml", "infra/queues.yml"

# file, a text that stands once in it, what stands there instead, the code; >>> marks the line that must be named
BAD = {
    "syntax": (MAIN, "  name: aws", "  name: {aws", "template.not_yaml"),
    "tab": (MAIN, "  name: aws", "\tname: aws>>>", "template.not_yaml"),
    "alias": (MAIN, "  name: aws", "  name: &here aws>>>", "template.not_yaml"),
    "foreign tag": (QUEUES, "!Ref SendQueue", "!ImportValue x>>>", "template.unknown_tag"),
    "python tag": (MAIN, "service: office", "service: !!python/name:os.system>>>", "template.unknown_tag"),
    "repeated key": (MAIN, "  name: aws", "  name: aws\n  name: aws>>>", "template.repeated"),
    "plugins": (MAIN, "custom:", "plugins: [other]>>>\ncustom:", "template.unknown_key"),
    "provider key": (MAIN, "  name: aws", "  name: aws\n  vpc: {}>>>", "template.unknown_key"),
    "1.1 truth": (MAIN, "memorySize: 256", "memorySize: yes>>>", "template.ambiguous"),
    "octal": (MAIN, "memorySize: 256", "memorySize: 0256>>>", "template.ambiguous"),
    "exponent": (MAIN, "memorySize: 256", "memorySize: 1e3>>>", "template.ambiguous"),
    "date": (FUNCTIONS, "Version: '2012-10-17'", "Version: 2012-10-17", "template.ambiguous"),
    "unset parameter": (MAIN, "${param:host, 'none.invalid'}", "${param:host}>>>", "template.not_given"),
    "environment": (MAIN, "${sls:stage}\n    ORIGIN", "${env:STAGE}>>>\n    ORIGIN", "template.unknown_variable"),
    "secret store": (MAIN, "${sls:stage}\n    ORIGIN", "${ssm:/a/b}>>>\n    ORIGIN", "template.unknown_variable"),
    "nested": (MAIN, "prefix: ${self:service}", "prefix: ${self:${x}}>>>", "template.unknown_variable"),
    "resource outside !Sub": (MAIN, "${sls:stage}\n    O", "${Bus}>>>\n    O", "template.unknown_variable"),
    "nothing there": (MAIN, "${self:service}", "${self:custom.none}>>>", "template.nothing_there"),
    "circle": (MAIN, "${self:service}", "${self:custom.prefix}>>>", "template.circle"),
    "mapping in a text": (MAIN, "${self:service}", "x${self:provider}>>>", "template.not_text"),
    "missing file": (MAIN, "${file(infra/queues.yml)}", "${file(infra/none.yml)}>>>", "template.unreadable"),
    "file outside": (MAIN, "${file(infra/queues.yml)}", "${file(../x.yml)}>>>", "template.unreadable"),
    "handler": (MAIN, "functions.letters.show.handler", "letters/show.handler>>>", "template.wrong_value"),
    "function key": (MAIN, "      events:", "      layers: []>>>\n      events:", "template.unknown_key"),
    "event kind": (MAIN, "httpApi: '*'", "sns: topic>>>", "template.unknown_key"),
    "route authorizer": (
        MAIN,
        "httpApi: '*'",
        "httpApi: { method: GET, path: /x, authorizer: y }>>>",
        "template.unknown_key",
    ),
    "method": (MAIN, "GET /letters/{id}", "FETCH /letters>>>", "template.wrong_value"),
    "half a variable": (MAIN, "/letters/{id}", "/letters/a{id}>>>", "template.wrong_value"),
    "greedy inside": (MAIN, "/letters/{id}", "/letters/{id+}/x>>>", "template.wrong_value"),
    "same route": (MAIN, "httpApi: '*'", "httpApi: 'GET /letters/{id}'>>>", "template.repeated"),
    "same function": (MAIN, "lettersShow:", "lettersSend:>>>", "template.repeated"),
    "no such queue": (FUNCTIONS, "arn: !GetAtt SendQueue.Arn", "arn: !GetAtt X.Arn>>>", "template.no_such_resource"),
    "queue address": (FUNCTIONS, "arn: !GetAtt SendQueue.Arn", "arn: !Ref SendQueue>>>", "template.wrong_value"),
    "batch too big": (FUNCTIONS, "batchSize: 5", "batchSize: 10001>>>", "template.wrong_value"),
    "batch without window": (
        FUNCTIONS,
        "batchSize: 5\n          maximumBatchingWindow: 1",
        "batchSize: 11>>>",
        "template.wrong_value",
    ),
    "whole batches": (
        FUNCTIONS,
        "          functionResponseType: ReportBatchItemFailures\n",
        "",
        "template.missing_key",
    ),
    "filter": (FUNCTIONS, "batchSize: 5", "filterPatterns: []>>>", "template.unknown_key"),
    "two consumers": (
        MAIN,
        "httpApi: '*'",
        "sqs: { arn: !GetAtt SendQueue.Arn, functionResponseType: ReportBatchItemFailures }>>>",
        "template.two_consumers",
    ),
    "cron of five": (FUNCTIONS, "cron(0 19 * * ? *)", "cron(0 19 * * *)>>>", "template.schedule"),
    "rate": (FUNCTIONS, "rate(5 minutes)", "rate(5 minute)>>>", "template.schedule"),
    "another stream": (FUNCTIONS, "OutboxTable.StreamArn", "LettersTable.StreamArn>>>", "template.stream"),
    "resource type": (QUEUES, "AWS::SQS::QueuePolicy", "AWS::Pipes::Pipe>>>", "template.unknown_resource"),
    "condition": (QUEUES, "  SendPolicy:", "  SendPolicy:\n    Condition: x>>>", "template.unknown_key"),
    "fifo": (QUEUES, "${self:custom.prefix}-send\n", "send.fifo>>>\n", "template.wrong_value"),
    "no dead letters": (
        QUEUES,
        "      RedrivePolicy: { deadLetterTargetArn: !GetAtt SendDeadQueue.Arn, maxReceiveCount: 4 }\n",
        "",
        "template.no_dead_letters",
    ),
    "visibility": (QUEUES, "VisibilityTimeout: 180", "VisibilityTimeout: 29", "template.visibility"),
    "pattern": (QUEUES, "source: [office.letters]", "source: [{ prefix: office }]>>>", "template.wrong_value"),
    "pattern key": (QUEUES, "source: [office.letters]", "account: ['1']>>>", "template.unknown_key"),
    "extension of a queue": (
        QUEUES,
        "Resources:\n  Bus:",
        "extensions:\n  SendQueue: { Properties: { DelaySeconds: 9 } }>>>\nResources:\n  Bus:",
        "template.unknown_key",
    ),
    "transform": (QUEUES, "Resources:\n  Bus:", "Transform: Other>>>\nResources:\n  Bus:", "template.unknown_key"),
    "target": (QUEUES, "        - Id: send", "        - Id: send\n          InputPath: $.x>>>", "template.unknown_key"),
    "default bus": (QUEUES, "!Ref Bus", "default>>>", "template.wrong_value"),
    "zone": (
        QUEUES,
        "      Name: weekly",
        "      Name: weekly\n      ScheduleExpressionTimezone: Asia/Ho_Chi_Minh>>>",
        "template.wrong_value",
    ),
    "schedule input": (QUEUES, """'{"what": "weekly"}'""", "'{'", "template.wrong_value"),
    "subscribed, unread": (
        QUEUES,
        "          Arn: !GetAtt SendQueue.Arn\n",
        "          Arn: !GetAtt SendDeadQueue.Arn\n",
        "template.no_consumer",
    ),
    "projection": (FUNCTIONS, "ProjectionType: ALL", "ProjectionType: KEYS_ONLY", "template.wrong_value"),
}


def write(folder: Path, file: str, old: str, new: str) -> int | None:
    """A copy of the good files with one change; the line of the mark, if there is one."""
    shutil.copytree(GOOD, folder, dirs_exist_ok=True)
    text = (folder / file).read_text()
    assert text.count(old) == 1, f"{old!r} must stand once in {file}"
    text = text.replace(old, new)
    line = text[: text.index(">>>")].count("\n") + 1 if ">>>" in text else None
    (folder / file).write_text(text.replace(">>>", ""))
    return line


@pytest.mark.parametrize("name", BAD)
def test_is_refused_by_file_and_line(name: str, tmp_path: Path) -> None:
    file, old, new, code = BAD[name]
    line = write(tmp_path, file, old, new)
    with pytest.raises(TemplateError) as refusal:
        load(tmp_path / MAIN)
    error = refusal.value
    assert error.code == code
    assert error.where.file == file
    if line is not None:
        assert error.where.line == line
    sentence = str(error)
    assert sentence.startswith(f"{file}:{error.where.line}: ")
    assert " / " in sentence
    assert "…" not in sentence, "a fact that the sentence wants is missing"
    assert code not in sentence


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / MAIN
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError):
        load(path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / MAIN).write_bytes(b"\xff\xfe\x00service")
    with pytest.raises(TemplateError, match=r"serverless\.yml:1: .*UTF-8"):
        load(tmp_path / MAIN)
