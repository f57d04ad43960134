"""The rehearsal of the AWS engine: the packaged template on an emulator on this machine, spoken to over HTTP (`make cloud-test`).

ministack runs in an environment of its own (.venv-cloud, requirements/rehearsal.txt). What it cannot do is named with its
reason in exceptions.py; what it does wrongly with streams is done by stream_poller.py. docs/decisions/0011 says why.
"""
