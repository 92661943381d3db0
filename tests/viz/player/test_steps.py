"""The player: its steps as data against the engine, its page in a real browser."""

from __future__ import annotations

import json
import random
import re
from html import unescape
from xml.etree import ElementTree

import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.autograd.graph import topological
from glassgrad.viz.errors import DrawError
from glassgrad.viz.explaining.named_graph import NamedGraph
from glassgrad.viz.page.page import as_json
from glassgrad.viz.player.mistake_frames import LESSONS
from glassgrad.viz.player.node_frames import node_frames
from glassgrad.viz.player.steps import steps
from glassgrad.viz.player.writes import backward, compare
from glassgrad.viz.scene.text import number
from glassgrad.viz.words import say

HOSTILE = "</script><script>document.title='hacked'</script><img src=x onerror=alert(1)>"


def example():
    """a is used by two operations, and the first of them twice."""
    a, b = Value(3.0, label="a"), Value(-2.0, label="b")
    h = a * b
    out = h * h + h * 0.1 + b
    out.label = "out"
    return out


def random_graph(seed, ops_=12):
    random_ = random.Random(seed)
    nodes = [Value(random_.uniform(-2, 2), label=name) for name in "abc"]
    for _ in range(ops_):
        row = random_.choice([gg.add, gg.sub, gg.mul, gg.tanh, gg.neg, gg.maximum])
        nodes.append(row(*(random_.choice(nodes[-5:]) for _ in row.partials)))
    return nodes[-1] * nodes[-2] + nodes[0]


def recurrent(times=25):
    """A graph of more than 60 nodes in which one weight is used again and again."""
    w, h = Value(0.9, label="w"), Value(0.5, label="h")
    for _ in range(times):
        h = (w * h + 0.1).tanh()
    return h


def final_rows(played, row):
    """What each card shows in a row after the last step."""
    return {key: text for frame in played for key, name, text in frame.changes if name == row}


@pytest.mark.parametrize("seed", range(10))
def test_the_writes_are_those_of_the_engine(seed):
    root = random_graph(seed)
    graph = NamedGraph(root)
    last = {write.node: write.after for write in backward(graph)}
    root.backward()
    assert [last.get(i, 0.0) for i in range(len(graph.nodes))] == [node.grad for node in graph.nodes]


@pytest.mark.parametrize("root", [random_graph(1), recurrent()], ids=["by edge", "by node"])
def test_the_last_frame_shows_every_number(root):
    played = node_frames(NamedGraph(root))
    values, gradients = final_rows(played, "value"), final_rows(played, "grad")
    root.backward()
    for i, node in enumerate(topological(root)):
        assert values[str(i)] == number(node.data)
        assert gradients.get(str(i), number(0.0)) == number(node.grad)


def test_one_step_for_each_op_then_the_seed_then_one_for_each_edge():
    root = example()
    played = steps(root).frames
    ops_ = [node for node in topological(root) if node.op]
    edges = sum(local is not None for node in ops_ for local in node.local_derivatives)
    phases = [frame.phase for frame in played]
    assert phases == ["start", *["forward"] * len(ops_), "seed", *["backward"] * edges, "done"]


def test_above_sixty_nodes_backward_goes_node_by_node():
    root = recurrent()
    nodes = topological(root)
    assert len(nodes) > 60
    phases = [frame.phase for frame in steps(root).frames]
    assert phases.count("backward") == sum(bool(node.op) for node in nodes)


def test_a_step_tells_before_added_and_after():
    x = Value(3.0, label="x")
    told = steps(x * x).text
    assert "grad(x): 0 + 3 = 3" in told
    assert "grad(x): 3 + 3 = 6" in told
    assert "local × upstream: ∂h1/∂x|₂ × grad(h1) = 3 × 1 = 3" in told


def test_nothing_is_written_into_the_graph():
    root = example()
    steps(root)
    steps(root, mistake="no-zero-grad")
    assert [node.grad for node in topological(root)] == [0.0] * len(topological(root))


# ── mistakes ───────────────────────────────────────────────────────────────────────────────────────────────────────


