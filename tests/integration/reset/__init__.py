"""Reset of staging on real tenants: the tests share one pair of them."""
