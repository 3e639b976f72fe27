from . import (
    test_access,
    test_backup,
    test_i18n,
    test_mail,
    test_matrix,
    test_pages,
    test_reset,
    test_rights,
)