def naive(node):
    """The recursion that the mistake "order" plays."""
    for operand, local in zip(node.operands, node.local_derivatives):
        if local is not None:
            operand.grad += local * node.grad
            naive(operand)


def test_order_stops_where_an_incomplete_gradient_is_passed_on():
    root = example()
    graph = NamedGraph(root)
    found = compare(graph, "order")
    assert graph.nodes[found.differing] is root.operands[0].operands[0].operands[0]
    assert found.right == graph.gradients[found.differing]
    assert found.wrong == found.pairs[-1].wrong.upstream != found.right
    root.grad = 1.0
    naive(root)
    leaf = graph.names.index("a")
    assert graph.nodes[leaf].grad != pytest.approx(graph.gradients[leaf])


@pytest.mark.parametrize("mistake", ["order", "assign", "no-zero-grad"])
@pytest.mark.parametrize("seed", range(8))
def test_the_number_that_differs_is_the_first(mistake, seed):
    graph = NamedGraph(random_graph(seed))
    found = compare(graph, mistake)
    if found.differing is not None:
        assert found.right != found.wrong
    if mistake != "order":
        before = found.pairs[:-1] if found.differing is not None else found.pairs
        assert all(pair.clears or pair.right.after == pytest.approx(pair.wrong.after) for pair in before)


def test_no_zero_grad_ends_at_what_two_backwards_of_the_engine_give():
    root = example()
    graph = NamedGraph(root)
    found = compare(graph, "no-zero-grad")
    root.backward()
    once = graph.nodes[found.differing].grad
    root.backward()
    assert found.wrong != once
    assert graph.nodes[found.differing].op is None
    partial = [pair.wrong for pair in found.pairs if pair.wrong and pair.wrong.node == found.differing]
    assert partial[-1].before == once


@pytest.mark.parametrize(
    ("mistake", "root"),
    [
        ("order", gg.tanh(Value(0.5) * Value(2.0))),
        ("assign", gg.tanh(Value(0.5) * Value(2.0))),
        ("no-zero-grad", Value(3.0) * 0.0),
    ],
)
def test_a_mistake_that_changes_nothing_says_so(mistake, root):
    played = steps(root, mistake=mistake).frames
    assert played[-1].title == "On this graph the mistake changes nothing"
    assert played[-1].remark == say(f"mistake.{mistake}.harmless")


def test_a_recursion_that_takes_exponentially_many_steps_is_not_played_to_its_end():
    x = Value(1.0, label="x")
    y = x * 0.0
    for _ in range(40):
        y = y + y
    assert len(steps(y, mistake="order").frames) < 100


@pytest.mark.parametrize("mistake", LESSONS)
def test_the_verdict_tells_both_numbers_and_why(mistake):
    played = steps(example(), mistake=mistake)
    graph = NamedGraph(example())
    found = compare(graph, mistake)
    verdict = played.frames[-1]
    assert verdict.title == f"Stop: {graph.names[found.differing]} has the wrong gradient"
    assert number(found.right) in verdict.lines[0]
    assert number(found.wrong) in verdict.wrong_lines[0]
    assert verdict.remark == say(f"mistake.{mistake}.why")


# ── large graphs ───────────────────────────────────────────────────────────────────────────────────────────────────


def network_loss():
    model = nn.MLP(3, [16, 16, 1], activation="tanh", seed=0)
    return nn.mse(model([0.1, -0.3, 0.7]), 1.0)


@pytest.mark.parametrize("fold", [None, "layer"])
def test_a_large_graph_of_a_network_is_folded(fold):
    root = network_loss()
    page = steps(root, fold=fold)
    played = page.frames
    assert "folded" in played[0].title
    assert len(played) < 100
    gradients = final_rows(played, "grad")
    root.backward()
    output = next(node for node in reversed(topological(root)) if node.scope)
    key = output.scope if fold is None else "layers.2"
    assert gradients[key] == number(output.grad)


