"""Adapters of the AWS engine: the ports of shared/kernel/ports.py on managed services. The only place that imports boto3.

clients.py    one client per service and process, with time-outs and retries; faults.py says which errors mean "later"
table.py      DynamoDB; items.py spells an item and a cursor, actions.py spells a commit
objects.py    S3 and its presigned addresses
relay.py      outbox stream -> bus; bus.py spells what the bus delivers
mail.py       SES; sms.py SNS; schedules.py EventBridge Scheduler
keys.py       KMS signs; key_register.py says which key

For an operator's machine (infra/commands): key_store.py makes keys, dead_letters.py and outbox_rescue.py bring back what
failed, operator.py finds a stage.

world.py      all of them together for one stage

Callers: shared/edge/wiring.py, and functions/outbox/relay.py, which exists on this engine alone.
"""
