"""The lab's own PostgreSQL and Odoo, on the host beside the cluster."""
