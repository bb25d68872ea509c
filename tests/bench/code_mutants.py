"""Wrong versions of a right solution, one small slip each: the mistakes that models and people make."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt},
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In},
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Div, ast.Mod: ast.FloorDiv},
}
_SLOW = ast.parse("for _slow in range(10 ** 12):\n    pass").body[0]


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """(kind, source) of every mutant. Some are right all the same: whoever uses them has to find out."""
    tree = ast.parse(source)
    for index, node in enumerate(ast.walk(tree)):
        for kind in _kinds(node):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(changed))[index]
            _apply(kind, target)
            yield kind, ast.unparse(ast.fix_missing_locations(changed)) + "\n"


def _kinds(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Compare(_, [operator]) if type(operator) in _COMPARE:
            return ("comparison",)
        case ast.BinOp(_, operator) | ast.AugAssign(_, operator) if type(operator) in _ARITHMETIC:
            return ("operator",)
        case ast.Constant(bool()):
            return ("negation",)
        case ast.Constant(int()):
            return ("off by one",)
        case ast.BoolOp():
            return ("and for or",)
        case ast.If():
            return ("missing case", "negated case")
        case ast.Return(ast.AST()):
            return ("wrong type", "nothing returned")
        case ast.FunctionDef():
            return ("too slow", "prints instead")
        case _:
            return ()


def _apply(kind: str, node: ast.AST) -> None:
    match kind, node:
        case "comparison", ast.Compare(_, [operator]):
            node.ops = [_COMPARE[type(operator)]()]
        case "operator", ast.BinOp() | ast.AugAssign():
            node.op = _ARITHMETIC[type(node.op)]()
        case "negation", ast.Constant():
            node.value = not node.value
        case "off by one", ast.Constant(int(number)):
            node.value = number + 1
        case "and for or", ast.BoolOp():
            node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        case "missing case", ast.If():
            node.test = ast.Constant(False)
        case "negated case", ast.If():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case "wrong type", ast.Return(ast.expr() as found):
            node.value = ast.Call(ast.Name("str", ast.Load()), [found], [])
        case "nothing returned", ast.Return():
            node.value = None
        case "too slow", ast.FunctionDef():
            node.body.insert(0, copy.deepcopy(_SLOW))
        case "prints instead", ast.FunctionDef():
            last = node.body[-1]
            if isinstance(last, ast.Return) and last.value is not None:
                node.body[-1] = ast.Expr(ast.Call(ast.Name("print", ast.Load()), [last.value], []))
