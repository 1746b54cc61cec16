"""Compiled: how the kernels of this room become machine code, kept on disk wherever a folder can be written."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel at its first call, to run without the interpreter's lock and without fast-math liberties.

    The code is kept beside the module, else in the user's cache folder; where neither can be written it is compiled
    anew in each process. Division by zero gives what IEEE 754 says, it does not raise.
    """
    try:
        return cast(Kernel, numba.njit(cache=True, nogil=True, error_model="numpy")(kernel))
    except RuntimeError:  # no folder to keep it in
        return cast(Kernel, numba.njit(nogil=True, error_model="numpy")(kernel))
