"""A description with everything the loader knows, read into values."""

from pathlib import Path

from infra.embedded.template import Cron, Rate, Subscription, Table, TableIndex, load

GOOD = Path(__file__).parent / "templates" / "good" / "serverless.yml"


def test_functions_take_the_providers_defaults_and_their_own_values() -> None:
    service = load(GOOD)
    send, show = service.function("lettersSend"), service.function("lettersShow")
    assert (send.handler, send.module) == ("functions.letters.send.handler", "functions.letters.send")
    assert (send.timeout_s, send.memory_mb) == (30, 256)
    assert show.timeout_s == 10
    assert show.environment == {"STAGE": "dev", "ORIGIN": "https://none.invalid"}
    assert send.environment["LETTERS"] == "office-dev-letters"
    assert send.environment["QUEUE_ARN"] == "arn:aws:sqs:ap-southeast-1:000000000000:office-dev-send"


def test_options_and_parameters_replace_the_defaults_in_the_files() -> None:
    service = load(GOOD, options={"stage": "prod", "region": "ap-southeast-2"}, parameters={"host": "thidua.vn"})
    assert (service.stage, service.prefix) == ("prod", "office-prod")
    assert service.function("lettersShow").environment == {"STAGE": "prod", "ORIGIN": "https://thidua.vn"}
    assert service.queue("send").arn == "arn:aws:sqs:ap-southeast-2:000000000000:office-prod-send"


def test_routes_in_short_and_long_form() -> None:
    assert [(route.key, route.function) for route in load(GOOD).routes] == [
        ("GET /letters/{id}", "lettersShow"),
        ("$default", "lettersShow"),
    ]


def test_a_queue_knows_its_consumer_attempts_and_dead_letters() -> None:
    service = load(GOOD)
    queue = service.queue("send")
    assert queue.function == "lettersSend"
    assert (queue.batch_size, queue.window_s, queue.max_concurrency) == (5, 1, 2)
    assert (queue.visibility_s, queue.delay_s, queue.max_attempts) == (180, 3, 4)
    assert queue.dead_letter == "SendDeadQueue"
    assert service.queue("SendDeadQueue").function is None
    assert queue == service.queue("SendQueue") == service.queue("office-dev-send")
    assert queue.arn.rpartition(":")[2] == queue.name


def test_a_rule_subscribes_its_queue_to_each_type() -> None:
    service = load(GOOD)
    assert service.subscriptions == tuple(
        Subscription(source="office.letters", detail_type=kind, queue="SendQueue")
        for kind in ("LetterWritten", "LetterCorrected")
    )
    assert [queue.logical_id for queue in service.subscribers("office.letters", "LetterWritten")] == ["SendQueue"]
    assert service.subscribers("office.letters", "LetterBurnt") == ()
    assert service.subscribers("office.gates", "LetterWritten") == ()


def test_schedules_of_functions_and_of_queues() -> None:
    nightly, often, weekly = load(GOOD).schedules
    assert (nightly.function, nightly.input) == ("lettersSend", {"what": "nightly"})
    assert isinstance(nightly.expression, Cron)
    assert (often.expression, often.input) == (Rate("rate(5 minutes)", 300), None)
    assert (weekly.name, weekly.function, weekly.queue) == ("weekly", None, "SendQueue")
    assert weekly.input == {"what": "weekly"}
    assert len({nightly.name, often.name, weekly.name}) == 3


def test_tables_with_keys_and_indexes() -> None:
    outbox, letters = load(GOOD).tables
    assert (outbox.name, outbox.streamed) == ("office-dev-outbox", True)
    assert letters == Table(
        logical_id="LettersTable",
        name="office-dev-letters",
        partition_key="pk",
        sort_key="sk",
        indexes=(TableIndex(name="index1", partition_key="g1pk", sort_key="g1sk"),),
        streamed=False,
    )
