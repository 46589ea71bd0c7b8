"""Encoders made for all text against one made for this task: who wins, in which language, at which rank."""
