"""Pictures dropped on a draft's page."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import expect

from tests.world import picture

pytestmark = pytest.mark.django_db(transaction=True)

CARRY = """files => {
  const held = new DataTransfer();
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    held.items.add(new File([bytes], name, { type: 'image/png' }));
  }
  return held;
}"""


def test_files_that_are_dropped_are_sent_in_batches_and_the_refused_one_says_why(visit, world):
    job = world.job(images=0)
    page = visit(world.rita, path=f"/jobs/{job.public_id}/images/")
    files = [(f"{n}.png", picture("a.png", shade=n).read()) for n in range(25)] + [("notes.png", b"hello")]
    held = page.evaluate_handle(CARRY, [[name, base64.b64encode(content).decode()] for name, content in files])

    page.dispatch_event(".dropzone", "drop", {"dataTransfer": held})

    expect(page.get_by_text("25 added, 1 refused")).to_be_visible()
    expect(page.get_by_text("This is not a picture, whatever its name says")).to_be_visible()
    assert job.tasks.count() == 25
