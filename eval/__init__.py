"""The measuring of Ibid: Q&A sets, runs, measures, reports, benchmarks, training."""
