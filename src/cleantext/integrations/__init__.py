"""Thin adapters to the hosts that people clean corpora with, a module each.

Nothing is imported here: ``from cleantext.integrations.polars import ...`` imports polars, and
fails without it. Each adapter takes the settings of `cleantext.Cleaner` (`threshold`, `remove`,
`keep`, `drop`, `max_removed`, `model`), and gives the same bytes as `cleantext.clean`. Missing
values stay missing. A page for each host, with an example that runs, is in `docs/integrations/`.
"""
