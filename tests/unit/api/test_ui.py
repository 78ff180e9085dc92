"""The dashboard's files."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.api.conftest import House


@pytest.fixture
def built(house: House) -> House:
    (house.ui / "assets").mkdir(parents=True)
    (house.ui / "index.html").write_text("<!doctype html><title>Roomtone</title>" + " " * 2000)
    (house.ui / "assets" / "index-abc123.js").write_text("export const answer = 42;" * 200)
    (house.ui / "favicon.svg").write_text("<svg/>")
    (house.ui.parent / "secret.txt").write_text("not for you")
    return house


def test_a_dashboard_that_was_not_built_says_how_to_build_it(house: House) -> None:
    for path in ("/", "/rooms/north/a101"):
        response = house.call("GET", path, None)
        assert response.status_code == 503
        assert "script/bootstrap" in response.text
        assert "看板" in response.text


def test_it_is_there_as_soon_as_it_is_built(house: House) -> None:
    assert house.call("GET", "/", None).status_code == 503
    house.ui.mkdir()
    (house.ui / "index.html").write_text("now")
    assert house.call("GET", "/", None).text == "now"


@pytest.mark.parametrize("path", ["/", "/rooms/north/a101", "/tickets/7", "/wall"])
def test_every_path_of_the_dashboard_gets_its_page(built: House, path: str) -> None:
    response = built.call("GET", path, None)
    assert "Roomtone" in response.text
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["cache-control"] == "no-cache"


def test_files_with_a_hash_in_their_name_are_kept_for_ever_and_zipped(built: House) -> None:
    response = built.call("GET", "/assets/index-abc123.js", None, headers={"Accept-Encoding": "gzip"})
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-type"].startswith("text/javascript")
    assert "answer" in response.text
    assert int(response.headers["content-length"]) < 500
    plain = built.call("GET", "/assets/index-abc123.js", None, headers={"Accept-Encoding": "identity"})
    assert plain.text == response.text


def test_a_hashed_file_that_is_gone_is_not_the_page(built: House) -> None:
    assert built.call("GET", "/assets/index-old.js", None).status_code == 404


def test_a_page_that_is_the_same_is_not_sent_again(built: House) -> None:
    tag = built.call("GET", "/", None).headers["etag"]
    assert built.call("GET", "/", None, headers={"If-None-Match": tag}).status_code == 304
    page = built.ui / "index.html"
    page.write_text("another build")
    os.utime(page, ns=(1, 1))
    assert built.call("GET", "/", None, headers={"If-None-Match": tag}).text == "another build"


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/%00", "/a" * 3000],
)
def test_nothing_outside_the_folder_is_served(built: House, path: str) -> None:
    response = built.call("GET", path, None)
    assert "not for you" not in response.text
    assert response.status_code in (200, 404)


def test_a_link_out_of_the_folder_is_not_followed(built: House) -> None:
    (built.ui / "assets" / "leak.txt").symlink_to(built.ui.parent / "secret.txt")
    assert built.call("GET", "/assets/leak.txt", None).status_code == 404


@pytest.fixture
def hasty() -> Iterator[None]:
    """Have threads take turns as often as may be."""
    kept = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(kept)


@pytest.mark.usefixtures("hasty")
def test_files_that_are_asked_for_at_once_are_all_served(built: House) -> None:
    paths = [f"/assets/part-{number}.js" for number in range(200)]
    for path in paths:
        (built.ui / path[1:]).write_text("export const answer = 42;")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda path: built.call("GET", path, None).status_code, paths))
    assert set(answers) == {200}
