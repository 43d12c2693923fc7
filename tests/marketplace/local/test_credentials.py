"""The kept secrets."""

import stat

import pytest

from marketplace.local import credentials


def test_secrets_are_made_once_and_readable_by_their_owner_alone(tmp_path):
    made = credentials.load_or_make(tmp_path)
    assert credentials.load_or_make(tmp_path) == made
    assert stat.S_IMODE((tmp_path / credentials.FILE).stat().st_mode) == 0o600
    assert set(made.passwords) == set(credentials.LOGINS)
    assert all(len(password) == 14 for password in made.passwords.values())


def test_two_installations_share_no_secret(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (credentials.load_or_make(folder) for folder in folders)
    assert one.secret_key != two.secret_key
    assert not set(one.passwords.values()) & set(two.passwords.values())


def test_a_damaged_file_is_named_rather_than_replaced(tmp_path):
    (tmp_path / credentials.FILE).write_text("{}")
    with pytest.raises(SystemExit, match=r"secrets\.json is damaged"):
        credentials.load_or_make(tmp_path)
    assert (tmp_path / credentials.FILE).read_text() == "{}"
