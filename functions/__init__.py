"""One module per Lambda function: parse, one use case, answer.

Named in infra/functions/*.yml as `functions.<context>.<verb>.handler`.
"""
