"""Files are written whole or not at all; an output that would destroy something is refused."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructions.errors import InputError
from constructions.files import check_output, write_text, writing


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    write_text(path, "new, with ε")
    assert path.read_text("utf-8") == "new, with ε"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_breaks_off_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def broken():
        with writing(path) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(error):
        broken()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_full_disk_names_the_file(tmp_path, monkeypatch):
    def full(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*a\.txt'"):
        write_text(tmp_path / "a.txt", "new")
    assert os.listdir(tmp_path) == []


def test_the_next_writer_clears_what_a_killed_one_left(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, alive = (tmp_path / f".a.txt.{pid}.part" for pid in (gone.pid, os.getppid()))
    other = tmp_path / f".b.txt.{gone.pid}.part"
    for left in (dead, alive, other):
        left.write_text("half")
    write_text(tmp_path / "a.txt", "whole")
    assert set(tmp_path.iterdir()) == {tmp_path / "a.txt", alive, other}


class TestOutput:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("file").write_text("kept")
        Path("folder").mkdir()
        Path("link").symlink_to("file")
        Path("dangling").symlink_to("nowhere")
        os.mkfifo("pipe")
        os.link("file", "same")

    @pytest.mark.parametrize("name", ["new", "file", "folder/new"])
    def test_a_new_file_and_a_regular_one_are_fine(self, name):
        check_output(Path(name))

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("", "expected the name of a file"),
            ("..", "expected the name of a file"),
            ("folder", "is a folder"),
            ("link", "is a link to file"),
            ("dangling", "is a link to nowhere"),
            ("pipe", "is a device or a pipe"),
            ("/dev/null", "is a device or a pipe"),
            ("no/such", "no is not a folder"),
            ("file/new", "file is not a folder"),
        ],
    )
    def test_whatever_else_is_refused(self, name, why):
        with pytest.raises(InputError, match=why):
            check_output(Path(name))

    @pytest.mark.parametrize("name", ["file", "same", "folder/../file"])
    def test_an_input_is_no_output_by_whatever_name(self, name):
        with pytest.raises(InputError, match="is read by this command"):
            check_output(Path(name), [Path("file"), Path("missing")])
