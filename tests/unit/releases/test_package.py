"""A package is a function app without a trap, or every problem of it is told."""

import io
import stat
import struct
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.errors import Refusal
from router.releases.package import PackageLimits, inspect, problems

APP = {"host.json": '{"version": "2.0"}', "function_app.py": "app = 1"}


def entry(name: str, mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.filename = info.orig_filename = name  # as given: the module would tidy it
    info.external_attr = mode << 16
    info.compress_type = method
    return info


def packed(*more: tuple[str | zipfile.ZipInfo, str | bytes], app=APP) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two files of one name are a case of ours
        for name, content in [*app.items(), *more]:
            archive.writestr(name, content)
    return file.getvalue()


def declaring(package: bytes, name: str, size: int) -> bytes:
    """The package with another unpacked size in the directory's record of that file."""
    at = package.index(name.encode(), package.index(b"PK\x01\x02")) - 46
    return package[: at + 24] + struct.pack("<I", size) + package[at + 28 :]


def flagged(package: bytes, name: str, flags: int) -> bytes:
    at = package.index(name.encode(), package.index(b"PK\x01\x02")) - 46
    return package[: at + 8] + struct.pack("<H", flags) + package[at + 10 :]


def test_a_function_app_passes():
    inspect(packed(("shop/__init__.py", ""), ("shop/stock.py", "x = 1"), ("folder/", "")))


def test_a_host_json_with_a_byte_order_mark_passes():
    assert problems(packed(app=APP | {"host.json": "\ufeff{}"})) == []


@pytest.mark.parametrize("package", [b"", b"PK", b"not a zip", packed()[:-30]])
def test_what_is_no_zip_is_told(package):
    (problem,) = problems(package)
    assert problem.startswith("it is not a zip that can be read: ")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "has no name"),
        ("../evil.py", "has a path that climbs out"),
        ("a/../../evil.py", "has a path that climbs out"),
        ("a/..", "has a path that climbs out"),
        ("/etc/passwd", "has an absolute path"),
        ("C:/evil.py", "has an absolute path"),
        ("c:evil.py", "has an absolute path"),
        ("..\\evil.py", "has a backslash in its path"),
        ("a\nb.py", "has a control character in its path"),
        ("a\0b.py", "has a control character in its path"),
    ],
)
def test_a_path_that_is_not_the_packages_own_is_told(name, problem):
    assert f"{name!r} {problem}" in problems(packed((entry(name), "x")))


@pytest.mark.parametrize("name", ["a..b.py", "..a", "a/...", ".hidden/x", "a:b"])
def test_dots_in_a_name_are_no_trap(name):
    assert problems(packed((name, "x"))) in ([], [f"{name!r} has an absolute path"])


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        (stat.S_IFLNK, "'link' is a symbolic link"),
        (stat.S_IFIFO, "'link' is neither a file nor a folder"),
        (stat.S_IFCHR, "'link' is neither a file nor a folder"),
    ],
)
def test_what_is_no_plain_file_is_told(mode, problem):
    assert problems(packed((entry("link", mode | 0o777), "/etc/passwd"))) == [problem]


def test_an_encrypted_file_is_told():
    told = problems(flagged(packed(("secret.py", "x")), "secret.py", 0x1))
    assert told == ["'secret.py' is encrypted"]
    assert problems(flagged(packed(), "host.json", 0x1)) == ["'host.json' is encrypted"]


def test_another_compression_is_told():
    package = packed((entry("a.py", method=zipfile.ZIP_BZIP2), "x"))
    assert problems(package) == ["'a.py' is compressed by method 12; only deflate is understood"]


def test_the_same_file_twice_is_told_however_it_is_written():
    told = problems(packed(("a/b.py", "1"), ("a//b.py", "2"), ("./a/b.py", "3"), ("a/", "")))
    assert told == ["'a/b.py' is there 3 times"]


