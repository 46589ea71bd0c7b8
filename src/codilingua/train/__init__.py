"""Weights and terminology in; what ships in the wheel out. Needs the extra ``train``."""
