"""The requester's addresses."""

from __future__ import annotations

from django.urls import path

from marketplace.pages import (
    blocks,
    gold,
    images,
    invitations,
    job_form,
    jobs,
    questions,
    receipts,
    statements,
    wallet,
)

urlpatterns = [
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/new/", job_form.new, name="job_new"),
    path("jobs/quote/", job_form.live_quote, name="job_quote"),
    path("jobs/<str:pid>/", jobs.job, name="job"),
    path("jobs/<str:pid>/progress/", jobs.job_progress, name="job_progress"),
    path("jobs/<str:pid>/edit/", job_form.edit, name="job_edit"),
    path("jobs/<str:pid>/duplicate/", jobs.job_duplicate, name="job_duplicate"),
    path("jobs/<str:pid>/delete/", jobs.job_delete, name="job_delete"),
    path("jobs/<str:pid>/images/", images.job_images, name="job_images"),
    path("jobs/<str:pid>/images/<int:task>/remove/", images.job_image_remove, name="job_image_remove"),
    path("jobs/<str:pid>/gold/", gold.job_gold, name="job_gold"),
    path("jobs/<str:pid>/gold/<int:known>/", gold.gold_move, name="gold_move"),
    path("jobs/<str:pid>/questions/", questions.job_questions, name="job_questions"),
    path("jobs/<str:pid>/questions/<int:question>/draw/", questions.question_draw, name="question_draw"),
    path("jobs/<str:pid>/questions/<int:question>/remove/", questions.question_remove, name="question_remove"),
    path("jobs/<str:pid>/publish/", jobs.job_publish, name="job_publish"),
    path("jobs/<str:pid>/pause/", jobs.job_pause, name="job_pause"),
    path("jobs/<str:pid>/resume/", jobs.job_resume, name="job_resume"),
    path("jobs/<str:pid>/close/", jobs.job_close, name="job_close"),
    path("jobs/<str:pid>/instructions/", jobs.job_instructions, name="job_instructions"),
    path("jobs/<str:pid>/receipt/", receipts.job_receipt, name="job_receipt"),
    path("jobs/<str:pid>/access/", invitations.job_access, name="job_access"),
    path("jobs/<str:pid>/access/visibility/", invitations.job_visibility, name="job_visibility"),
    path("jobs/<str:pid>/access/link/", invitations.job_link, name="job_link"),
    path("jobs/<str:pid>/access/invite/", invitations.job_invite, name="job_invite"),
    path("jobs/<str:pid>/access/<int:invitation>/withdraw/", invitations.job_withdraw, name="job_withdraw"),
    path("workers/blocked/", blocks.blocks, name="blocks"),
    path("workers/blocked/add/", blocks.block_add, name="block_add"),
    path("workers/blocked/<str:pseudonym>/remove/", blocks.block_remove, name="block_remove"),
    path("wallet/", wallet.wallet, name="wallet"),
    path("wallet/statement/", statements.wallet_statement, name="wallet_statement"),
    path("wallet/deposits/new/", wallet.deposit_new, name="deposit_new"),
    path("wallet/deposits/back/", wallet.deposit_return, name="deposit_return"),
    path("wallet/deposits/<uuid:deposit_id>/", wallet.deposit, name="deposit"),
    path("wallet/deposits/<uuid:deposit_id>/receipt/", receipts.deposit_receipt, name="deposit_receipt"),
]
