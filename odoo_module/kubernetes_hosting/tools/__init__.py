"""Plain Python without Odoo: what a host is called, its files, its runs.

Nothing here imports ``odoo``, so each file can be read, tested and used alone.
"""
