from . import (
    test_cart,
    test_checkout,
    test_guards,
    test_i18n,
    test_name_check,
    test_sample_names,
)
