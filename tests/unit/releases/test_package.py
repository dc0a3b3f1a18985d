"""A package is accepted only as a function app that is safe to unpack."""

import io
import re
import stat
import struct
import zipfile
from collections.abc import Mapping
from warnings import catch_warnings, simplefilter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.errors import Refusal
from router.releases.package import PackageLimits, inspect, problems, warnings

APP = {"host.json": '{"version": "2.0"}', "function_app.py": "app = 1"}


def entry(name: str, mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.filename = info.orig_filename = name  # ZipInfo would normalize it
    info.external_attr = mode << 16
    info.compress_type = method
    return info


def packed(
    *more: tuple[str | zipfile.ZipInfo, str | bytes], app: Mapping[str, str | bytes] = APP
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, catch_warnings():
        simplefilter("ignore")  # about two files of one name
        for name, content in [*app.items(), *more]:
            archive.writestr(name, content)
    return file.getvalue()


def declaring(package: bytes, name: str, size: int) -> bytes:
    """Return the package with another unpacked size in the file's directory record."""
    at = package.index(name.encode(), package.index(b"PK\x01\x02")) - 46
    return package[: at + 24] + struct.pack("<I", size) + package[at + 28 :]


def flagged(package: bytes, name: str, flags: int) -> bytes:
    at = package.index(name.encode(), package.index(b"PK\x01\x02")) - 46
    return package[: at + 8] + struct.pack("<H", flags) + package[at + 10 :]


def test_function_app_is_accepted() -> None:
    inspect(packed(("shop/__init__.py", ""), ("shop/stock.py", "x = 1"), ("folder/", "")))


def test_host_json_with_byte_order_mark_is_accepted() -> None:
    assert problems(packed(app=APP | {"host.json": "\ufeff{}"})) == []


@pytest.mark.parametrize("package", [b"", b"PK", b"not a zip", packed()[:-30]])
def test_file_that_is_no_zip_is_a_problem(package: bytes) -> None:
    (problem,) = problems(package)
    assert problem.startswith("it is not a readable zip archive: ")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "has no name"),
        ("../evil.py", "has a path that leaves the package"),
        ("a/../../evil.py", "has a path that leaves the package"),
        ("a/..", "has a path that leaves the package"),
        ("/etc/passwd", "has an absolute path"),
        ("C:/evil.py", "has an absolute path"),
        ("c:evil.py", "has an absolute path"),
        ("..\\evil.py", "has a backslash in its path"),
        ("a\nb.py", "has a control character in its path"),
        ("a\0b.py", "has a control character in its path"),
    ],
)
def test_unsafe_path_is_a_problem(name: str, problem: str) -> None:
    assert f"{name!r} {problem}" in problems(packed((entry(name), "x")))


@pytest.mark.parametrize("name", ["a..b.py", "..a", "a/...", ".hidden/x", "a:b"])
def test_dots_in_a_name_are_accepted(name: str) -> None:
    assert problems(packed((name, "x"))) in ([], [f"{name!r} has an absolute path"])


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        (stat.S_IFLNK, "'link' is a symbolic link"),
        (stat.S_IFIFO, "'link' is neither a file nor a folder"),
        (stat.S_IFCHR, "'link' is neither a file nor a folder"),
    ],
)
def test_link_or_device_is_a_problem(mode: int, problem: str) -> None:
    assert problems(packed((entry("link", mode | 0o777), "/etc/passwd"))) == [problem]


def test_encrypted_file_is_a_problem() -> None:
    found = problems(flagged(packed(("secret.py", "x")), "secret.py", 0x1))
    assert found == ["'secret.py' is encrypted"]
    assert problems(flagged(packed(), "host.json", 0x1)) == ["'host.json' is encrypted"]


def test_unsupported_compression_is_a_problem() -> None:
    package = packed((entry("a.py", method=zipfile.ZIP_BZIP2), "x"))
    assert problems(package) == ["'a.py' uses compression method 12, and only deflate is supported"]


def test_file_that_occurs_twice_is_a_problem() -> None:
    found = problems(packed(("a/b.py", "1"), ("a//b.py", "2"), ("./a/b.py", "3"), ("a/", "")))
    assert found == ["'a/b.py' occurs 3 times"]


def test_missing_function_app_files_are_problems() -> None:
    assert problems(packed(app={})) == [
        "host.json is missing at the top level",
        "function_app.py is missing at the top level, and so is any folder with a function.json",
    ]


def test_package_of_the_folder_itself_gets_a_hint() -> None:
    found = problems(packed(app={f"orders/{name}": content for name, content in APP.items()}))
    hint = "exists: zip the folder's content, not the folder)"
    assert found == [
        f"host.json is missing at the top level (orders/host.json {hint}",
        f"function_app.py is missing at the top level (orders/function_app.py {hint}",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "host.json is not JSON: "),
        (b"\xff", "host.json is not JSON: "),
        ("[" * 100_000, "host.json is not JSON: "),
        ("[]", "host.json is not JSON: it is not an object"),
        (" " * (1 << 21), "host.json has 2,097,152 bytes, and at most 1,048,576 are allowed"),
    ],
)
def test_invalid_host_json_is_a_problem(content: str | bytes, problem: str) -> None:
    (problem_found,) = problems(packed(app=APP | {"host.json": content}))
    assert problem_found.startswith(problem)


