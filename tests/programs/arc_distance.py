"""Great-circle distances between pairs of points by the haversine formula."""

import numpy as np

LENGTHS = {"small": 17, "large": 100_000}


def arc_distance(latitude_a, longitude_a, latitude_b, longitude_b):
    half_chord = (
        np.sin((latitude_b - latitude_a) / 2) ** 2
        + np.cos(latitude_a)
        * np.cos(latitude_b)
        * np.sin((longitude_b - longitude_a) / 2) ** 2
    )
    return np.sum(2 * np.arctan2(np.sqrt(half_chord), np.sqrt(1 - half_chord)))


PRIMAL = arc_distance
WRT = (0, 1, 2, 3)


def arguments(rng, size="small"):
    n = LENGTHS[size]
    latitude_a, latitude_b = rng.uniform(-1.3, 1.3, (2, n))
    longitude_a, longitude_b = rng.uniform(-2.7, 2.7, (2, n))
    return latitude_a, longitude_a, latitude_b, longitude_b
