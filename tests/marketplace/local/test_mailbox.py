"""E-mails found in the logs."""

import io

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.console import EmailBackend

from marketplace.local.mailbox import Mailbox


def mail(subject, body="Your code is 123456.\n\nBye", html=""):
    stream = io.StringIO()
    message = EmailMultiAlternatives(subject, body, "tally@localhost", ["rita@example.org"])
    if html:
        message.attach_alternative(html, "text/html")
    EmailBackend(stream=stream).send_messages([message])
    return stream.getvalue()


def test_a_mail_among_other_words_is_shown_with_its_reader_subject_and_body(tmp_path):
    log = tmp_path / "web.log"
    log.write_text("started\n")
    mailbox = Mailbox(log)
    with log.open("a") as words:
        words.write("GET /\n" + mail("[Tally] Confirm") + "POST /\n" + mail("Ünïcode — zwei"))
    first, second = mailbox.new()
    assert first == "E-mail to rita@example.org: [Tally] Confirm\n    Your code is 123456.\n    \n    Bye\n"
    assert "Ünïcode — zwei" in second
    assert mailbox.new() == []


def test_mails_from_before_are_not_shown_again(tmp_path):
    (tmp_path / "web.log").write_text(mail("old"))
    assert Mailbox(tmp_path / "web.log").new() == []


def test_a_mail_written_in_pieces_is_shown_once_it_is_whole(tmp_path):
    log, text, shown = tmp_path / "web.log", mail("In pieces"), []
    mailbox = Mailbox(log)
    for place in range(0, len(text), 7):
        with log.open("a") as words:
            words.write(text[place : place + 7])
        shown += mailbox.new()
    assert len(shown) == 1


def test_of_a_mail_with_html_the_plain_part_is_shown(tmp_path):
    log = tmp_path / "web.log"
    mailbox = Mailbox(log)
    log.write_text("[2026: WARNING/MainProcess] " + mail("Both", body="plain words", html="<b>words</b>"))
    (shown,) = mailbox.new()
    assert "plain words" in shown
    assert "<b>" not in shown


def test_a_log_that_was_put_away_is_read_from_its_new_beginning(tmp_path):
    log = tmp_path / "web.log"
    log.write_text("x" * 10_000)
    mailbox = Mailbox(log)
    log.write_text(mail("fresh"))
    assert len(mailbox.new()) == 1
