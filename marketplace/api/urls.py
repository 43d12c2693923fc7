"""Every address of the API, under /api/v1/."""

from __future__ import annotations

from django.urls import path, re_path

from marketplace.api import (
    access,
    answers,
    appeals,
    docs,
    enrolment,
    gold,
    images,
    jobs,
    money,
    profile,
    publishing,
    releases,
    reports,
    review,
    skills,
    work,
)

app_name = "api"

urlpatterns = [
    # First, because patterns are tried in this order and these two are asked for more often than all others together.
    path("assignments/<uuid:assignment>/submit/", work.Submit.as_view(), name="assignment-submit"),
    path("jobs/<str:job>/claim/", work.Claim.as_view(), name="job-claim"),
    path("schema/", docs.SchemaView.as_view(), name="schema"),
    path("docs/", docs.page, name="docs"),
    # Jobs, for their requesters
    path("jobs/", jobs.Jobs.as_view(), name="jobs"),
    path("jobs/<str:job>/", jobs.JobDetail.as_view(), name="job"),
    path("jobs/<str:job>/duplicate/", jobs.Duplicate.as_view(), name="job-duplicate"),
    path("jobs/<str:job>/quote/", jobs.Quote.as_view(), name="job-quote"),
    path("jobs/<str:job>/instructions/", jobs.InstructionsOf.as_view(), name="job-instructions"),
    path("jobs/<str:job>/visibility/", access.Visibility.as_view(), name="job-visibility"),
    path("jobs/<str:job>/link/", access.Link.as_view(), name="job-link"),
    path("jobs/<str:job>/invitations/", access.Invitations.as_view(), name="job-invitations"),
    path("jobs/<str:job>/invitations/<int:invitation>/", access.OneInvitation.as_view(), name="job-invitation"),
    path("blocks/", access.Blocks.as_view(), name="blocks"),
    path("blocks/<str:pseudonym>/", access.OneBlock.as_view(), name="block"),
    path("jobs/<str:job>/images/", images.Images.as_view(), name="job-images"),
    path("jobs/<str:job>/images/<int:task>/", images.OneImage.as_view(), name="job-image"),
    path("jobs/<str:job>/gold/", gold.Gold.as_view(), name="job-gold"),
    path("jobs/<str:job>/gold/<int:known>/", gold.OneGold.as_view(), name="job-gold-one"),
    path("jobs/<str:job>/gold/<int:known>/confirm/", gold.Confirm.as_view(), name="job-gold-confirm"),
    path("jobs/<str:job>/questions/", enrolment.Questions.as_view(), name="job-questions"),
    path("jobs/<str:job>/questions/<int:question>/", enrolment.OneQuestion.as_view(), name="job-question"),
    path(
        "jobs/<str:job>/questions/<int:question>/answer/",
        enrolment.QuestionAnswer.as_view(),
        name="job-question-answer",
    ),
    path("jobs/<str:job>/publish/", publishing.Publish.as_view(), name="job-publish"),
    path("jobs/<str:job>/pause/", publishing.Pause.as_view(), name="job-pause"),
    path("jobs/<str:job>/resume/", publishing.Resume.as_view(), name="job-resume"),
    path("jobs/<str:job>/close/", publishing.Close.as_view(), name="job-close"),
    path("jobs/<str:job>/kpis/", answers.Kpis.as_view(), name="job-kpis"),
    path("jobs/<str:job>/consensus/", answers.ConsensusList.as_view(), name="job-consensus"),
    path("jobs/<str:job>/consensus/<int:task>/", answers.ConsensusOfTask.as_view(), name="job-consensus-task"),
    path("jobs/<str:job>/review/", review.Queue.as_view(), name="job-review"),
    path("jobs/<str:job>/adjudication/", review.Adjudication.as_view(), name="job-adjudication"),
    path("assignments/<uuid:assignment>/decide/", review.Decide.as_view(), name="assignment-decide"),
    path("tasks/<int:task>/adjudicate/", review.Adjudicate.as_view(), name="task-adjudicate"),
    path("jobs/<str:job>/releases/", releases.Releases.as_view(), name="job-releases"),
    path("releases/<str:release>/", releases.ReleaseDetail.as_view(), name="release"),
    path("releases/<str:release>/files/<str:format>", releases.ReleaseFile.as_view(), name="release-file"),
    # Work, for workers
    path("jobs/<str:job>/enrol/", enrolment.Enrol.as_view(), name="job-enrol"),
    path("jobs/<str:job>/exercise/", enrolment.NextExercise.as_view(), name="job-exercise"),
    path("exercises/<uuid:exercise>/answer/", enrolment.ExerciseAnswer.as_view(), name="exercise-answer"),
    path("assignments/", answers.Assignments.as_view(), name="assignments"),
    path("assignments/<uuid:assignment>/", answers.AssignmentDetailOf.as_view(), name="assignment"),
    path("assignments/<uuid:assignment>/draft/", work.Draft.as_view(), name="assignment-draft"),
    path("assignments/<uuid:assignment>/renew/", work.Renew.as_view(), name="assignment-renew"),
    path("assignments/<uuid:assignment>/skip/", work.Skip.as_view(), name="assignment-skip"),
    path("assignments/<uuid:assignment>/give-back/", work.GiveBack.as_view(), name="assignment-give-back"),
    path("profile/", profile.Profile.as_view(), name="profile"),
    path("skills/", skills.Skills.as_view(), name="skills"),
    path("assignments/<uuid:assignment>/appeal/", appeals.AppealOf.as_view(), name="assignment-appeal"),
    # Appeals, for whoever decides them
    path("appeals/", appeals.Appeals.as_view(), name="appeals"),
    path("appeals/<uuid:appeal>/", appeals.AppealDetail.as_view(), name="appeal"),
    path("appeals/<uuid:appeal>/decide/", appeals.Decide.as_view(), name="appeal-decide"),
    # Money
    path("wallet/", money.Wallet.as_view(), name="wallet"),
    path("wallet/deposits/", money.Deposits.as_view(), name="deposits"),
    path("wallet/deposits/<uuid:deposit>/", money.DepositDetail.as_view(), name="deposit"),
    path("earnings/", money.Earnings.as_view(), name="earnings"),
    path("payouts/", money.Payouts.as_view(), name="payouts"),
    # Reports and what is asked of them, for admins
    path("rejection-stops/", review.Stops.as_view(), name="rejection-stops"),
    path("rejection-stops/<int:stop>/close/", review.CloseStop.as_view(), name="rejection-stop-close"),
    path("reports/payouts/", reports.PayoutReport.as_view(), name="report-payouts"),
    path("reports/quality/", reports.QualityReport.as_view(), name="report-quality"),
    re_path(r"", docs.NoSuchAddress.as_view()),
]
