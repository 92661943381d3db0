"""The reverse pass of statements: the chain rule, last statement first.

The local derivatives come from the rows of the ops, run on expressions. A scan becomes a scan backward: what its
statements need of a step was kept, the gradients of what it carried are carried the other way, and what it read from
outside at every step gets the sum over the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..emit.expression import Expr, Literal
from ..emit.reverse import passed
from .forms import (
    Add,
    Apply,
    Carried,
    Load,
    Local,
    Number,
    Scalar,
    Scan,
    Statement,
    Statements,
    Store,
    Table,
    read,
    renamed,
    written,
)
from .scope import Scope, expression

ZERO = Number(0.0)


def differentiated(program: Statements) -> Statements:
    """The forward pass, and the reverse pass of its one result behind it: the gradients of all of memory."""
    (out,) = program.outs
    count = [program.locals]
    reverse = _Reverse(count)
    reverse.give(out, Number(1.0))
    reverse.run(program.body)
    both = [*program.body, *reverse.body]
    return Statements(both, program.outs, program.leaves, program.size, count[0], program.lines)


class _Reverse(Scope):
    """Writes the reverse of a list of statements, in one scope."""

    def __init__(self, count: list[int]) -> None:
        super().__init__(count)
        self.adjoints: dict[Local, Scalar] = {}

    def give(self, to: Scalar, term: Scalar) -> None:
        """Add a term to the gradient of a scalar."""
        if isinstance(to, Number) or term == ZERO:
            return
        before = self.adjoints.get(to)
        self.adjoints[to] = term if before is None else self.scalar(expression(before) + expression(term))

    def run(self, body: Sequence[Statement]) -> None:
        """Write the reverse of statements."""
        for statement in reversed(body):
            rule: Callable[..., None] | None = _RULES.get(type(statement))
            if rule is not None:
                rule(self, statement)

    def apply(self, statement: Apply) -> None:
        """Each operand gets its local derivative times the gradient."""
        gradient = self.adjoints.pop(statement.out, None)
        if gradient is None:
            return
        operands, out, op = [expression(x) for x in statement.operands], expression(statement.out), statement.op
        for i, operand in enumerate(statement.operands):
            local = None if isinstance(operand, Number) else op.partial(i, operands, out)
            if local is not None:
                term = passed(op, i, local, expression(gradient))
                self.give(operand, self.scalar(term if isinstance(term, Expr) else Literal(float(term))))

    def load(self, statement: Load) -> None:
        """What was loaded gives its gradient to where it came from."""
        gradient = self.adjoints.pop(statement.out, None)
        if gradient is not None and not isinstance(statement.source, Table):
            self.body.append(Add(statement.source, gradient))

    def store(self, statement: Store) -> None:
        """What was stored gets the gradients of all that read it from memory."""
        if isinstance(statement.value, Local):
            out = self.local()
            self.body.append(Load(out, statement.into, of_gradients=True))
            self.give(statement.value, out)

    def scan(self, statement: Scan) -> None:
        """The scan backward."""
        inner = _Reverse(self.count)
        turned: list[tuple[Carried, Local]] = []
        for carried in statement.carries:
            into = self.local()
            turned.append((carried, into))
            inner.give(carried.end, into)
        inner.run(statement.body)
        carries = [
            Carried(into, self.adjoints.pop(carried.inside, ZERO), inner.adjoints.pop(carried.inside, ZERO))
            for carried, into in turned
        ]
        totals = self._totals(statement, inner)
        mine = {*written(statement.body), *(carried.inside for carried in statement.carries)}
        needed = {x for x in read(inner.body) if isinstance(x, Local) and x in mine}
        statement.kept = sorted(needed, key=lambda x: x.name)
        restored = {x: self.local() for x in statement.kept}
        body = [renamed(x, restored) for x in inner.body]
        every = [*carries, *totals.values()]
        self.body.append(Scan(statement.trips, every, body, statement.number, list(restored.values()), backward=True))
        for carried, into in turned:
            self.give(carried.begin, into)
        for outside, total in totals.items():
            self.give(outside, total.inside)

    def _totals(self, statement: Scan, inner: _Reverse) -> dict[Local, Carried]:
        """For each local from outside that the scan reads, the sum of its gradients over the steps."""
        totals = {}
        for outside, gradient in inner.adjoints.items():
            into = self.local()
            totals[outside] = Carried(into, ZERO, inner.scalar(expression(into) + expression(gradient)))
        return totals


_RULES: dict[type, Callable[..., None]] = {
    Apply: _Reverse.apply, Load: _Reverse.load, Store: _Reverse.store, Scan: _Reverse.scan,
}  # fmt: skip
