"""What is drawn: cards, budgets, folding, opening, refusing, highlighting, models."""

import pytest

import glassgrad as gg
from glassgrad import Value, nn, viz
from glassgrad.nn.models.layers import MLP
from glassgrad.viz.pipeline import picture_of
from glassgrad.viz.scene.cards import expression, names
from glassgrad.viz.scene.folded_cards import layer_of
from glassgrad.viz.scene.scene import Box, Edge, Scene
from glassgrad.viz.scene.text import number


def loss_of(model, points=((1.0, -2.0),), constants=False):
    total = Value(0.0, label="start")
    for point in points:
        inputs = point if constants else [Value(x, label=f"x{i}") for i, x in enumerate(point)]
        total = total + (model(inputs) - 1.0) ** 2
    total.label = "loss"
    total.backward()
    return total


def keys(picture):
    return [box.key for box in picture.scene.boxes]


def box(picture, key):
    return next(box for box in picture.scene.boxes if box.key == key)


@pytest.fixture(scope="module")
def small():
    return loss_of(MLP(2, [3, 1], seed=0))


@pytest.fixture(scope="module")
def net():
    return loss_of(MLP(2, [16, 16, 1], seed=0, activation="tanh"))


@pytest.mark.parametrize(
    ("make", "title"),
    [
        (lambda a, b: a * b, "h1 = a × b"), (lambda a, b: -a, "h1 = −a"), (lambda a, b: gg.sigmoid(a), "h1 = σ(a)"),
        (lambda a, b: a**2, "h1 = a ^ 2"), (lambda a, b: gg.sum([a, b, a]), "h1 = Σ(a, b, a)"),
        (lambda a, b: gg.dot([a, b], [b, a]), "h1 = dot(a, b, b, a)"), (lambda a, b: gg.sqrt(a), "h1 = √a"),
        (lambda a, b: gg.where(a, a, b), "h1 = where(a, a, b)"),
        (lambda a, b: gg.sum([a] * 99), "h1 = Σ(a, a, a, a, a, a, a, a, …)"),
    ],
)  # fmt: skip
def test_a_card_says_how_its_value_was_made(make, title):
    root = make(Value(0.5, label="a"), Value(2.0, label="b"))
    assert viz.draw(root).scene.boxes[-1].title == title


def test_kinds_values_and_gradients():
    w = Value(3.0, label="w")
    root = w * 2.0
    root.backward()
    boxes = viz.draw(root).scene.boxes
    assert [(b.kind, b.badge, b.rows) for b in boxes] == [
        ("leaf", "leaf", (("value", "3"), ("grad", "2"))),
        ("constant", "constant", ()),
        ("root", "root", (("value", "6"), ("grad", "1"))),
    ]


def test_gradients_are_unknown_before_backward():
    scene = viz.draw(Value(3.0) * 2.0).scene
    assert ("grad", "·") in scene.boxes[0].rows
    assert "backward()" in scene.note


def test_the_two_edges_of_a_square():
    x = Value(3.0, label="x")
    scene = viz.draw(x * x).scene
    assert [(e.key, e.tail, e.head, e.label) for e in scene.edges] == [("1:0", 0, 1, "×3"), ("1:1", 0, 1, "×3")]


def test_several_values_share_one_graph():
    x = Value(0.5, label="x")
    a, b = x.exp(), x.tanh()
    for picture in (viz.draw(a, b), viz.draw([a, (b,)]), viz.draw(a, b, a)):
        assert [box.kind for box in picture.scene.boxes] == ["leaf", "root", "root"]


def test_names_are_unique_against_labels():
    x = Value(1.0, label="h1")
    assert names([x, x.exp()]) == ["h1", "h1′"]


def test_every_op_of_the_table_has_an_expression():
    for op in gg.autograd.ops.TABLE.values():
        shown = expression(op, ["a", "b", "c"][: len(op.partials) if not op.variadic else 3])
        assert "a" in shown


def test_small_graphs_show_local_derivatives_and_larger_ones_do_not():
    x = Value(0.5, label="x")
    chain = [x]
    for _ in range(60):
        chain.append(chain[-1].sin())
    assert all(edge.label for edge in viz.draw(chain[59]).scene.edges)
    assert not any(edge.label for edge in viz.draw(chain[60]).scene.edges)


@pytest.mark.parametrize(
    ("length", "said"), [(301, "301 nodes and 300 edges"), (200_100, "more than 200,000 nodes")], ids=["large", "huge"]
)
def test_what_cannot_be_read_is_refused_with_the_ways_out(length, said):
    node = Value(0.5)
    for _ in range(length - 1):
        node = node.sin()
    with pytest.raises(viz.DrawError, match=said) as caught:
        viz.draw(node)
    assert "depth=4" in str(caught.value)
    assert "to_dot" in str(caught.value)


