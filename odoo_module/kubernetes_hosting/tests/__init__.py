from . import (
    test_cluster,
    test_export,
    test_host,
    test_i18n,
    test_launch,
    test_lifecycle,
    test_manifest,
    test_names,
    test_parameter,
    test_result,
    test_rights,
    test_run,
)
