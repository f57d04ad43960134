"""Lambda glue: settings, HTTP, queues, pages and the composition root. The only place that imports Powertools."""
