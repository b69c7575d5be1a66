"""The models that read, served to those that have none: another Ibid, or whoever speaks so."""
