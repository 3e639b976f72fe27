from . import (
    test_backend,
    test_failure,
    test_i18n,
    test_name,
    test_order,
    test_payment,
    test_plan,
    test_product,
    test_progress,
    test_rights_matrix,
    test_workarounds,
)
