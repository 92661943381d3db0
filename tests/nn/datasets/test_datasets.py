from __future__ import annotations

from collections import Counter

import pytest

from glassgrad.nn.datasets import TableError, load_iris, read_csv

ROWS = "1,2,a\n2,3,b\n3,4,a\n4,5,b\n5,6,a\n"


def _file(folder, text):
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_iris_is_fishers():
    iris = load_iris()
    assert iris.classes == ("setosa", "versicolor", "virginica")
    assert Counter(iris.targets) == {0: 50, 1: 50, 2: 50}
    # The sums of the four columns of Fisher's table; the two flowers that the UCI file has wrong.
    assert [round(sum(column), 1) for column in zip(*iris.features, strict=True)] == [876.5, 458.6, 563.7, 179.9]
    assert iris.features[34] == [4.9, 3.1, 1.5, 0.2]
    assert iris.features[37] == [4.9, 3.6, 1.4, 0.1]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_quotes_blank_lines_and_a_byte_order_mark(separator, tmp_path):
    text = '\ufeffx,"y",kind\n\n' + ROWS.replace("a", '"a"') + "\n"
    table = read_csv(_file(tmp_path, text.replace(",", separator)), "kind")
    assert table.feature_names == ("x", "y")
    assert table.features[1] == [2.0, 3.0]
    assert table.classes == ("a", "b")
    assert table.targets == [0, 1, 0, 1, 0]


def test_columns_can_be_left_out(tmp_path):
    table = read_csv(_file(tmp_path, "x,y,kind\n" + ROWS), "x", without=["kind"])
    assert (table.feature_names, table.targets, table.classes) == (("y",), [1.0, 2.0, 3.0, 4.0, 5.0], ())


TARGETS = [
    (["0", "1", "0", "1", "1", "0"], "auto", ("0", "1")),
    (["10", "9", "10", "9", "9", "9"], "auto", ("9", "10")),
    (["0", "1", "2", "3", "4", "5"], "auto", ()),
    (["0.5", "1", "0.5", "1", "1", "1"], "auto", ()),
    (["0.5", "1", "0.5", "1", "1", "1"], "class", ("0.5", "1")),
    (["0", "1", "0", "1", "1", "0"], "number", ()),
]


@pytest.mark.parametrize(("cells", "kind", "classes"), TARGETS)
def test_what_the_target_holds(cells, kind, classes, tmp_path):
    text = "x,t\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells))
    table = read_csv(_file(tmp_path, text), "t", kind=kind)
    assert table.classes == classes
    assert table.targets == ([classes.index(cell) for cell in cells] if classes else [float(cell) for cell in cells])


HEAD = "x,y,t\n"
BAD = [
    ("", "empty"),
    ("\n\n", "empty"),
    (HEAD, "0 rows"),
    (HEAD + "1,2,a\n", "at least 5"),
    ("1,2,3\n" + ROWS, "names of the columns"),
    ("x,,t\n" + ROWS, "column 2 has no name"),
    ("x,x,t\n" + ROWS, "two columns are called 'x'"),
    (HEAD + ROWS + "7,8\n", "line 7 has 2 cells"),
    (HEAD + ROWS + "7,8,a,b\n", "line 7 has 4 cells"),
    (HEAD + ROWS + "7,,a\n", "'y' on line 7 is empty"),
    (HEAD + ROWS + "7,NA,a\n", r"'y' on line 7 is missing \(NA\)"),
    (HEAD + ROWS + "7,8,\n", "'t' on line 7 is empty"),
    (HEAD + ROWS + "7,red,a\n", "'y' holds text \\('red' on line 7\\).*--without y"),
    ("x;y y;t\n" + "1;2,5;a\n2;2;b\n" * 3, 'with a decimal point, .*--without "y y"'),
    (HEAD + ROWS + "7,1e301,a\n", "'y' holds 1e301 on line 7; give it in a unit"),
    (HEAD + ROWS + "7,inf,a\n", "'y' holds inf on line 7"),
    (HEAD + ROWS.replace("b", "a"), "one class only, 'a'"),
    ("x,y,t\n1,2,a\n2,3,b\n3,4,c\n4,5,d\n5,6,e\n", "5 different texts in 5 rows"),
    ("x,k\n" + ROWS.replace(",a", "").replace(",b", ""), "no column 't'"),
    ("t\n1\n2\n3\n4\n5\n", "no column is left"),
    (HEAD + '1,2,"a\n', "line . is not CSV"),
    (HEAD.encode() + b"\xff\xfe,1,2\n", "not UTF-8"),
    (b"\x89PNG\r\n\x1a\n\0\0", "not UTF-8"),
]


@pytest.mark.parametrize(("text", "said"), BAD, ids=[said for _, said in BAD])
def test_a_table_that_cannot_be_learned_from_is_refused_in_one_sentence(text, said, tmp_path):
    with pytest.raises(TableError, match=said) as caught:
        read_csv(_file(tmp_path, text), "t")
    assert str(caught.value).startswith("table.csv")
    assert "\n" not in str(caught.value)


def test_a_constant_number_is_nothing_to_predict(tmp_path):
    text = "x,t\n" + "".join(f"{i},2.5\n" for i in range(6))
    with pytest.raises(TableError, match=r"'t' is 2.5 in every row"):
        read_csv(_file(tmp_path, text), "t", kind="number")


def test_an_unknown_column_gets_the_nearest(tmp_path):
    path = _file(tmp_path, "width,height,kind\n" + ROWS)
    with pytest.raises(TableError, match="no column 'hieght'; the nearest is 'height'"):
        read_csv(path, "hieght")
    with pytest.raises(TableError, match="no column 'knid'; the nearest is 'kind'"):
        read_csv(path, "width", without=["knid"])
    with pytest.raises(TableError, match="cannot be left out"):
        read_csv(path, "kind", without=["kind"])


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "none.csv", "t")
