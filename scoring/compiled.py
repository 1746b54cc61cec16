"""Compiled: how the kernels of this room become machine code, kept on disk wherever a folder can be written."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel at its first call, to run without the interpreter's lock, on whole numbers only.

    The pure rooms do not know each other, so this one says for itself what `gridmap.compiled` says for the maps: the
    code is kept beside the module, else in the user's cache folder, else compiled anew in each process.
    """
    try:
        return cast(Kernel, numba.njit(cache=True, nogil=True)(kernel))
    except RuntimeError:  # no folder to keep it in
        return cast(Kernel, numba.njit(nogil=True)(kernel))