def test_a_card_of_constants_takes_no_gradient():
    model = nn.MLP(20, [2, 1], seed=0)
    played = steps(model([0.5] * 20), fold="neuron").frames
    forward, backward_ = ([f.node for f in played if f.phase == phase] for phase in ("forward", "backward"))
    assert "inputs" in forward
    assert set(forward) - set(backward_) == {"inputs"}


def test_what_cannot_be_read_is_refused_with_the_ways_out():
    y = Value(1.0)
    for _ in range(400):
        y = y * 1.5
    with pytest.raises(DrawError, match=r"801 nodes.*viz\.steps\(an inner value\)"):
        steps(y)
    with pytest.raises(DrawError, match="mistakes are played on graphs that can be shown whole"):
        steps(network_loss(), mistake="order")


@pytest.mark.parametrize(
    ("root", "how", "error", "said"),
    [
        (3.0, {}, TypeError, "root must be a Value, got float"),
        (Value(1.0).detach(), {}, gg.NoGradientError, "takes no gradient"),
        (Value(1.0) * 2, {"mistake": "sign"}, DrawError, "mistake must be one of 'order', 'assign', 'no-zero-grad'"),
        (Value(1.0) * 2, {"fold": "neuron"}, DrawError, "no neurons to fold"),
    ],
)
def test_what_cannot_be_played_says_why(root, how, error, said):
    with pytest.raises(error, match=said):
        steps(root, **how)


# ── the page as a text ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_is_one_file_that_asks_for_nothing():
    html = steps(example()).html
    assert not re.search(r"""(?:src|href)=|url\(|@import|https?://(?!www\.w3\.org)""", html)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert len(html) < 60_000


def test_data_cannot_end_its_script_element():
    data = as_json({"x": HOSTILE, "y": "\u2028"})
    assert "<" not in data
    assert json.loads(data) == {"x": HOSTILE, "y": "\u2028"}


def test_a_notebook_gets_a_frame_and_a_picture_that_needs_no_script():
    page = steps(example())
    bundle = page._repr_mimebundle_()
    assert bundle["text/plain"] == page.text
    frame = re.search(r'<iframe srcdoc="([^"]*)" sandbox="allow-scripts"', bundle["text/html"])
    assert unescape(frame[1]) == page.html
    assert re.search(r'<details>.*<img alt="[^"]*" src="data:image/svg\+xml;base64,', bundle["text/html"])
    assert number(NamedGraph(example()).gradients[0]) in page.picture.svg


def test_any_step_is_a_picture_of_its_own_in_one_size():
    player = steps(example())
    pictures = [player.frame(i).svg for i in range(len(player.frames))]
    assert len(set(pictures)) == len(pictures)
    assert len({re.search(r'viewBox="[^"]*"', svg)[0] for svg in pictures}) == 1
    for frame, svg in zip(player.frames, pictures):
        shown = " ".join(ElementTree.fromstring(svg).itertext())
        assert frame.title in shown
        assert all(line in shown for line in frame.lines)
    assert player.frame(-1).svg == pictures[-1] == player.picture.svg


@pytest.mark.parametrize(("at", "theme", "error"), [(10_000, "auto", IndexError), (0, "blue", ValueError)])
def test_a_step_that_is_not_there_is_refused(at, theme, error):
    with pytest.raises(error):
        steps(example()).frame(at, theme)


def test_it_is_saved_as_html_only(tmp_path):
    page = steps(example())
    assert page.save(tmp_path / "steps.html").read_text(encoding="utf-8") == page.html
    with pytest.raises(ValueError, match=r"must end in \.html"):
        page.save(tmp_path / "steps.png")


def test_the_same_graph_gives_the_same_bytes():
    assert steps(example()).html == steps(example()).html


# ── the page in a browser ──────────────────────────────────────────────────────────────────────────────────────────


def shown(browser, count):
    """All numbers that the cards show now."""
    script = (
        "const found = {}; for (const t of document.querySelectorAll('g[data-node] text[data-row]'))"
        "found[`${t.parentNode.dataset.node} ${t.dataset.row}`] = t.textContent; return found"
    )
    found = browser.run(script)
    return [(found.get(f"{i} value"), found.get(f"{i} grad")) for i in range(count)]


