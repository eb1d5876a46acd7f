"""Every adapter against its real host; `make integrations` installs and runs all of them."""