def test_edges_count_too():
    leaves = [Value(1.0) for _ in range(40)]
    sums = [gg.sum(leaves) for _ in range(20)]
    with pytest.raises(viz.DrawError, match="800 edges"):
        viz.draw(sums)


def test_depth_draws_what_is_near():
    x, y = Value(0.5, label="x"), Value(1.5, label="far")
    root = (x + y.exp().sin()).tanh()
    picture = viz.draw(root, depth=2)
    assert [b.title for b in picture.scene.boxes][-1].startswith("h3 = tanh")
    assert "far" not in picture.svg
    assert len(picture.scene.edges) == 3
    assert len(viz.draw(root, depth=0).scene.boxes) == 1


def test_a_small_net_can_be_folded_by_neuron(small):
    picture = viz.draw(small, fold="neuron")
    neurons = [f"layers.0.neurons.{i}" for i in range(3)] + ["layers.1.neurons.0"]
    assert [key for key in keys(picture) if key.startswith("layers")] == neurons
    assert set(picture.scene.groups) == {"layers.0", "layers.1"}
    assert picture.scene.boxes[-1].title.startswith("loss")


def test_a_folded_neuron_shows_its_outputs_numbers(small):
    output = next(n for n in gg.autograd.graph.topological(small) if n.scope == "layers.1.neurons.0")
    rows = dict(box(viz.draw(small, fold="neuron"), "layers.1.neurons.0").rows)
    assert rows == {"value": number(output.data), "grad": viz.scene.text.number(output.grad)}


def test_folded_edges_are_those_of_the_net(small):
    picture = viz.draw(small, fold="neuron")
    at = {key: i for i, key in enumerate(keys(picture))}
    pairs = {(edge.tail, edge.head) for edge in picture.scene.edges}
    assert {(at[f"layers.0.neurons.{i}"], at["layers.1.neurons.0"]) for i in range(3)} <= pairs


def test_a_folded_edge_says_for_how_many_it_stands(small):
    picture = viz.draw(small, fold="layer")
    at = {key: i for i, key in enumerate(keys(picture))}
    several, one = (
        next(edge for edge in picture.scene.edges if (edge.tail, edge.head) == pair)
        for pair in ((at["layers.0"], at["layers.1"]), (at["layers.1"], at["layers.1"] + 2))
    )
    assert (several.label, several.tip) == ("3 edges", "layers.0 → layers.1: 3 edges")
    assert one.label == ""
    assert one.tip.endswith(": 1 edge")


def test_what_several_neurons_use_belongs_to_none():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    picture = viz.draw(MLP(2, [2, 1], seed=0)([a * a, b]), fold="neuron")
    assert "h1 = a × a" in [b.title for b in picture.scene.boxes]


def test_fold_by_layer(small):
    picture = viz.draw(small, fold="layer")
    assert [key for key in keys(picture) if key.startswith("layers")] == ["layers.0", "layers.1"]
    assert dict(box(picture, "layers.0").rows)["outputs"] == "3"


def test_a_large_net_is_folded_by_itself(net):
    picture = viz.draw(net)
    assert len([key for key in keys(picture) if key.startswith("layers")]) == 33
    assert picture.geometry.width < 1400


def test_a_very_wide_net_is_folded_by_layer():
    picture = viz.draw(loss_of(MLP(2, [24, 24, 1], seed=0, fused=True)))
    assert [key for key in keys(picture) if key.startswith("layers")] == ["layers.0", "layers.1", "layers.2"]


def test_a_batch_folds_into_the_same_neurons():
    points = [(i / 20, -i / 20) for i in range(20)]
    picture = viz.draw(loss_of(MLP(2, [4, 1], seed=0), points))
    assert dict(box(picture, "layers.0.neurons.0").rows)["outputs"] == "20"
    assert {"inputs", "other operations"} <= set(keys(picture))


@pytest.mark.parametrize("fold", [None, "layer", "neuron"])
def test_one_neuron_opened(small, fold):
    picture = viz.draw(small, open="layers.0.neurons.1", fold=fold)
    inside = picture.scene.groups["layers.0.neurons.1"]
    shown = [picture.scene.boxes[i].title for i in inside]
    assert {"w0", "w1", "b"} <= set(shown)
    assert "layers.0.neurons.1" not in keys(picture)
    assert "layers.0.neurons.1" in picture.svg


def test_a_layer_opened_shows_its_neurons(small):
    picture = viz.draw(small, open="layers.0", fold="layer")
    assert [picture.scene.boxes[i].key for i in picture.scene.groups["layers.0"]] == [
        f"layers.0.neurons.{i}" for i in range(3)
    ]


