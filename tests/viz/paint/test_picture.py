"""Files of pictures, what notebooks show, and the DOT."""

import subprocess
import sys

import pytest

from glassgrad import Value, viz
from glassgrad.viz.layout import layouts

MAGIC = {".svg": b"<svg", ".png": b"\x89PNG\r\n", ".pdf": b"%PDF-", ".dot": b"digraph {"}


def picture(label="权重"):
    root = Value(2.0, label=label) * Value(-3.0, label="x")
    root.backward()
    return viz.draw(root)


@pytest.fixture
def typst():
    return pytest.importorskip("typst", reason='PNG and PDF need the extra "picture"')


@pytest.mark.parametrize("ending", MAGIC)
def test_files(tmp_path, ending, request):
    if ending in (".png", ".pdf"):
        request.getfixturevalue("typst")
    path = tmp_path / "new folder" / f"graph{ending.upper()}"
    assert picture().save(path) == path
    assert path.read_bytes().startswith(MAGIC[ending])
    again = picture().save(tmp_path / f"again{ending}")
    assert again.read_bytes() == path.read_bytes()
    assert list(path.parent.iterdir()) == [path]


def test_a_png_has_ink(tmp_path, typst):
    blank, drawn = (picture(label).save(tmp_path / f"{len(label)}.png").stat().st_size for label in ("i", "W" * 20))
    assert drawn > blank


def test_without_typst_a_png_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(viz.MissingLibraryError, match=r"pip install .*glassgrad\[picture\]"):
        picture().save(tmp_path / "graph.png")
    assert not list(tmp_path.iterdir())
    assert issubclass(viz.MissingLibraryError, ImportError)


@pytest.mark.parametrize("name", ["graph", "graph.jpg", "graph.svg.gz"])
def test_unknown_endings(tmp_path, name):
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.dot"):
        picture().save(tmp_path / name)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_folder_that_cannot_be_written_leaves_the_old_file(tmp_path, monkeypatch, call):
    path = picture().save(tmp_path / "graph.svg")
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"os.{call}", full)
    with pytest.raises(OSError, match="No space left on device.*choose another folder") as caught:
        picture("other").save(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError, match="choose another folder"):
        picture().save(tmp_path / "taken" / "graph.svg")


def test_a_notebook_shows_svg_and_a_table():
    bundle = picture()._repr_mimebundle_()
    assert list(bundle) == ["image/svg+xml", "text/plain"]
    assert bundle["text/plain"].splitlines() == [
        "Graph of h1: 3 values",
        "                     value  grad",
        "权重           leaf      2    −3",
        "x              leaf     −3     2",
        "h1 = 权重 × x  root     −6     1",
    ]


def test_a_long_table_is_cut():
    node = Value(0.5)
    for _ in range(99):
        node = node.sin()
    lines = str(viz.draw(node)).splitlines()
    assert "… and 40 more" in lines
    assert len(lines) == 64


@pytest.mark.skipif(layouts.find("dot") is None, reason="no system dot on this machine")
@pytest.mark.parametrize("label", ["<b>", "<script>x</script>", 'q"', "a\\n", "\\", "x -> y;", "{a|b}", "中文"])
def test_system_dot_reads_our_dot(label):
    found = subprocess.run(["dot", "-Tplain"], input=picture(label).dot.encode(), capture_output=True, timeout=30)
    assert found.returncode == 0, found.stderr
    assert found.stdout.decode().count("\nnode ") == 3


def test_dot_escapes_labels():
    assert r'label="<script>\lvalue 2\lgrad −3\l"' in picture("<script>").dot
    assert r'label="a\\b\"c\lvalue' in picture('a\\b"c').dot
