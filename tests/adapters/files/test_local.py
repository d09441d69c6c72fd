import os
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from aicontext.adapters.files.local import LocalFiles, candidates
from aicontext.domain.errors import InputTooLarge, NotFound, Unavailable
from aicontext.domain.tools import System

ZED = {
    System.LINUX: ("${XDG_CONFIG_HOME:-~/.config}/zed/settings.json",),
    System.MACOS: ("~/Library/Application Support/Zed/settings.json", ".zed/settings.json"),
    System.WINDOWS: ("${APPDATA:-~/AppData/Roaming}/Zed/settings.json", ".zed/settings.json"),
}


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return LocalFiles({}, tmp_path, tmp_path / "project", "linux")


@pytest.mark.parametrize(
    ("system", "home", "folder", "environment", "places"),
    [
        (System.LINUX, "/home/a", "/w", {}, ["/home/a/.config/zed/settings.json"]),
        (System.LINUX, "/home/a", "/w", {"XDG_CONFIG_HOME": "/x"}, ["/x/zed/settings.json"]),
        (
            System.MACOS,
            "/Users/a",
            "/w",
            {},
            ["/Users/a/Library/Application Support/Zed/settings.json", "/w/.zed/settings.json"],
        ),
        (
            System.WINDOWS,
            "C:\\Users\\a b",
            "D:\\w",
            {"APPDATA": "E:\\roaming"},
            ["E:\\roaming\\Zed\\settings.json", "D:\\w\\.zed\\settings.json"],
        ),
        (
            System.WINDOWS,
            "C:\\Users\\a b",
            "D:\\w",
            {},
            ["C:\\Users\\a b\\AppData\\Roaming\\Zed\\settings.json", "D:\\w\\.zed\\settings.json"],
        ),
    ],
)
def test_places_are_those_of_the_system(system, home, folder, environment, places) -> None:
    kind = PureWindowsPath if system is System.WINDOWS else PurePosixPath
    assert list(candidates(ZED, system, home, folder, environment)) == list(map(kind, places))


def test_the_first_file_that_exists_is_chosen_and_links_are_followed(files, tmp_path) -> None:
    both = {System.LINUX: ("~/a.json", "~/b.json")}
    assert files.locate(both) == str(tmp_path / "a.json")
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles" / "real.json").write_text("{}")
    (tmp_path / "b.json").symlink_to(tmp_path / "dotfiles" / "real.json")
    assert files.locate(both) == str(tmp_path / "dotfiles" / "real.json")
    with pytest.raises(NotFound):
        files.locate({System.MACOS: ("~/a",)})


def test_a_link_that_leads_nowhere_yet_is_followed(files, tmp_path) -> None:
    (tmp_path / "a.json").symlink_to(tmp_path / "later" / "real.json")
    path = files.locate({System.LINUX: ("~/a.json",)})
    files.write(path, b"{}", None)
    assert (tmp_path / "a.json").is_symlink()
    assert (tmp_path / "later" / "real.json").read_bytes() == b"{}"


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_mode_and_owner_stay(files, tmp_path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"{}")
    path.chmod(0o640)
    if os.getuid() == 0:
        os.chown(path, 1234, 1235)
    was = path.stat()
    files.write(str(path), b"{1}", b"{}")
    now = path.stat()
    assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)
    assert path.read_bytes() == b"{1}"
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_what_others_wrote_meanwhile_is_not_overwritten(files, tmp_path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"theirs")
    with pytest.raises(Unavailable, match="another program"):
        files.write(str(path), b"ours", b"{}")
    with pytest.raises(Unavailable, match="another program"):
        files.write(str(path), b"ours", None)
    assert path.read_bytes() == b"theirs"


def test_a_place_that_cannot_be_written_is_told_and_left(files, tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(Unavailable, match="file"):
        files.write(str(tmp_path / "file" / "a.json"), b"{}", None)
    if os.getuid():
        (tmp_path / "closed").mkdir(mode=0o500)
        with pytest.raises(Unavailable, match="cannot be written"):
            files.write(str(tmp_path / "closed" / "a.json"), b"{}", None)
    assert (tmp_path / "file").read_bytes() == b"x"


def test_made_folders_go_once_they_are_empty(files, tmp_path) -> None:
    path = str(tmp_path / "x" / "y" / "a.json")
    made = files.missing_folders(path)
    assert made == (str(tmp_path / "x" / "y"), str(tmp_path / "x"))
    files.write(path, b"{}", None)
    (tmp_path / "x" / "theirs").touch()
    files.write(path, None, b"{}")
    files.remove_folders(made)
    assert [one.name for one in (tmp_path / "x").iterdir()] == ["theirs"]


def test_what_is_too_large_is_not_read(files, tmp_path) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(2**24 + 1)
    with pytest.raises(InputTooLarge):
        files.read(str(path))
