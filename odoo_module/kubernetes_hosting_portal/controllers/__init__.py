from . import access, backup, portal, reset