def test_host_json_that_no_host_accepts_is_a_problem() -> None:
    (found,) = problems(packed(app=APP | {"host.json": '{"version": "3.0"}'}))
    assert found == "host.json has version '3.0', and the host accepts only \"2.0\""


def test_app_of_the_v1_programming_model_is_accepted() -> None:
    app = {"host.json": "{}", "Flow/function.json": "{}", "Flow/__init__.py": ""}
    inspect(packed(app=app))


def test_another_script_may_define_the_functions() -> None:
    app = {"host.json": "{}", "main.py": ""}
    inspect(packed(app=app), script="main.py")
    with pytest.raises(Refusal, match=r"function_app\.py is missing"):
        inspect(packed(app=app))


@pytest.mark.parametrize("host", ["\ufeff{}", "// ours\n{}", '{"version": "2.0",}'])
def test_host_json_that_the_sdk_cannot_read_is_a_warning(host: str) -> None:
    first, *_ = warnings(packed(app=APP | {"host.json": host}))
    assert "which the Durable SDK for Python cannot read" in first
    assert not any("cannot read" in each for each in warnings(packed()))


def test_files_that_azure_does_not_read_are_warnings() -> None:
    found = warnings(packed(("./local.settings.json", "{}"), ("requirements.txt", "x")))
    begins = ("local.settings.json is not read", "host.json has no extensionBundle", "requirements")
    assert [each.startswith(text) for each, text in zip(found, begins, strict=True)] == [True] * 3


def test_package_too_large_unpacked_is_not_unpacked() -> None:
    package = declaring(packed(("zeros", "0" * 1_000)), "zeros", 1 << 30)
    assert problems(package) == [
        "it unpacks to 1,073,741,849 bytes, and at most 1,073,741,824 are allowed"
    ]
    limits = PackageLimits(unpacked_bytes=1_000)
    assert problems(packed(("zeros", "0" * 976)), limits) == [
        "it unpacks to 1,001 bytes, and at most 1,000 are allowed"
    ]
    assert problems(packed(("zeros", "0" * 975)), limits) == []


def test_too_many_files_are_a_problem() -> None:
    limits = PackageLimits(files=3)
    assert problems(packed(("a", ""), ("folder/", "")), limits) == []
    found = problems(packed(("a", ""), ("b", "")), limits)
    assert found == ["it has 4 files, and at most 3 are allowed"]


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (1, "'zeros' cannot be read: Bad CRC-32 for file 'zeros'"),
        (2_000, "'zeros' has 1,000 bytes, but declares 2,000"),
    ],
)
def test_false_size_is_a_problem(size: int, problem: str) -> None:
    assert problems(declaring(packed(("zeros", "0" * 1_000)), "zeros", size)) == [problem]


def test_damaged_content_is_a_problem() -> None:
    package = bytearray(packed(("a.bin", bytes(range(256)))))
    at = package.index(b"a.bin") + 40
    package[at] ^= 0xFF
    (problem_found,) = problems(bytes(package))
    assert problem_found.startswith("'a.bin' cannot be read: ")
    damaged = bytearray(packed())
    damaged[damaged.index(b"host.json") + 12] ^= 0xFF
    assert [each.split(":")[0] for each in problems(bytes(damaged))] == [
        "'host.json' cannot be read"
    ]


def test_refusal_names_every_problem() -> None:
    bad = packed(("../a", ""), (entry("b", stat.S_IFLNK), "a"), app={"host.json": "nope"})
    with pytest.raises(Refusal) as refused:
        inspect(bad)
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"]) == (422, "bad-package")
    assert problem["detail"].endswith("Fix the listed problems and rebuild the package.")
    assert [re.split("[:,]", each)[0] for each in problem["problems"]] == [
        "'../a' has a path that leaves the package",
        "'b' is a symbolic link",
        "function_app.py is missing at the top level",
        "host.json is not JSON",
    ]
    assert problem["detail"].startswith("The package has 4 problems, the first: '../a' has a path")


def test_refusal_lists_at_most_100_problems() -> None:
    with pytest.raises(Refusal) as refused:
        inspect(packed(*((f"../{number}", "") for number in range(150))))
    shown = refused.value.fields["problems"]
    assert (len(shown), shown[-1]) == (101, "and 50 more")


GOOD = packed(("shop/stock.py", "x = 1"))


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=8))
def test_random_bytes_are_at_most_refused(changes: list[tuple[int, int]]) -> None:
    package = bytearray(GOOD)
    for at, value in changes:
        package[at] = value
    assert all(isinstance(problem, str) for problem in problems(bytes(package)))
