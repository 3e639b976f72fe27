"""The lab: a local Kubernetes cluster, its helpers and a local Odoo.

Everything here runs on the machine's own Python (standard library only), because
it is what builds the virtual environment that the rest of the project uses.
"""