def test_a_package_that_lacks_what_a_function_app_has_is_told():
    assert problems(packed(app={})) == [
        "host.json is not at its top level",
        "function_app.py is not at its top level",
    ]


def test_a_package_of_the_folder_instead_of_its_content_is_told_how_to_mend_it():
    told = problems(packed(app={f"orders/{name}": content for name, content in APP.items()}))
    hint = "is: zip what is in the folder, not the folder)"
    assert told == [
        f"host.json is not at its top level (orders/host.json {hint}",
        f"function_app.py is not at its top level (orders/function_app.py {hint}",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "host.json is not JSON: "),
        (b"\xff", "host.json is not JSON: "),
        ("[" * 100_000, "host.json is not JSON: "),
        ("[]", "host.json is not a JSON object"),
        (" " * (1 << 21), "host.json has 2,097,152 bytes, more than 1,048,576"),
    ],
)
def test_a_host_json_that_cannot_be_read_is_told(content, problem):
    (told,) = problems(packed(app=APP | {"host.json": content}))
    assert told.startswith(problem)


def test_a_package_that_is_too_large_unpacked_is_told_without_unpacking_it():
    package = declaring(packed(("zeros", "0" * 1_000)), "zeros", 1 << 30)
    assert problems(package) == ["it unpacks to 1,073,741,849 bytes, more than 1,073,741,824"]
    limits = PackageLimits(unpacked_bytes=1_000)
    assert problems(packed(("zeros", "0" * 976)), limits) == [
        "it unpacks to 1,001 bytes, more than 1,000"
    ]
    assert problems(packed(("zeros", "0" * 975)), limits) == []


def test_a_package_of_too_many_files_is_told():
    limits = PackageLimits(files=3)
    assert problems(packed(("a", ""), ("folder/", "")), limits) == []
    told = problems(packed(("a", ""), ("b", "")), limits)
    assert told == ["it has 4 files, more than 3"]


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (1, "'zeros' can't be read: Bad CRC-32 for file 'zeros'"),
        (2_000, "'zeros' has 1,000 bytes, not 2,000 as declared"),
    ],
)
def test_a_package_that_lies_about_its_sizes_is_found_out(size, problem):
    assert problems(declaring(packed(("zeros", "0" * 1_000)), "zeros", size)) == [problem]


def test_damaged_content_is_told():
    package = bytearray(packed(("a.bin", bytes(range(256)))))
    at = package.index(b"a.bin") + 40
    package[at] ^= 0xFF
    (told,) = problems(bytes(package))
    assert told.startswith("'a.bin' can't be read: ")
    damaged = bytearray(packed())
    damaged[damaged.index(b"host.json") + 12] ^= 0xFF
    assert [each[:25] for each in problems(bytes(damaged))] == ["'host.json' can't be read"]


def test_a_refusal_names_every_problem():
    bad = packed(("../a", ""), (entry("b", stat.S_IFLNK), "a"), app={"host.json": "nope"})
    with pytest.raises(Refusal) as refused:
        inspect(bad)
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"]) == (422, "bad-package")
    assert problem["detail"].endswith("Mend what `problems` lists, and build it again.")
    assert [each.split(":")[0] for each in problem["problems"]] == [
        "'../a' has a path that climbs out",
        "'b' is a symbolic link",
        "function_app.py is not at its top level",
        "host.json is not JSON",
    ]
    assert problem["detail"].startswith("The package has 4 problems, the first: '../a' has a path")


def test_an_answer_stays_readable_however_much_is_wrong():
    with pytest.raises(Refusal) as refused:
        inspect(packed(*((f"../{number}", "") for number in range(150))))
    shown = refused.value.fields["problems"]
    assert (len(shown), shown[-1]) == (101, "and 50 more")


GOOD = packed(("shop/stock.py", "x = 1"))


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=8))
def test_no_bytes_whatever_make_more_than_a_refusal(changes):
    package = bytearray(GOOD)
    for at, value in changes:
        package[at] = value
    assert all(isinstance(problem, str) for problem in problems(bytes(package)))
