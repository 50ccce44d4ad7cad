"""Finding people and their evidence by the keyed hashes of addresses."""

from django.db import models
from django.db.models.lookups import In


class HashBeginning(models.Func):
    """The first 12 of a keyed hash's 64 digits. Hashes come in no order, so that each one written opens another page of their
    index; one of beginnings has a quarter of the pages.

    The numbers are no parameters: SQLite takes such an index only for what is written as the index is.
    """

    function = "SUBSTR"
    template = "%(function)s(%(expressions)s, 1, 12)"
    output_field = models.CharField()


class _WholeHash(models.Func):
    """The hash as it is. Were it the bare column, SQLite would put its one known value into the index's expression as well,
    and no longer see the index in it."""

    template = "(%(expressions)s || '')"
    output_field = models.CharField()


def of_addresses(*hashes: str) -> models.Q:
    """Rows by their address_hash, by way of the index of beginnings that the model has.

    To be asked in no order, and not with first(): before PostgreSQL has statistics of the index, it looks for the first
    row of an order by walking the table.
    """
    beginnings = sorted({digest[:12] for digest in hashes})
    return models.Q(In(HashBeginning("address_hash"), beginnings), In(_WholeHash("address_hash"), hashes))
