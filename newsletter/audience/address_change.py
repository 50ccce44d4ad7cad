"""A person moves to another address: asked for with a fresh link, confirmed by a link to the new address."""

from django.db import IntegrityError, transaction

from newsletter.audience.addresses import address_hash, normalise_address
from newsletter.audience.evidence import mailed_lately, record
from newsletter.audience.models import Subscriber, SubscriptionEvent
from newsletter.audience.subscriptions import AddressSuppressed, ConfirmationOutdated
from newsletter.audience.suppressions import (
    carry_over,
    let_erased_person_return,
    may_only_return_through_staff,
)
from newsletter.audience.tokens import NewAddress, address_number

Kind = SubscriptionEvent.Kind

# What evidence calls these mails.
NEW_ADDRESS_LINK = "new address"


class AddressTaken(Exception):
    """The new address is on the list already, as a person of its own."""


def request_new_address(*, subscriber_id: int, address: str) -> None:
    """Has a confirmation mailed to the new address. Returns nothing: whether we know that address is no answer.

    Raises ValidationError for what is no address.
    """
    from newsletter.audience.tasks import mail_new_address

    mail_new_address.enqueue(subscriber_id, normalise_address(address))


def claim_new_address(*, subscriber_id: int, address: str) -> Subscriber | None:
    """The person who wants to move to that address, written down as mailed; None where no mail may go there.

    None goes to an address that is on the list or on the do-not-mail list.
    """
    new_hash = address_hash(address)
    with transaction.atomic():
        subscriber = Subscriber.objects.select_for_update(of=("self",)).filter(pk=subscriber_id).first()
        if (
            subscriber is None
            or Subscriber.objects.filter(email=address).exists()
            or may_only_return_through_staff(new_hash, None)
            or may_only_return_through_staff(subscriber.address_hash, None)
            or mailed_lately(new_hash, origin=NEW_ADDRESS_LINK)
        ):
            return None
        record(
            Kind.MAILED,
            address_hash=new_hash,
            subscriber=subscriber,
            origin=NEW_ADDRESS_LINK,
            language=subscriber.language,
        )
        return subscriber


def change_address(*, claim: NewAddress, origin: str, network: str, language: str = "") -> Subscriber:
    """Moves the person to the address their link was mailed to; a second time changes nothing.

    The old address gets a notice. Raises ConfirmationOutdated (the person or their old address is gone),
    AddressSuppressed, AddressTaken.
    """
    from newsletter.audience.tasks import tell_old_address

    new_hash = address_hash(claim.address)
    try:
        with transaction.atomic():
            subscriber = (
                Subscriber.objects.select_for_update(of=("self",)).filter(pk=claim.subscriber_id).first()
            )
            if subscriber is None:
                raise ConfirmationOutdated(claim.subscriber_id)
            if subscriber.email == claim.address:
                return subscriber
            if address_number(subscriber) != claim.old_address:
                raise ConfirmationOutdated(claim.subscriber_id)
            old_address, old_hash = subscriber.email, subscriber.address_hash
            if may_only_return_through_staff(old_hash, None) or may_only_return_through_staff(new_hash, None):
                raise AddressSuppressed(claim.subscriber_id)
            subscriber.email = claim.address
            subscriber.save(update_fields=["email", "address_hash"])
            # Whoever reads mail there has just agreed.
            let_erased_person_return(new_hash, None)
            carry_over(old_hash=old_hash, new_hash=new_hash)
            for known_as in (old_hash, new_hash):
                record(
                    Kind.CHANGED,
                    address_hash=known_as,
                    subscriber=subscriber,
                    origin=origin,
                    network=network,
                    language=language,
                    text="address",
                )
            tell_old_address.enqueue(subscriber.pk, old_address)
    except IntegrityError as error:
        raise AddressTaken(claim.subscriber_id) from error
    return subscriber