def test_forward_and_back_show_the_numbers_of_the_engine(opened):
    root = example()
    page = steps(root)
    browser = opened(page)
    nodes = topological(root)
    assert shown(browser, len(nodes))[-1] == ("·", "·")
    seen = []
    for i in range(len(page.frames)):
        assert browser.step == i
        assert browser.text("title") == page.frames[i].title
        assert browser.text("lines") == "".join(page.frames[i].lines)
        seen.append(shown(browser, len(nodes)))
        browser.click("next")
    root.backward()
    bare = [node.is_constant and not node.label for node in nodes]
    expected = [(None, None) if b else (number(n.data), number(n.grad)) for n, b in zip(nodes, bare)]
    assert seen[-1] == expected
    for state in reversed(seen[:-1]):
        browser.click("back")
        assert shown(browser, len(nodes)) == state


def test_keys_slider_and_buttons(opened):
    page = steps(example())
    last = len(page.frames) - 1
    browser = opened(page)
    for key, at in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", last),
        ("ArrowRight", last),
        ("Home", 0),
    ):
        browser.press(key)
        assert browser.step == at
    browser.slide(5)
    assert (browser.step, browser.text("position")) == (5, f"6 / {last + 1}")
    browser.click("last")
    assert browser.run("return document.getElementById('next').disabled") is True
    browser.click("first")
    assert browser.run("return document.getElementById('back').disabled") is True
    label = browser.run("return document.getElementById('slider').getAttribute('aria-valuetext')")
    assert label == f"step 1 of {last + 1}: {page.frames[0].title}"


def test_the_slider_keeps_its_own_keys(opened):
    browser = opened(steps(example()))
    browser.run("document.getElementById('slider').focus()")
    browser.press("ArrowRight")
    assert browser.step == 1


def test_the_node_and_edges_in_play_are_marked(opened):
    page = steps(example())
    i = next(i for i, frame in enumerate(page.frames) if frame.phase == "backward")
    browser = opened(page, step=i)
    found = "return [...document.querySelectorAll(arguments[0])].map((x) => x.dataset.node || x.dataset.edge)"
    assert browser.run(found, "g.current") == [page.frames[i].node]
    assert browser.run(found, "g.near") == list(page.frames[i].operands)
    assert browser.run(found, "g.active") == list(page.frames[i].edges)
    width = "return getComputedStyle(document.querySelector('g.current .border')).strokeWidth"
    assert browser.run(width) == "4px"


def test_edges_show_their_derivative_once_they_have_been_in_play(opened):
    browser = opened(steps(example()))
    labels = "return [...document.querySelectorAll('text[data-edge]')].map((t) => t.textContent)"
    assert set(browser.run(labels)) == {""}
    browser.press("End")
    assert "" not in browser.run(labels)


@pytest.mark.parametrize("mistake", LESSONS)
def test_a_mistake_plays_beside_the_right_algorithm(opened, mistake):
    page = steps(example(), mistake=mistake)
    browser = opened(page)
    browser.press("End")
    verdict = page.frames[-1]
    assert browser.text("title") == verdict.title
    assert browser.text("remark") == say(f"mistake.{mistake}.why")
    assert browser.text("wrong-lines") == "".join(verdict.wrong_lines)
    node = verdict.node
    assert browser.row(node, "wrong") != browser.row(node, "grad")


def test_hostile_labels_stay_text(opened):
    x, y = Value(2.0, label=HOSTILE), Value(3.0, label="'\"&<b>")
    browser = opened(steps(x * y))
    for _ in range(4):
        browser.press("ArrowRight")
    assert browser.run("return document.title").startswith("Step by step")
    assert browser.run("return document.querySelectorAll('img, b, script').length") == 2  # the data, and our own script
    assert "<script>" in browser.text("lines")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("mistake", [None, "assign"])
