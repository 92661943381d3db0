"""Statements: a folded program in one neutral form, forward and reverse, before it is printed in any language.

forms     what a statement is: load, scalar, store, add, guard, scan; operands are buffers seen through a view
scope     where statements are written: expressions become statements, equal ones once
forward   the statements of a folded block
reverse   the statements of its reverse pass: of a scan, the same scan backward, on what it kept
floats    statements printed as float arithmetic, a scan as a ``for``
"""

from __future__ import annotations
