"""One installation for all stories of this folder."""

import pytest

from tests.stories.faults.crowd import Crowd
from tests.stories.faults.site import looked_at, opened


@pytest.fixture(scope="package")
def _site():
    with opened() as site:
        yield site


@pytest.fixture
def site(_site, django_db_blocker, settings):
    """A site with all its services running; what a story stopped is started for the next one."""
    settings.MEDIA_ROOT = _site.media
    with django_db_blocker.unblock(), looked_at(_site):
        _site.start_all()
        yield _site
        while _site.clients:
            _site.clients.pop().hang_up()


@pytest.fixture
def gather(site):
    """Makes a crowd: `gather(job, "name", workers=8)`; its threads end with the story."""
    crowds = []

    def make(job, name, *, workers, hands=None, lossy=False):
        crowd = Crowd(job=job.public_id, seed=name, lossy=lossy)
        crowds.append(crowd)
        people = [site.worker(f"{name}{n}") for n in range(workers)]
        for n in range(hands or workers):
            worker, client = people[n % workers]
            crowd.join(worker, client if n < workers else client.twin())
        return crowd

    yield make
    for crowd in crowds:
        crowd.stop()
