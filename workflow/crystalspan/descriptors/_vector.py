"""Eight float64 values at a time: the type of the innermost loops, on any machine.

Numba turns plain loops into vector instructions where they are long; the loops over a centre's few neighbours, and sums
that stay in registers, it does not. Inside compiled functions ``load(array, index)`` is a `Vector` of eight
consecutive values, ``+ - *`` work lane by lane (a number means eight of it), and ``store`` writes them back.
LLVM makes one AVX-512 register of it, two of AVX, four of SSE or NEON. A product and a sum may become one fused
instruction, nothing else is rearranged: the lanes are independent, so a value does not depend on its place.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.core.typing import signature
from numba.core.typing.templates import ConcreteTemplate, infer_global
from numba.extending import intrinsic, models, register_model

from crystalspan.descriptors.parameters import LANES

_DOUBLES = ir.VectorType(ir.DoubleType(), LANES)
_INTEGERS = ir.VectorType(ir.IntType(64), LANES)
_MANTISSA_BITS, _BIAS = 52, 1023


class Vector(types.Type):
    """Eight float64 values."""

    def __init__(self):
        super().__init__(name="Vector")


vector = Vector()


@register_model(Vector)
class _Model(models.PrimitiveModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, _DOUBLES)


def _spread(builder, value):
    """Eight times the same value."""
    nothing = ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, nothing, places)


def _operator(function, instruction):
    """Teach numba an operator between vectors, and between a vector and a number."""
    cases = [(vector, vector), (vector, types.float64), (types.float64, vector)]

    @infer_global(function)
    class Template(ConcreteTemplate):
        pass

    Template.cases = [signature(vector, *case) for case in cases]

    def lower(context, builder, sig, args):
        left, right = (
            value if kind == vector else _spread(builder, value) for value, kind in zip(args, sig.args, strict=True)
        )
        return getattr(builder, instruction)(left, right, flags=("contract",))

    for case in cases:
        lower_builtin(function, *case)(lower)


for _function, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
    (operator.iadd, "fadd"),
    (operator.isub, "fsub"),
    (operator.imul, "fmul"),
):
    _operator(_function, _instruction)


def _pointer(context, builder, kind, array, index, pointee):
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), pointee.as_pointer())


@intrinsic
def load(typing_context, array, index):
    """Return ``array[index : index + 8]`` of a contiguous float64 array; no bounds are checked."""

    def codegen(context, builder, sig, args):
        pointer = _pointer(context, builder, sig.args[0], args[0], args[1], _DOUBLES)
        return builder.load(pointer, align=8)

    return signature(vector, array, types.uint64), codegen


@intrinsic
def store(typing_context, array, index, value):
    """Write ``array[index : index + 8]``; no bounds are checked."""

    def codegen(context, builder, sig, args):
        pointer = _pointer(context, builder, sig.args[0], args[0], args[1], _DOUBLES)
        builder.store(args[2], pointer, align=8)
        return context.get_dummy_value()

    return signature(types.void, array, types.uint64, vector), codegen


@intrinsic
def spread(typing_context, value):
    """Return eight times the same value."""

    def codegen(context, builder, sig, args):
        return _spread(builder, args[0])

    return signature(vector, types.float64), codegen


@intrinsic
def square_root(typing_context, value):
    """Return the square roots."""

    def codegen(context, builder, sig, args):
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_DOUBLES, [_DOUBLES]), "llvm.sqrt.v8f64"
        )
        return builder.call(function, args)

    return signature(vector, vector), codegen


@intrinsic
def larger(typing_context, value, limit):
    """Return the values, those below the limit (a number, or eight) replaced by it."""

    def codegen(context, builder, sig, args):
        limit = args[1] if sig.args[1] == vector else _spread(builder, args[1])
        return builder.select(builder.fcmp_ordered(">", args[0], limit), args[0], limit)

    return signature(vector, vector, limit), codegen


@intrinsic
def smaller(typing_context, value, limit):
    """Return the values, those above the limit replaced by it."""

    def codegen(context, builder, sig, args):
        limit = _spread(builder, args[1])
        return builder.select(builder.fcmp_ordered("<", args[0], limit), args[0], limit)

    return signature(vector, vector, types.float64), codegen


@intrinsic
def two_to_the(typing_context, rounded):
    """Return 2^n for the integers n in the lowest bits of ``n + 1.5 * 2^52``."""

    def codegen(context, builder, sig, args):
        def constant(value):
            return ir.Constant(_INTEGERS, [value] * LANES)

        bits = builder.add(builder.bitcast(args[0], _INTEGERS), constant(_BIAS))
        return builder.bitcast(builder.shl(bits, constant(_MANTISSA_BITS)), _DOUBLES)

    return signature(vector, vector), codegen


@intrinsic
def geometric(typing_context, first, ratio, square, fourth):
    """Return first, first * ratio, ..., first * ratio^7; the ratio's second and fourth power are given."""

    def codegen(context, builder, sig, args):
        value = _spread(builder, args[0])
        for bit, factor in enumerate(args[1:]):
            where = [ir.Constant(ir.IntType(1), lane >> bit & 1) for lane in range(LANES)]
            where = ir.Constant(ir.VectorType(ir.IntType(1), LANES), where)
            value = builder.select(where, builder.fmul(value, _spread(builder, factor)), value)
        return value

    return signature(vector, *[types.float64] * 4), codegen


def _compress(context, builder, values, keep, kind, target, count):
    """Write the lanes to keep behind the `count` in the target."""
    pointer = builder.gep(context.make_array(kind)(context, builder, target).data, [count])
    name = "llvm.masked.compressstore." + ("v8f64" if values.type == _DOUBLES else "v8i64")
    function = ir.FunctionType(ir.VoidType(), [values.type, pointer.type, keep.type])
    builder.call(cgutils.get_or_insert_function(builder.module, function, name), [values, pointer, keep])


def _below(builder, values, limit):
    return builder.fcmp_ordered("<", values, _spread(builder, limit))


@intrinsic
def keep_below(typing_context, squares, limit, values, target, count):
    """Write those of the values whose squares are below the limit behind the ``count`` in the target.

    No branch depends on the squares, on machines with AVX-512.
    """

    def codegen(context, builder, sig, args):
        squares, limit, values, target, count = args
        _compress(context, builder, values, _below(builder, squares, limit), sig.args[3], target, count)
        return context.get_dummy_value()

    return signature(types.void, vector, types.float64, vector, target, types.uint64), codegen


@intrinsic
def places_below(typing_context, squares, limit, first, target, count):
    """Write the places ``first + lane`` of the squares below the limit behind the ``count`` in an int64 array."""

    def codegen(context, builder, sig, args):
        squares, limit, first, target, count = args
        lanes = ir.Constant(_INTEGERS, list(range(LANES)))
        places = builder.add(_spread(builder, first), lanes)
        _compress(context, builder, places, _below(builder, squares, limit), sig.args[3], target, count)
        return context.get_dummy_value()

    return signature(types.void, vector, types.float64, types.uint64, target, types.uint64), codegen


@intrinsic
def number_below(typing_context, squares, limit):
    """Return how many of the squares are below the limit."""

    def codegen(context, builder, sig, args):
        bits = builder.bitcast(_below(builder, *args), ir.IntType(LANES))
        return builder.zext(builder.ctpop(bits), ir.IntType(64))

    return signature(types.uint64, vector, types.float64), codegen