def test_at_phone_width_nothing_sticks_out_and_the_formula_does_not_jump(opened, dark, mistake):
    page = steps(example(), mistake=mistake)
    browser = opened(page, width=390, height=844, dark=dark)
    heights = set()
    for _ in page.frames:
        assert browser.run("return document.documentElement.scrollWidth") <= 390
        heights.add(browser.run("return document.getElementById('formula').offsetHeight"))
        browser.press("ArrowRight")
    assert len(heights) == 1
    small = "return [...document.querySelectorAll('button')].filter((b) => b.offsetWidth < 40 || b.offsetHeight < 40).length"
    assert browser.run(small) == 0
    background = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(18, 22, 28)" if dark else "rgb(255, 255, 255)")


def test_the_card_in_play_is_scrolled_into_view(opened):
    page = steps(random_graph(5, 40))
    browser = opened(page, width=390, height=700, step=len(page.frames) - 2)
    inside = (
        "const v = document.getElementById('picture').getBoundingClientRect(), "
        "c = document.querySelector('g.current').getBoundingClientRect();"
        "return c.left >= v.left && c.right <= v.right && c.top >= v.top && c.bottom <= v.bottom"
    )
    assert browser.run(inside)


def test_it_steps_inside_a_notebooks_frame(browser, tmp_path):
    page = steps(example())
    path = tmp_path / "cell.html"
    path.write_text(f"<!DOCTYPE html><meta charset='utf-8'>{page.embedded}", encoding="utf-8")
    browser.open(path)
    assert browser.run("return document.querySelector('details img').alt").startswith("Step by step")
    browser.driver.switch_to.frame(0)
    browser.click("next")
    assert browser.text("title") == page.frames[1].title


def test_it_can_be_read_aloud(opened):
    browser = opened(steps(example()))
    status = browser.run("const f = document.getElementById('formula'); return [f.getAttribute('role'), f.ariaLive]")
    assert status == ["status", "polite"]
    unnamed = (
        "return [...document.querySelectorAll('button, input, [role=region], svg[role=img]')].filter((x) =>"
        "!x.ariaLabel && !(x.labels || []).length && !x.querySelector('title')).length"
    )
    assert browser.run(unnamed) == 0
    assert browser.run("return document.documentElement.lang") == "en"


def test_it_plays_by_itself_to_the_end(opened):
    page = steps(example())
    browser = opened(page)
    browser.run("DATA.pace = 5")
    browser.click("play")
    assert browser.run("return document.getElementById('play').ariaLabel") == "Pause"
    last = len(page.frames) - 1
    browser.wait_for(f"document.body.dataset.step === '{last}'")
    assert browser.run("return document.getElementById('play').ariaLabel") == "Play"


@pytest.mark.parametrize(("asked", "name"), [("reduce", "none"), ("no-preference", "flow")])
def test_nothing_moves_for_those_who_asked_for_less_motion(opened, asked, name):
    page = steps(example())
    browser = opened(page, step=len(page.frames) - 2)
    browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": asked}])
    moving = "return getComputedStyle(document.querySelector('g.active .line')).animationName"
    assert browser.run(moving) == name


# ── branches that are not taken ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("function", [
    lambda x: gg.sqrt(gg.relu(x)), lambda x: gg.log(gg.maximum(x, 0.0)) + x, lambda x: x + gg.floor(1.0 / (x + 1.0)),
    lambda x: gg.sqrt(gg.relu(x)) + gg.sqrt(2.0 * gg.relu(x)),
])  # fmt: skip
def test_beside_an_infinity_nothing_passes_to_a_branch_that_is_not_taken(function):
    graph = NamedGraph(function(Value(-1.0, label="x")))
    held = {write.node: write.after for write in backward(graph)}
    assert all(held.get(i, 0.0) == gradient for i, gradient in enumerate(graph.gradients))


def test_the_player_says_that_0_passes_by_selection():
    lines = [
        line for frame in node_frames(NamedGraph(gg.sqrt(gg.relu(Value(-1.0, label="x"))))) for line in frame.lines
    ]
    assert "nan" not in " ".join(lines)
    [said] = [line for line in lines if "by selection" in line]
    assert said == say("player.not_taken", upstream="grad(h1) = ∞")
    assert lines[lines.index(said) + 1] == "grad(x): 0 + 0 = 0"
