"""The product's own library. Arrows (checked by import-linter, see pyproject.toml):

functions -> shared.edge -> shared.aws | shared.embedded | shared.documents -> contexts -> shared.kernel -> events
"""
