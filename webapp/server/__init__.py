"""What stands between the page and strangers: limits, refusals, files that go, an orderly end."""
