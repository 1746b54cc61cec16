"""The other peer of placement: CP-SAT is asked for one part of the objective after the other."""

from collections.abc import Sequence

import networkx as nx
from ortools.sat.python import cp_model

from gridmap.district import District, Score


def best_in_stages(district: District, wanted: int) -> Score:
    """Bring breaks, households moved, largest load and household-metres down in turn, each proven before the next.

    The cap is `wanted`, or the smallest largest load where nothing fits. No locks, and no piece in force that is
    shared. Raises RuntimeError when the solver gives up.
    """
    level = _Model(district, sum(district.weights))
    cap = max(wanted, level.lowered([level.largest])[0])
    model = _Model(district, cap)
    roots, moved, largest, distance = model.lowered([model.roots, model.moved, model.largest, model.distance])
    forced = max(0, nx.number_connected_components(borders(district)) - district.seats)
    return Score(max(0, roots - district.seats - forced), moved, largest, distance)


def borders(district: District) -> "nx.Graph[int]":
    """Give the borders of a district to networkx."""
    count, touching = len(district.weights), district.territory.touching
    graph: nx.Graph[int] = nx.Graph(
        (one, other) for one in range(count) for other in range(one) if touching[one] >> other & 1
    )
    graph.add_nodes_from(range(count))
    return graph


class _Model:
    """A district as CP-SAT is asked: every territory is made of trees that grow from their roots along borders."""

    def __init__(self, district: District, cap: int) -> None:
        self._model = cp_model.CpModel()
        count, seats = len(district.weights), district.seats
        self._has = [[self._model.new_bool_var(f"{p} to {s}") for s in range(seats)] for p in range(count)]
        self.largest = self._model.new_int_var(0, cap, "largest")
        for piece in range(count):
            self._model.add_exactly_one(self._has[piece])
        for seat in range(seats):
            lived_in = [self._has[piece][seat] for piece in range(count) if district.inhabited >> piece & 1]
            self._model.add_at_least_one(lived_in)
            load = sum(district.weights[piece] * self._has[piece][seat] for piece in range(count))
            self._model.add(load <= self.largest)
        every = [(piece, seat) for piece in range(count) for seat in range(seats)]
        self.moved = sum(district.moved(piece, 1 << seat) * self._has[piece][seat] for piece, seat in every)
        self.distance = sum(
            district.weights[piece] * district.metres[piece][seat] * self._has[piece][seat] for piece, seat in every
        )
        self.roots = self._grown(district)

    def _grown(self, district: District) -> object:
        """Let every piece be a root or follow a bordering piece of its seat that is nearer to a root; sum the roots.

        The root is the first piece of its territory: of the many trees of one territory fewer are left to look at.
        """
        count, model = len(district.weights), self._model
        roots = [model.new_bool_var(f"root {piece}") for piece in range(count)]
        depth = [model.new_int_var(0, count, f"depth {piece}") for piece in range(count)]
        first = [model.new_int_var(0, piece, f"first {piece}") for piece in range(count)]
        follows = {piece: [roots[piece]] for piece in range(count)}
        for piece, root in enumerate(roots):
            model.add(first[piece] == piece).only_enforce_if(root)
            model.add(depth[piece] == 0).only_enforce_if(root)
        for one, other in borders(district).edges:
            for piece, before in ((one, other), (other, one)):
                arc = model.new_bool_var(f"{piece} follows {before}")
                follows[piece].append(arc)
                model.add(depth[piece] == depth[before] + 1).only_enforce_if(arc)
                model.add(first[piece] == first[before]).only_enforce_if(arc)
                for mine, theirs in zip(self._has[piece], self._has[before], strict=True):
                    model.add(mine == theirs).only_enforce_if(arc)
        for arcs in follows.values():
            model.add_exactly_one(arcs)
        return sum(roots)

    def lowered(self, parts: Sequence[object]) -> list[int]:
        """Bring each part down in turn, holding those before it."""
        found: list[int] = []
        for part in parts:
            self._model.minimize(part)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            if solver.solve(self._model) != cp_model.OPTIMAL:
                raise RuntimeError("CP-SAT has proven nothing")
            found.append(round(solver.objective_value))
            self._model.add(part == found[-1])
            self._model.clear_hints()
            for index in range(len(self._model.proto.variables)):
                variable = self._model.get_int_var_from_proto_index(index)
                self._model.add_hint(variable, solver.value(variable))
        return found
