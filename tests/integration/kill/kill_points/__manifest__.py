{
    "name": "Kill Points",
    "summary": "Marks the points of a run where tests kill Odoo",
    "version": "19.0.1.0.0",
    "author": "Mint Cloud",
    "license": "AGPL-3",
    "depends": ["base"],
    "installable": False,
}
