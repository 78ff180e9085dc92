"""One JSON line a figure, as every bench prints them."""

import json


def figure(name: str, value: float, unit: str, *, ratio: float | None = None, against: str = "") -> None:
    """Print one figure; `ratio` is value / what it is judged against, taken in the same run."""
    row: dict[str, object] = {"figure": name, "value": float(f"{value:.4g}"), "unit": unit}
    if ratio is not None:
        row |= {"ratio": float(f"{ratio:.3g}"), "against": against}
    print(json.dumps(row), flush=True)
