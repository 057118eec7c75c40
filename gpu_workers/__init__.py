"""Containers that need an accelerator, or serve without one."""
