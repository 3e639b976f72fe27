from . import access, portal, reset
