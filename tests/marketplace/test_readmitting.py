"""What follows a block: back to where one was."""

from marketplace.enrolling import enrol
from marketplace.models import Enrolment
from marketplace.readmitting import readmit
from tests.marketplace.examining import asking, standing


def test_who_was_let_in_is_ready_again_and_who_was_not_goes_on(world):
    job = asking(world, practice=1)
    enrol(job=job, worker=world.wei, now=world.now)
    Enrolment.objects.create(job=job, worker=world.wanda, created_at=world.now)
    Enrolment.objects.update(state="blocked", reason="requester")

    readmit(blocked=Enrolment.objects.filter(state="blocked"))

    assert (standing(job, world.wei).state, standing(job, world.wanda).state) == ("practice", "ready")
    assert not Enrolment.objects.exclude(reason="").exists()
