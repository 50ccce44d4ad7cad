"""What was found out about a domain, in words a volunteer understands, with the record to add."""

from newsletter.sending.deliverability.findings.base import Finding, Level, Record, Topic

__all__ = ["Finding", "Level", "Record", "Topic"]
