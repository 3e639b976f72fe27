from . import access, portal
