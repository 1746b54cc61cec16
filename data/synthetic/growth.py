"""Grows connected areas over neighbouring cells: towns race outward from their cores, villages share out a town."""

import heapq
from collections.abc import Iterable, Mapping, Sequence

Neighbours = Mapping[int, Mapping[int, float]]  # cell → neighbouring cell → metres between their sites
ABROAD = 20.0
LONGEST_CHAIN = 5  # how many groups a cell may be passed through


def race(neighbours: Neighbours, cores: Mapping[int, int], meant_for: Sequence[int] | None = None) -> dict[int, int]:
    """Cell → runner: every cell goes to the runner who is there first, so each runner's cells hang on its core.

    cores gives the cells a runner owns from the start. Ground meant for another runner is ABROAD times as slow.
    Equal arrival goes to the lower runner.
    """
    queue = [(0.0, runner, cell) for cell, runner in cores.items()]
    heapq.heapify(queue)
    owner: dict[int, int] = {}
    while queue:
        time, runner, cell = heapq.heappop(queue)
        if cell in owner:
            continue
        owner[cell] = runner
        for other, metres in neighbours[cell].items():
            if other not in owner and other not in cores:
                at_home = meant_for is None or meant_for[other] == runner
                heapq.heappush(queue, (time + metres * (1.0 if at_home else ABROAD), runner, other))
    return owner


def shortest_path(neighbours: Neighbours, start: Iterable[int], goal: int, blocked: set[int]) -> list[int]:
    """The cells from a start cell to the goal, without stepping on blocked cells; raises ValueError when walled in."""
    queue: list[tuple[float, int, tuple[int, ...]]] = [(0.0, cell, (cell,)) for cell in sorted(start)]
    seen: set[int] = set()
    while queue:
        length, cell, path = heapq.heappop(queue)
        if cell == goal:
            return list(path)
        if cell in seen:
            continue
        seen.add(cell)
        for other, metres in neighbours[cell].items():
            if other not in seen and other not in blocked:
                heapq.heappush(queue, (length + metres, other, (*path, other)))
    raise ValueError(f"no way to cell {goal}")


def is_connected(neighbours: Neighbours, cells: set[int]) -> bool:
    """Whether one can walk from any of these cells to any other without leaving them; no cell at all is not an area."""
    if not cells:
        return False
    reached, frontier = set[int](), [min(cells)]
    while frontier:
        cell = frontier.pop()
        if cell not in reached:
            reached.add(cell)
            frontier.extend(other for other in neighbours[cell] if other in cells)
    return reached == cells


def share_out(
    neighbours: Neighbours, roots: Sequence[int], cells: Iterable[int], *, least: int, most: int, rooted: int
) -> dict[int, int]:
    """Cell → index of its group: connected groups of least…most cells, grown from one root each.

    The first ``rooted`` groups keep their root whatever happens; the others may wander while cells are passed on.
    Raises ValueError when passing cells from group to group does not lead there.
    """
    inside = set(cells)
    town = {cell: {o: m for o, m in neighbours[cell].items() if o in inside} for cell in sorted(inside)}
    kept = set(roots[:rooted])
    owner = race(town, {cell: index for index, cell in enumerate(roots)})
    for _ in range(4 * len(inside)):
        sizes = _sizes(owner, len(roots))
        takers = sorted((size, index) for index, size in enumerate(sizes))
        if takers[0][0] < least:
            takers, spare = takers[:1], least
        elif takers[-1][0] > most:
            takers, spare = [taker for taker in takers if taker[0] < most], most
        else:
            return owner
        if not any(_pass_along(town, owner, kept, index, giver_has_more_than=spare) for _, index in takers):
            raise ValueError("these cells cannot be shared out")
    raise ValueError("sharing out does not end")


def _sizes(owner: Mapping[int, int], count: int) -> list[int]:
    sizes = [0] * count
    for index in owner.values():
        sizes[index] += 1
    return sizes


def _pass_along(
    town: Neighbours, owner: dict[int, int], kept: set[int], taker: int, *, giver_has_more_than: int
) -> bool:
    """Give the taker one cell, along the shortest chain of groups that ends at one with cells to spare."""
    sizes = _sizes(owner, max(owner.values()) + 1)
    spare = {index for index, size in enumerate(sizes) if size > giver_has_more_than}
    return any(_obtain(town, owner, kept, taker, spare, links, {taker}) for links in range(LONGEST_CHAIN))


def _obtain(
    town: Neighbours, owner: dict[int, int], kept: set[int], taker: int, spare: set[int], links: int, chain: set[int]
) -> bool:
    """Let the taker have a cell of a neighbouring group, which first obtains one itself while links are left."""
    for giver in _groups_beside(town, owner, taker):
        if giver in chain or (links == 0 and giver not in spare):
            continue
        trial = dict(owner)
        served = links == 0 or _obtain(town, trial, kept, giver, spare, links - 1, chain | {giver})
        if served and _give(town, trial, kept, giver, taker):
            owner.update(trial)
            return True
    return False


def _groups_beside(town: Neighbours, owner: Mapping[int, int], group: int) -> list[int]:
    beside = {owner[o] for cell, index in owner.items() if index == group for o in town[cell]}
    return sorted(beside - {group})


def _give(town: Neighbours, owner: dict[int, int], kept: set[int], giver: int, taker: int) -> bool:
    """Move one cell from giver to taker if the giver stays one area; the one with most taker's cells beside it."""
    own = {cell for cell, index in owner.items() if index == giver}
    for cell in sorted(own - kept, key=lambda cell: (-_border(town, owner, cell, taker), cell)):
        if _border(town, owner, cell, taker) and is_connected(town, own - {cell}):
            owner[cell] = taker
            return True
    return False


def _border(town: Neighbours, owner: Mapping[int, int], cell: int, taker: int) -> int:
    """How many of the taker's cells lie beside this cell."""
    return sum(owner[other] == taker for other in town[cell])
