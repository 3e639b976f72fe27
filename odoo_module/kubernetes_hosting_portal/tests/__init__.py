from . import test_access, test_i18n, test_mail, test_pages, test_rights