def test_inputs_given_as_numbers_are_drawn(small):
    assert viz.draw(loss_of(MLP(2, [2, 1], seed=0), constants=True), fold="neuron").scene.edges


@pytest.mark.parametrize(
    ("scope", "layer"), [("layers.0.neurons.3", "layers.0"), ("neurons.3", "neurons"), ("head", "head")]
)
def test_the_layer_of_a_neuron(scope, layer):
    assert layer_of(scope) == layer


@pytest.mark.parametrize("fused", [True, False])
def test_a_model_without_input(fused):
    picture = viz.draw(MLP(2, [3, 1], seed=0, fused=fused))
    assert keys(picture) == ["input:x0", "input:x1", *[f"layers.0.neurons.{i}" for i in range(3)], "layers.1.neurons.0"]
    assert len(picture.scene.edges) == 9
    assert [name for name, _ in box(picture, "layers.0.neurons.0").rows] == ["w0", "w1", "b"]


def test_layers_of_a_model_that_do_not_fit_together_are_not_connected():
    class Two(nn.Module):
        def __init__(self):
            self.layers = [nn.Layer(2, 3, seed=0, scope="layers.0"), nn.Layer(2, 1, seed=0, scope="layers.1")]

    scene = viz.draw(Two()).scene
    first = {i for i, b in enumerate(scene.boxes) if b.key.startswith("layers.0")}
    assert len(first) == 3
    assert {edge.head for edge in scene.edges} == first


def test_a_large_model_is_folded_by_layer():
    picture = viz.draw(MLP(2, [40, 40, 1], seed=0))
    assert keys(picture) == ["inputs", "layers.0", "layers.1", "layers.2"]
    assert [edge.label for edge in picture.scene.edges] == ["2 × 40 weights", "40 × 40 weights", "40 × 1 weights"]


def test_a_models_neuron_opened_lists_its_weights():
    picture = viz.draw(MLP(8, [2, 1], seed=0), open="layers.0.neurons.0")
    assert len(box(picture, "layers.0.neurons.0").rows) == 9
    assert box(picture, "layers.0.neurons.1").rows[0] == ("weights", "8")


def test_highlighted_values_and_edges(small):
    x = Value(3.0, label="x")
    y = x * x
    root = y + 1.0
    assert viz.draw(root, highlight=[root, (x, y)]).scene.marked >= {"3", "1:0", "1:1"}
    assert viz.draw(root, highlight=[y]).svg.count("marked") == viz.draw(root).svg.count("marked") + 1
    folded = viz.draw(small, fold="layer", highlight=[n for n in gg.autograd.graph.topological(small) if n.scope][:1])
    assert folded.scene.marked == {"layers.0"}


def test_boxes_and_edges_of_ones_own():
    boxes = [Box("a", "matmul", (("shape", "(3, 4)"),)), Box("b", "tanh")]
    scene = Scene(boxes, [Edge("a>b", 0, 1, "(3, 4)")], "program")
    picture = picture_of(scene)
    assert 'data-node="a"' in picture.svg
    assert 'data-edge="a&gt;b"' in picture.svg
    assert str(picture).splitlines()[0] == "program"


def test_to_dot_has_no_budget_and_is_a_digraph():
    node = Value(0.5, label="x")
    for _ in range(400):
        node = node.sin()
    graph = viz.to_dot(node)
    assert type(graph).__name__ == "Digraph"
    assert graph.source.count("->") == 400


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda net: viz.draw(), viz.DrawError, "nothing to draw"),
        (lambda net: viz.draw([]), viz.DrawError, "nothing to draw"),
        (lambda net: viz.draw(3.0), TypeError, "not float: 3.0"),
        (lambda net: viz.draw("x"), TypeError, "not str: 'x'"),
        (lambda net: viz.draw([net, None]), TypeError, "not NoneType"),
        (lambda net: viz.draw(net, fold="neurons"), viz.DrawError, "'neuron' or 'layer'"),
        (lambda net: viz.draw(net, direction="RL"), viz.DrawError, "'LR'"),
        (lambda net: viz.draw(net, theme="black"), viz.DrawError, "'dark'"),
        (lambda net: viz.draw(net, depth=-1), viz.DrawError, "depth"),
        (lambda net: viz.draw(net, time_limit=0), viz.DrawError, "time_limit"),
        (lambda net: viz.draw(net, open="layers.0.neurons.7"), viz.DrawError, "'layers.0.neurons.0'"),
        (lambda net: viz.draw(net, highlight=[Value(1.0)]), viz.DrawError, "highlight"),
        (lambda net: viz.draw(Value(1.0).exp(), fold="layer"), viz.DrawError, "no neurons"),
    ],
)
def test_bad_arguments(small, call, error, said):
    with pytest.raises(error, match=said):
        call(small)
